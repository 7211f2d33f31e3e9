"""What a call leaves in memory: the bytes of its outputs.

A layer without weights that computes each value from the value in its place, or gives the values on as they are, writes over what it
reads: it leaves nothing more. So `Conv2D(8, 3) -> ReLU()` holds as much as `Conv2D(8, 3, activation="relu")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final

from cnnspec.shapes.facts import Tensor

IN_PLACE: Final = frozenset(
    """
    Activation ActivityRegularization AlphaDropout Dropout ELU Flatten GaussianDropout GaussianNoise Identity LeakyReLU Masking ReLU
    Rescaling Reshape Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D
    """.split()  # noqa: SIM905 (a table of names)
)

BYTES: Final = {
    **dict.fromkeys(("bool", "int8", "uint8"), 1),
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 2),
    **dict.fromkeys(("float32", "int32", "uint32"), 4),
    **dict.fromkeys(("float64", "int64", "uint64", "complex64"), 8),
    "complex128": 16,
}
"""The size of one value."""


def bytes_of(tensor: Tensor | None) -> int | None:
    """The bytes of a tensor of one sample; None where a size is not known, and for text."""
    size = None if tensor is None else BYTES.get(tensor.dtype)
    if tensor is None or size is None:
        return None
    known = [axis for axis in tensor.shape if axis is not None]
    return size * prod(known) if len(known) == len(tensor.shape) else None


def held(layer: str, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor | None]) -> int | None:
    """The bytes that one call of `layer` adds for one sample. None where they are not known."""
    sizes = [bytes_of(output) for output in outputs]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return None
    total = sum(known)
    return 0 if layer in IN_PLACE and [total] == [bytes_of(tensor) for tensor in inputs] else total

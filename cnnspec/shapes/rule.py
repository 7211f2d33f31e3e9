"""What a shape rule is: a function from one call of a layer to its facts, or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, TypeAlias, TypeGuard

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes.facts import POINT, Facts, Refusal, Shape, Tensor, Weight, Window

Json: TypeAlias = Any
Passed: TypeAlias = "Tensor | tuple[Tensor | None, ...] | bool | None"
"""What a call is given by name: a tensor, several, or a flag; None for a tensor of which nothing is known."""

COMPUTED_IN: Final[Mapping[str, str]] = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
"""The dtype in which a mixed policy computes; any other policy is the dtype itself."""

FLOATS: Final = frozenset({"float16", "bfloat16", "float32", "float64"})


class Unknown(Exception):
    """The rule cannot say: an argument is malformed (which is reported elsewhere) or a tensor is not known."""


@dataclass(frozen=True, slots=True)
class Use:
    """One call of a layer, as a rule sees it. `policy` is the precision of the model, for layers that have no `dtype` of their own."""

    layer: str
    arguments: Mapping[str, Json]
    inputs: tuple[Tensor, ...]
    call: Mapping[str, Passed] = field(default_factory=dict)
    policy: str = "float32"

    # ------------------------------------------------------------ tensors

    @property
    def tensor(self) -> Tensor:
        """The one input. Raises `Unknown` for several."""
        if len(self.inputs) != 1:
            raise Unknown
        return self.inputs[0]

    @property
    def shape(self) -> Shape:
        """The shape of the one input. Raises `Unknown` for several."""
        return self.tensor.shape

    @property
    def dtype(self) -> str:
        """The dtype in which the layer computes. Most layers give it, whatever they are given."""
        written = self.arguments.get("dtype") or self.policy
        if not isinstance(written, str):
            raise Unknown
        return COMPUTED_IN.get(written, written)

    def converted(self, tensor: Tensor) -> str:
        """The dtype of an input inside the layer: floats are cast to the layer's dtype, the rest stays."""
        return self.dtype if tensor.dtype in FLOATS and self.arguments.get("autocast") is not False else tensor.dtype

    def gives(self, shape: Shape, weights: tuple[Weight, ...] = (), macs: int | None = 0, window: Window | None = POINT) -> Facts:
        """The facts of a layer with one output in the layer's dtype."""
        return Facts((Tensor(shape, self.dtype),), weights, macs, window)

    # ------------------------------------------------------------ arguments

    def get(self, name: str) -> Json:
        """An argument, or its default."""
        return self.arguments[name] if name in self.arguments else _defaults(self.layer).get(name)

    def flag(self, name: str) -> bool:
        """A flag among the arguments. Raises `Unknown`."""
        value = self.get(name)
        if not isinstance(value, bool):
            raise Unknown
        return value

    def asked(self, name: str) -> bool:
        """A flag of the call: `return_attention_scores=True`."""
        return self.call.get(name) is True

    def integer(self, name: str) -> int:
        """An integer argument. Raises `Unknown` if it is missing or something else."""
        value = self.get(name)
        if not is_integer(value):
            raise Unknown
        return value

    def integers(self, name: str, rank: int) -> tuple[int, ...]:
        """`rank` integers, written as such or as one for all axes. Raises `Unknown`."""
        value = self.get(name)
        if is_integer(value):
            return (value,) * rank
        if isinstance(value, list) and len(value) == rank and all(map(is_integer, value)):
            return tuple(value)
        raise Unknown

    def sizes(self, name: str, rank: int) -> tuple[int, ...]:
        """The same, for what is at least 1."""
        found = self.integers(name, rank)
        if min(found) < 1:
            raise Unknown
        return found

    def positive(self, name: str) -> int:
        """An integer of at least 1. Raises `Unknown`."""
        return self.sizes(name, 1)[0]

    def text(self, name: str) -> str:
        """A string argument in lower case. Raises `Unknown`."""
        value = self.get(name)
        if not isinstance(value, str):
            raise Unknown
        return value.lower()

    @property
    def channels_first(self) -> bool:
        value = self.get("data_format")
        if value is None:
            return False
        if not isinstance(value, str) or value.lower() not in ("channels_first", "channels_last"):
            raise Unknown
        return value.lower() == "channels_first"

    # ------------------------------------------------------------ images

    def split(self, shape: Shape) -> tuple[Shape, int | None]:
        """The spatial sizes of an image, and its channels."""
        return (shape[1:], shape[0]) if self.channels_first else (shape[:-1], shape[-1])

    def join(self, spatial: Shape, channels: int | None) -> Shape:
        """The shape of an image with these sizes, in the layer's `data_format`."""
        return (channels, *spatial) if self.channels_first else (*spatial, channels)


Outcome: TypeAlias = Facts | Refusal
Rule: TypeAlias = Callable[[Use], Outcome]


def is_integer(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


@cache
def _defaults(layer: str) -> Mapping[str, Json]:
    entry = load_catalogue().entry("layer", layer)
    return {} if entry is None else {p.name: p.default for p in entry.params if not p.required}

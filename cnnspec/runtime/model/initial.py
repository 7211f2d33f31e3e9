"""Initial weights that are the same on every backend.

Keras draws them from the random numbers of its backend, which differ. Here its own initializers are given NumPy's, by the same seeds:
the formulas and with them the distributions stay Keras's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import keras
import numpy as np
from keras.src.initializers import random_initializers

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_CUT: Final = 2.0
"""Where Keras cuts a truncated normal distribution, in standard deviations."""


@contextmanager
def same_weights() -> Iterator[None]:
    """Within it, what Keras's initializers draw does not depend on the backend."""
    theirs = random_initializers.random, random_initializers.ops
    random_initializers.random, random_initializers.ops = _Random(theirs[0]), _Ops()
    try:
        yield
    finally:
        random_initializers.random, random_initializers.ops = theirs


class _Random:
    """Stands for the backend's module of random numbers."""

    def __init__(self, theirs: Any) -> None:
        self._theirs = theirs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._theirs, name)

    def normal(self, shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
        return _drawn(seed, dtype, lambda source: mean + stddev * source.standard_normal(shape))

    def truncated_normal(self, shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
        return _drawn(seed, dtype, lambda source: mean + stddev * _truncated(source, shape))

    def uniform(self, shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
        return _drawn(seed, dtype, lambda source: source.uniform(minval, maxval, shape))


class _Ops:
    """Stands for `keras.ops`. Each backend rounds a QR decomposition (of an orthogonal matrix) in its own way."""

    def __getattr__(self, name: str) -> Any:
        return getattr(keras.ops, name)

    def qr(self, matrix: Any) -> list[Any]:
        parts = np.linalg.qr(keras.ops.convert_to_numpy(matrix).astype(np.float64))
        return [keras.ops.convert_to_tensor(part, dtype=matrix.dtype) for part in parts]


def _drawn(seed: Any, dtype: Any, draw: Callable[[np.random.Generator], Array]) -> Any:
    """`seed` is a whole number, which gives the same values each time, or a SeedGenerator, which gives others each time."""
    key = seed if isinstance(seed, int) else [int(n) for n in keras.ops.convert_to_numpy(seed.next())]
    dtype = dtype or keras.config.floatx()
    values = draw(np.random.Generator(np.random.Philox(key)))
    if str(dtype) != "float64":  # which some devices do not know
        values = values.astype(np.float32)
    return keras.ops.convert_to_tensor(values, dtype=dtype)


def _truncated(source: np.random.Generator, shape: Sequence[int]) -> Array:
    """A standard normal distribution without its ends: what lies there is drawn again."""
    values = source.standard_normal(shape)
    while (outside := np.abs(values) > _CUT).any():
        values[outside] = source.standard_normal(np.count_nonzero(outside))
    return values

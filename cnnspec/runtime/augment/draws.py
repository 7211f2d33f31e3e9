"""Random numbers of the augmentation: they depend on the seed and on the number of the step alone.

So it does not matter where a batch is augmented, in the compiled step or in an input pipeline that works ahead, nor whether a run was
interrupted before it: there is no state but the number of the step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np


class Draws:
    """Takes the place of the generators of some layers. `seeds` has the seed of each layer."""

    def __init__(self, layers: Sequence[Any], seeds: Sequence[int]) -> None:
        self._step: Any = None
        self._drawn: list[int] = []
        for layer, seed in zip(layers, seeds, strict=True):
            for inner in layer._flatten_layers():
                for generator in inner._seed_generators:
                    self._replace(generator, seed)

    @contextmanager
    def at(self, step: Any) -> Iterator[None]:
        """The numbers of this step, a number or a tensor, from their beginning."""
        self._step, self._drawn = step, [0] * len(self._drawn)
        try:
            yield
        finally:
            self._step = None

    def mark(self) -> list[int]:
        """How far each generator has got in this step."""
        return list(self._drawn)

    def rewind(self, mark: list[int]) -> None:
        """Lets the numbers since `mark` be drawn once more."""
        self._drawn = list(mark)

    def _replace(self, generator: keras.random.SeedGenerator, seed: int) -> None:
        place = len(self._drawn)
        self._drawn.append(0)

        def draw(ordered: bool = True) -> Any:
            assert self._step is not None, "numbers are drawn within a step"
            drawn = self._drawn[place]
            self._drawn[place] += 1
            return _pair(int(np.random.SeedSequence((seed, place, drawn)).generate_state(1)[0]) >> 2, self._step)

        generator.next = draw


def _pair(first: int, step: Any) -> Any:
    """Two numbers, as Keras's random functions take them."""
    kind = keras.src.backend.random_seed_dtype()
    return keras.ops.stack([keras.ops.convert_to_tensor(first, dtype=kind), keras.ops.cast(step, kind)])

"""The batches of each epoch, in one order on every backend: it depends on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from cnnspec.runtime.data.images import Items
from cnnspec.runtime.data.targets import Targets

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Batch: TypeAlias = tuple[Array, Array] | tuple[Array, Array, Array]
"""Images, targets and, with class weights, the weight of each image: what Keras calls x, y, sample_weight."""


def order_of(count: int, seed: int, epoch: int, shuffle: bool) -> Array:
    """The positions of `count` images in the order of an epoch (counted from 0 over the whole run)."""
    return np.random.default_rng((seed, epoch)).permutation(count) if shuffle else np.arange(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Items cut into batches. The last batch of an epoch may be smaller."""

    items: Items
    targets: Array
    weights: Array | None
    size: int
    seed: int
    shuffle: bool

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.items) // self.size)

    def order(self, epoch: int) -> Array:
        return order_of(len(self.items), self.seed, epoch, self.shuffle)

    def take(self, positions: Array) -> Batch:
        """The batch of these items. Raises `BadImage`."""
        images, targets = self.items.images.take(positions), self.targets[positions]
        return (images, targets) if self.weights is None else (images, targets, self.weights[positions])


def batches_of(
    items: Items, targets: Targets, size: int, *, seed: int = 0, shuffle: bool = False, class_weights: Mapping[int, float] | None = None
) -> Batches:
    """Batches of `items`, with targets as the loss wants them. A class that `class_weights` leaves out counts 1."""
    weights = None
    if class_weights is not None:
        table = np.ones(max(int(items.labels.max()), *class_weights) + 1, dtype=np.float32)
        for number, weight in class_weights.items():
            table[number] = weight
        weights = table[items.labels]
    return Batches(items=items, targets=targets.of(items.labels), weights=weights, size=size, seed=seed, shuffle=shuffle)

"""The batches of each epoch, in one order on every backend: it depends on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np

from cnnspec.runtime.data.items import Array, ArrayColumn, Column, Items, Shape, changed
from cnnspec.runtime.data.targets import Targets

Batch: TypeAlias = tuple[Any, ...]
"""What Keras calls x, y and, where something is weighted, sample_weight. x is a dict by name where the model has several inputs; y and
sample_weight are tuples in the order of its outputs where it has several."""

T = TypeVar("T")


def order_of(count: int, seed: int, epoch: int, shuffle: bool) -> Array:
    """The positions of `count` images in the order of an epoch (counted from 0 over the whole run)."""
    return np.random.default_rng((seed, epoch)).permutation(count) if shuffle else np.arange(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Columns cut into batches. The last batch of an epoch may be smaller. `weights` has a column for each target, or none at all."""

    inputs: Mapping[str, Column]
    targets: Mapping[str, Column]
    weights: Mapping[str, Column]
    size: int
    seed: int
    shuffle: bool

    @property
    def count(self) -> int:
        """The number of items."""
        return len(next(iter(self.inputs.values())))

    @property
    def columns(self) -> tuple[Column, ...]:
        return (*self.inputs.values(), *self.targets.values(), *self.weights.values())

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-self.count // self.size)

    def order(self, epoch: int) -> Array:
        return order_of(self.count, self.seed, epoch, self.shuffle)

    def take(self, positions: Array) -> Batch:
        """The batch of these items. Raises `BadImage`."""
        return self.assembled(lambda column: column.take(positions))

    def assembled(self, of: Callable[[Column], T]) -> tuple[Any, ...]:
        """What `of` makes of each column, put together as Keras takes a batch."""
        inputs = {name: of(column) for name, column in self.inputs.items()}
        x = inputs if len(inputs) > 1 else next(iter(inputs.values()))
        learnt = [tuple(of(column) for column in part.values()) for part in (self.targets, self.weights) if part]
        return (x, *(part if len(part) > 1 else part[0] for part in learnt))


def batches_of(
    items: Items,
    targets: Mapping[str, Targets],
    size: int,
    *,
    seed: int = 0,
    shuffle: bool = False,
    class_weights: Mapping[str, Mapping[int, float]] | None = None,
) -> Batches:
    """Batches of `items`, with targets as the losses want them. A class that `class_weights` (by output) leaves out counts 1."""
    weights = {name: _weights(items, name, targets[name], (class_weights or {}).get(name)) for name in items.targets}
    return Batches(
        inputs=items.inputs,
        targets={name: changed(column, targets[name].of) for name, column in items.targets.items()},
        weights=weights if class_weights or items.weights is not None else {},
        size=size,
        seed=seed,
        shuffle=shuffle,
    )


def _weights(items: Items, name: str, targets: Targets, by_class: Mapping[int, float] | None) -> Column:
    """How much each value of a target counts: by its class, and by the item's own weight."""
    own = np.ones(len(items), np.float32) if items.weights is None else items.weights
    own = own.reshape(-1, *(1 for _ in range(targets.places)))
    if not by_class:
        return ArrayColumn(own)
    table = np.ones(max(by_class) + 2, np.float32)  # the last entry is for every class beyond
    for number, weight in by_class.items():
        table[number] = weight
    weighed = _Weighed(items.targets[name], own, table)
    return ArrayColumn(weighed.take(np.arange(len(items)))) if isinstance(weighed.labels, ArrayColumn) else weighed


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The weights of class numbers that lie in files."""

    labels: Column
    own: Array
    table: Array

    @property
    def shape(self) -> Shape:
        return self.labels.shape

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Array) -> Array:
        return self.table.take(self.labels.take(indices), mode="clip") * self.own[indices]

    def subset(self, indices: Array) -> Column:
        return _Weighed(self.labels.subset(indices), self.own[indices], self.table)

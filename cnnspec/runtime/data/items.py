"""What a model learns from, item by item: columns of inputs and of targets, in memory or in files, under one interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Shape: TypeAlias = tuple[int | None, ...]

_AT_ONCE: Final = 1024
"""Items that are looked at in one go where all of a column are."""


class Column(Protocol):
    """One value of every item: an image, a class number, a mask. `shape` is that of one; None is a size that differs."""

    @property
    def shape(self) -> Shape: ...

    def __len__(self) -> int: ...

    def take(self, indices: Array) -> Array:
        """The values of `indices` in that order, stacked. Raises `BadImage`."""
        ...

    def subset(self, indices: Array) -> Column:
        """The values of `indices`, in that order, as a column of their own."""
        ...


@dataclass(frozen=True, slots=True)
class ArrayColumn:
    """Values in memory: an array (n, ...)."""

    array: Array

    @property
    def shape(self) -> Shape:
        return tuple(self.array.shape[1:])

    def __len__(self) -> int:
        return len(self.array)

    def take(self, indices: Array) -> Array:
        return self.array[indices]

    def subset(self, indices: Array) -> Column:
        return ArrayColumn(self.array[indices])


@dataclass(frozen=True, slots=True)
class ChangedColumn:
    """Values that are changed as they are taken; `change` is given several at once."""

    inner: Column
    change: Callable[[Array], Array]

    @property
    def shape(self) -> Shape:
        return self.inner.shape

    def __len__(self) -> int:
        return len(self.inner)

    def take(self, indices: Array) -> Array:
        return self.change(self.inner.take(indices))

    def subset(self, indices: Array) -> Column:
        return ChangedColumn(self.inner.subset(indices), self.change)


def changed(column: Column, change: Callable[[Array], Array]) -> Column:
    """The values of `column` behind `change`, which keeps the number of values: at once in memory, else as they are taken."""
    return ArrayColumn(change(column.array)) if isinstance(column, ArrayColumn) else ChangedColumn(column, change)


def counted(column: Column) -> dict[int, int]:
    """How often each whole number occurs in a column, in ascending order. What lies in files is read once."""
    counts: dict[int, int] = {}
    for start in range(0, len(column), _AT_ONCE):
        values, times = _occurring(column.take(np.arange(start, min(start + _AT_ONCE, len(column)))))
        for value, count in zip(values.tolist(), times.tolist(), strict=True):
            counts[value] = counts.get(value, 0) + count
    return dict(sorted(counts.items()))


def _occurring(numbers: Array) -> tuple[Array, Array]:
    if numbers.dtype != np.uint8:
        return np.unique(numbers, return_counts=True)
    times = np.bincount(numbers.ravel(), minlength=256)  # masks have many pixels: this takes a tenth of the time
    return np.flatnonzero(times), times[times > 0]


@dataclass(frozen=True, slots=True)
class Origins:
    """Which files items come from.

    `names` has the first file of each; `fingerprints` are equal where the contents seem to be; items that are `broken` cannot be used.
    """

    names: tuple[str, ...]
    fingerprints: Array
    broken: Array

    def subset(self, chosen: Array) -> Origins:
        return Origins(tuple(self.names[i] for i in chosen), self.fingerprints[chosen], self.broken[chosen])


@dataclass(frozen=True, slots=True)
class Items:
    """What is to be learnt: `inputs` by the names of the model's inputs, `targets` by those of its outputs.

    A target in memory is (n,) of class numbers where these are whole numbers; anything else (n, ...) is taken as it is. `weights`,
    float32 (n,), is how much each item counts, where the source says it; `origins` are there where items come from files.
    """

    inputs: Mapping[str, Column]
    targets: Mapping[str, Column]
    weights: Array | None = None
    origins: Origins | None = None

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def subset(self, indices: Sequence[int] | Array) -> Items:
        chosen = np.asarray(indices, dtype=np.int64)
        return Items(
            {name: column.subset(chosen) for name, column in self.inputs.items()},
            {name: column.subset(chosen) for name, column in self.targets.items()},
            None if self.weights is None else self.weights[chosen],
            None if self.origins is None else self.origins.subset(chosen),
        )

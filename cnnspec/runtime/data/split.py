"""How items are drawn into parts: by share or count, at random from a seed, the classes in proportion or groups as a whole if asked."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def draw(labels: Array, size: int, seed: tuple[int, ...], stratify: bool) -> tuple[Array, Array]:
    """Positions of `size` drawn items and of the others, both in ascending order.

    With `stratify` every class gives the same share of its items, as near as whole numbers allow, and the total is exact.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    if stratify:
        order = _by_quantile(labels, order)
    return np.sort(order[:size]), np.sort(order[size:])


def draw_groups(groups: Array, size: int, seed: tuple[int, ...]) -> tuple[Array, Array]:
    """Positions of drawn items and of the others. Groups stay whole; so many are drawn that their items come near `size`."""
    numbers, counts = np.unique(groups, return_counts=True)
    drawn, total = [], 0
    for i in np.random.default_rng(seed).permutation(len(numbers)):
        if abs(total + counts[i] - size) < abs(total - size):
            drawn.append(numbers[i])
            total += counts[i]
    chosen = np.isin(groups, drawn)
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)


def _by_quantile(labels: Array, order: Array) -> Array:
    """A random order in which every beginning has the classes in proportion: each item is placed by its quantile within its class."""
    quantile = np.empty(len(labels))
    for label in np.unique(labels):
        mine = order[labels[order] == label]
        quantile[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
    return order[np.argsort(quantile[order], kind="stable")]

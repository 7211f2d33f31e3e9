"""Arrangement -> x: how far each column stands beside the trunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cnnspec.report.picture.columns import Arrangement, Column, Side
from cnnspec.report.picture.measure import BESIDE


class Extents(Protocol):
    """Something that reaches to the left and to the right of the line on which it stands."""

    left: float
    right: float


def place(found: Arrangement, items: Sequence[Extents], first_line: float) -> dict[Column, float]:
    """The x of each column, that of the trunk is 0.

    Outward from the trunk stand: what begins lowest, then what has items, in the author's order, then shorter lines before longer ones;
    what comes from a column stands right behind it. So one that lies within another stands within it, and lines seldom cross. A line
    beside a box is `first_line` from it.
    """
    places = 2 * max(found.rows, default=0) + 1
    reach: dict[Side, list[float]] = {"left": [0.0] * places, "right": [0.0] * places}
    for item in found.trunk.items:
        for side in reach:
            reach[side][2 * found.rows[item]] = getattr(items[item], side)
    where = {found.trunk: 0.0}
    for column in sorted(found.columns, key=_outward):
        where[column] = _beside(column, found, items, reach, first_line)
    return where


def _outward(column: Column) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    return _order(column.root or column), column.depth, _order(column)


def _order(column: Column) -> tuple[int, ...]:
    if not column.items:
        return -column.first, 1, column.last
    return -column.first, 0, column.items[0] if column.side == "right" else -column.items[0]


def _beside(column: Column, found: Arrangement, items: Sequence[Extents], reach: dict[Side, list[float]], first_line: float) -> float:
    """The x next to everything that stands already where the column passes; from now on the column stands there too."""
    side: Side = column.side
    inward: Side = "right" if side == "left" else "left"
    by_row = {2 * found.rows[item]: items[item] for item in column.items}
    taken = reach[side]
    x = 0.0
    for place in range(column.first, column.last + 1):
        item = by_row.get(place)
        x = max(x, taken[place] + (first_line if item is None else getattr(item, inward) + BESIDE))
    for place in range(column.first, column.last + 1):
        item = by_row.get(place)
        taken[place] = x if item is None else x + getattr(item, side)
    return -x if side == "left" else x

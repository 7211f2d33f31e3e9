"""Arrangement and x -> y: how high the rows and the gaps between them are, and the corners of every line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from cnnspec.report.picture.columns import Arrangement, Column, Wire
from cnnspec.report.picture.gaps import Gap
from cnnspec.report.picture.levels import Slot
from cnnspec.report.picture.measure import LINE

Point: TypeAlias = tuple[float, float]
_Across: TypeAlias = Callable[[int, int, float, float], list[Point]]
"""Of a gap and a wire, which comes in at the first x and leaves at the second."""


class Ends(Protocol):
    """What lines begin and end at: at its lower edge and at its upper one. Through a gate, in a frame, a line goes on."""

    gate: bool
    height: float
    room: float
    caption: float
    entries: dict[Slot, float]
    exits: dict[str, float]


@dataclass(frozen=True, slots=True)
class Run:
    """One line from corner to corner: to a box with an arrow, or on into a cluster. `slot` is where it ends."""

    corners: tuple[Point, ...]
    slot: Slot


def route(
    found: Arrangement, parts: Sequence[Ends], x: Sequence[float], columns: Mapping[Column, float], wires: Sequence[Wire]
) -> tuple[list[float], float, list[Run]]:
    """The y of each part, the height of it all, and the lines."""
    rows = found.rows
    last = max(rows, default=0)
    gaps = [Gap() for _ in range(last + 2)]
    ways: list[tuple[int, int, Slot, float, float, float]] = []
    for (number, target, slot), way in found.paths.items():
        wire = wires[number]
        start = x[wire.source] + parts[wire.source].exits[wire.tensor]
        end = x[target] + parts[target].entries[slot]
        first, final = gaps[rows[wire.source] + 1], gaps[rows[target]]
        middle = end if way is None or first is final else columns[way]
        first.take(number, start, middle)
        if first is not final:
            final.take(number, middle, end)
        ways.append((number, target, slot, start, middle, end))
    tops, height, across = _heights(rows, parts, gaps)
    y = [tops[row] for row in rows]
    runs = []
    for number, target, slot, start, middle, end in ways:
        source = wires[number].source
        leaves, arrives = rows[source] + 1, rows[target]
        corners = [(start, y[source] + (0.0 if parts[source].gate else parts[source].height))]
        corners += across(leaves, number, start, middle)
        corners += across(arrives, number, middle, end) if arrives != leaves else []
        corners.append((end, y[target] + (parts[target].height if parts[target].gate else 0.0)))
        runs.append(Run(without_bends(corners), slot))
    return y, height, runs


def _heights(rows: Sequence[int], parts: Sequence[Ends], gaps: Sequence[Gap]) -> tuple[list[float], float, _Across]:
    """The upper edge of each row, the lower edge of the last, and the corners of a wire in a gap."""
    high, room, caption = [0.0] * (len(gaps) - 1), [0.0] * len(gaps), [0.0] * len(gaps)
    for row, part in zip(rows, parts, strict=True):
        high[row] = max(high[row], part.height)
        room[row] = max(room[row], part.room)
        caption[row + 1] = max(caption[row + 1], part.caption)
    tops = [0.0]
    for row, gap in enumerate(gaps[1:-1], 1):
        gap.assign()
        tops.append(tops[-1] + high[row - 1] + caption[row] + room[row] + LINE * max(0, len(gap.lanes) - 1))

    def across(gap: int, wire: int, above: float, below: float) -> list[Point]:
        start = tops[gap - 1] + high[gap - 1] + caption[gap]
        return [(x, start + LINE * (lane + 0.5)) for x, lane in gaps[gap].corners(wire, above, below)]

    return tops, tops[-1] + high[-1] + caption[-1], across


def without_bends(corners: Sequence[Point]) -> tuple[Point, ...]:
    """The corners without those at which a line goes straight on."""
    kept: list[Point] = []
    for point in corners:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and (kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]):
            kept.pop()
        kept.append(point)
    return tuple(kept)

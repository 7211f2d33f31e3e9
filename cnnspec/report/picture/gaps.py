"""The gap between two rows: at which heights lines go across it, so that none runs on another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Crossing:
    """A wire comes in above, goes across at the height `upper`, down at `x`, and across again at the height `lower`.

    Heights are counted from above. Most wires go across once: then both are the same.
    """

    upper: int
    lower: int
    x: float


@dataclass(slots=True)
class Gap:
    """`ways` has for each wire where it comes in above, with where it leaves below. `lanes` are the spans at each height."""

    ways: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    crossings: dict[int, Crossing] = field(default_factory=dict)
    lanes: list[list[tuple[float, float]]] = field(default_factory=list)

    def take(self, wire: int, above: float, below: float) -> None:
        """A wire comes in at one x and leaves at another."""
        self.ways.setdefault(wire, []).append((above, below))

    def corners(self, wire: int, above: float, below: float) -> list[tuple[float, int]]:
        """The corners of a wire on its way from one x to another: each x with a height."""
        found = self.crossings.get(wire)
        if found is None or above == below:
            return [(above, 0)]
        return [(above, found.upper), (found.x, found.upper), (found.x, found.lower), (below, found.lower)]

    def assign(self) -> None:
        """Find the crossing of each wire that does not go straight down.

        Where one wire comes in above the place at which another leaves, it goes across above the other. Of the rest, short ones go above
        long ones, out of their way. Wires that wait for each other in a ring cannot all do so: one of them goes across twice.
        """
        bent = [wire for wire, ways in self.ways.items() if any(above != below for above, below in ways)]
        order = _Order(self, bent)
        for wire in order.free():
            found = self.crossings.get(wire)
            if found is None:
                lane = self._put(self._ends(wire), order.least[wire])
                self.crossings[wire] = Crossing(lane, lane, self.ways[wire][0][0])
                order.release(wire, lane + 1)
            else:
                lane = self._put([found.x, *(below for _, below in self.ways[wire])], max(order.least[wire], found.upper + 1))
                self.crossings[wire] = Crossing(found.upper, lane, found.x)

    def split(self, wire: int) -> int:
        """Let a wire go across twice, now for the first time; returns its height."""
        x = self._between(wire)
        lane = self._put([x, *(above for above, _ in self.ways[wire])], 0)
        self.crossings[wire] = Crossing(lane, lane, x)
        return lane

    def _ends(self, wire: int) -> list[float]:
        return [x for way in self.ways[wire] for x in way]

    def _between(self, wire: int) -> float:
        """An x within the reach of a wire at which nothing else goes down."""
        taken = sorted({x for other in self.ways for x in self._ends(other)} | {found.x for found in self.crossings.values()})
        low, high = min(self._ends(wire)), max(self._ends(wire))
        within = [x for x in taken if low <= x <= high]
        _, x = max((right - left, (left + right) / 2) for left, right in pairwise(within))
        return x

    def _put(self, ends: Iterable[float], least: int) -> int:
        """The first height from `least` on at which nothing is where these ends reach; they are put there."""
        ends = list(ends)
        low, high = min(ends), max(ends)
        lane = least
        while lane < len(self.lanes) and not all(high < a or b < low for a, b in self.lanes[lane]):
            lane += 1
        while lane >= len(self.lanes):
            self.lanes.append([])
        self.lanes[lane].append((low, high))
        return lane


class _Order:
    """The bent wires of a gap, each after those that must go across above it."""

    def __init__(self, gap: Gap, bent: list[int]) -> None:
        leaving: dict[float, set[int]] = {}
        for wire in bent:
            for _, below in gap.ways[wire]:
                leaving.setdefault(below, set()).add(wire)
        self.gap = gap
        self.lower = {wire: set().union(*(leaving.get(above, ()) for above, _ in gap.ways[wire])) - {wire} for wire in bent}
        self.waits = dict.fromkeys(bent, 0)
        self.least = dict.fromkeys(bent, 0)
        self.ready: list[tuple[float, float, int]] = []
        for others in self.lower.values():
            for other in others:
                self.waits[other] += 1

    def free(self) -> Iterable[int]:
        """Each wire as soon as nothing has to be above it any more."""
        for wire, count in self.waits.items():
            if count == 0:
                self._push(wire)
        left = set(self.waits)
        waiting = iter(list(self.waits))
        while left:
            if self.ready:
                wire = heappop(self.ready)[2]
                left.discard(wire)
                yield wire
            else:
                wire = next(wire for wire in waiting if wire in left and wire not in self.gap.crossings)
                self.release(wire, self.gap.split(wire) + 1)

    def release(self, wire: int, least: int) -> None:
        """A wire has its height: those that wait for it go across at `least` or lower."""
        for other in self.lower[wire]:
            self.least[other] = max(self.least[other], least)
            self.waits[other] -= 1
            if self.waits[other] == 0:
                self._push(other)

    def _push(self, wire: int) -> None:
        ends = [x for way in self.gap.ways[wire] for x in way]
        heappush(self.ready, (max(ends) - min(ends), min(ends), wire))

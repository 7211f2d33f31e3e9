"""The gap between two rows: at which heights lines go across it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush


@dataclass(slots=True)
class Gap:
    """`ways` has for each wire the x at which it comes from above with the x at which it goes on below.

    `lanes` are the heights, counted from above, at which wires go across that do not go straight down; `count` is how many there are.
    """

    ways: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    lanes: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def take(self, wire: int, above: float, below: float) -> None:
        """A wire comes in at one x and leaves at another."""
        self.ways.setdefault(wire, []).append((above, below))

    def assign(self) -> None:
        """Give each wire its lane: no two overlap in one, and where one leaves below the place at which another comes in, it goes lower.

        Short ones take the upper lanes, where they are out of the way of the long ones.
        """
        spans = {wire: (min(map(min, ways)), max(map(max, ways))) for wire, ways in self.ways.items()}
        spans = {wire: (low, high) for wire, (low, high) in spans.items() if low < high}
        if len(spans) < 2:
            self.lanes, self.count = dict.fromkeys(spans, 0), len(spans)
            return
        lower = self._lower(spans)
        waits = dict.fromkeys(spans, 0)
        for others in lower.values():
            for other in others:
                waits[other] += 1
        least = dict.fromkeys(spans, 0)
        taken: list[list[tuple[float, float]]] = []
        ready = [(high - low, low, wire) for wire, (low, high) in spans.items() if not waits[wire]]
        heapify(ready)
        while len(self.lanes) < len(spans):
            # Wires that wait for each other in a ring cannot all have what they want: the first one begins.
            wire = heappop(ready)[2] if ready else next(wire for wire in spans if wire not in self.lanes)
            if wire in self.lanes:
                continue
            self.lanes[wire] = lane = _put(taken, spans[wire], least[wire])
            for other in lower.get(wire, ()):
                least[other] = max(least[other], lane + 1)
                waits[other] -= 1
                if waits[other] == 0:
                    low, high = spans[other]
                    heappush(ready, (high - low, low, other))
        self.count = len(taken)

    def _lower(self, spans: Mapping[int, tuple[float, float]]) -> dict[int, set[int]]:
        """For each wire those that leave the gap below a place where it comes in."""
        leaving: dict[float, set[int]] = {}
        for wire in spans:
            for _, below in self.ways[wire]:
                leaving.setdefault(below, set()).add(wire)
        found = {wire: set().union(*(leaving.get(above, ()) for above, _ in self.ways[wire])) - {wire} for wire in spans}
        return {wire: others for wire, others in found.items() if others}


def _put(taken: list[list[tuple[float, float]]], span: tuple[float, float], least: int) -> int:
    """The first lane from `least` on in which a span overlaps nothing; it is put there."""
    low, high = span
    lane = least
    while lane < len(taken) and not all(high < a or b < low for a, b in taken[lane]):
        lane += 1
    while lane >= len(taken):
        taken.append([])
    taken[lane].append(span)
    return lane

"""Scene -> Levels: for each cluster by itself, what it holds and which tensors go between that, in from above and out below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from cnnspec.report.picture.scene import Cluster, Edge, Scene

Slot: TypeAlias = int | str
"""Where a tensor comes in: at a box the number of the edge, at a cluster the tensor's name."""


@dataclass(slots=True, eq=False)
class Net:
    """One tensor within a level, from the item that gives it to those that take it.

    Items are numbered in order. No source means that it comes from outside; `leaves` that it is read outside.
    """

    tensor: str
    source: int | None
    targets: dict[tuple[int, Slot], None] = field(default_factory=dict)
    leaves: bool = False


@dataclass(slots=True, eq=False)
class Level:
    """A cluster, its items in order (boxes by number, and levels) and its nets by tensor. `place` is its number in the one around it."""

    cluster: Cluster
    around: Level | None
    place: int
    depth: int
    items: list[int | Level] = field(default_factory=list)
    nets: dict[str, Net] = field(default_factory=dict)

    def net(self, tensor: str, source: int | None) -> Net:
        """The net of a tensor, which is made at the first mention."""
        return self.nets.setdefault(tensor, Net(tensor, source))


def make_levels(scene: Scene) -> Level:
    """The level of the whole picture, with all others in it."""
    homes: list[tuple[Level, int]] = []
    whole = _level(scene.whole, None, 0, homes)
    for number, edge in enumerate(scene.edges):
        _connect(homes, number, edge)
    return whole


def _level(cluster: Cluster, around: Level | None, place: int, homes: list[tuple[Level, int]]) -> Level:
    level = Level(cluster, around, place, around.depth + 1 if around else 0)
    for place, part in enumerate(cluster.parts()):
        if isinstance(part, int):
            homes.append((level, place))
            level.items.append(part)
        else:
            level.items.append(_level(part, level, place, homes))
    return level


def _connect(homes: list[tuple[Level, int]], number: int, edge: Edge) -> None:
    """Carry an edge out of the clusters around its source, across, and into those around its target."""
    (here, giver), (there, taker) = homes[edge.source], homes[edge.target]
    slot: Slot = number
    while here is not there:
        if here.depth >= there.depth:
            here.net(edge.tensor, giver).leaves = True
            giver, here = here.place, _outer(here)
        else:
            there.net(edge.tensor, None).targets[taker, slot] = None
            taker, slot, there = there.place, edge.tensor, _outer(there)
    here.net(edge.tensor, giver).targets[taker, slot] = None


def _outer(level: Level) -> Level:
    assert level.around is not None
    return level.around

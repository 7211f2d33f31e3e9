"""Level -> Arrangement: which items stand below each other, in which rows, and which lines run down beside them.

The trunk is the path with the most on it; it goes straight down. Every other path stands beside it as a column, and a tensor that
passes items by has a column to itself, without items.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cnnspec.report.picture.levels import Slot

Side: TypeAlias = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Wire:
    """A tensor from one item to others: item and slot of each. Items are numbered so that every wire goes to higher numbers."""

    tensor: str
    source: int
    targets: tuple[tuple[int, Slot], ...]


@dataclass(slots=True, eq=False)
class Column:
    """Items below each other, and the line that goes on from the last. Row `r` has the place `2 r`, the gap above it `2 r - 1`.

    `parent` is the column from which its line comes; None for one that comes from the trunk, or from nowhere. Following the parents,
    `root` is the last one, `depth` steps away.
    """

    items: list[int]
    first: int = 0
    last: int = 0
    side: Side = "right"
    parent: Column | None = None
    root: Column | None = None
    depth: int = 0


@dataclass(slots=True)
class Arrangement:
    """`rows` has the row of each item. `trunk` and `columns` hold every item once.

    `paths` says for a wire and a target which column its line goes down in: that of the item above it, that of the target, or one of its
    own. None is a wire to the next row, which needs no column.
    """

    rows: list[int]
    trunk: Column
    columns: list[Column] = field(default_factory=list)
    paths: dict[tuple[int, int, Slot], Column | None] = field(default_factory=dict)


def arrange(heights: Sequence[float], wires: Sequence[Wire], bottom: Set[int]) -> Arrangement:
    """The arrangement of items with these heights. Those in `bottom` have the last row to themselves."""
    above: list[list[int]] = [[] for _ in heights]
    for wire in wires:
        for target, _ in wire.targets:
            above[target].append(wire.source)
    rows = _rows(above, bottom)
    trunk = Column(_heaviest_path(heights, above))
    found = Arrangement(rows, trunk, _chains(above, set(trunk.items)))
    _Paths(found, wires, above).draw()
    return found


def _rows(above: Sequence[Sequence[int]], bottom: Set[int]) -> list[int]:
    rows: list[int] = []
    for sources in above:
        rows.append(1 + max((rows[source] for source in sources), default=-1))
    last = 1 + max((row for item, row in enumerate(rows) if item not in bottom), default=-1)
    for item in bottom:
        rows[item] = last
    return rows


def _heaviest_path(heights: Sequence[float], above: Sequence[Sequence[int]]) -> list[int]:
    """From an item without sources to one that nothing follows. Of branches that are equally high the middle one."""
    reach: list[float] = []
    for item, sources in enumerate(above):
        reach.append(1 + heights[item] + max((reach[source] for source in sources), default=0))
    path = [max(range(len(reach)), key=reach.__getitem__)] if reach else []
    while path and above[path[-1]]:
        sources = list(dict.fromkeys(above[path[-1]]))
        most = max(reach[source] for source in sources)
        equal = [source for source in sources if reach[source] > most - 0.5]
        path.append(equal[len(equal) // 2])
    return path[::-1]


def _chains(above: Sequence[Sequence[int]], trunk: set[int]) -> list[Column]:
    """The other items, each below one that it reads if nothing else stands there yet."""
    columns: list[Column] = []
    open_ends: dict[int, Column] = {}
    for item, sources in enumerate(above):
        if item in trunk:
            continue
        end = next((source for source in sources if source in open_ends), None)
        if end is None:
            column = Column([item])
            columns.append(column)
        else:
            column = open_ends.pop(end)
            column.items.append(item)
        open_ends[item] = column
    return columns


@dataclass(slots=True)
class _Paths:
    """Gives each wire its way down, and each column the places that it takes."""

    found: Arrangement
    wires: Sequence[Wire]
    above: Sequence[Sequence[int]]
    column_of: dict[int, Column] = field(default_factory=dict)
    below: dict[int, int] = field(default_factory=dict)
    """The item that stands below another in its column."""
    fed: set[int] = field(default_factory=set)
    """The items that have the line of their column from above."""

    def draw(self) -> None:
        for column in (self.found.trunk, *self.found.columns):
            self.column_of.update(dict.fromkeys(column.items, column))
            self.below.update(zip(column.items, column.items[1:], strict=False))
            column.first, column.last = (2 * self.found.rows[item] for item in (column.items[0], column.items[-1]))
        for number, wire in enumerate(self.wires):
            self._wire(number, wire)
        for column in sorted(self.found.columns, key=lambda column: column.first):  # a parent before its children
            if column.parent is None:
                column.side, column.root = self._side(column), column
            else:
                column.side, column.root, column.depth = column.parent.side, column.parent.root, column.parent.depth + 1

    def _wire(self, number: int, wire: Wire) -> None:
        rows, column = self.found.rows, self.column_of[wire.source]
        own: Column | None = None
        for target, slot in wire.targets:
            key = (number, target, slot)
            head = self.column_of[target]
            if self.below.get(wire.source) == target and target not in self.fed:
                self.fed.add(target)
                self.found.paths[key] = column
            elif self._feeds(wire.source, target):
                self.fed.add(target)
                head.first, head.parent = 2 * rows[wire.source] + 1, self._parent(column)
                self.found.paths[key] = head
            elif rows[target] == rows[wire.source] + 1:
                self.found.paths[key] = None
            else:
                own = own or self._line(wire.source, column)
                own.last = max(own.last, 2 * rows[target] - 1)
                self.found.paths[key] = own

    def _feeds(self, source: int, target: int) -> bool:
        """Whether the line from `source` goes down in the column that `target` begins: it is the lowest of those that it reads."""
        column = self.column_of[target]
        if column is self.found.trunk or column.items[0] != target or target in self.fed:
            return False
        return self.found.rows[source] == max(self.found.rows[item] for item in self.above[target])

    def _line(self, source: int, column: Column) -> Column:
        """The line of a tensor beside the items: the end of its own column, if that is free."""
        place = 2 * self.found.rows[source]
        if column is not self.found.trunk and source not in self.below and column.last == place:
            return column
        beside = Column([], place + 1, place + 1, parent=self._parent(column))
        self.found.columns.append(beside)
        return beside

    def _parent(self, column: Column) -> Column | None:
        return None if column is self.found.trunk else column

    def _side(self, column: Column) -> Side:
        """A branch that the author wrote before what stands on the trunk beside it goes left; all else goes right."""
        if not column.items:
            return "right"
        trunk = self.found.trunk.items
        beside = bisect_right(trunk, max(self.above[column.items[0]], default=-1))
        return "left" if beside < len(trunk) and column.items[0] < trunk[beside] else "right"

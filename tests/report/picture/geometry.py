"""Where everything in a drawn picture is, and what must not be: boxes on each other, lines through boxes, frames that cut each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from cnnspec.report.picture.layout import Part, Point, lay_out
from cnnspec.report.picture.measure import FRAME, SMALL, width_of
from cnnspec.report.picture.scene import Scene


@dataclass(frozen=True, slots=True)
class Rectangle:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Rectangle) -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: Rectangle) -> bool:
        return self.left <= other.left and other.right <= self.right and self.top <= other.top and other.bottom <= self.bottom


@dataclass(slots=True)
class Picture:
    """All that is in a picture: boxes by number, frames with the boxes in them, and lines from corner to corner."""

    boxes: dict[int, Rectangle] = field(default_factory=dict)
    frames: list[tuple[Rectangle, set[int]]] = field(default_factory=list)
    lines: list[tuple[list[Point], int | str]] = field(default_factory=list)
    texts: list[tuple[str, Rectangle]] = field(default_factory=list)
    """The titles of frames and the shapes below boxes."""

    def add(self, scene: Scene, part: Part, x: float, y: float) -> set[int]:
        here = Rectangle(x - part.left, y, x + part.right, y + part.height)
        if part.title:
            self._text(part.title[:60], x - part.left + FRAME, y + 14)
        if part.box is not None:
            self.boxes[part.box] = here
            if part.caption:
                self._text(scene.boxes[part.box].shape, x + max(part.exits.values(), default=0.0) + 5, y + part.height + 11)
            return {part.box}
        self.lines += [([(x + across, y + down) for across, down in run.corners], run.slot) for run in part.runs]
        members = {number for inner, across, down in part.inner for number in self.add(scene, inner, x + across, y + down)}
        self.frames.append((here, members))
        return members

    def _text(self, text: str, x: float, baseline: float) -> None:
        self.texts.append((text, Rectangle(x, baseline - 8, x + width_of(text, SMALL), baseline + 1)))


def picture_of(scene: Scene) -> Picture:
    found = Picture()
    found.add(scene, lay_out(scene), 0, 0)
    return found


def faults(scene: Scene) -> Iterator[str]:
    """What is wrong with the picture of a scene."""
    found = picture_of(scene)
    if sorted(found.boxes) != list(range(len(scene.boxes))):
        yield "not every box is drawn once"
    for a, here in found.boxes.items():
        yield from (f"boxes {a} and {b} meet" for b, there in found.boxes.items() if a < b and here.meets(there))
    for frame, members in found.frames:
        yield from (f"box {n} is outside of its frame" for n in members if not frame.holds(found.boxes[n]))
        yield from (f"box {n} is in a frame of others" for n, box in found.boxes.items() if n not in members and frame.meets(box))
    for edge in scene.edges:
        if found.boxes[edge.source].bottom > found.boxes[edge.target].top:
            yield f"{edge.source} does not stand above {edge.target}"
    for corners, _ in found.lines:
        yield from line_faults(corners, found)
    pieces = [
        (scene.edges[slot].tensor if isinstance(slot, int) else slot, a, b) for corners, slot in found.lines for a, b in pairwise(corners)
    ]
    for (this, a, b), (that, c, d) in combinations(pieces, 2):
        if this != that and on_each_other(a, b, c, d):
            yield f"{this} and {that} run on each other at {a}"
    ends = {slot: corners[-1] for corners, slot in found.lines if isinstance(slot, int)}
    if sorted(ends) != list(range(len(scene.edges))):
        yield "not every edge ends once"
    goes_on = {(slot, corners[-1]) for corners, slot in found.lines if isinstance(slot, str)}
    begins = {(scene.edges[slot].tensor if isinstance(slot, int) else slot, corners[0]) for corners, slot in found.lines}
    yield from (f"a line of {tensor} ends at {at}" for tensor, at in goes_on - begins)
    for tensor, (x, y) in begins - goes_on:
        box = found.boxes[next(edge.source for edge in scene.edges if edge.tensor == tensor)]
        if y != box.bottom or not box.left < x < box.right:
            yield f"a line of {tensor} begins at {x}, {y}"
    for number, (x, y) in ends.items():
        box = found.boxes[scene.edges[number].target]
        if y != box.top or not box.left < x < box.right:
            yield f"edge {number} does not end at its box"


def line_faults(corners: list[Point], found: Picture) -> Iterator[str]:
    for (x1, y1), (x2, y2) in pairwise(corners):
        if (x1 != x2) == (y1 != y2):
            yield f"a line is not straight at {x1}, {y1}"
        if y2 < y1:
            yield f"a line goes up at {x1}, {y1}"
        piece = Rectangle(min(x1, x2) - 0.1, min(y1, y2) + 0.1, max(x1, x2) + 0.1, max(y1, y2) - 0.1 if y1 != y2 else y1 + 0.2)
        yield from (f"a line runs through box {n}" for n, box in found.boxes.items() if box.meets(piece))
        yield from (f"a line runs through `{text}`" for text, place in found.texts if place.meets(piece))


def on_each_other(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two straight pieces have more than a point in common."""
    for along, across in ((0, 1), (1, 0)):
        if a[across] == b[across] == c[across] == d[across]:
            return min(max(a[along], b[along]), max(c[along], d[along])) > max(min(a[along], b[along]), min(c[along], d[along]))
    return False

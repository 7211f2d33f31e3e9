"""Scene -> Part: where every box, frame and line of a picture is. From the innermost clusters outward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from cnnspec.report.picture.columns import Wire, arrange
from cnnspec.report.picture.levels import Level, Slot, make_levels
from cnnspec.report.picture.measure import (
    ALIKE,
    ARROW,
    BOLD,
    BOX,
    CAPTION,
    CLEAR,
    ENTRY,
    FRAME,
    LINE,
    NARROWEST,
    PORT,
    SMALL,
    TEXT,
    TITLE,
    WIDEST,
    width_of,
)
from cnnspec.report.picture.placing import place
from cnnspec.report.picture.routing import Run, route
from cnnspec.report.picture.scene import Box, Scene

Point: TypeAlias = tuple[float, float]


@dataclass(slots=True, eq=False)
class Part:
    """A box, a frame with all that is in it, or a gate, the place where a line crosses a frame.

    Every x counts from the line on which it stands, every y from its upper edge. `entries` and `exits` are the x at which lines end and
    begin. `room` is what it needs above it for lines, `caption` what it needs below for its shape.
    """

    left: float = 0.0
    right: float = 0.0
    height: float = 0.0
    room: float = 0.0
    entries: dict[Slot, float] = field(default_factory=dict)
    exits: dict[str, float] = field(default_factory=dict)
    caption: float = 0.0
    gate: bool = False
    box: int | None = None
    title: str = ""
    inner: list[tuple[Part, float, float]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


def lay_out(scene: Scene) -> Part:
    """The whole picture."""
    widths = [BOLD * width_of(f"{box.name} {box.text}", TEXT) + 20 for box in scene.boxes]
    width = min(WIDEST, max([NARROWEST, *widths]))
    return _level(make_levels(scene), scene, width)


def _box(number: int, box: Box, width: float) -> Part:
    caption = CAPTION if box.shape and box.changes else 0.0
    return Part(width / 2, width / 2, BOX, ARROW, caption=caption, box=number)


def _level(level: Level, scene: Scene, width: float) -> Part:
    """One cluster: entries, then what it holds, then exits are the items that are arranged."""
    nets = list(level.nets.values())
    entries = {net.tensor: number for number, net in enumerate(net for net in nets if net.source is None)}
    title = TITLE if level.around else 0.0
    parts = [Part(height=title, gate=True, exits={tensor: 0.0}) for tensor in entries]
    for item in level.items:
        parts.append(_level(item, scene, width) if isinstance(item, Level) else _box(item, scene.boxes[item], width))
    leaving = {net.tensor: len(parts) + number for number, net in enumerate(net for net in nets if net.leaves)}
    parts += [Part(room=ENTRY, gate=True, entries={tensor: 0.0}) for tensor in leaving]
    wires = []
    for net in nets:
        source = entries[net.tensor] if net.source is None else net.source + len(entries)
        targets = [(item + len(entries), slot) for item, slot in net.targets]
        if net.leaves:
            targets.append((leaving[net.tensor], net.tensor))
        wires.append(Wire(net.tensor, source, tuple(targets)))
        if parts[source].box is not None:
            parts[source].exits[net.tensor] = 0.0
    for part in parts:
        if part.box is not None:
            part.exits = {tensor: number * _step(part, len(part.exits)) for number, tensor in enumerate(part.exits)}
    outputs = [place for place, part in enumerate(parts) if part.box is not None and scene.boxes[part.box].family == "output"]
    return _arranged(level, parts, wires, {*outputs, *leaving.values()}, entries)


def _align(frames: list[Part]) -> None:
    """Frames that are nearly as wide are made as wide, so that their edges stand below each other."""
    for side in ("left", "right"):
        widest = 0.0
        for frame in sorted(frames, key=lambda frame: -getattr(frame, side)):
            if widest - getattr(frame, side) > ALIKE or not widest:
                widest = getattr(frame, side)
            setattr(frame, side, widest)


def _arranged(level: Level, parts: list[Part], wires: list[Wire], bottom: set[int], entries: dict[str, int]) -> Part:
    found = arrange([part.height for part in parts], wires, bottom)
    for column in (found.trunk, *found.columns):
        _align([parts[item] for item in column.items if parts[item].inner])
    columns = place(found, parts, LINE + PORT / 4 * (level.depth % 2))  # the lines in a frame are not in line with those around it
    x = [0.0] * len(parts)
    for column, at in columns.items():
        for item in column.items:
            x[item] = at
    _ports(parts, x, [(wires[key[0]], key, None if way is None else columns[way]) for key, way in found.paths.items()])
    y, height, runs = route(found, parts, x, columns, wires)
    inner = [(part, x[i], y[i]) for i, part in enumerate(parts) if not part.gate]
    left = max([part.left - x[i] for i, part in enumerate(parts)] + [-at for at in columns.values()])
    right = max([part.right + x[i] for i, part in enumerate(parts)] + list(columns.values()))
    whole = Part(left, right, height, title=level.cluster.title, inner=inner, runs=runs)
    if level.around:
        whole.entries = {tensor: x[item] for tensor, item in entries.items()}
        title = min(WIDEST, width_of(whole.title, SMALL)) + CLEAR - min(whole.entries.values(), default=0.0)
        whole.left, whole.right, whole.room = max(left, title) + FRAME, right + FRAME, ENTRY
        whole.exits = {tensor: x[item] for item in sorted(bottom) for tensor in parts[item].entries if isinstance(tensor, str)}
    return whole


def _ports(parts: list[Part], x: list[float], paths: list[tuple[Wire, tuple[int, int, Slot], float | None]]) -> None:
    """The ends of lines at boxes: what comes from straight above ends in the middle, the rest on the side from which it comes."""
    coming: dict[int, list[tuple[float, Slot]]] = {}
    for wire, (_, target, slot), way in paths:
        if parts[target].box is not None:
            start = x[wire.source] + parts[wire.source].exits[wire.tensor]
            coming.setdefault(target, []).append(((start if way is None else way) - x[target], slot))
    for target, found in coming.items():
        part = parts[target]
        part.entries.update(_spread(sorted(found, key=lambda end: end[0]), _step(part, len(found))))


def _step(box: Part, ends: int) -> float:
    """From one end of a line to the next, so that all have room on one half of a box."""
    return min(PORT, (box.right - PORT / 2) / ends)


def _spread(found: list[tuple[float, Slot]], step: float) -> Iterator[tuple[Slot, float]]:
    middle = next((i for i, (start, _) in enumerate(found) if start == 0), (len(found) - 1) / 2)
    for i, (_, slot) in enumerate(found):
        yield slot, (i - middle) * step

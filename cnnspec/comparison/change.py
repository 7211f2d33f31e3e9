"""What a comparison finds, as data: the report writes it for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from cnnspec.document.document import Document
from cnnspec.shapes import Shape
from cnnspec.source import Span

Json: TypeAlias = Any
Action: TypeAlias = Literal["added", "removed", "changed", "moved"]
Subject: TypeAlias = Literal["model", "input", "layer", "block", "output", "setting"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of one of the two specs stands. A document that was read from JSON has no span."""

    path: str
    pointer: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Written:
    """A value on one side: as JSON, and as the language writes it. `note` says why it holds where the author wrote nothing."""

    value: Json
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is another now: an argument or a setting by its path, or "layer", "name", "reads", "shape", "dtype".

    None is a side that does not have it. `pointers` lead to it in the one document and in the other.
    """

    what: str
    before: Written | None
    after: Written | None
    pointers: tuple[str, str] = ("", "")
    times: int = 1


@dataclass(frozen=True, slots=True)
class Use:
    """The block around a change, and the lines that call it."""

    block: str
    calls: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `names` are all layers that it happened to: a line in a block is one change, however often the block is used.

    `text` is the call or the value that was added or removed, as the language writes it; `layers` counts those of an added block.
    """

    action: Action
    subject: Subject
    name: str
    place: Place
    text: str = ""
    details: tuple[Detail, ...] = ()
    names: tuple[str, ...] = ()
    layers: int = 0
    use: Use | None = None


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """A layer that is in both networks and gives another shape, by its name in the second."""

    name: str
    before: tuple[Shape | None, ...]
    after: tuple[Shape | None, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class CountChange:
    """A figure of the whole network that is another now, "params", "trainable_params", "macs" or "activation_bytes". None is not known."""

    quantity: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that is different. Shapes and counts follow from the changes; without changes, network and training are the same."""

    network: tuple[Change, ...]
    settings: tuple[Change, ...]
    shapes: tuple[ShapeChange, ...]
    outputs: tuple[ShapeChange, ...]
    counts: tuple[CountChange, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.network + self.settings


def place_of(document: Document, pointer: str) -> Place:
    """Where the part at `pointer`, or the nearest around it, was written."""
    origin = document.origin(pointer)
    return Place(document.path, pointer, (origin.value or origin.key) if origin else None)

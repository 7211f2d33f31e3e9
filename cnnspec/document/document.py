"""The canonical document: what a spec says, as plain JSON, and where each part of it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from cnnspec.source import Span

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of expansion: `label` is for example "block residual" or "for #2".

    `title` says it with its values, `residual(64, stride=2)` or `repeat 2 of 3`. `name` begins the names of the layers inside a
    block, `residual_1`; a loop has none.
    """

    label: str
    span: Span
    title: str = ""
    name: str = ""

    @property
    def note(self) -> str:
        """The step for the notes of a diagnostic: `in block residual(64, stride=2), from net.cnn:14:5`."""
        kind, span = self.label.partition(" ")[0], self.span
        title = self.title if self.title.startswith(f"{kind} ") else f"{kind} {self.title}"
        return f"in {title if self.title else self.label}, from {span.source.path}:{span.line}:{span.column}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of the document was written: its key, its value, and the blocks and loops around it."""

    key: Span | None
    value: Span | None
    stack: tuple[Frame, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """The steps of expansion that lead here, the innermost first."""
        return tuple(frame.note for frame in reversed(self.stack))


@dataclass(frozen=True, slots=True)
class Document:
    """The canonical JSON of a spec with its origins by JSON pointer (RFC 6901).

    `base` is the folder to which relative paths in the document refer; `path` is the file it came from.
    `origins` is empty for a document that was read from JSON. `holes` are the pointers at which a mistake, already reported,
    left no value: no later check speaks of them.
    """

    json: dict[str, Json]
    path: str
    base: Path
    origins: Mapping[str, Origin] = field(default_factory=dict)
    holes: frozenset[str] = frozenset()

    def origin(self, pointer: str) -> Origin | None:
        """The origin of `pointer`, or of the nearest part around it that has one."""
        while True:
            found = self.origins.get(pointer)
            if found is not None or not pointer:
                return found
            pointer = pointer.rpartition("/")[0]

    def get(self, pointer: str) -> Json:
        """The value at `pointer`, or None where there is none."""
        value: Json = self.json
        for part in pointer.split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list):
                value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
            elif isinstance(value, dict):
                value = value.get(part)
            else:
                return None
        return value


def escape(key: str) -> str:
    """One part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")

"""A diagnostic at a place of the document: at its line if it has a text, else at file and JSON pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.document.document import Document, Origin, escape
from cnnspec.source import Span


@dataclass(frozen=True, slots=True)
class Change:
    """What to write in the place of a text, if it is one of those in `of`: a value may have come by way of a name."""

    of: tuple[str, ...]
    written: str
    safe: bool = False


def pointer_of(path: Sequence[str | int]) -> str:
    """The JSON pointer of a path."""
    return "".join(f"/{escape(str(part))}" for part in path)


def diagnose(
    document: Document,
    path: Sequence[str | int],
    code: str,
    message: str,
    *,
    label: str = "",
    help: str | None = None,
    part: Literal["key", "value"] = "value",
    change: Change | None = None,
) -> Diagnostic:
    """A diagnostic at `path`, with the blocks and loops around it as notes. `change` becomes its fix where its text stands there."""
    pointer = pointer_of(path)
    origin = document.origin(pointer)
    span = _span(origin, part)
    return Diagnostic(
        code=code,
        message=message,
        span=span,
        where=None if span else f"{document.path}: at {pointer or 'the top'}",
        label=label,
        notes=origin.notes if origin else (),
        help=help,
        fix=Fix(span, change.written, change.safe) if span and change and span.text in change.of else None,
    )


def _span(origin: Origin | None, part: Literal["key", "value"]) -> Span | None:
    if origin is None:
        return None
    return (origin.key or origin.value) if part == "key" else (origin.value or origin.key)

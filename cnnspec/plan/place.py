"""A diagnostic at a JSON pointer, with second labels at other pointers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from cnnspec.diagnostics import Diagnostic, Label
from cnnspec.document.document import Document
from cnnspec.document.place import diagnose
from cnnspec.source import Span


def at(
    document: Document,
    pointer: str,
    code: str,
    message: str,
    *,
    label: str = "",
    notes: tuple[str, ...] = (),
    help: str | None = None,
    part: Literal["key", "value"] = "value",
    labels: tuple[tuple[str, str], ...] = (),
) -> Diagnostic:
    """A diagnostic at `pointer`. `labels` are pairs of another pointer and what to say there."""
    path = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    found = diagnose(document, path, code, message, label=label, help=help, part=part)
    second = [Label(span, text) for place, text in labels if (span := span_at(document, place)) is not None]
    return replace(found, labels=tuple(second), notes=notes + found.notes)


def span_at(document: Document, pointer: str) -> Span | None:
    """Where the value at `pointer`, or the nearest part around it, was written."""
    origin = document.origin(pointer)
    return (origin.value or origin.key) if origin else None


def path_of(document: Document, text: str) -> Path:
    """A path of the document as a path of this machine: relative to the spec's file, `~` is the home folder."""
    return document.base / Path(text).expanduser()

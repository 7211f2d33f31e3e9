"""A diagnostic at a JSON pointer, with second labels at other pointers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from cnnspec.diagnostics import Diagnostic, Label
from cnnspec.document.document import Document
from cnnspec.document.place import diagnose
from cnnspec.source import Span

COMMAND_LINE: Final = "<command line>"
"""The name of the source that holds the options of the command line."""


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


def path_at(document: Document, pointer: str, text: str) -> Path:
    """A path of the document as a path of this machine.

    It is relative to the spec's file, or to the current folder if it was written on the command line; `~` is the home folder.
    """
    span = span_at(document, pointer)
    base = Path.cwd() if span is not None and span.source.path == COMMAND_LINE else document.base
    return base / Path(text).expanduser()

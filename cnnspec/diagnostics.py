"""What the compiler tells the user: values that are returned, never exceptions that are raised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cnnspec.codes import CODES
from cnnspec.source import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains the first one."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Replace the text of `span` by `replacement`. `safe` fixes may be applied without asking."""

    span: Span
    replacement: str
    safe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One mistake: what is wrong, where, and what to write instead.

    A text has a `span`. What has no text (a document read from JSON, a machine) has `where` instead: a file,
    a file and a JSON pointer, or nothing.
    """

    code: str
    message: str
    span: Span | None = None
    where: str | None = None
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: Fix | None = None

    def __post_init__(self) -> None:
        assert self.code in CODES, f"{self.code} is not in the table of codes"

    @property
    def severity(self) -> Severity:
        return "warning" if self.code.startswith("W") else "error"


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them is an error: warnings alone do not stop the compiler."""
    return any(d.severity == "error" for d in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Each mistake once, in the order of the text. A block that is used five times is wrong once."""
    seen: set[tuple[object, ...]] = set()
    unique: list[Diagnostic] = []
    for d in diagnostics:
        place = (d.span.source.path, d.span.source.text, d.span.start, d.span.end) if d.span else (d.where,)  # each `--set` is a text
        key = (d.code, *place, *(() if d.span else (d.message,)))
        if key not in seen:
            seen.add(key)
            unique.append(d)
    return sorted(unique, key=lambda d: (0, d.span.source.path, d.span.start) if d.span else (1, d.where or "", 0))

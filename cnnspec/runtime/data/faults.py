"""Many faults of one kind in a data set as one diagnostic: the first ones by name, the others counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at

_NAMED: Final = 8


def faults(document: Document, pointer: str, code: str, found: Sequence[str], what: str, help: str) -> Diagnostic:
    """`found` says of each fault where it is and what is wrong; `what` says of several of them what they are."""
    if len(found) == 1:
        return at(document, pointer, code, found[0], help=help)
    return at(document, pointer, code, f"{len(found):,} {what}", notes=listed(found), help=help)


def listed(lines: Sequence[str]) -> tuple[str, ...]:
    """The first of many, and how many more there are."""
    return (*lines[:_NAMED], *([f"... and {len(lines) - _NAMED:,} more"] if len(lines) > _NAMED else []))

"""What a document with mistakes can still be asked: a check is silent where one of the values that it looks at is in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.source import Span

_MANY: Final = 20
"""With more errors than these, first things come first."""
_NO_SPEC: Final = "E0007"
"""The text is a program: what its sections say is not settled yet."""


@dataclass(frozen=True, slots=True)
class Damage:
    """The JSON pointers of values that are missing or wrong, and where they are written. The pointer "" is the whole document."""

    pointers: frozenset[str]
    spans: tuple[Span, ...]

    def touches(self, regions: Iterable[str]) -> bool:
        """Whether something in one of the regions, or around it, is in doubt."""
        return any(_overlap(pointer, region) for pointer in self.pointers for region in regions)

    def is_about(self, diagnostic: Diagnostic) -> bool:
        """Whether a diagnostic points at a part that has a mistake of its own."""
        places = [diagnostic.span, *(label.span for label in diagnostic.labels)]
        return any(_meet(place, span) for place in places if place is not None for span in self.spans)


def damage(document: Document, problems: Sequence[Diagnostic]) -> Damage:
    """What the errors among `problems` leave in doubt: the smallest value that each stands in. One in none of them may be about all.

    Where a name alone is wrong and the document has its value, it was understood: what was not is a hole.
    """
    errors = [problem.span for problem in problems if problem.severity == "error"]
    if len(errors) > _MANY or any(problem.code == _NO_SPEC for problem in problems):
        return Damage(frozenset({""}), ())
    names = {origin.key for origin in document.origins.values()}
    pointers = document.holes | {_around(document, span) for span in errors if span is None or span not in names}
    origins = [document.origin(pointer) for pointer in pointers]
    return Damage(frozenset(pointers), tuple(span for origin in origins if origin for span in (origin.key, origin.value) if span))


def _around(document: Document, place: Span | None) -> str:
    if place is None:
        return ""
    found = [pointer for pointer, origin in document.origins.items() if any(_holds(span, place) for span in (origin.key, origin.value))]
    return max(found, key=len, default="")


def _holds(outer: Span | None, inner: Span) -> bool:
    return outer is not None and outer.source is inner.source and outer.start <= inner.start and inner.end <= outer.end


def _meet(one: Span, other: Span) -> bool:
    return one.source is other.source and one.start < other.end and other.start < one.end


def _overlap(pointer: str, region: str) -> bool:
    return pointer == region or not pointer or pointer.startswith(f"{region}/") or region.startswith(f"{pointer}/")

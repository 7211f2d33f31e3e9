"""Which diagnostics each file shows. A document may have something to say about the libraries that it imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from lsprotocol import types

Found: TypeAlias = Mapping[str, Sequence[types.Diagnostic]]
"""Diagnostics by the file that they are about."""


class Board:
    """`show` is called with a file and all diagnostics about it, whoever found them."""

    def __init__(self, show: Callable[[str, list[types.Diagnostic]], None]) -> None:
        self._show = show
        self._posted: dict[str, Found] = {}

    def post(self, author: str, found: Found) -> None:
        """What the document `author` found now, in place of what it found before."""
        before = self._posted.get(author, {})
        self._posted[author] = found
        for uri in dict.fromkeys([*found, *before]):
            self._show(uri, self._about(uri))

    def withdraw(self, author: str) -> None:
        """Forget what a closed document found."""
        self.post(author, {author: ()})
        del self._posted[author]

    def _about(self, uri: str) -> list[types.Diagnostic]:
        """What all documents say of a file, each mistake once."""
        unique: dict[tuple[object, ...], types.Diagnostic] = {}
        for found in self._posted.values():
            for diagnostic in found.get(uri, ()):
                start, end = diagnostic.range.start, diagnostic.range.end
                unique.setdefault((diagnostic.code, start.line, start.character, end.line, end.character), diagnostic)
        return list(unique.values())

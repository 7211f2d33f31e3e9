"""The safe fixes of a spec, applied: what `cnnspec check --fix` does to a text. A fix is safe where it is certain what was meant.

A text never gets worse. A fix after which there are more errors is taken back, unless syntax errors became fewer: then errors come to
light that were hidden behind them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cnnspec.compiler import analyse
from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.source import Source

_ROUNDS: Final = 20
"""One fix may show another. Nothing that people write needs more than a few rounds."""

_BOM: Final = "\ufeff"


def fix_text(path: str, text: str) -> tuple[str, int]:
    """The text of the spec `path` with its safe fixes, and how many there were. Its byte order mark and its ends of line stay."""
    draft, count = _Draft.of(path, text), 0
    for _ in range(_ROUNDS):
        draft, kept = _tried(draft, draft, [], draft.fixes())
        if not kept:
            break
        count += len(kept)
    return draft.text, count


@dataclass(frozen=True, slots=True)
class _Draft:
    """A text as it is stored, and what is wrong with it."""

    text: str
    source: Source
    found: list[Diagnostic]

    @classmethod
    def of(cls, path: str, text: str) -> _Draft:
        source = Source(path, text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n"))
        return cls(text, source, analyse(source).diagnostics)

    @property
    def syntax_errors(self) -> int:
        return sum(d.code.startswith("E01") for d in self.found)

    @property
    def errors(self) -> int:
        return sum(d.severity == "error" for d in self.found)

    def fixes(self) -> list[Fix]:
        """The safe fixes in this text, in its order; of those that overlap, the first."""
        safe = [d.fix for d in self.found if d.fix and d.fix.safe and d.fix.span.source is self.source]
        apart: list[Fix] = []
        for fix in sorted(safe, key=lambda fix: (fix.span.start, fix.span.end)):
            if not apart or (fix.span.start >= apart[-1].span.end and fix.span.start > apart[-1].span.start):
                apart.append(fix)
        return apart

    def edited(self, fixes: Sequence[Fix]) -> _Draft:
        parts, end = [], 0
        newline = "\r\n" if "\r\n" in self.text else "\n"
        for fix, (start, stop) in zip(fixes, self._stored(fixes), strict=True):
            parts += [self.text[end:start], fix.replacement.replace("\n", newline)]
            end = stop
        return _Draft.of(self.source.path, "".join([*parts, self.text[end:]]))

    def _stored(self, fixes: Sequence[Fix]) -> Iterator[tuple[int, int]]:
        """Where the parts to replace lie in the stored text: it may have a mark at its start, and two characters at an end of line."""
        mark = len(_BOM) if self.text.startswith(_BOM) else 0
        pairs = [found.start() - mark - i for i, found in enumerate(re.finditer("\r\n", self.text))]
        for fix in fixes:
            start, end = fix.span.start, fix.span.end
            yield mark + start + bisect_left(pairs, start), mark + end + bisect_left(pairs, end)


def _tried(draft: _Draft, best: _Draft, kept: list[Fix], fixes: list[Fix]) -> tuple[_Draft, list[Fix]]:
    """`best`, which is `draft` with the fixes `kept`, after `fixes` too. What does harm is found by halves, as mostly nothing does."""
    if not fixes:
        return best, kept
    more = [*kept, *fixes]
    trial = draft.edited(more)
    if trial.errors <= best.errors - len(fixes):
        return trial, more
    if len(fixes) == 1:
        worse = (trial.syntax_errors, trial.errors) > (best.syntax_errors, best.errors)
        return (best, kept) if worse else (trial, more)
    half = len(fixes) // 2
    for part in (fixes[:half], fixes[half:]):
        best, kept = _tried(draft, best, kept, part)
    return best, kept

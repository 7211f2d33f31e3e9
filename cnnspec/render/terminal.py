"""Diagnostics as people read them in a terminal.

The look of a diagnostic: a headline, the place, the lines of text with a mark under each part that matters, notes, help.

    error[E0201]: `widht` is not defined
     --> names.cnn:7:10
      |
    7 |   Conv2D(widht, 3)
      |          ^^^^^ not found in this scope
      |
      = help: did you mean `width`?

Colours are plain ANSI codes: rich would cost `check` more time than its own work.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TextIO

from cnnspec.diagnostics import Diagnostic
from cnnspec.source import Source, Span

_RED: Final = "1;31"
_YELLOW: Final = "1;33"
_BLUE: Final = "1;34"
_BOLD: Final = "1"

_PIPED_WIDTH: Final = 140
_NARROWEST: Final = 40
_CUT: Final = "..."
_TAB: Final = "    "


@dataclass(frozen=True, slots=True)
class Look:
    """How wide a line of text may be, in columns, and whether there is colour."""

    width: int = _PIPED_WIDTH
    colour: bool = False

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and text else text


def look_of(stream: TextIO) -> Look:
    """The look that suits `stream`: colour on a terminal, unless the user set NO_COLOR (no-color.org)."""
    if not stream.isatty():
        return Look()
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Look(max(_NARROWEST, shutil.get_terminal_size().columns), colour)


def report(file: str, diagnostics: Sequence[Diagnostic], look: Look, *, strict: bool = False) -> str:
    """All diagnostics of `file`, then how many there are and where to read more; nothing if there are none.

    `strict` says that warnings count as errors; they keep their headline.
    """
    if not diagnostics:
        return ""
    first = next((d for d in diagnostics if d.severity == "error"), diagnostics[0])
    count = f"{tally(diagnostics, strict=strict)} in {visible(file)}"
    more = f"for more about the first one: `cnnspec explain {first.code}`"
    return "\n".join([*(render(d, look) for d in diagnostics), count, more, ""])


def tally(diagnostics: Iterable[Diagnostic], *, strict: bool = False) -> str:
    """How many there are of each severity: `2 errors, 1 warning`."""
    severities = [d.severity for d in diagnostics]
    counts = [(severity, severities.count(severity)) for severity in ("error", "warning")]
    text = ", ".join(f"{n} {severity}{'s' if n > 1 else ''}" for severity, n in counts if n)
    return f"{text} (warnings count as errors)" if strict and "warning" in severities else text


def total(found: Sequence[Sequence[Diagnostic]], *, strict: bool = False) -> str:
    """The last line about several files: `2 of 3 files have problems: 5 errors`; nothing where one file at most has any."""
    bad = [diagnostics for diagnostics in found if diagnostics]
    counts = tally((d for diagnostics in bad for d in diagnostics), strict=strict)
    return f"{len(bad)} of {len(found)} files have problems: {counts}" if len(bad) > 1 else ""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A part of the text to underline, and what to say about it."""

    span: Span
    text: str
    sign: str
    style: str


def render(d: Diagnostic, look: Look) -> str:
    """One diagnostic for a terminal; ends with a newline."""
    return "\n".join(_lines(d, look)) + "\n"


def _lines(d: Diagnostic, look: Look) -> Iterator[str]:
    style = _RED if d.severity == "error" else _YELLOW
    yield look.paint(f"{d.severity}[{d.code}]", style) + look.paint(f": {visible(d.message)}", _BOLD)
    marks = [_Mark(label.span, label.text, "-", _BLUE) for label in d.labels]
    if d.span:
        marks.insert(0, _Mark(d.span, d.label, "^", style))
    numbers = max((mark.span.line for mark in marks), default=1)
    gutter = _Gutter(len(str(numbers)), look)
    if d.span:
        yield from _excerpts(marks, gutter)
    elif d.where:
        yield gutter.place("-->", d.where)
    remarks = [("note", note) for note in d.notes] + ([("help", d.help)] if d.help else [])
    if remarks and (d.span or d.where):
        yield gutter.empty()
    for kind, text in remarks:
        yield from gutter.remark(kind, text)


@dataclass(frozen=True, slots=True)
class _Gutter:
    """The column of line numbers at the left, `digits` wide."""

    digits: int
    look: Look

    @property
    def room(self) -> int:
        """The columns at its right."""
        return max(_NARROWEST, self.look.width - self.digits - 3)

    def place(self, arrow: str, place: str) -> str:
        return " " * self.digits + self.look.paint(arrow, _BLUE) + f" {visible(place)}"

    def empty(self) -> str:
        return " " * self.digits + self.look.paint(" |", _BLUE)

    def line(self, number: int, text: str) -> str:
        return f"{self.look.paint(f'{number:>{self.digits}} |', _BLUE)} {text}".rstrip()

    def under(self, column: int, width: int, mark: _Mark) -> str:
        signs = mark.sign * width + (f" {visible(mark.text)}" if mark.text else "")
        return f"{self.empty()} {' ' * column}{self.look.paint(signs, mark.style)}"

    def gap(self) -> str:
        return self.look.paint(_CUT, _BLUE)

    def remark(self, kind: str, text: str) -> Iterator[str]:
        """A note or help; the lines after its first are indented to stand under it."""
        first, *more = text.split("\n")
        lead = " " * self.digits + self.look.paint(" =", _BLUE)
        yield f"{lead} {self.look.paint(kind, _BOLD)}: {visible(first)}"
        yield from (" " * (self.digits + len(kind) + 5) + visible(line) for line in more)


def _excerpts(marks: Sequence[_Mark], gutter: _Gutter) -> Iterator[str]:
    """The marked lines, text by text: first the one of the mistake itself."""
    sources: dict[int, list[_Mark]] = {}
    for mark in marks:
        sources.setdefault(id(mark.span.source), []).append(mark)
    for i, group in enumerate(sources.values()):
        head = group[0].span
        if i:
            yield gutter.empty()
        yield gutter.place(":::" if i else "-->", f"{head.source.path}:{head.line}:{head.column}")
        yield gutter.empty()
        yield from _excerpt(head.source, group, gutter)


def _excerpt(source: Source, marks: Sequence[_Mark], gutter: _Gutter) -> Iterator[str]:
    by_line: dict[int, list[_Mark]] = {}
    for mark in sorted(marks, key=lambda m: (m.span.start, m.span.end)):
        by_line.setdefault(mark.span.line, []).append(mark)
    before = 0
    for number, group in by_line.items():
        if before and number == before + 2:  # one line between is shown: it takes no more room than the sign for a gap
            end_of_line = source.text.rfind("\n", 0, group[0].span.start)
            yield gutter.line(number - 1, _Window.around(source.text, end_of_line, gutter.room).shown())
        elif before and number > before + 2:
            yield gutter.gap()
        yield from _marked_line(source, number, group, gutter)
        before = number


def _marked_line(source: Source, number: int, marks: list[_Mark], gutter: _Gutter) -> Iterator[str]:
    """A line and a row for each mark in it. A line that is too long is cut around its marks, and shown again for those that lie far off."""
    while marks:
        window = _Window.around(source.text, marks[0].span.start, gutter.room)
        yield gutter.line(number, window.shown())
        for mark in marks:
            if window.holds(mark.span.start):
                yield gutter.under(*window.columns(mark.span), mark)
        marks = [mark for mark in marks if not window.holds(mark.span.start)]


@dataclass(frozen=True, slots=True)
class _Window:
    """The part `[low, high)` of the line `[start, end)` that is shown."""

    text: str
    start: int
    end: int
    low: int
    high: int

    @classmethod
    def around(cls, text: str, at: int, room: int) -> _Window:
        """The line of the offset `at`: all of it if it fits into `room` columns, else a part, with a third of the room before `at`."""
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        end = end if end >= 0 else len(text)
        high = _reach(text, range(start, end), room)
        if high == end:
            return cls(text, start, end, start, end)
        room -= 2 * len(_CUT)
        high = _reach(text, range(start, end), room)
        if at < high:
            return cls(text, start, end, start, high)
        low = _reach(text, range(at - 1, start - 1, -1), room // 3) + 1
        return cls(text, start, end, low, _reach(text, range(low, end), room))

    def holds(self, offset: int) -> bool:
        """Whether a mark may start at `offset`: the end of the line too has a place."""
        return self.low <= offset < self.high or offset >= self.high == self.end

    def shown(self) -> str:
        cells = "".join(_cell(char) for char in self.text[self.low : self.high])
        return (_CUT if self.low > self.start else "") + cells + (_CUT if self.high < self.end else "")

    def columns(self, span: Span) -> tuple[int, int]:
        """The column where the mark of `span` starts and its width: at least 1, and no further than the window."""
        cut = len(_CUT) if self.low > self.start else 0
        start = min(span.start, self.high)
        before = sum(_width(char) for char in self.text[self.low : start])
        width = sum(_width(char) for char in self.text[start : min(span.end, self.high)])
        return cut + before, max(1, width)


def _reach(text: str, offsets: range, room: int) -> int:
    """The first of `offsets` whose character no longer fits into `room` columns; one after the last if all fit."""
    for offset in offsets:
        room -= _width(text[offset])
        if room < 0:
            return offset
    return offsets.stop


def visible(text: str) -> str:
    """The text with every character that would act on the terminal, or that nobody sees, written as an escape."""
    return text if text.isprintable() else "".join(_cell(char) for char in text)


def _cell(char: str) -> str:
    """How one character is shown. Not printable are control characters, invisible ones, and spaces other than U+0020."""
    if char.isprintable():
        return char
    return _TAB if char == "\t" else char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _width(char: str) -> int:
    """The columns that `char` takes: Unicode's wide characters take two, marks over the one before take none."""
    if " " <= char <= "~":
        return 1
    cell = _cell(char)
    if len(cell) > 1:
        return len(cell)
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

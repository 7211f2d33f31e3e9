"""Which brace is the one that was forgotten: the layout of the lines says it better than the automaton."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.source import Source, Span
from cnnspec.syntax.failure import outside_strings, strip_comment


def never_closed(source: Source, braces: Sequence[Token], end: int) -> Diagnostic:
    """The diagnostic for bodies that are open before `end`. `braces` are the open ones, outermost first."""
    at, line = _forgotten(source, end) or (braces[0].start_pos or 0, None)
    help = f"add `}}` before line {line}" if line else "add `}` on a line of its own"
    return Diagnostic(code="E0102", message="this `{` is never closed", span=Span(source, at, at + 1), label="opened here", help=help)


def late_brace(source: Source, end: int, *, alone: bool) -> Diagnostic:
    """The diagnostic for a line that ends at `end` without its `{`; `alone` if that stands on the next line."""
    message = "`{` stands on the next line" if alone else "a body stands in `{ }`"
    help = "write it at the end of this line" if alone else "add `{` at the end of this line"
    brace = source.text.find("{", end)
    if not alone:
        signs = [character for line in source.text.split("\n") for _, character in outside_strings(strip_comment(line))]
        fix = Fix(Span(source, end, end), " {", safe=signs.count("{") < signs.count("}"))
    else:
        fix = Fix(Span(source, end, brace + 1), " {", safe=not source.text[end:brace].strip())
    return Diagnostic(code="E0100", message=message, span=Span(source, end, end + 1), label="expected `{` here", help=help, fix=fix)


def _forgotten(source: Source, end: int) -> tuple[int, int | None] | None:
    """The first brace whose body has a line that stands no deeper than the line of the brace, and the number of that line."""
    open_: list[tuple[int, int]] = []
    for number, indent, offset, text in _lines(source, end):
        if open_ and indent <= open_[-1][1] and not text.startswith("}"):
            return open_[-1][0], number
        for at, character in outside_strings(text):
            if character == "{":
                open_.append((offset + at, indent))
            elif character == "}" and open_:
                open_.pop()
    return (open_[-1][0], None) if open_ else None


def _lines(source: Source, end: int) -> Iterator[tuple[int, int, int, str]]:
    """Number, indentation, offset of the text, and the text without comment, of each line that has text."""
    offset = 0
    for number, line in enumerate(source.text[:end].split("\n"), 1):
        text = strip_comment(line).rstrip()
        indent = len(text) - len(text.lstrip())
        if text.strip():
            yield number, indent, offset + indent, text.lstrip()
        offset += len(line) + 1

"""Bodies by indentation, as Python and YAML have them: where one ends, and the items of a list with dashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cnnspec.syntax.failure import strip_comment

PYTHON_BLOCK: Final = re.compile(r"(?:@|(?:async\s+)?def\b|class\b|with\b|while\b|try\b|except\b|finally\b|if\s+__name__\b)")
"""How a statement begins whose body is Python too."""
_ITEM: Final = re.compile(r"-\s+(\S.*)")
_PAIR: Final = re.compile(r"([A-Za-z_]\w*)\s*:\s+(\S.*)")


def body_end(text: str, at: int) -> int:
    """The offset after the last line that belongs to the line of `at`: all that stand deeper, and those between them."""
    end, depth = at, None
    for start, stop in _lines(text, at):
        line = text[start:stop]
        indent = len(line) - len(line.lstrip())
        if depth is None:
            depth, end = indent, stop
        elif line.strip() and indent <= depth:
            break
        elif line.strip():
            end = stop
    return end


def has_body(text: str, at: int) -> bool:
    """Whether the next line with text stands deeper than the line of `at`, and is no item of a list with dashes."""
    lines = _lines(text, at)
    depth = _indent(text, *next(lines))
    following = next(((start, stop) for start, stop in lines if text[start:stop].strip()), None)
    return following is not None and _indent(text, *following) > depth and not text[slice(*following)].lstrip().startswith("- ")


def items_below(text: str, at: int) -> tuple[list[str], int] | None:
    """The items of a list with dashes below the line of `at`, and the offset behind it; None where there is no such list."""
    lines, items, end = _lines(text, at), [], at
    next(lines)
    for start, stop in lines:
        line = strip_comment(text[start:stop]).strip()
        found = _ITEM.fullmatch(line)
        if found is not None:
            items.append(found[1].strip())
            end = stop
        elif line:
            break
    return (items, end) if items else None


def pairs_below(text: str, at: int) -> tuple[list[tuple[str, str]], int] | None:
    """The names and values, `name: value`, that stand deeper than the line of `at`, and the offset behind them; None for any other body."""
    end = body_end(text, at)
    lines, pairs = _lines(text, at), []
    next(lines)
    for start, stop in lines:
        line = strip_comment(text[start:stop]).strip()
        found = _PAIR.fullmatch(line)
        if start >= end or (line and found is None):
            break
        if found is not None:
            pairs.append((found[1], found[2].strip()))
    else:
        start = len(text) + 1
    return (pairs, end) if pairs and start >= end else None


def indent_of(text: str, at: int) -> str:
    """The space before the first character of the line of `at`."""
    start = text.rfind("\n", 0, at) + 1
    return text[start : start + _indent(text, *next(_lines(text, at)))]


def _indent(text: str, start: int, stop: int) -> int:
    return len(text[start:stop]) - len(text[start:stop].lstrip())


def _lines(text: str, at: int) -> Iterator[tuple[int, int]]:
    """The bounds of the line of `at` and of those below it."""
    start = text.rfind("\n", 0, at) + 1
    while start <= len(text):
        stop = text.find("\n", start)
        stop = stop if stop >= 0 else len(text)
        yield start, stop
        start = stop + 1

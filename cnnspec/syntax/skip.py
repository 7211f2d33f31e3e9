"""Where a broken statement ends, so that the parser can go on behind it."""

from __future__ import annotations

from typing import Final

from cnnspec.syntax.failure import CLOSING, Failure
from cnnspec.syntax.indented import PYTHON_BLOCK, body_end, items_below, pairs_below

PAIRS: Final = {")": "(", "]": "[", "}": "{"}


def skip_statement(text: str, failure: Failure) -> int:
    """The offset where a broken statement ends: its line's end, or the brace that closes the body around it.

    Brackets are skipped as a whole, unless a line comes back to the statement's own column; so is a line that starts with `->`.
    """
    foreign = _foreign_end(text, failure)
    if foreign is not None:
        return foreign
    open_ = [PAIRS[CLOSING[token.type]] for token in failure.open_brackets]
    at = start = failure.at
    while at < len(text):
        character = text[at]
        if character in "\"'":
            at = _skip_string(text, at)
            continue
        if character == "#":
            at = text.find("\n", at)
            if at < 0:
                return len(text)
            continue
        if character in "([{":
            open_.append(character)
        elif character in ")]" and open_ and open_[-1] == PAIRS[character]:
            open_.pop()
        elif character == "}":
            if "{" not in open_ and at > start:
                return at
            while open_ and open_.pop() != "{":
                pass
        elif character == "\n" and not _goes_on(text, at) and (not open_ or _returns_to(text, at, failure.column)):
            return at
        at += 1
    return at


def _foreign_end(text: str, failure: Failure) -> int | None:
    """Where a statement ends that reaches over several lines elsewhere: a Python block, a YAML list, a text in three quotes."""
    statement = failure.statement
    if PYTHON_BLOCK.match(statement):
        return body_end(text, failure.start)
    below = (items_below(text, failure.start) or pairs_below(text, failure.start)) if statement.endswith(":") else None
    if below is not None:
        return below[1]
    if statement.startswith(('"""', "'''")):
        closed = text.find(statement[:3], failure.start + 3)
        return _line_end(text, closed) if closed >= 0 else len(text)
    return None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _goes_on(text: str, newline: int) -> bool:
    """Whether the next line with text starts with `->`."""
    i = newline
    while i < len(text) and text[i] in " \t\n":
        i += 1
    return text.startswith("->", i)


def _skip_string(text: str, at: int) -> int:
    """The offset after the string that starts at `at`; one that does not end on its line is only a quote."""
    quote, i = text[at], at + 1
    while i < len(text) and text[i] != "\n":
        if text[i] == "\\":
            i += 2
            continue
        if text[i] == quote:
            return i + 1
        i += 1
    return at + 1


def _returns_to(text: str, newline: int, column: int) -> bool:
    """Whether the next line with text starts at or left of the 1-based `column`, with something other than `}`."""
    i = newline
    while i < len(text) and text[i] in " \t\n":
        i += 1
    start_of_line = text.rfind("\n", 0, i) + 1
    return i < len(text) and text[i] not in "})]" and i - start_of_line + 1 <= column

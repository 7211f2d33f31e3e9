"""What is known about a syntax error: where the automaton stopped, what it had read, and what it would have taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from lark import Token, Tree

from cnnspec.source import Source, Span

_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_DEFINES: Final = re.compile(r"(?:let|block|layer|input|extern)\s+([A-Za-z_]\w*)", re.ASCII)
_ASSIGNS: Final = re.compile(r"([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*=(?!=)", re.ASCII)
_ALIAS: Final = re.compile(r"\bas\s+([A-Za-z_]\w*)", re.ASCII)
_PYTHON_IMPORT: Final = re.compile(r"import\s+[A-Za-z_]|from\s")
CLOSING: Final = {"LPAR": ")", "LSQB": "]", "LBRACE": "}"}


@dataclass(frozen=True, slots=True)
class Failure:
    """`token` is what could not be taken, `expected` the names of the tokens that could, `popped` the statement so far."""

    source: Source
    token: Token
    at: int
    expected: frozenset[str]
    popped: tuple[Any, ...]
    last: Token | None

    @property
    def at_end(self) -> bool:
        return bool(self.token.type == "$END")

    @property
    def start(self) -> int:
        """The offset where the broken statement starts."""
        for value in self.popped:
            found = first_offset(value)
            if found is not None and not (isinstance(value, Token) and value.type == "_NL"):
                return found
        return self.at

    @property
    def column(self) -> int:
        return self.source.line_column(self.start)[1]

    @property
    def first_on_line(self) -> bool:
        text = self.source.text
        return not text[text.rfind("\n", 0, self.at) + 1 : self.at].strip()

    @property
    def line_ended(self) -> bool:
        """The text that was read stops where a line stops: what is missing stands there, not at the token."""
        return self.at_end or self.first_on_line or self.token.type == "_NL"

    @property
    def starts_new_statement(self) -> bool:
        """The token stands at the start of a line, not deeper than the broken statement: a new one begins here."""
        if self.at_end or not self.popped or not self.first_on_line:
            return False
        line, column = self.source.line_column(self.at)
        return line > self.source.line_column(self.start)[0] and column <= self.column

    @property
    def open_brackets(self) -> list[Token]:
        """The brackets of the broken statement that nothing has closed, outermost first."""
        found: list[Token] = []
        for value in self.popped:
            if isinstance(value, Token) and value.type in CLOSING:
                found.append(value)
            elif isinstance(value, Token) and value.type in ("RPAR", "RSQB", "RBRACE") and found:
                found.pop()
        return found

    @property
    def unfinished(self) -> bool:
        """Something of a statement was read, not only the ends of lines and what was broken already."""
        return any(getattr(value, "type", getattr(value, "data", "")) not in ("_NL", "broken") for value in self.popped)

    @property
    def statement(self) -> str:
        """The broken statement's first line, from its start, without its comment."""
        text = self.source.text
        end = text.find("\n", self.start)
        return strip_comment(text[self.start : end if end >= 0 else len(text)]).rstrip()

    @property
    def names(self) -> list[tuple[int, str]]:
        """The names that the broken statement would define, as far as its first line shows, with their offsets."""
        statement = self.statement
        if _PYTHON_IMPORT.match(statement):
            return []
        found = _DEFINES.match(statement) or _ASSIGNS.match(statement) or _ALIAS.search(statement)
        if found is None:
            return []
        return [(self.start + found.start(1) + name.start(), name[0]) for name in _NAME.finditer(found[1])]

    @property
    def text(self) -> str:
        """The token as it is written; nothing for the end of a line or of the file."""
        return str(self.token).strip()

    @property
    def span(self) -> Span:
        """The token's place; for the end of a line, that after its last text."""
        if not self.text:
            return Span(self.source, self.before, self.before + 1)
        return Span(self.source, self.at, self.at + max(1, len(self.text)))

    @property
    def statement_span(self) -> Span:
        return Span(self.source, self.start, self.start + max(1, len(self.statement)))

    @property
    def before(self) -> int:
        """The offset just after the last text before the token, comments left out."""
        lines = self.source.text[: self.at].rstrip()
        while lines:
            start = lines.rfind("\n") + 1
            line = strip_comment(lines[start:]).rstrip()
            if line:
                return start + len(line)
            lines = lines[:start].rstrip()
        return 0


def first_token(value: Any) -> Token | None:
    """The first token in a value of the parser's stack."""
    while isinstance(value, Tree):
        value = next((child for child in value.children if child is not None), None)
    return value if isinstance(value, Token) else None


def first_offset(value: Any) -> int | None:
    """The offset of that token."""
    token = first_token(value)
    return token.start_pos if token is not None else None


def outside_strings(line: str) -> Iterator[tuple[int, str]]:
    """The characters of a line that stand in no string, with their places; quotes are left out."""
    quote = ""
    for i, character in enumerate(line):
        if quote:
            if character == quote and line[i - 1] != "\\":
                quote = ""
        elif character in "\"'":
            quote = character
        else:
            yield i, character


def strip_comment(line: str) -> str:
    """A line without its comment; a `#` inside a string is text."""
    return next((line[:i] for i, character in outside_strings(line) if character == "#"), line)


def printable(text: str) -> str:
    """Control characters shown as escapes, and no more than 40 characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:41])
    return shown if len(shown) <= 40 else shown[:37] + "..."

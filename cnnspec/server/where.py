"""Where a cursor stands in a half-written text. The parser wants whole statements; an editor asks in the middle of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cnnspec.syntax.parse import SECTION
from cnnspec.syntax.tokens import Token, tokens

OPERATORS: Final = frozenset(("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<=", ">=", "<", ">", "and", "or", "not"))
OPENING: Final = ("(", "[", "{")
CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_NO_VALUE: Final = OPERATORS.union(
    ("import", "extern", "from", "let", "search", "block", "input", "output", "layer", "repeat", "for", "in", "if", "as")
)
"""Words behind which a value, or a name, is still to come."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a cursor stands.

    `bodies` are the heads of the bodies around it (`model net`, `if n > 0`), the outermost first. `before` is its statement, up to the
    word at the cursor. `word` is that word as a whole: a name, a number or a string.
    """

    offset: int
    bodies: tuple[tuple[Token, ...], ...]
    before: tuple[Token, ...]
    word: Token | None = None
    comment: bool = False

    @property
    def start(self) -> int:
        """Where the statement starts."""
        first = self.before[0] if self.before else self.word
        return first.start if first else self.offset

    @property
    def quoted(self) -> bool:
        """Whether the cursor is inside a string."""
        return self.word is not None and self.word.kind == "string"


def where(text: str, offset: int) -> Where:
    """Where the cursor before the character `offset` stands."""
    reader = _Reader(text)
    for token in words(text):
        if token.start >= offset:
            break
        if token.kind == "comment" and offset <= token.end:
            return Where(offset, tuple(reader.bodies), (), comment=True)
        if token.end >= offset and _is_touched(token, offset):
            reader.settle(token.start)
            return Where(offset, tuple(reader.bodies), tuple(reader.statement), token)
        reader.read(token)
    reader.settle(offset)
    return Where(offset, tuple(reader.bodies), tuple(reader.statement))


def words(text: str) -> Iterator[Token]:
    """The tokens of a text. A string that is not closed goes to the end of its line."""
    skip = 0
    for token in tokens(text):
        if token.start < skip:
            continue
        if token.kind == "unknown" and token.text in "\"'":
            end = text.find("\n", token.start)
            skip = len(text) if end < 0 else end
            yield Token("string", text[token.start : skip], token.start)
        else:
            yield token


def ends_value(token: Token) -> bool:
    """Whether a value may end with this word, so that what follows is something else."""
    if token.kind == "sign":
        return token.text in (")", "]", "}", "?")
    return token.kind in ("string", "number") or (token.kind == "word" and token.text not in _NO_VALUE)


def _is_touched(token: Token, offset: int) -> bool:
    """Whether the cursor is in a word, or at its end; behind the quote that ends a string it is outside."""
    if token.kind == "string":
        return offset < token.end or len(token.text) == 1 or token.text[-1] != token.text[0]
    return token.kind in ("word", "number")


@dataclass(slots=True)
class _Reader:
    """Follows statements and bodies through a text whose brackets may be open."""

    text: str
    bodies: list[tuple[Token, ...]] = field(default_factory=list)
    statement: list[Token] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    """The brackets that are open in the statement."""
    _newline: bool = False

    def read(self, token: Token) -> None:
        if token.kind == "newline":
            self._newline = True
        elif token.kind != "comment":
            self.settle(token.start)
            self._take(token)

    def _take(self, token: Token) -> None:
        if token.text == "{" and not self._open and self.statement and ends_value(self.statement[-1]):
            self.bodies.append(tuple(self.statement))
            self.statement.clear()
        elif token.text == "}" and "{" not in self._open:
            self._end_statement()
            if self.bodies:
                self.bodies.pop()
        else:
            if token.text in OPENING:
                self._open.append(token.text)
            elif self._open and CLOSING.get(token.text) == self._open[-1]:
                self._open.pop()
            self.statement.append(token)

    def settle(self, at: int) -> None:
        """Decide whether the statement ended with the line before the offset `at`, where there is a word or the cursor."""
        if not self._newline:
            return
        self._newline = False
        if self.bodies and self._column(at) == 0 and SECTION.match(self.text, at):
            self.bodies.clear()
            self._end_statement()
        elif self.statement and not self._goes_on(at):
            self._end_statement()

    def _goes_on(self, at: int) -> bool:
        """In brackets a statement goes on, unless the line comes back to its column: then a bracket is still missing."""
        if self.text.startswith("->", at) or self.statement[-1].text in OPERATORS:
            return True
        return bool(self._open) and (self._column(at) > self._column(self.statement[0].start) or self.text[at : at + 1] in CLOSING)

    def _column(self, at: int) -> int:
        return at - self.text.rfind("\n", 0, at) - 1

    def _end_statement(self) -> None:
        self.statement.clear()
        self._open.clear()

"""Tokens -> what a line is laid out from: runs of words, the brackets in them, and comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from cnnspec.formatting.marks import Marks
from cnnspec.syntax.tokens import Token

BINARY: Final = frozenset(("+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or"))
"""The operators after which a line may end outside brackets. `**` is none of them."""


@dataclass(frozen=True, slots=True)
class Comment:
    text: str
    own_line: bool


@dataclass(frozen=True, slots=True)
class Bracket:
    """`flat` is the whole of it on one line. `last_comma` is what follows the last entry if each has a line of its own."""

    open: str
    entries: tuple[Run | Comment, ...]
    close: str
    last_comma: str
    forced: bool
    flat: str


Segment: TypeAlias = "tuple[str | Bracket, ...]"


@dataclass(frozen=True, slots=True)
class Run:
    """A simple statement, the head of a body, or an entry of a bracket. Between two segments a line may end."""

    segments: tuple[Segment | Comment, ...]
    chain: bool
    """Several steps: if they do not fit on one line, each has its own."""
    apart: bool
    """The segments have lines of their own in any case."""
    forced: bool
    """It cannot stand on one line."""
    flat: str


def comment_of(tokens: Sequence[Token], at: int) -> Comment:
    """The comment at this place. A comma in front of it goes up to its entry; the comment goes with it, unless another one is there."""
    before = at - 1
    own_line = at == 0 or tokens[before].kind == "newline"
    if not own_line and tokens[before].text == ",":
        while tokens[before - 1].kind == "newline":
            before -= 1
        own_line = tokens[before - 1].kind == "comment"
    return Comment(tokens[at].text.rstrip(), own_line)


def written(token: Token) -> str:
    """The text of a token as it is written: a string in double quotes, unless it would need an escape."""
    if token.kind == "string" and token.text[0] == "'" and not {'"', "\\"} & set(token.text):
        return f'"{token.text[1:-1]}"'
    return token.text.rstrip() if token.kind == "comment" else token.text


class Parts:
    """The tokens of a file, as runs."""

    def __init__(self, tokens: Sequence[Token], marks: Marks) -> None:
        self.tokens = tokens
        self.marks = marks
        self.closing: dict[int, int] = {}
        open_: list[int] = []
        for at, token in enumerate(tokens):
            if token.kind == "sign" and token.start not in marks.braces:
                if token.text in "([{":
                    open_.append(at)
                elif token.text in ")]}":
                    self.closing[open_.pop()] = at

    def run(self, start: int, stop: int, *, entry: bool = False) -> Run:
        """The tokens from `start` to `stop`, which begin and end with no comment. In an `entry` of a bracket, `=` stands without spaces."""
        top = [*self._top(start, stop)]
        arrows = [at for at in top if self._is(at, "->")]
        led = any(self.tokens[at - 1].kind == "newline" for at in arrows)
        chain = len(arrows) > 1 or led
        names = self.tokens[start].text == "output"
        segments: list[Segment | Comment] = []
        parts: list[str | Bracket] = []
        typed = False  # a parameter with a type: `size: int = 3`
        for before, at in zip([None, *top], top, strict=False):
            token = self.tokens[at]
            if parts and before is not None and self._may_end(before, at, chain=chain, names=names):
                segments.append(tuple(parts))
                parts = []
            if token.kind == "comment":
                segments.append(comment_of(self.tokens, at))
                continue
            if parts and before is not None:
                parts.append(self._gap(before, at, tight=entry and not typed))
            parts.append(self._bracket(at) if at in self.closing else written(token))
            typed = typed or token.text == ":"
        segments.append(tuple(parts))
        return _run(segments, chain=chain, apart=led)

    def _top(self, start: int, stop: int) -> Iterator[int]:
        """The tokens that stand in no bracket of these; an opening bracket stands for all up to its closing one."""
        at = start
        while at < stop:
            if self.tokens[at].kind != "newline":
                yield at
            at = self.closing.get(at, at) + 1

    def _is(self, at: int, sign: str) -> bool:
        return self.tokens[at].kind == "sign" and self.tokens[at].text == sign

    def _may_end(self, before: int, after: int, *, chain: bool, names: bool) -> bool:
        """Whether a line may end between two tokens: in front of a step of a `chain`, behind an operator, and behind a comma of `names`."""
        if self.tokens[after].kind == "comment" or (chain and self._is(after, "->")) or (names and self._is(before, ",")):
            return True
        return self.tokens[before].text in BINARY and self.tokens[before].start not in self.marks.unary

    def _gap(self, before: int, after: int, *, tight: bool) -> str:
        """The space between two tokens of a line. `before` may be an opening bracket; then its closing one is meant."""
        left, right = self.tokens[before], self.tokens[after]
        if self._is(after, ":") or self._is(after, ",") or left.start in self.marks.unary or self._is_applied(after):
            return ""
        if tight and (self._is(before, "=") or self._is(after, "=")):
            return ""
        if self._is(before, ".") or self._is(after, "."):
            return " " if right.text == "." and left.kind == "number" else ""  # `1.` is a number
        return " "

    def _is_applied(self, at: int) -> bool:
        return at in self.closing and self.tokens[self.closing[at]].start in self.marks.applied

    def _bracket(self, at: int) -> Bracket:
        close = self.closing[at]
        commas = [k for k in self._top(at + 1, close) if self._is(k, ",")]
        edges = [at, *commas, close]
        entries = [entry for left, right in pairwise(edges) for entry in self._entries(left + 1, right)]
        runs = [entry for entry in entries if isinstance(entry, Run)]
        sign, applied = self.tokens[at].text, self._is_applied(at)
        single = sign == "(" and not applied and len(commas) == len(runs) == 1  # `(8,)`: its comma makes it a tuple
        kept_open = bool(commas) and len(commas) == len(runs) and not single  # the author's comma before the closing bracket
        takes_comma = bool(commas) or (applied and sign == "(") or (not applied and sign != "(")
        bracket = Bracket(
            open=sign,
            entries=tuple(entries),
            close=self.tokens[close].text,
            last_comma="," if takes_comma else "",
            forced=kept_open or len(runs) < len(entries) or any(run.forced for run in runs),
            flat=sign + ", ".join(run.flat for run in runs) + ("," if single else "") + self.tokens[close].text,
        )
        return _hugged(bracket) if applied and sign == "(" and not commas else bracket

    def _entries(self, start: int, stop: int) -> Iterator[Run | Comment]:
        """What stands between two commas: at most one run, and the comments around it."""
        top = [*self._top(start, stop)]
        code = [at for at in top if self.tokens[at].kind != "comment"]
        for at in top:
            if code and at == code[0]:
                yield self.run(at, self.closing.get(code[-1], code[-1]) + 1, entry=True)
            elif not code or not code[0] < at <= code[-1]:
                yield comment_of(self.tokens, at)


def _run(segments: list[Segment | Comment], *, chain: bool, apart: bool) -> Run:
    code = [segment for segment in segments if not isinstance(segment, Comment)]
    forced = any(isinstance(part, Bracket) and part.forced for segment in code for part in segment)
    apart = apart or len(code) < len(segments) or (chain and forced)
    flat = " ".join("".join(part if isinstance(part, str) else part.flat for part in segment) for segment in code)
    return Run(tuple(segments), chain, apart, apart or forced, flat)


def _hugged(outer: Bracket) -> Bracket:
    """`f([...])` opens and closes both brackets at once."""
    match outer.entries:
        case (Run(segments=((Bracket(open="[" | "{") as inner,),)),):
            return Bracket(
                outer.open + inner.open,
                inner.entries,
                inner.close + outer.close,
                inner.last_comma,
                inner.forced,
                outer.flat,
            )
    return outer

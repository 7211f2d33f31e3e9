"""Another layout of the same spec, at random: what a formatter must see through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from random import Random

from cnnspec.formatting.marks import Marks, marks_of
from cnnspec.formatting.parts import BINARY
from cnnspec.source import Source, Span
from cnnspec.syntax import parse_source
from cnnspec.syntax.tokens import Token, tokens
from cnnspec.syntax.tree import File

REMARKS = ("#", "# why", "#!x", '#  a "quote', "#->", "# }", "# f(a,", "# über  ", "#\tx\t")


@dataclass(frozen=True, slots=True)
class Freedom:
    """What may be changed besides spaces, and ends of lines in brackets."""

    remarks: bool = True
    """Comments, and ends of lines, wherever a line may end."""
    signs: bool = True
    """Commas before a closing bracket, and quotes."""


SPACES = Freedom(remarks=False, signs=False)


def parsed(text: str) -> File:
    file, diagnostics = parse_source(Source("spec.cnn", text))
    assert not diagnostics, f"{[(d.message, d.span and d.span.line) for d in diagnostics]}\n{text}"
    return file


def meaning(value: object) -> object:
    """A tree without its places."""
    if isinstance(value, tuple):
        return tuple(meaning(part) for part in value)
    if is_dataclass(value):
        parts = [getattr(value, field.name) for field in fields(value)]
        return (type(value).__name__, *(meaning(part) for part in parts if not isinstance(part, Span | Source)))
    return value


def comments(text: str) -> list[str]:
    return [token.text.rstrip() for token in tokens(text) if token.kind == "comment"]


def rearranged(text: str, random: Random, freedom: Freedom) -> str:
    """`text` with other spaces, ends of lines, and more, so that it means the same."""
    return "".join(_Rearranger(random, freedom, marks_of(parsed(text))).pieces(text))


@dataclass(slots=True)
class _Rearranger:
    random: Random
    freedom: Freedom
    marks: Marks
    open: list[Token] = field(default_factory=list)
    """The brackets around the place where we are, outermost first."""

    def pieces(self, text: str) -> Iterator[str]:
        before = None
        for token in tokens(text):
            if token.kind == "newline":
                continue
            yield self.comma(before, token)
            yield self.gap(text[before.end if before else 0 : token.start], before, token)
            if token.kind == "sign" and token.text in ")]}":
                self.open.pop()
            if token.kind == "sign" and token.text in "([{":
                self.open.append(token)
            yield self.quoted(token.text) if token.kind == "string" else token.text
            before = token
        yield self.random.choice(["", "\n", "\n\n  \n"])

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def comma(self, before: Token | None, after: Token) -> str:
        """Perhaps a comma before the closing bracket of a call or a list that has something in it."""
        call = after.text == ")" and after.start in self.marks.applied
        listed = after.text == "]" and after.start not in self.marks.applied
        ended = before is None or before.kind == "comment" or before.text in "([,"
        return "," if self.freedom.signs and (call or listed) and not ended and self.chance(0.2) else ""

    def quoted(self, text: str) -> str:
        inner = text[1:-1]
        changeable = self.freedom.signs and not {'"', "'", "\\"} & set(inner)
        return self.random.choice([f'"{inner}"', f"'{inner}'"]) if changeable else text

    def gap(self, written: str, before: Token | None, after: Token) -> str:
        """Other space between two tokens: on one line, or on several where a line may end."""
        ended = "\n" in written
        fixed = (before is not None and before.kind == "comment") or (after.kind == "comment" and not self.freedom.remarks)
        if self.in_brackets and not fixed and self.chance(0.5):
            ended = self.chance(0.3) and (self.freedom.remarks or not self.in_inner_body)
        elif self.in_body and after.text == "->" and self.freedom.remarks and not fixed:
            ended = self.chance(0.3)
        if self.freedom.remarks and not ended and self.chance(0.1):
            ended = self.may_end(before, after)
        if ended:
            return self.line_ends(written)
        return self.random.choice([" ", "  ", "\t"] if written else ["", "", " "])

    @property
    def in_body(self) -> bool:
        return not self.open or self.open[-1].start in self.marks.braces

    @property
    def in_brackets(self) -> bool:
        return not self.in_body and self.open[-1].text in "(["

    @property
    def in_inner_body(self) -> bool:
        """Whether a body around this place may stand on one line: an end of line would open it up."""
        return any(token.start in self.marks.braces for token in self.open[1:])

    def may_end(self, before: Token | None, after: Token) -> bool:
        """Whether a line may end in a gap that has no end of line, outside ( ) and [ ]."""
        if before is None or before.text == "{" or after.text == "}":
            return True
        if not self.in_body and before.text in ",:":
            return True
        return before.kind in ("sign", "word") and before.text in BINARY and before.start not in self.marks.unary

    def line_ends(self, written: str) -> str:
        """At least one end of line, with comments in front of it and behind it."""
        indent = " " * self.random.randrange(8)
        if not self.freedom.remarks:
            return (written.rstrip(" \t") or "\n") + indent
        first = self.random.choice(["", " ", "    "]) + self.random.choice(REMARKS) if self.chance(0.2) else ""
        lines = [self.random.choice(["", " ", *REMARKS]) for _ in range(self.random.randrange(4))] if self.chance(0.3) else []
        return "\n".join([first, *lines, indent])

"""Another layout of the same spec, at random: what a formatter must see through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from random import Random

from cnnspec.formatting.marks import marks_of
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
    return "".join(_pieces(text, random, freedom))


def _pieces(text: str, random: Random, freedom: Freedom) -> Iterator[str]:
    marks = marks_of(parsed(text))
    words = [token for token in tokens(text) if token.kind != "newline"]
    open_: list[Token] = []
    before = None
    for token in words:
        gap = text[before.end if before else 0 : token.start]
        if _closes(token):
            if freedom.signs and before and before.text not in "([{," and before.kind != "comment" and random.random() < 0.2:
                call = token.start in marks.applied and token.text == ")"
                listed = token.text == "]" and token.start not in marks.applied
                yield "," if call or listed else ""
            yield _gap(gap, before, token, open_, marks.braces, marks.unary, random, freedom)
            open_.pop()
        else:
            yield _gap(gap, before, token, open_, marks.braces, marks.unary, random, freedom)
        if token.kind == "sign" and token.text in "([{":
            open_.append(token)
        yield _quoted(token.text, random) if freedom.signs and token.kind == "string" else token.text
        before = token
    yield random.choice(["", "\n", "\n\n  \n"])


def _closes(token: Token) -> bool:
    return token.kind == "sign" and token.text in ")]}"


def _gap(
    gap: str,
    before: Token | None,
    after: Token,
    open_: list[Token],
    braces: frozenset[int],
    unary: frozenset[int],
    random: Random,
    freedom: Freedom,
) -> str:
    """Other space between two tokens: on one line, or on several where a line may end."""
    in_body = not open_ or open_[-1].start in braces
    in_brackets = not in_body and open_[-1].text in "(["
    ended = "\n" in gap
    a_comment = (before is not None and before.kind == "comment") or (after.kind == "comment" and not freedom.remarks)
    starts_step = after.text == "->" and in_body
    if in_brackets and not a_comment and random.random() < 0.5:
        ended = random.random() < 0.3 and (freedom.remarks or not any(token.start in braces for token in open_[1:]))
    elif in_body and starts_step and freedom.remarks and not a_comment:
        ended = random.random() < 0.3
    if freedom.remarks and not ended and random.random() < 0.1:
        ended = _may_end(before, after, in_body, braces, unary)
    if not ended:
        return random.choice([" ", "  ", "\t"] if gap else ["", "", " "])
    return _line_ends(gap, random, freedom)


def _may_end(before: Token | None, after: Token, in_body: bool, braces: frozenset[int], unary: frozenset[int]) -> bool:
    """Whether a line may end in a gap that has no end of line, outside ( ) and [ ]."""
    if before is None or (before.start in braces and before.text == "{") or (after.start in braces and after.text == "}"):
        return True
    if not in_body and (before.text in "{,:" or after.text == "}"):
        return True
    return before.kind in ("sign", "word") and before.text in BINARY and before.start not in unary


def _line_ends(gap: str, random: Random, freedom: Freedom) -> str:
    """At least one end of line, with comments in front of it and behind it."""
    if not freedom.remarks:
        return gap.rstrip(" \t") + " " * random.randrange(8) if "\n" in gap else "\n" + " " * random.randrange(8)
    first = f"{random.choice(['', ' ', '    '])}{random.choice(REMARKS)}" if random.random() < 0.2 else ""
    lines = [random.choice(["", " ", *REMARKS]) for _ in range(random.randrange(4))] if random.random() < 0.3 else []
    return "\n".join([first, *lines, " " * random.randrange(8)])


def _quoted(text: str, random: Random) -> str:
    inner = text[1:-1]
    return random.choice([f'"{inner}"', f"'{inner}'"]) if not {'"', "'", "\\"} & set(inner) else text

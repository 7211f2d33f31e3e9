"""What a syntax error means: from the automaton's failure to words that say what to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree

from cnnspec.diagnostics import Diagnostic, Fix, Label
from cnnspec.source import Source, Span

KEYWORDS = frozenset(
    "cnn import extern from let search block input output layer repeat for in if else as or and not True False None".split()
)
CLOSING = {"LPAR": ")", "LSQB": "]", "LBRACE": "}", "_LPAR": ")"}
READABLE = {
    "RPAR": "`)`",
    "RSQB": "`]`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "LBRACE": "`{`",
    "NAME": "a name",
    "_NL": "the end of the line",
    "_ARROW": "`->`",
    "EQUAL": "`=`",
    "COMMA": "`,`",
    "NUM": "a number",
    "STRING": "a string",
    "IN": "`in`",
    "AS": "`as`",
    "FROM": "`from`",
    "COLON": "`:`",
}
GOES_ON = re.compile(r"(=|->|[-+*/<>:.]|\b(?:as|in|search|from|or|and|not|import|let|repeat|if|for))$")


@dataclass(frozen=True, slots=True)
class Failure:
    """Where the automaton stopped: the token it could not take, what it would have taken, and the statement so far."""

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
    def starts_new_statement(self) -> bool:
        """The token stands at the start of a line, not deeper than the broken statement: a new one begins here."""
        if self.at_end or not self.popped or not self.first_on_line:
            return False
        line, column = self.source.line_column(self.at)
        return line > self.source.line_column(self.start)[0] and column <= self.column

    @property
    def open_brackets(self) -> list[Token]:
        return [v for v in self.popped if isinstance(v, Token) and v.type in CLOSING]


def first_offset(value: Any) -> int | None:
    """The offset of the first token in a value of the parser's stack."""
    while isinstance(value, Tree):
        value = next((child for child in value.children if child is not None), None)
    return value.start_pos if isinstance(value, Token) else None


def explain(failure: Failure) -> Diagnostic:
    """The diagnostic for a failure: the first rule that knows it, or what was expected."""
    for rule in (_unclosed, _size_as_product, _open_string, _stops_early, _reserved, _late_name):
        found = rule(failure)
        if found is not None:
            return found
    return _unexpected(failure)


def _token_span(failure: Failure) -> Span:
    end = failure.token.end_pos if failure.token.end_pos is not None else failure.at + 1
    text = failure.source.text[failure.at : end]
    return Span(failure.source, failure.at, failure.at + max(1, len(text.strip() or " ")))


def _before(failure: Failure) -> int:
    """The offset just after the last text before the failure, comments left out."""
    lines = failure.source.text[: failure.at].rstrip()
    while lines:
        start = lines.rfind("\n") + 1
        line = strip_comment(lines[start:]).rstrip()
        if line:
            return start + len(line)
        lines = lines[:start].rstrip()
    return 0


def strip_comment(line: str) -> str:
    """A line without its comment; a `#` inside a string is text."""
    quote = ""
    for i, character in enumerate(line):
        if quote:
            if character == quote and line[i - 1] != "\\":
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == "#":
            return line[:i]
    return line


def _unclosed(failure: Failure) -> Diagnostic | None:
    brackets = failure.open_brackets
    line_ended = failure.at_end or failure.first_on_line or failure.token.type == "_NL"
    if not brackets or not line_ended:
        return None
    opened = brackets[-1]
    start = opened.start_pos or 0
    close = CLOSING[opened.type]
    span = Span(failure.source, start, start + 1)
    if close == "}":
        return Diagnostic(
            code="E0102", message="this `{` is never closed", span=span, label="opened here", help="add `}` on a line of its own"
        )
    end = _before(failure)
    here = Span(failure.source, end, end + 1)
    return Diagnostic(
        code="E0101",
        message=f"`{opened}` is not closed before the end of the statement",
        span=here,
        label=f"expected `{close}` or `,` here",
        labels=(Label(span, "opened here"),),
        help=f"add `{close}`",
        fix=Fix(Span(failure.source, end, end), close),
    )


def _size_as_product(failure: Failure) -> Diagnostic | None:
    last = failure.last
    if last is None or last.type != "NUM":
        return None
    start = last.start_pos or 0
    sizes = re.compile(r"\d+(?:x\d+)+").match(failure.source.text, start)
    if sizes is None:
        return None
    numbers = sizes.group().split("x")
    written = f"({', '.join(numbers)})"
    square = len(set(numbers)) == 1
    return Diagnostic(
        code="E0104",
        message="a size is written as a tuple",
        span=Span(failure.source, start, sizes.end()),
        label="not a number",
        help=f"write `{written}`, or just `{numbers[0]}` for equal sides" if square else f"write `{written}`",
        fix=Fix(Span(failure.source, start, sizes.end()), written, safe=True),
    )


def _open_string(failure: Failure) -> Diagnostic | None:
    if failure.token.type != "CHARACTER" or str(failure.token) not in "\"'":
        return None
    line, _ = failure.source.line_column(failure.at)
    end = failure.at + len(failure.source.line(line)) - failure.source.line_column(failure.at)[1] + 1
    return Diagnostic(
        code="E0106",
        message="this string does not end on its line",
        span=Span(failure.source, failure.at, end),
        label="the string starts here",
        help=f"close it with `{failure.token}`",
    )


def _stops_early(failure: Failure) -> Diagnostic | None:
    if not (failure.at_end or failure.first_on_line or failure.token.type == "_NL") or not failure.popped:
        return None
    end = _before(failure)
    found = GOES_ON.search(failure.source.text[max(0, end - 20) : end])
    if found is None:
        return None
    return Diagnostic(
        code="E0103",
        message=f"the line stops after `{found.group()}`",
        span=Span(failure.source, end, end + 1),
        label="something is missing here",
        help="a line goes on only after `(`, `[`, `{`, `,` or an operator; the next line may start with `->`",
    )


def _reserved(failure: Failure) -> Diagnostic | None:
    word, at = str(failure.token), failure.at
    if failure.token.type == "EQUAL" and failure.last is not None:
        word, at = str(failure.last), failure.last.start_pos or 0
    elif "NAME" not in failure.expected:
        return None
    if word not in KEYWORDS:
        return None
    span = Span(failure.source, at, at + len(word))
    if word in ("True", "False", "None"):
        return Diagnostic(code="E0105", message=f"`{word}` is a value, not a name", span=span, label="expected a name here")
    return Diagnostic(
        code="E0105",
        message=f"`{word}` is a word of the language",
        span=span,
        label="cannot be used as a name",
        help=f"use another name, for example `{word}_1`",
        fix=Fix(span, f"{word}_1"),
    )


def _late_name(failure: Failure) -> Diagnostic | None:
    if failure.token.type != "AS":
        return None
    return Diagnostic(
        code="E0107",
        message="`as name` comes before the shape",
        span=_token_span(failure),
        label="move this before the `:`",
        help="write `Layer(...) as name: (height, width, channels)`",
    )


def _unexpected(failure: Failure) -> Diagnostic:
    text = str(failure.token).strip()
    what = f"unexpected `{printable(text)}`" if text else "unexpected end of the file" if failure.at_end else "unexpected end of the line"
    expected = sorted(READABLE[name] for name in failure.expected if name in READABLE)
    return Diagnostic(
        code="E0100",
        message=what,
        span=_token_span(failure),
        label=f"expected {', '.join(expected[:-1])} or {expected[-1]}" if len(expected) > 1 else f"expected {expected[0]}" if expected else "",
        help=_hint(failure, text),
    )


def printable(text: str) -> str:
    """Control characters shown as escapes, and no more than 40 characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= 40 else shown[:37] + "..."


def _hint(failure: Failure, text: str) -> str | None:
    if text == "}" and not failure.popped:
        return "no `{` is open here: delete it"
    if text in (")", "]") and not failure.open_brackets:
        return f"nothing is open that `{text}` could close: delete it"
    if text == ";":
        return "a statement ends at the end of its line: delete the `;`"
    if text == "%":
        return None
    if text in ("NAME", "STRING") or failure.token.type in ("NAME", "NUM", "STRING"):
        return "is a `,` missing before this?" if failure.open_brackets else "each statement stands on a line of its own"
    if failure.token.type == "CHARACTER":
        return "this character has no meaning in the language"
    return None

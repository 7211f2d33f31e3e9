"""Syntax errors that are habits from elsewhere: an input without its name, a body in round brackets, text from a word processor."""

from __future__ import annotations

import re
from typing import Final

from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.source import Span
from cnnspec.syntax.failure import Failure, printable

_INPUT: Final = re.compile(r"input\b\s*([A-Za-z_]\w*)?\s*([=:])?\s*(.*)$")
_BODY: Final = re.compile(r"(repeat|for|if|else|block|model)\b")
_VALUE: Final = r"""(?:"[^"{}]*"|-?[\w.]+%?|\w+\([^(){}]*\)|\[[^\[\]{}]*\])"""
_SETTING: Final = re.compile(
    rf"(data|augment|train|run|tune|export|expect)\s+((?:[\w.]+\s*(?:=|[<>]=?)\s*{_VALUE})|(?<=augment )[A-Z]\w*\([^(){{}}]*\))\s*$"
)
_QUOTES: Final = {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "`": '"'}
_QUOTED: Final = re.compile(r"[“”„«‘’`]([^“”„«»‘’`\"\\\n]*)[“”»‘’`]")
_SIGNS: Final = {"–": "-", "—": "-", "−": "-", "×": "*", "→": "->", "≥": ">=", "≤": "<=", "\xa0": " "}


def wrong_input(failure: Failure) -> Diagnostic | None:
    """`input x = (28, 28, 1)`, `input (28, 28, 1)`, `input x: 28, 28, 1`."""
    found = _INPUT.match(failure.statement)
    if found is None or failure.last is None or failure.line_ended or failure.open_brackets:
        return None
    name, sign, rest = found[1], found[2], found[3].rstrip(" ;")
    if name is None and sign is not None:
        return None
    shape = rest if rest.startswith("(") or not re.match(r"[\d?]", rest) else f"({rest})"
    if failure.text == ";" or not re.fullmatch(r"[\w?]*\([\w?, ]*\)", shape):
        return None
    if name is None:
        message, label = "an input needs a name", "expected a name here"
    elif sign == ":":
        message, label = "a shape stands in brackets", "not in brackets"
    else:
        message, label = "the shape of an input stands after `:`", "expected `:` here"
    written = f"input {name or 'image'}: {shape}"
    return Diagnostic(
        code="E0507",
        message=message,
        span=failure.span,
        label=label,
        help=f"write `{written}`",
        fix=Fix(failure.statement_span, written, safe=name is not None),
    )


def missing_body(failure: Failure) -> Diagnostic | None:
    """`model net (`: the body does not open."""
    if "LBRACE" not in failure.expected or _BODY.match(failure.statement) is None or failure.open_brackets or failure.line_ended:
        return None
    if "COMMA" in failure.expected and failure.token.type == "NAME":
        return None
    return Diagnostic(
        code="E0100",
        message="a body stands in `{ }`",
        span=failure.span,
        label="expected `{` here",
        help="write `{` here, and `}` after the last line of the body",
    )


def section_without_braces(failure: Failure) -> Diagnostic | None:
    """`expect test.accuracy >= 98%`, `run seed = 1`: a setting behind the name of its section."""
    found = _SETTING.match(failure.statement)
    if found is None or "LBRACE" not in failure.expected or failure.open_brackets or failure.line_ended:
        return None
    written, start = f"{found[1]} {{ {found[2].rstrip()} }}", failure.statement_span.start + found.start(2)
    return Diagnostic(
        code="E0100",
        message=f"what is in `{found[1]}` stands in `{{ }}`",
        span=Span(failure.source, start, start + len(found[2].rstrip())),
        label="expected in `{ }`",
        help=f"write `{written}`",
        fix=Fix(failure.statement_span, written, safe=False),  # the section may be there already
    )


def foreign_character(failure: Failure) -> Diagnostic | None:
    """Characters that look like those of the language: curly quotes, long dashes, arrows."""
    if failure.token.type != "CHARACTER":
        return None
    character = failure.text or str(failure.token)
    instead, fix = _QUOTES.get(character) or _SIGNS.get(character), _plain(failure, character)
    if instead is not None:
        what = "a quote" if character in _QUOTES else "a sign"
        help = "write a plain space" if instead == " " else f"write `{instead}`"
        label = f"{what} that is not on the keyboard"
    elif character.isalpha():
        label, help = "not a letter of a name", "names have the letters a to z, digits and `_`; any text may stand in a string"
    elif character == "\\":
        label, help = "no sign of the language", "a line goes on after `(`, `,` or an operator: delete it"
    elif character == "\r":
        label, help = "a carriage return", "end the line with a newline"
    else:
        label, help = "no sign of the language", "delete it"
    return Diagnostic(code="E0100", message=f"unexpected `{printable(character)}`", span=failure.span, label=label, help=help, fix=fix)


def _plain(failure: Failure, character: str) -> Fix | None:
    """The sign of the keyboard, or a whole string in plain quotes. `×` may stand between the sides of a size, where it is no product."""
    if character in _SIGNS:
        return Fix(failure.span, _SIGNS[character], safe=character != "×")
    text = _QUOTED.match(failure.source.text, failure.at)
    return Fix(Span(failure.source, *text.span()), f'"{text[1]}"', safe=True) if text else None

"""A lexer for Pygments, which colours specs in documentation and terminals. Pygments finds it by its entry point; no command imports it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from pygments import token as kind
from pygments.lexer import Lexer

from cnnspec.syntax.build import read_number
from cnnspec.syntax.explain import KEYWORDS
from cnnspec.syntax.tokens import Token, tokens

_PLAIN: Final = {
    "comment": kind.Comment.Single,
    "newline": kind.Whitespace,
    "string": kind.String,
    "unknown": kind.Error,
}


class CnnLexer(Lexer):
    """Words are told apart by what stands around them, as in the language itself: it knows no layer and no setting by name."""

    name = "cnnspec"
    aliases: ClassVar = ["cnn", "cnnspec"]
    filenames: ClassVar = ["*.cnn"]
    mimetypes: ClassVar = ["text/x-cnn"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, kind._TokenType, str]]:
        end = 0
        found = [*tokens(text)]
        brackets: list[str] = []
        for at, token in enumerate(found):
            if token.start > end:
                yield end, kind.Whitespace, text[end : token.start]
            end = token.end
            if token.kind == "number":
                yield from _number(token)
            elif token.kind == "word":
                yield token.start, _word(found, at, in_call=bool(brackets) and brackets[-1] != "{"), token.text
            elif token.kind == "sign":
                _follow(brackets, token.text)
                yield token.start, _sign(token.text), token.text
            else:
                yield token.start, _PLAIN[token.kind], token.text
        if end < len(text):
            yield end, kind.Whitespace, text[end:]


def _number(token: Token) -> Iterator[tuple[int, kind._TokenType, str]]:
    """A number, and its unit as in style sheets."""
    value, unit = read_number(token.text)
    digits = token.text[: len(token.text) - len(unit)]
    yield token.start, kind.Number.Integer if isinstance(value, int) else kind.Number.Float, digits
    if unit:
        yield token.start + len(digits), kind.Keyword.Type, unit


def _word(found: list[Token], at: int, *, in_call: bool) -> kind._TokenType:
    """A word: `in_call` is in `( )` or `[ ]`, where `name=` is an argument."""
    word = found[at].text
    before, after = _text(found, at - 1), _text(found, at + 1)
    if before == "." or (in_call and after == "="):
        return kind.Name.Attribute
    if word in KEYWORDS:
        return kind.Keyword.Constant if word[0].isupper() else kind.Keyword
    if after == "(":
        return kind.Name.Class if word[0].isupper() else kind.Name.Function
    if before in ("", "{", "}") and (after == "{" or (after not in KEYWORDS and _text(found, at + 2) == "{")):
        return kind.Name.Namespace  # a section: `data {`, `phase head {`
    return kind.Name


def _text(found: list[Token], at: int) -> str:
    """The token at a place; nothing for an end of line and for the ends of the text."""
    return found[at].text.strip() if 0 <= at < len(found) else ""


def _follow(brackets: list[str], sign: str) -> None:
    if sign in "([{":
        brackets.append(sign)
    elif sign in ")]}" and brackets:
        brackets.pop()


def _sign(sign: str) -> kind._TokenType:
    if sign == "?":
        return kind.Keyword.Constant
    return kind.Punctuation if sign in "()[]{},:." else kind.Operator

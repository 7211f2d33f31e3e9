"""The words and signs of a text with its comments and ends of lines: for what lays out or colours a spec.

The parser leaves comments out and stops at what it does not know. Here every character belongs to a token, but for spaces and tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from lark.lexer import PatternStr

from cnnspec.syntax.table import lark_parser

Kind: TypeAlias = Literal["comment", "newline", "string", "number", "word", "sign", "unknown"]


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of any text, in order. A keyword is a `word`: where it may be a name, the grammar decides."""
    for found in _pattern().finditer(text):
        kind: Kind = found.lastgroup  # type: ignore[assignment]  # the groups of the pattern are the kinds
        yield Token(kind, found[0], found.start())


@cache
def _pattern() -> re.Pattern[str]:
    """One alternative a kind, made of the grammar's terminals. Their arrow takes along the ends of lines before it, so `->` is added."""
    terminals = {terminal.name: terminal.pattern for terminal in lark_parser().terminals}
    words = {"comment": "COMMENT", "string": "STRING", "number": "NUM", "word": "NAME"}
    signs = [pattern.value for pattern in terminals.values() if isinstance(pattern, PatternStr) and not pattern.value.isalpha()]
    longest_first = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    kinds = {
        "newline": r"\r?\n",
        **{kind: terminals[name].to_regexp() for kind, name in words.items()},
        "sign": f"->|{terminals['CMP'].to_regexp()}|{longest_first}",
        "unknown": r"[^ \t]",
    }
    return re.compile("|".join(f"(?P<{kind}>{_without_groups(pattern)})" for kind, pattern in kinds.items()))


def _without_groups(pattern: str) -> str:
    """The same pattern without groups of its own, so that the group that matched last is the kind."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)

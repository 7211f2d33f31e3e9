"""Ends of lines inside `( )` and `[ ]`: a statement goes on behind them, unless a bracket was forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lark import Token

from cnnspec.source import Source
from cnnspec.syntax.failure import CLOSING, Failure, first_offset, first_token


def in_brackets(stack: Sequence[Any]) -> bool:
    """Whether the innermost bracket that is open on the parser's stack is `(` or `[`."""
    closed = 0
    for value in reversed(stack):
        kind = value.type if isinstance(value, Token) else ""
        if kind in CLOSING:
            if not closed:
                return kind != "LBRACE"
            closed -= 1
        elif kind in ("RPAR", "RSQB", "RBRACE"):
            closed += 1
    return False


@dataclass(frozen=True, slots=True)
class Newline:
    """An end of line in brackets that was stepped over, with lark's interactive parser as it was before it.

    `suspect` if the next line does not stand deeper than the statement: then a bracket may have been forgotten.
    """

    token: Token
    parser: Any
    last: Token | None
    suspect: bool

    @classmethod
    def at(cls, source: Source, token: Token, parser: Any, last: Token | None) -> Newline:
        """The end of line `token`, before `parser` (lark's interactive one) reads on."""
        end = token.end_pos or 0
        outside = source.line_column(end)[1] <= _statement_column(parser.parser_state)
        suspect = outside and not source.text.startswith((")", "]", "}"), end)
        return cls(token, parser.copy(deepcopy_values=False), last, suspect)

    def blamed(self, failure: Failure) -> Failure:
        """The failure as it is if the statement should have ended with this line."""
        at = self.token.start_pos or 0
        popped = tuple(value for value in failure.popped if (first_offset(value) or 0) < at)
        brackets = Failure(failure.source, self.token, at, frozenset(self.parser.accepts()), popped, self.last)
        return brackets if brackets.open_brackets else failure


def _statement_column(state: Any) -> int:
    """The column of the statement that is being read."""
    table, column = state.parse_conf.states, 1
    for before, value in zip(state.state_stack, state.value_stack, strict=False):
        token = first_token(value)
        if token is not None and "stmt" in table[before] and token.type != "_NL":
            column = token.column or 1
    return column

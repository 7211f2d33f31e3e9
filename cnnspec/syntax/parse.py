"""The parser's driver: feeds tokens to lark's LALR automaton and, after an error, goes on with the next statement.

Recovery is yacc's: pop the stack to a state that can take a statement, push an error node in its place, and resume
at the next line or closing brace. So one mistake hides no other.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lark import Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from cnnspec.diagnostics import Diagnostic
from cnnspec.source import Source, Span
from cnnspec.syntax.build import build_expression, build_file
from cnnspec.syntax.explain import explain
from cnnspec.syntax.failure import Failure
from cnnspec.syntax.indented import indent_of
from cnnspec.syntax.layout import late_brace, never_closed
from cnnspec.syntax.newline import Newline, in_brackets
from cnnspec.syntax.python import STATEMENT
from cnnspec.syntax.skip import skip_statement
from cnnspec.syntax.table import lark_parser
from cnnspec.syntax.tree import Expression, File
from cnnspec.syntax.yaml import indented_body

MAX_ERRORS = 100
MAX_READ_AGAIN = 4
"""How many times the length of a text may be read again after mistakes: brackets that are never closed reach to its end."""
STATEMENTS = frozenset(
    (
        "version",
        "import_",
        "extern",
        "let",
        "block",
        "input",
        "output",
        "layer",
        "repeat",
        "for_",
        "if_",
        "section",
        "assign",
        "apply",
        "broken",
    )
)
SECTION = re.compile(r"(model|data|augment|train|run|tune|export|expect)\b[^=\n(\[]*\{|(block|import|extern)\b")
"""How a line begins that can stand only at the top of a file."""


def parse_source(source: Source) -> tuple[File, list[Diagnostic]]:
    """The tree of a whole file, and every syntax error in it."""
    run = _Run(source)
    with _without_collector():
        tree = run.parse()
        file, more = build_file(source, tree)
    return file, run.diagnostics + more


@contextmanager
def _without_collector() -> Iterator[None]:
    """A parse makes many small objects and no garbage: collecting meanwhile would double its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def parse_expression(source: Source, start: int = 0) -> tuple[Expression | None, list[Diagnostic]]:
    """The tree of the one expression from `start` on (the value of an override). There is no recovery: None after an error."""
    try:
        tree = _read_expression(" " * start + source.text[start:])
    except (UnexpectedToken, UnexpectedCharacters) as error:
        at = min(max(_offset(error, source), 0), len(source.text))
        what = "the value stops too early" if at >= len(source.text.rstrip()) else f"unexpected `{source.text[at]}`"
        span = Span(source, at, at + 1)
        return None, [Diagnostic(code="E0100", message=what, span=span, label="here", help="write a value as in a `.cnn` file")]
    return build_expression(source, tree)


def _read_expression(text: str) -> Tree[Any] | Token:
    parser: Any = lark_parser().parse_interactive(text, start="expr")
    state, lexer = parser.parser_state, parser.lexer_thread
    while True:
        try:
            for token in lexer.lex(state):
                if token.type != "_NL" or not in_brackets(state.value_stack):
                    state.feed_token(token)
            tree: Tree[Any] | Token = state.feed_token(Token("$END", "", len(text), end_pos=len(text)), True)
            return tree
        except UnexpectedToken as error:
            if error.token.type != "_NL" or not in_brackets(state.value_stack):
                raise


def _offset(error: UnexpectedToken | UnexpectedCharacters, source: Source) -> int:
    at = error.pos_in_stream
    return len(source.text) if at is None or (isinstance(error, UnexpectedToken) and error.token.type == "$END") else at


@dataclass(slots=True)
class _Run:
    """One parse of one file."""

    source: Source
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _interactive: Any = field(init=False)
    _last: Token | None = None
    _skipped: Newline | None = None
    _resumed: int = -1
    _read_again: int = 0
    _colons: set[int] = field(default_factory=set)
    """Where a colon stands for `{`, with the body below it by indentation."""
    _indented: list[int] = field(default_factory=list)
    """The columns of the lines whose bodies these are."""
    _recovered: bool = False
    """Nothing was read since the last mistake: what fails now may be what it left behind."""

    def __post_init__(self) -> None:
        self._interactive = lark_parser().parse_interactive(self.source.text, start="start")

    def parse(self) -> Tree[Any] | None:
        while True:
            state, lexer = self._interactive.parser_state, self._interactive.lexer_thread
            try:
                for token in lexer.lex(state):
                    if self._goes_on(token):
                        continue
                    token = self._close_indented(token)
                    if token.column == 1 and self._opens_section(token):
                        self._close_bodies(token)
                    if token.start_pos in self._colons:
                        token = Token("LBRACE", "{", token.start_pos, end_pos=token.end_pos)
                    state.feed_token(token)
                    self._last = token
                    self._forget_newline(token)
                    self._recovered = self._recovered and token.type == "_NL"
                end = Token("$END", "", len(self.source.text), end_pos=len(self.source.text))
                self._close_indented(end)
                tree: Tree[Any] = state.feed_token(end, True)
                return tree
            except (UnexpectedToken, UnexpectedCharacters) as error:
                if isinstance(error, UnexpectedToken) and (self._goes_on(error.token) or self._opens_late(error.token)):
                    continue
                if isinstance(error, UnexpectedToken) and self._opens_by_colon(error.token):
                    continue
                failure = self._failure(error)
                if self._reads_again(failure):
                    continue
                self._skipped = None
                self._report(failure)
                if len(self.diagnostics) >= MAX_ERRORS or self._read_again > MAX_READ_AGAIN * (len(self.source.text) + 10_000):
                    self._give_up(failure)
                    return self._finish()
                if failure.at_end:
                    self._push_error(failure)
                    return self._finish()
                self._resume(failure)

    # ------------------------------------------------------------ what failed

    def _failure(self, error: UnexpectedToken | UnexpectedCharacters) -> Failure:
        """Pop the half-read statement off the stack and describe the mistake."""
        state = self._interactive.parser_state
        table = state.parse_conf.states
        expected = self._interactive.accepts()
        if isinstance(error, UnexpectedCharacters):
            at = error.pos_in_stream or 0
            token = Token("CHARACTER", self.source.text[at], at, end_pos=at + 1)
        else:
            token = error.token
        popped: list[Any] = []
        closed = 0  # bodies that are complete but not reduced yet: what is in them was a statement of its own
        while len(state.state_stack) > 1:
            if not closed and ("stmt" in table[state.state_stack[-1]] or _is_statement(state.value_stack[-1])):
                break
            state.state_stack.pop()
            popped.append(state.value_stack.pop())
            kind = getattr(popped[-1], "type", "")
            closed += (kind == "RBRACE") - (kind == "LBRACE" and closed > 0)
        popped.reverse()
        last = self._last
        if str(token) == ">" and last is not None and last.type == "MINUS" and last.end_pos == token.start_pos:
            token = Token("_ARROW", "->", last.start_pos, end_pos=token.end_pos)  # where no arrow can stand, the lexer sees two signs
        at = len(self.source.text) if token.type == "$END" else token.start_pos or 0
        failure = Failure(self.source, token, at, frozenset(expected), tuple(popped), self._last)
        return self._skipped.blamed(failure) if self._skipped is not None else failure

    def _report(self, failure: Failure) -> None:
        braces = self._open_braces()
        if failure.at_end and braces and not failure.open_brackets and not failure.unfinished:
            self.diagnostics.append(never_closed(self.source, braces, failure.at))
        elif not self._is_echo(failure):
            self.diagnostics.append(explain(failure))

    def _is_echo(self, failure: Failure) -> bool:
        """Whether the mistake is only what an earlier one left behind: a lone closing bracket, or the same line again."""
        if not self.diagnostics or failure.open_brackets:
            return False
        earlier = self.diagnostics[-1].span
        same_line = earlier is not None and earlier.source.line_column(failure.at)[0] == earlier.line
        lone = failure.text in (")", "]", "}") and failure.first_on_line and not failure.unfinished and self._recovered
        return lone or same_line or (failure.at_end and not failure.popped and not self._open_braces())

    def _give_up(self, failure: Failure) -> None:
        span = Span(self.source, failure.at, failure.at + 1)
        message = "too many syntax errors: the rest of the file is not checked"
        self.diagnostics.append(Diagnostic(code="E0109", message=message, span=span, help="is this a `.cnn` file?"))

    # ------------------------------------------------------------ lines in brackets

    def _goes_on(self, token: Token) -> bool:
        """Whether a line ends inside `( )` or `[ ]`, where the grammar takes no end of line: it is stepped over."""
        if token.type != "_NL" or not in_brackets(self._interactive.parser_state.value_stack):
            return False
        if self._skipped is None or not self._skipped.suspect:
            self._skipped = Newline.at(self.source, token, self._interactive, self._last)
        return True

    def _forget_newline(self, token: Token) -> None:
        """What follows the end of line was taken: unless the line looks like a new statement, it went on as it should."""
        if self._skipped is not None and (not self._skipped.suspect or token.type == "_NL"):
            self._skipped = None

    # ------------------------------------------------------------ a body that is not closed

    def _open_braces(self) -> list[Token]:
        stack = self._interactive.parser_state.value_stack
        return [value for value in stack if isinstance(value, Token) and value.type == "LBRACE"]

    def _opens_section(self, token: Token) -> bool:
        """Whether a line that can stand only at the top of a file begins in a body."""
        return SECTION.match(self.source.text, token.start_pos or 0) is not None and bool(self._open_braces())

    def _close_bodies(self, token: Token) -> None:
        """Report the body that is not closed, and close all of them."""
        if self._last is None or self._last.type != "_NL":
            return
        braces = self._open_braces()
        self.diagnostics.append(never_closed(self.source, braces, token.start_pos or 0))
        at = token.start_pos or 0
        for _ in braces:
            if not self._feed(Token("RBRACE", "}", at, end_pos=at)):
                return
        self._feed(Token("_NL", "\n", at, end_pos=at))

    def _opens_late(self, token: Token) -> bool:
        """Whether a line ends where only `{` can follow: it is reported, and the body is open."""
        if token.type != "_NL" or self._interactive.accepts() != {"LBRACE"}:
            return False
        text, last = self.source.text, self._last
        end = last.end_pos or 0 if last is not None else 0
        if STATEMENT.match(text[text.rfind("\n", 0, end) + 1 : end].lstrip()):
            return False
        self.diagnostics.append(late_brace(self.source, end, alone=text.startswith("{", token.end_pos or 0)))
        if not text.startswith("{", token.end_pos or 0):
            self._feed(Token("LBRACE", "{", end, end_pos=end))
            self._feed(token)
        self._last = token
        return True

    def _opens_by_colon(self, token: Token) -> bool:
        """Whether a body stands below a colon, by indentation: it is reported, and read as if it stood in braces."""
        if token.type != "COLON" or "LBRACE" not in self._interactive.accepts():
            return False
        return self._report_colon(token.start_pos or 0) and self._feed_brace(token)

    def _reads_again(self, failure: Failure) -> bool:
        """The same for `train:`, which looks like a name with a shape: the line is read again with a brace in place of its colon."""
        last = failure.last
        if last is None or last.type != "COLON" or failure.open_brackets or not self._report_colon(last.start_pos or 0):
            return False
        self._colons.add(last.start_pos or 0)
        self._seek(failure.start)
        return True

    def _report_colon(self, colon: int) -> bool:
        found = indented_body(self.source, colon) if len(self.diagnostics) < MAX_ERRORS else None
        if found is None:
            return False
        self.diagnostics.append(found)
        self._indented.append(len(indent_of(self.source.text, colon)) + 1)
        return True

    def _feed_brace(self, colon: Token) -> bool:
        self._last = Token("LBRACE", "{", colon.start_pos, end_pos=colon.end_pos)
        return self._feed(self._last)

    def _close_indented(self, token: Token) -> Token:
        """Close the bodies below a colon that end where a line begins with `token`; an `else` then belongs to its `if`."""
        while self._indented and token.type != "_NL" and (token.type == "$END" or self._ends_indented(token)):
            self._indented.pop()
            if token.type == "RBRACE":
                break
            at = token.start_pos or 0
            self._feed(Token("RBRACE", "}", at, end_pos=at))
            if str(token) == "else" and "ELSE" in self._interactive.accepts():
                return Token("ELSE", "else", at, end_pos=token.end_pos)
            if token.type != "$END":
                self._feed(Token("_NL", "\n", at, end_pos=at))
        return token

    def _ends_indented(self, token: Token) -> bool:
        """Whether `token` begins a line that stands no deeper than the line of the innermost colon."""
        return self._last is not None and self._last.type == "_NL" and (token.column or 0) <= self._indented[-1]

    # ------------------------------------------------------------ how to go on

    def _push_error(self, failure: Failure) -> None:
        state = self._interactive.parser_state
        if failure.popped and "stmt" not in state.parse_conf.states[state.state_stack[-1]]:
            self._feed(Token("_NL", "\n", failure.start, end_pos=failure.start))
        goto = state.parse_conf.states[state.state_stack[-1]].get("stmt")
        if failure.popped and goto is not None:
            state.state_stack.append(goto[1])
            names = [Token("NAME", word, at, end_pos=at + len(word)) for at, word in failure.names]
            state.value_stack.append(Tree("broken", [Token("BROKEN", "", failure.start, end_pos=failure.at), *names]))

    def _resume(self, failure: Failure) -> None:
        self._push_error(failure)
        text = self.source.text
        at = failure.at if failure.starts_new_statement else skip_statement(text, failure)
        if at <= self._resumed or (at == failure.at and not failure.popped):
            at = failure.at + max(1, len(failure.token))  # a token that nothing can start with: step over it
        self._resumed = at
        self._recovered = True
        self._seek(at)
        if failure.popped and text[at : at + 1] not in ("\n", "}", ""):
            self._feed(Token("_NL", "\n", at, end_pos=at))

    def _seek(self, at: int) -> None:
        line, column = self.source.line_column(at)
        counter = self._interactive.lexer_thread.state.line_ctr
        self._read_again += max(counter.char_pos - at, 0)
        counter.char_pos, counter.line, counter.column, counter.line_start_pos = at, line, column, at - column + 1

    def _feed(self, token: Token) -> bool:
        try:
            self._interactive.parser_state.feed_token(token)
        except UnexpectedToken:
            return False
        return True

    def _finish(self) -> Tree[Any] | None:
        """Close the open bodies, so that what was read before the end of the text is kept."""
        end = len(self.source.text)
        state = self._interactive.parser_state
        while True:
            try:
                tree: Tree[Any] = state.feed_token(Token("$END", "", end, end_pos=end), True)
                return tree
            except UnexpectedToken:
                if not (self._feed(Token("RBRACE", "}", end, end_pos=end)) or self._feed(Token("_NL", "\n", end, end_pos=end))):
                    return None


def _is_statement(value: Any) -> bool:
    """Whether a value of the parser's stack is a whole statement, or the list of those before it."""
    return isinstance(value, Tree) and (value.data in STATEMENTS or value.data.startswith("__start_star"))

"""A whole file: its statements, the comments between them, and the empty lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnspec.diagnostics import Diagnostic
from cnnspec.formatting.lines import STEP, fits, lines_of, write_comment
from cnnspec.formatting.marks import bodies_of, marks_of
from cnnspec.formatting.parts import Parts, comment_of, written
from cnnspec.source import Source
from cnnspec.syntax import parse_source
from cnnspec.syntax.tokens import Token, tokens
from cnnspec.syntax.tree import Body, File, Statement, Version


def format_source(source: Source) -> tuple[str | None, list[Diagnostic]]:
    """The text of a spec in its one layout. None where it does not parse: what is not understood is not rewritten."""
    file, problems = parse_source(source)
    if problems:
        return None, problems
    text = _Formatter(file).text()
    assert _content(tokens(text)) == _content(tokens(source.text)), "formatting would change the spec"
    return text, []


def _content(words: Iterable[Token]) -> list[str]:
    """What formatting may not change. Commas are left out: a broken bracket has one more."""
    return [written(token) for token in words if token.kind != "newline" and token.text != ","]


@dataclass(slots=True)
class _Entry:
    """A statement, or a comment with a line of its own. `blank`: an empty line stands before it."""

    lines: list[str]
    blank: bool
    statement: Statement | None = None


class _Formatter:
    def __init__(self, file: File) -> None:
        self.file = file
        self.tokens = [*tokens(file.source.text)]
        self.parts = Parts(self.tokens, marks_of(file))
        self.starts = {token.start: at for at, token in enumerate(self.tokens)}
        self.ends = {token.end: at for at, token in enumerate(self.tokens)}

    def text(self) -> str:
        entries = self._entries(self.file.statements, 0, len(self.tokens), 0)
        _set_apart(entries)
        lines = _joined(entries)
        return "\n".join(lines) + "\n" if lines else ""

    def _entries(self, statements: Sequence[Statement], start: int, stop: int, indent: int) -> list[_Entry]:
        """The statements of a body, or of the file, whose tokens are those from `start` to `stop`, and the comments around them."""
        entries: list[_Entry] = []
        at = start
        for statement in statements:
            first, last = self.starts[statement.span.start], self.ends[statement.span.end]
            self._comments(entries, at, first, indent)
            entries.append(_Entry(self._statement(statement, indent), self._blank_before(first), statement))
            at = last + 1
        self._comments(entries, at, stop, indent)
        return entries

    def _comments(self, entries: list[_Entry], start: int, stop: int, indent: int) -> None:
        for at in range(start, stop):
            if self.tokens[at].kind != "comment":
                continue
            comment = comment_of(self.tokens, at)
            if not comment.own_line:
                write_comment(entries[-1].lines, comment, indent)
            else:
                entries.append(_Entry([" " * indent + comment.text], self._blank_before(at)))

    def _blank_before(self, at: int) -> bool:
        return at > 1 and self.tokens[at - 1].kind == self.tokens[at - 2].kind == "newline"

    def _statement(self, statement: Statement, indent: int) -> list[str]:
        first, stop = self.starts[statement.span.start], self.ends[statement.span.end] + 1
        bodies = bodies_of(statement)
        if all(self._is_short(body) for body in bodies):
            run = self.parts.run(first, stop)
            if not bodies or fits(run, indent):
                return lines_of(run, indent)
        lines: list[str] = []
        for body in bodies:
            opening, closing = self.starts[body.span.start], self.ends[body.span.end]
            lines += lines_of(self.parts.run(first, opening + 1), indent)
            inside = opening + 1
            if self.tokens[inside].kind == "comment":
                write_comment(lines, comment_of(self.tokens, inside), indent)
                inside += 1
            lines += _joined(self._entries(body.statements, inside, closing, indent + STEP))
            first = closing
        return [*lines, *lines_of(self.parts.run(first, stop), indent)]

    def _is_short(self, body: Body) -> bool:
        """A body that is written on one line may stay there; one without anything in it is put there."""
        inside = range(self.starts[body.span.start] + 1, self.ends[body.span.end])
        unwanted = "newline" if body.statements else "comment"
        return not any(self.tokens[at].kind == unwanted for at in inside)


def _set_apart(entries: list[_Entry]) -> None:
    """At the top of a file an empty line stands before and behind what has a body, and behind the version."""
    statements = [(number, entry.statement) for number, entry in enumerate(entries) if entry.statement is not None]
    for (left, before), (right, after) in pairwise(statements):
        if isinstance(before, Version) or bodies_of(before) or bodies_of(after):
            entries[left + 1].blank |= not any(entry.blank for entry in entries[left + 1 : right + 1])


def _joined(entries: list[_Entry]) -> list[str]:
    lines: list[str] = []
    for entry in entries:
        lines += [""] * (entry.blank and bool(lines)) + entry.lines
    return lines

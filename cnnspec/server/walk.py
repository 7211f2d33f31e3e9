"""Ways through the tree of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from cnnspec.source import Span
from cnnspec.syntax import tree


def parts(node: object) -> Iterator[object]:
    """A node of the tree and every node in it."""
    open_ = [node]
    while open_:
        part = open_.pop()
        if isinstance(part, tuple):
            open_ += part
        elif hasattr(part, "__dataclass_fields__") and not isinstance(part, Span):
            yield part
            open_ += [getattr(part, name) for name in part.__dataclass_fields__]


def statements(given: tuple[tree.Statement, ...], start: int = 0, end: int = sys.maxsize) -> Iterator[tree.Statement]:
    """Every statement that touches the offsets from `start` to `end`, then those in its bodies."""
    for statement in given:
        if statement.span.start <= end and statement.span.end >= start:
            yield statement
            for body in bodies(statement):
                yield from statements(body.statements, start, end)


def bodies(statement: tree.Statement) -> Iterator[tree.Body]:
    """The bodies of a statement: those of an `if` are its branches."""
    match statement:
        case tree.Section(body=body) | tree.Block(body=body) | tree.Repeat(body=body) | tree.For(body=body):
            yield body
        case tree.If():
            yield statement.then
            if isinstance(statement.otherwise, tree.If):
                yield from bodies(statement.otherwise)
            elif statement.otherwise is not None:
                yield statement.otherwise

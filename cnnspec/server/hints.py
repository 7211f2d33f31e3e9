"""The shape that each line gives, as a hint behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnnspec.compiler import Analysis
from cnnspec.server.shapes import Shapes
from cnnspec.server.walk import statements
from cnnspec.syntax import tree


@dataclass(frozen=True, slots=True)
class Hint:
    offset: int
    text: str


def hints(analysis: Analysis, start: int, end: int) -> list[Hint]:
    """A hint behind every line between two offsets that computes something of a known shape, and has no shape column.

    In a block or a loop one line stands for several layers: where their sizes differ, the hint is a range, `(8..32, 8..32, 16..64)`.
    """
    shapes, found = Shapes(analysis), []
    for line in _lines(analysis.file, start, end):
        shape = shapes.of_chain(line.chain.span)
        if shape is not None:
            found.append(Hint(line.span.end, shape))
    return found


def _lines(file: tree.File, start: int, end: int) -> Iterator[tree.Assign | tree.Apply]:
    for statement in statements(file.statements, start, end):
        if isinstance(statement, tree.Assign | tree.Apply) and start <= statement.span.end <= end:
            has_column = isinstance(statement, tree.Apply) and statement.shape is not None
            computes = bool(statement.chain.steps) or isinstance(statement.chain.first, tree.Call)
            if computes and not has_column:
                yield statement

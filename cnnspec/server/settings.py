"""What the sections of a file hold: the settings that are given, and the layers that they may name."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.compiler import Analysis
from cnnspec.syntax import tree


def settings_given(file: tree.File, at: int) -> frozenset[str]:
    """The names that the section around an offset sets already, but for the line of the offset."""
    section = section_at(file.statements, at)
    if section is None:
        return frozenset()
    others = [statement for statement in section.body.statements if not statement.span.start <= at <= statement.span.end]
    return frozenset(_names(others))


def _names(statements: list[tree.Statement]) -> Iterator[str]:
    for statement in statements:
        match statement:
            case tree.Assign(names=names):
                yield from (name.text for name in names)
            case tree.Section(name=name):
                yield name.text


def section_at(statements: tuple[tree.Statement, ...], at: int) -> tree.Section | None:
    """The innermost section around an offset."""
    for statement in statements:
        if isinstance(statement, tree.Section) and statement.span.start < at < statement.span.end:
            return section_at(statement.body.statements, at) or statement
    return None


def layer_names(analysis: Analysis) -> tuple[str, ...]:
    """The names that `freeze` may give: those of the layers, and of the uses of blocks around them."""
    names: dict[str, None] = {}
    for node in analysis.graph.nodes if analysis.graph else ():
        parts = node.name.split("__")
        names.update(("__".join(parts[: i + 1]), None) for i in range(len(parts)))
    return tuple(names)

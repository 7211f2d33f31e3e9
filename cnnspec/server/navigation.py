"""From a name to where it is defined, and to where it is used."""

from __future__ import annotations

from cnnspec.compiler import Analysis
from cnnspec.elaborate.values import Library
from cnnspec.server.names import meanings, names_of
from cnnspec.source import Span
from cnnspec.syntax import tree


def definition(analysis: Analysis, offset: int) -> Span | None:
    """Where the name at an offset is defined, perhaps in an imported file. The path of an import leads to the start of that file."""
    for statement in analysis.file.statements:
        if isinstance(statement, tree.Import) and statement.path.span.start <= offset < statement.path.span.end:
            library = next((b.value for b in meanings(analysis, statement.alias.span) if isinstance(b.value, Library)), None)
            return Span(library.source, 0, 0) if library else None
    found = names_of(analysis).at(offset)
    return found[1] if found else None


def references(analysis: Analysis, offset: int, *, with_definition: bool = True) -> list[Span]:
    """Every place in this file that names what the name at an offset names."""
    names = names_of(analysis)
    found = names.at(offset)
    if found is None:
        return []
    definitions = [span for span in names.definitions_of(found[1]) if span.source is analysis.source] if with_definition else []
    return sorted({*definitions, *names.uses_of(found[1])}, key=lambda span: span.start)

"""The passes in order: a spec, or a document that was read back, becomes a checked document and its graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.catalogue import load_catalogue
from cnnspec.diagnostics import Diagnostic, has_errors, in_order
from cnnspec.document.document import Document
from cnnspec.document.load import load_document
from cnnspec.document.validate import validate
from cnnspec.elaborate import elaborate, elaborate_library, is_library
from cnnspec.elaborate.overrides import read_overrides
from cnnspec.graph import Graph, build_graph
from cnnspec.reading import read_source
from cnnspec.source import Source, Span
from cnnspec.syntax import parse_source
from cnnspec.syntax.tree import File


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the compiler knows of a spec before any framework is asked."""

    document: Document
    graph: Graph


def compile_file(path: str, overrides: Sequence[str] = ()) -> tuple[Compiled | None, list[Diagnostic]]:
    """Read and check a `.cnn` file, or a document in JSON. None where there are errors; warnings alone do not stop it."""
    source, problems = read_source(path)
    if source is None:
        return None, problems
    compiled, more = compile_source(source, overrides)
    return compiled, in_order([*problems, *more])


def check_file(path: str, overrides: Sequence[str] = ()) -> tuple[Compiled | None, list[Diagnostic]]:
    """The same diagnostics as `compile_file`, but a library, a file of definitions only, is fine: then there is nothing compiled."""
    source, problems = read_source(path)
    if source is None:
        return None, problems
    if source.path.endswith(".json") or not source.text.strip():
        compiled, more = compile_source(source, overrides)
        return compiled, in_order([*problems, *more])
    file, syntax = parse_source(source)
    if not is_library(file):
        compiled, more = _compile(file, overrides)
        return compiled, in_order([*problems, *syntax, *more])
    given, unread = read_overrides(overrides)
    library = elaborate_library(file, given, load_catalogue())
    return None, in_order([*problems, *syntax, *unread, *library.diagnostics, *_refused(library.unused)])


def compile_source(source: Source, overrides: Sequence[str] = ()) -> tuple[Compiled | None, list[Diagnostic]]:
    """The same as `compile_file` for a text that was read already."""
    if not source.text.strip():
        help = "begin with `cnn 1`, then `model NAME { ... }`"
        return None, [Diagnostic(code="E0004", message="the file is empty", span=Span(source, 0, 1), help=help)]
    if source.path.endswith(".json"):
        return _verify(*_load(source, overrides))
    file, syntax = parse_source(source)
    compiled, problems = _compile(file, overrides)
    return (None if has_errors(syntax) else compiled), [*syntax, *problems]


def _compile(file: File, overrides: Sequence[str]) -> tuple[Compiled | None, list[Diagnostic]]:
    given, problems = read_overrides(overrides)
    found = elaborate(file, given, load_catalogue())
    return _verify(found.document, [*problems, *found.diagnostics, *_refused(found.unused)])


def _refused(documents: Iterable[Document]) -> list[Diagnostic]:
    """What the schema says to the blocks that nothing calls."""
    return [diagnostic for document in documents for diagnostic in validate(document, document.holes)]


def _load(source: Source, overrides: Sequence[str]) -> tuple[Document | None, list[Diagnostic]]:
    document, problems = load_document(source.text, source.path, Path(source.path).parent)
    if overrides:
        where = f"--set {overrides[0]}"
        help = "change the `.cnn` file's values and write the document again: `cnnspec compile FILE --emit document`"
        problems = [*problems, Diagnostic(code="E0903", message="`--set` works on a spec, not on a document", where=where, help=help)]
    return document, problems


def _verify(document: Document | None, problems: list[Diagnostic]) -> tuple[Compiled | None, list[Diagnostic]]:
    """The checks that follow from the document alone: its schema, then its graph."""
    if document is None:
        return None, problems
    graph, refused = build_graph(document)
    problems = [*problems, *validate(document, document.holes), *refused]
    if graph is None or has_errors(problems):
        return None, problems
    return Compiled(document, graph), problems

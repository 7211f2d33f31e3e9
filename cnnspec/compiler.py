"""The passes in order: a spec, or a document that was read back, becomes a checked document and its graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.catalogue import load_catalogue
from cnnspec.diagnostics import Diagnostic, has_errors, in_order
from cnnspec.document.document import Document
from cnnspec.document.load import load_document
from cnnspec.document.validate import validate
from cnnspec.elaborate import elaborate
from cnnspec.elaborate.overrides import read_overrides
from cnnspec.graph import Graph, build_graph
from cnnspec.reading import read_source
from cnnspec.source import Source, Span
from cnnspec.syntax import parse_source


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


def compile_source(source: Source, overrides: Sequence[str] = ()) -> tuple[Compiled | None, list[Diagnostic]]:
    """The same for a text that was read already."""
    if not source.text.strip():
        help = "begin with `cnn 1`, then `model NAME { ... }`"
        return None, [Diagnostic(code="E0004", message="the file is empty", span=Span(source, 0, 1), help=help)]
    document, problems = _document(source, overrides)
    if document is None:
        return None, problems
    problems += validate(document, document.holes)
    graph, more = build_graph(document)
    problems += more
    if graph is None or has_errors(problems):
        return None, problems
    return Compiled(document, graph), problems


def _document(source: Source, overrides: Sequence[str]) -> tuple[Document | None, list[Diagnostic]]:
    if source.path.endswith(".json"):
        document, problems = load_document(source.text, source.path, Path(source.path).parent)
        if overrides:
            where = f"--set {overrides[0]}"
            help = "change the `.cnn` file's values and write the document again: `cnnspec compile FILE --emit document`"
            problems = [*problems, Diagnostic(code="E0903", message="`--set` works on a spec, not on a document", where=where, help=help)]
        return document, problems
    given, problems = read_overrides(overrides)
    file, syntax = parse_source(source)
    document, more = elaborate(file, given, load_catalogue())
    return document, [*problems, *syntax, *more]

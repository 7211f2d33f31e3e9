"""The passes in order: a spec, or a document that was read back, becomes a checked document and its graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cnnspec.catalogue import load_catalogue
from cnnspec.consistency import check_consistency
from cnnspec.diagnostics import Diagnostic, has_errors, in_order
from cnnspec.document.document import Document
from cnnspec.document.load import load_document
from cnnspec.document.validate import validate
from cnnspec.elaborate import elaborate, elaborate_library, is_library
from cnnspec.elaborate.overrides import read_overrides
from cnnspec.elaborate.trace import Trace
from cnnspec.graph import Graph, build_graph
from cnnspec.reading import DISK, Files, read_source
from cnnspec.source import Source, Span
from cnnspec.syntax import parse_source
from cnnspec.syntax.tree import File


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the compiler knows of a spec before any framework is asked."""

    document: Document
    graph: Graph


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """All that is known of a text, also of one with mistakes: what an editor asks.

    The document has holes where the mistakes are, and the graph leaves out what depends on them. A library has neither.
    """

    file: File
    document: Document | None
    graph: Graph | None
    trace: Trace
    diagnostics: list[Diagnostic]

    @property
    def source(self) -> Source:
        return self.file.source


def analyse(source: Source, files: Files = DISK) -> Analysis:
    """The same diagnostics as `check_file` for the text of a `.cnn` file, and what was found out on the way."""
    if _says_nothing(source):
        return Analysis(File(source, ()), None, None, Trace(), [_empty(source)])
    found = _elaborated(source, files=files)
    graph, problems = _inspect(found.document, found.diagnostics)
    return Analysis(found.file, found.document, graph, found.trace, in_order(problems))


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
    compiled, more = check_source(source, overrides)
    return compiled, in_order([*problems, *more])


def check_source(source: Source, overrides: Sequence[str] = ()) -> tuple[Compiled | None, list[Diagnostic]]:
    """The same as `check_file` for a text that was read already."""
    if source.path.endswith(".json") or _says_nothing(source):
        return compile_source(source, overrides)
    found = _elaborated(source, overrides)
    return (None, found.diagnostics) if is_library(found.file) else _verify(found.document, found.diagnostics)


def compile_source(source: Source, overrides: Sequence[str] = (), files: Files = DISK) -> tuple[Compiled | None, list[Diagnostic]]:
    """The same as `compile_file` for a text that was read already."""
    if _says_nothing(source):
        return None, [_empty(source)]
    if source.path.endswith(".json"):
        return _verify(*_load(source, overrides, files))
    found = _elaborated(source, overrides, files, library=False)
    return _verify(found.document, found.diagnostics)


def _says_nothing(source: Source) -> bool:
    """Whether there is nothing in a text but comments."""
    return not any(line.strip() and not line.lstrip().startswith("#") for line in source.text.split("\n"))


def _empty(source: Source) -> Diagnostic:
    help = "begin with `cnn 1`, then `model NAME { ... }`"
    message = "there are only comments in this file" if source.text.strip() else "the file is empty"
    return Diagnostic(code="E0004", message=message, span=Span(source, 0, 1), help=help)


@dataclass(frozen=True, slots=True)
class _Elaborated:
    file: File
    document: Document | None
    trace: Trace
    diagnostics: list[Diagnostic]


def _elaborated(source: Source, overrides: Sequence[str] = (), files: Files = DISK, *, library: bool = True) -> _Elaborated:
    """What a text says. In one with mistakes, what is written as Python is read as the spec that it means."""
    file, syntax = parse_source(source)
    found = _elaborate(file, syntax, overrides, files, library=library)
    if has_errors(found.diagnostics):
        from cnnspec.python import understood  # for mistakes alone

        meant = understood(file, syntax, load_catalogue())
        if meant is not None:
            return _elaborate(*meant, overrides, files, library=library)
    return found


def _elaborate(file: File, syntax: list[Diagnostic], overrides: Sequence[str], files: Files, *, library: bool) -> _Elaborated:
    trace, (given, problems) = Trace(), read_overrides(overrides)
    found = (elaborate_library if library and is_library(file) else elaborate)(file, given, load_catalogue(), files, trace)
    return _Elaborated(file, found.document, trace, [*syntax, *problems, *found.diagnostics, *_refused(found.unused)])


def _refused(documents: Iterable[Document]) -> list[Diagnostic]:
    """What the schema says to the blocks that nothing calls."""
    return [diagnostic for document in documents for diagnostic in validate(document, document.holes)]


def _load(source: Source, overrides: Sequence[str], files: Files) -> tuple[Document | None, list[Diagnostic]]:
    document, problems = load_document(source.text, source.path, files.path_of(source).parent)
    if overrides:
        where = f"--set {overrides[0]}"
        help = "change the `.cnn` file's values and write the document again: `cnnspec compile FILE --emit document`"
        problems = [*problems, Diagnostic(code="E0903", message="`--set` works on a spec, not on a document", where=where, help=help)]
    return document, problems


def _verify(document: Document | None, problems: list[Diagnostic]) -> tuple[Compiled | None, list[Diagnostic]]:
    """The checks that follow from the document alone: its schema, its graph, and its sections against each other."""
    graph, problems = _inspect(document, problems)
    if document is None or graph is None or has_errors(problems):
        return None, problems
    return Compiled(document, graph), problems


def _inspect(document: Document | None, problems: list[Diagnostic]) -> tuple[Graph | None, list[Diagnostic]]:
    """What is known of the graph of a document, and every problem that is found on the way to it."""
    if document is None:
        return None, problems
    graph, refused = build_graph(document, partial=True)
    problems = [*problems, *validate(document, document.holes), *refused]
    return graph, problems if graph is None else [*problems, *check_consistency(document, graph, problems)]

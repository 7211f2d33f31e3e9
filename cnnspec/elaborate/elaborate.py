"""The pass as a whole: a file's tree -> its document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnnspec.catalogue import Catalogue
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document, Json
from cnnspec.elaborate.body import Body
from cnnspec.elaborate.context import MAX_STATEMENTS, Context
from cnnspec.elaborate.files import DEFINITIONS, VERSION, Loader
from cnnspec.elaborate.network import Network
from cnnspec.elaborate.overrides import Overrides
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.sections import Sections
from cnnspec.elaborate.trace import Trace
from cnnspec.elaborate.unused import unused_blocks
from cnnspec.elaborate.values import POISON, Tensor, Value
from cnnspec.reading import DISK, Files
from cnnspec.source import Span
from cnnspec.syntax import tree

PARTS = ("split", "phase", "head", "checkpoint")


@dataclass(frozen=True, slots=True)
class Elaborated:
    """The document of a file, and one for each of its blocks that nothing calls. After mistakes they have holes."""

    document: Document | None
    unused: tuple[Document, ...]
    diagnostics: list[Diagnostic]


def elaborate(file: tree.File, overrides: Overrides, catalogue: Catalogue, files: Files = DISK, trace: Trace | None = None) -> Elaborated:
    """What a spec says. After mistakes the document has holes, and is good only for finding more of them.

    `files` has the texts of imported files; an editor's `trace` is told what each name means.
    """
    root = Scope()
    context = Context(catalogue, overrides, root, files=files, trace=trace)
    context.entered(Span(file.source, 0, len(file.source.text)), root)
    path = files.path_of(file.source)
    loader = Loader(context)
    sections = loader.load(file, path, root)
    json: dict[str, Json] = {"cnn": VERSION}
    json["model"] = _model(context, file, sections.get("model"), root, loader.misplaced)
    writer = Sections(context, root, frozenset(_layer_names(context.network)))
    for name in catalogue.names("section"):
        entry = catalogue.entry("section", name)
        if name not in PARTS and entry is not None:
            found = writer.write(sections.get(name), entry)
            if found is not None:
                json[name] = found
    for key, value in (("search", loader.searches), ("extern", loader.externs)):
        if value:
            json[key] = value
    context.diagnostics += overrides.unknown()
    if overrides.given:
        json["overrides"] = {override.path: override.text for override in overrides.given.values()}
    document = Document(json, file.source.path, path.parent, context.origins, frozenset(context.holes))
    return Elaborated(document, unused_blocks(context, root, path), context.diagnostics)


def elaborate_library(
    file: tree.File, overrides: Overrides, catalogue: Catalogue, files: Files = DISK, trace: Trace | None = None
) -> Elaborated:
    """The same for a file of definitions only, as it is imported by others: there is no document of its own."""
    root = Scope()
    context = Context(catalogue, overrides, root, files=files, trace=trace)
    context.entered(Span(file.source, 0, len(file.source.text)), root)
    path = files.path_of(file.source)
    Loader(context).load(file, path, root)
    context.diagnostics += overrides.unknown()
    return Elaborated(None, unused_blocks(context, root, path), context.diagnostics)


def is_library(file: tree.File) -> bool:
    """Whether a file holds definitions and nothing else; what cannot be read counts as one."""
    statements = [statement for statement in file.statements if not isinstance(statement, tree.Version | tree.Broken)]
    return bool(statements) and all(isinstance(statement, DEFINITIONS) for statement in statements)


def _layer_names(network: Network) -> Iterator[str]:
    """The names that a section may give to layers: each call's, and of each block around it, `stem` for `stem__conv_1__conv2d_1`."""
    for call in network.calls:
        parts = call.json["name"].split("__")
        yield from ("__".join(parts[: i + 1]) for i in range(len(parts)))


def _model(context: Context, file: tree.File, section: tree.Section | None, root: Scope, misplaced: bool) -> Json:
    if section is None:
        if not misplaced and not any(isinstance(statement, tree.Broken) for statement in file.statements):
            span = file.statements[-1].span if file.statements else Span(file.source, 0, 1)
            context.error("E0503", span, "this file has no model", help="write `model NAME { ... }`; a file of blocks only is for `import`")
        return context.hole("/model")
    name = section.label.text if section.label else "model"
    context.written("/model", section.name.span, Span(section.span.source, section.span.start, section.body.span.start))
    context.written("/model/name", None, (section.label or section.name).span)
    body = Body(context, Scope(root), "", ())
    body.run(section.body)
    if context.statements > MAX_STATEMENTS:
        return context.hole("/model")
    outputs = _outputs(context, body, section)
    body.report_unused(outputs)
    if not body.broken:
        _report_unused_inputs(context, body)
    network = context.network
    return {
        "name": name,
        "input": [{"name": i.tensor.name, "shape": list(i.shape), "dtype": i.dtype} for i in network.inputs.values()],
        "layers": [call.json for call in network.calls],
        "output": [value.reference for value in outputs if isinstance(value, Tensor)],
    }


def _outputs(context: Context, body: Body, section: tree.Section) -> tuple[Value, ...]:
    """What the model gives: its `output`, or the end of the trunk."""
    ends = body.ends()
    tensors = [value for value in ends if isinstance(value, Tensor)]
    for tensor in tensors:
        context.network.use(tensor)
    if len(tensors) < max(1, len(ends)):
        context.hole("/model/output")
    broken = body.broken or any(value is POISON for value in ends)
    if not context.network.calls and not broken:
        context.error(
            "E0505",
            section.name.span,
            "this model has no layers",
            help="write an input and layers: `input image: (28, 28, 1)`, `Flatten()`, `Dense(10)`",
        )
    elif not ends and not broken:
        message = "it is not clear what the output of this model is"
        context.error("E0502", section.name.span, message, label="no trunk and no `output`", help=f"name it: `{body.output_line()}`")
    return ends


def _report_unused_inputs(context: Context, body: Body) -> None:
    """An input that nothing reads. A line whose source is wrong was to read something: then nothing is said."""
    if any(call.pointer in context.holes for call in context.network.calls):
        return
    for name, found in context.network.inputs.items():
        if not found.used and context.network.calls and not body.misspelled(name):
            help = f"start a line with it: `{name} -> Layer(...)`, or delete it"
            context.error("E0504", found.span, f"the input `{name}` is never used", label="read by nothing", help=help)

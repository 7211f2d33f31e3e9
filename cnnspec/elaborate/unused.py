"""Blocks that nothing calls: their bodies are looked at all the same, as if called with tensors of unknown shape."""

from __future__ import annotations

from pathlib import Path

from cnnspec.document.document import Document
from cnnspec.elaborate.body import Body
from cnnspec.elaborate.context import Context
from cnnspec.elaborate.expressions import Evaluator
from cnnspec.elaborate.network import Call
from cnnspec.elaborate.overrides import Overrides
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.values import POISON, BlockDefinition, Tensor, Value
from cnnspec.syntax import tree

SILENT = ("E0406", "E0605")
"""What only a call can show: a size that the shapes or the arguments of a call would give."""


def unused_blocks(context: Context, scope: Scope, path: Path) -> tuple[Document, ...]:
    """A document for each block of a file that was never expanded, with the layers it would make.

    The last comes first: what it calls is then used. Mistakes are reported in `context`.
    """
    found = []
    for binding in reversed(scope.names.values()):
        block = binding.value
        if isinstance(block, BlockDefinition) and block.definition.name.span not in context.expanded:
            found.append(_alone(context, block, path))
    return tuple(found)


def _alone(context: Context, block: BlockDefinition, path: Path) -> Document:
    """The document of one block. A parameter without a default is unknown, and so is whatever is made of it."""
    inner = Context(context.catalogue, Overrides(), context.root, expanded=context.expanded, trace=context.trace)
    definition = block.definition
    body = Body(inner, Scope(block.scope), definition.name.text, (), _inputs(definition))
    for parameter in definition.parameters:
        body.define(parameter.name, _default(inner, parameter, block.scope))
    body.run(definition.body)
    ends = body.ends()
    body.report_unused(ends)
    if not ends and not body.broken:
        help = "write layers in it; its last line, or its `output`, is what it gives"
        if body.only_branches:
            help = f"name what it gives: `{body.output_line()}` as its last line"
        inner.error("E0505", definition.name.span, f"block `{definition.name.text}` gives nothing", help=help)
    context.diagnostics += [d for d in inner.diagnostics if d.code not in SILENT]
    json = {
        "cnn": 1,
        "model": {"name": definition.name.text, "input": [], "layers": [call.json for call in inner.network.calls], "output": []},
    }
    return Document(json, str(path), path.parent, inner.origins, frozenset({*inner.holes, "/model/input", "/model/output"}))


def _inputs(definition: tree.Block) -> dict[str, Value]:
    declared = [statement for statement in definition.body.statements if isinstance(statement, tree.Input)]
    return {statement.name.text: _unknown_tensor(statement) for statement in declared}


def _unknown_tensor(statement: tree.Input) -> Tensor:
    """A tensor that some call outside made: nothing is known of its shape."""
    name, span = statement.name.text, statement.span
    return Tensor(name, 0, span, Call({"name": name}, "", span, (), used=True, outputs=(None,)))


def _default(context: Context, parameter: tree.Parameter, scope: Scope) -> Value:
    if parameter.default is None:
        return POISON
    return Evaluator(context, scope).evaluate(parameter.default)

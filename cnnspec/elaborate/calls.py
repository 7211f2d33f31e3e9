"""One call in the network: a layer, a shared instance, an extern layer, or a block's body in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnspec.catalogue import Entry
from cnnspec.document.document import Frame, Json
from cnnspec.elaborate.arguments import Place, Writer
from cnnspec.elaborate.context import MAX_EXPANSION_DEPTH, Context
from cnnspec.elaborate.network import Call, snake_case
from cnnspec.elaborate.overridden import set_call, set_instance
from cnnspec.elaborate.parameters import bind
from cnnspec.elaborate.results import check_results
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.unknown_layer import unknown_layer
from cnnspec.elaborate.values import POISON, BlockDefinition, ExternDefinition, Instance, Passed, Tensor, Value, describe
from cnnspec.source import Span
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body
    from cnnspec.elaborate.chain import Sources


def _pointer(body: Body, key: Span, span: Span) -> str:
    """The place of the next call in the document, recorded as written at `span`."""
    pointer = f"/model/layers/{len(body.context.network.calls)}"
    body.context.written(pointer, key, span, body.stack)
    return pointer


def _add(body: Body, sources: Sources, call: Call, count: int) -> tuple[Value, ...]:
    """Put a call into the network. Its `count` results are tensors, also where it is a hole: others may read them."""
    call.json["inputs"] = [tensor.reference for tensor in sources.tensors]
    if sources.named:
        call.json["call"] = {name: _named_json(value) for name, value in sources.named.items()}
        for name in sources.named:
            body.context.written(f"{call.pointer}/call/{name}", None, sources.places[name], body.stack)
    if sources.poisoned:
        body.context.hole(call.pointer)
    if call.pointer not in body.context.holes:
        network = body.context.network
        check_results(body, call, network.definitions.get(call.json.get("reuse", ""), call).json, sources.named, count)
    body.context.network.calls.append(call)
    return tuple(Tensor(call.json["name"], index, call.span, call) for index in range(count))


def _named_json(value: Passed) -> Json:
    if isinstance(value, bool):
        return value
    return value.reference if isinstance(value, Tensor) else [tensor.reference for tensor in value]


# ---------------------------------------------------------------- layers and backbones


def catalogue_call(body: Body, sources: Sources, call: tree.Call, callee: tree.Name, alias: str | None, count: int) -> tuple[Value, ...]:
    """A layer or a backbone of Keras. What does not exist is a hole, whose arguments are looked at all the same."""
    context = body.context
    known = context.catalogue.entry("layer", callee.text) or context.catalogue.entry("application", callee.text)
    entry, call = (known, call) if known is not None else _meant(body, callee, call)
    name = body.name_of(alias, snake_case(entry.name if entry else "unknown"))
    if (other := set_call(body, sources, call, name, count)) is not None:
        return other
    if known is not None and known.code:
        Writer(context, body.scope).refuse_code(known, callee.span, body.stack)
        entry = None
    elif known is not None:
        _check_sources(body, known, sources, call)
    pointer = _pointer(body, call.callee.span, call.span)
    place = Place(pointer, f"model.{name}", body.stack)
    writer = Writer(context, body.scope)
    json: dict[str, Json] = {"name": name, "layer": callee.text, "arguments": {}}
    if entry is None:
        writer.look_inside(call, place)
        context.hole(pointer)
    else:
        json = {"name": name, entry.kind: entry.name, "arguments": writer.arguments(entry, call, place)}
    return _add(body, sources, Call(json, pointer, call.span, sources.tensors), count)


def _meant(body: Body, callee: tree.Name, call: tree.Call) -> tuple[Entry | None, tree.Call]:
    """A layer that does not exist is reported; what was meant by it, where that is certain."""
    meant = unknown_layer(body, callee, call)
    if meant is None or meant.entry.code:
        return None, call
    return meant.entry, meant.call


def _check_sources(body: Body, entry: Entry, sources: Sources, call: tree.Call) -> None:
    """`x -> Add()`: a merge of one tensor is a forgotten list. (The graph checks the rest of the wiring.)"""
    if len(sources.tensors) == 1 and entry.inputs == "list" and not sources.listed and not sources.poisoned:
        message, help = f"`{entry.name}` joins several tensors, this line gives it one", f"list them: `[a, b] -> {entry.name}()`"
        body.error("E0506", call.span, message, label="only one tensor", help=help)


# ---------------------------------------------------------------- shared instances and extern layers


def reuse(body: Body, sources: Sources, instance: Instance, span: Span, alias: str | None, count: int) -> tuple[Value, ...]:
    """`-> t`: the first call makes the instance, each later one uses it again."""
    network = body.context.network
    if instance.name not in network.definitions:
        values = _first_use(body, sources, instance, count)
        network.definitions[instance.name] = network.calls[-1]
        return values
    pointer = _pointer(body, span, span)
    json: dict[str, Json] = {"name": body.name_of(alias, f"{instance.name}_call"), "reuse": instance.name}
    return _add(body, sources, Call(json, pointer, span, sources.tensors), count)


def _first_use(body: Body, sources: Sources, instance: Instance, count: int) -> tuple[Value, ...]:
    """The first call of a shared layer: its arguments are read where it is declared."""
    instance = set_instance(body, instance)
    context, call = body.context, instance.definition.call
    callee = call.callee
    entry, made = _shareable(context, callee), instance.scope.find(callee.text) if isinstance(callee, tree.Name) else None
    if made is not None and isinstance(made.value, ExternDefinition):
        return _first_of_extern(body, sources, instance, made.value, count)
    if entry is not None and entry.code:
        Writer(context, instance.scope).refuse_code(entry, callee.span, body.stack)
        entry = None
    elif entry is not None:
        _check_sources(body, entry, sources, call)
    elif isinstance(callee, tree.Name) and instance.scope.find(callee.text) is None:
        entry, call = _meant(body, callee, call)
    else:
        body.error(
            "E0204", callee.span, "only a layer or a backbone can be shared", help="share the layers inside it: `layer t = Dense(8)`"
        )
    pointer = _pointer(body, callee.span, call.span)
    writer = Writer(context, instance.scope)
    place = Place(pointer, f"model.{instance.name}", body.stack)
    json: dict[str, Json] = {"name": instance.name, "layer": callee.span.text, "arguments": {}}
    if entry is None:
        writer.look_inside(call, place)
        context.hole(pointer)
    else:
        json = {"name": instance.name, entry.kind: entry.name, "arguments": writer.arguments(entry, call, place)}
    return _add(body, sources, Call(json, pointer, call.span, sources.tensors), count)


def _first_of_extern(body: Body, sources: Sources, instance: Instance, extern: ExternDefinition, count: int) -> tuple[Value, ...]:
    call = instance.definition.call
    pointer = _pointer(body, call.callee.span, call.span)
    place = Place(pointer, f"model.{instance.name}", body.stack)
    arguments = Writer(body.context, instance.scope).extern_arguments(extern, call, place)
    json: dict[str, Json] = {"name": instance.name, "extern": extern.name, "arguments": arguments}
    return _add(body, sources, Call(json, pointer, call.span, sources.tensors), count)


def _shareable(context: Context, callee: tree.Expression) -> Entry | None:
    if not isinstance(callee, tree.Name):
        return None
    return context.catalogue.entry("layer", callee.text) or context.catalogue.entry("application", callee.text)


def extern(body: Body, sources: Sources, extern: ExternDefinition, call: tree.Call, alias: str | None, count: int) -> tuple[Value, ...]:
    """A layer in Python: its arguments are checked by its declaration alone."""
    name = body.name_of(alias, snake_case(extern.definition.name.text))
    if (other := set_call(body, sources, call, name, count)) is not None:
        return other
    pointer = _pointer(body, call.callee.span, call.span)
    arguments = Writer(body.context, body.scope).extern_arguments(extern, call, Place(pointer, f"model.{name}", body.stack))
    json: dict[str, Json] = {"name": name, "extern": extern.name, "arguments": arguments}
    return _add(body, sources, Call(json, pointer, call.span, sources.tensors), count)


# ---------------------------------------------------------------- blocks


def expand(body: Body, sources: Sources, block: BlockDefinition, call: tree.Call, alias: str | None, count: int) -> tuple[Value, ...]:
    """The block's body in place of the call. Its layers are named after the line, `stage__conv2d_1`, or else after the block."""
    from cnnspec.elaborate.body import Body  # a body holds lines, and a line may hold a body

    definition, context = block.definition, body.context
    name = definition.name.text
    path = body.name_of(alias, name)
    if (other := set_call(body, sources, call, path, count)) is not None:
        return other
    context.expanded.add(definition.name.span)
    values = bind(context, name, definition.parameters, call, body.scope, block.scope, body.stack, f"model.{path}")
    if len(body.stack) >= MAX_EXPANSION_DEPTH:
        body.error("E0406", call.span, f"blocks are nested more than {MAX_EXPANSION_DEPTH} levels deep", help="flatten the blocks")
        return (POISON,) * count
    sources = _fit_inputs(body, block, call, sources)
    given = sources.by_name(block.inputs)
    frame = Frame(f"block {name}", call.span, _title(definition, call, values, alias), path)
    inner = Body(context, Scope(block.scope), path, (*body.stack, frame), given)
    for parameter in definition.parameters:
        inner.define(parameter.name, values[parameter.name.text])
    inner.run(definition.body)
    ends = inner.ends()
    inner.report_unused(ends)
    if len(ends) == count:
        return ends
    if not inner.broken:
        message = f"block `{name}` gives {len(ends)} tensor{'s' if len(ends) != 1 else ''}, this line takes {count}"
        help = "let its last line be a layer, or name its `output`"
        if inner.only_branches:
            help = f"name what it gives: `{inner.output_line()}` as its last line"
        elif 1 < len(ends) < 9:
            help = f"write `{', '.join('abcdefgh'[: len(ends)])} = ... -> {name}(...)`"
        body.error("E0506", call.span, message, help=help)
    return (POISON,) * count


def _title(block: tree.Block, call: tree.Call, values: Mapping[str, Value], alias: str | None) -> str:
    """The call as it was written, with the values of its arguments: `residual(64, stride=2) as stage`."""
    unnamed = iter(parameter.name.text for parameter in block.parameters)
    shown = []
    for argument in call.arguments:
        name = argument.name.text if argument.name else next(unnamed, "")
        value = describe(values.get(name)).replace("`", "")
        shown.append(f"{name}={value}" if argument.name else value)
    return f"{block.name.text}({', '.join(shown)})" + (f" as {alias}" if alias else "")


def _fit_inputs(body: Body, block: BlockDefinition, call: tree.Call, sources: Sources) -> Sources:
    """The sources of a block's call; poisoned where they do not fit its inputs."""

    inputs = block.inputs
    positional = [name for name in inputs if name not in sources.named]
    name = block.definition.name.text
    for wrong in (given for given in sources.named if given not in inputs):
        near = nearest(wrong, inputs)
        listed = ", ".join(f"`{known}`" for known in inputs)
        help = f"did you mean `{near}`?" if near else f"its inputs are {listed}" if inputs else "it has none"
        body.error("E0302", call.span, f"block `{name}` has no input `{wrong}`", help=help)
    for given in (key for key, value in sources.named.items() if key in inputs and not isinstance(value, Tensor)):
        help = f"write `[{given}=x] -> {name}(...)`"
        body.error("E0204", sources.places[given], f"the input `{given}` of block `{name}` is one tensor", label="not a tensor", help=help)
    if sources.poisoned or len(positional) == len(sources.tensors):
        return sources
    if any(given not in inputs for given in sources.named):
        return replace(sources, poisoned=True)
    listed = ", ".join(positional)
    help = f"write `[{listed}] -> {name}(...)`" if len(positional) != 1 else f"write `{listed} -> {name}(...)`"
    if not inputs:
        help = "declare its input: `input x` as the first line of the block"
    wanted = f"{len(positional)} tensor{'s' if len(positional) != 1 else ''}"
    body.error("E0506", call.span, f"block `{name}` reads {wanted}, not {len(sources.tensors)}", help=help)
    return replace(sources, poisoned=True)

"""`source -> L() -> M()`: where a line reads, what it calls, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnspec.catalogue import Entry
from cnnspec.catalogue.types import Plain
from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.document.document import Frame, Json
from cnnspec.elaborate.arguments import Place, Writer
from cnnspec.elaborate.context import MAX_EXPANSION_DEPTH, note
from cnnspec.elaborate.network import Call, snake_case
from cnnspec.elaborate.parameters import bind
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.values import KINDS, POISON, BlockDefinition, ExternDefinition, Instance, Library, Tensor, Value, describe
from cnnspec.source import Span
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body


@dataclass(frozen=True, slots=True)
class Sources:
    """The tensors that reach a call: by position, and by name (`mask=m`). `poisoned` after a reported mistake."""

    tensors: tuple[Tensor, ...] = ()
    named: dict[str, Value] = field(default_factory=dict)
    poisoned: bool = False

    def input(self, position: int, name: str) -> Value:
        """The tensor for a block's input; POISON where there is none (the caller has reported it)."""
        if name in self.named:
            return self.named[name]
        return self.tensors[position] if position < len(self.tensors) else POISON


UNKNOWN = Sources(poisoned=True)
ANY_TYPE = Plain("any")


def run_chain(body: Body, chain: tree.Chain, *, names: tuple[tree.Identifier, ...], branch: bool) -> tuple[Value, ...]:
    """Expand a line. The values of its last step: one, or as many as there are names to take them."""
    count = max(1, len(names))
    sources, steps = _start(body, chain, names, branch)
    if not steps:
        return _renamed(body, chain, sources, count)
    values: tuple[Value, ...] = ()
    for position, step in enumerate(steps):
        last = position == len(steps) - 1
        alias = names[0].text if last and len(names) == 1 else None
        if not last:
            values = _step(body, sources, step, None, 1)
            sources = _as_sources(body, values, step)
        else:
            values = _step(body, sources, step, alias, count)
    return values


# ---------------------------------------------------------------- where a line reads


def _start(body: Body, chain: tree.Chain, names: tuple[tree.Identifier, ...], branch: bool) -> tuple[Sources, tuple[tree.Expression, ...]]:
    """The tensors a line starts from, and its steps."""
    first = chain.first
    if not isinstance(first, tree.Call):
        if not chain.steps and not branch:
            return _bare_line(body, first)
        return _sources(body, first), chain.steps
    steps = (first, *chain.steps)
    if isinstance(first.callee, tree.Call):
        _keras_style(body, first, names if branch else ())
        return UNKNOWN, steps[1:] or (first.callee,)
    if branch:
        _no_source(body, first, names)
        return UNKNOWN, steps
    if body.current is POISON:
        return UNKNOWN, steps
    if body.current is None:
        _no_current(body, first)
        return UNKNOWN, steps
    return Sources((body.current,)), steps


def _bare_line(body: Body, first: tree.Expression) -> tuple[Sources, tuple[tree.Expression, ...]]:
    """A line that is only a name or a value: the layer's brackets or the arrow are missing."""
    text = first.span.text
    if isinstance(first, tree.Name):
        bound = body.scope.find(first.text)
        catalogue = body.context.catalogue
        if bound is None and catalogue.entry("layer", first.text) is None:
            _unknown_layer(body, first)
            return UNKNOWN, (first,)
        help = f"write `x -> {text}`" if bound and isinstance(bound.value, Instance) else f"write `{text}()`" if bound is None else f"write `{text} -> Layer(...)`"
    else:
        help = "a line of a model is a layer, for example `Dense(10)`"
    body.error("E0206", first.span, "this line does nothing", label="not a layer", help=help)
    return UNKNOWN, ()


def _sources(body: Body, expression: tree.Expression) -> Sources:
    items = expression.items if isinstance(expression, tree.ListExpression) else (expression,)
    tensors: list[Tensor] = []
    named: dict[str, Value] = {}
    poisoned = False
    for item in items:
        inner = item.value if isinstance(item, tree.KeywordItem) else item
        value = body.evaluator().evaluate(inner)
        if isinstance(item, tree.KeywordItem) and (isinstance(value, bool | int | float) or value is None):
            named[item.name.text] = value
        elif not isinstance(value, Tensor):
            poisoned = True
            if value is not POISON:
                body.error("E0204", inner.span, "a line starts from tensors", label=f"this is {KINDS.get(type(value), describe(value))}")
        elif isinstance(item, tree.KeywordItem):
            named[item.name.text] = value
        else:
            tensors.append(value)
        if isinstance(value, Tensor):
            body.context.network.use(value)
    return Sources(tuple(tensors), named, poisoned)


def _renamed(body: Body, chain: tree.Chain, sources: Sources, count: int) -> tuple[Value, ...]:
    """`shortcut = x`: another name for a tensor."""
    if sources.poisoned or len(sources.tensors) != 1 or count != 1:
        if not sources.poisoned:
            body.error("E0506", chain.span, f"{count} names for {len(sources.tensors)} tensors", help="merge tensors with a layer: `[a, b] -> Add()`")
        return (POISON,) * count
    return sources.tensors


def _as_sources(body: Body, values: tuple[Value, ...], step: tree.Expression) -> Sources:
    if len(values) != 1:
        body.error("E0506", step.span, f"this gives {len(values)} tensors", help="name them: `a, b = x -> ...`, and go on from one of them")
        return UNKNOWN
    return Sources((values[0],)) if isinstance(values[0], Tensor) else UNKNOWN


def _no_current(body: Body, first: tree.Call) -> None:
    inputs = [name for name, binding in body.scope.visible() if isinstance(binding.value, Tensor) and binding.value.call is None]
    callee = first.callee.span.text
    if inputs:
        inputs.reverse()
        written = " or ".join(f"`{name} -> {callee}(...)`" for name in sorted(inputs)[:2])
        notes: tuple[str, ...] = (f"this body has {len(inputs)} inputs, so there is no current tensor until one is chosen",)
        help = f"start the line with a source: {written}"
    else:
        notes, help = (), "declare an input first: `input image: (28, 28, 1)`"
    body.context.report(
        Diagnostic(
            code="E0501",
            message="it is not clear which tensor this layer reads",
            span=first.span,
            label="no current tensor here",
            notes=notes + tuple(note(frame) for frame in reversed(body.stack)),
            help=help,
        )
    )


def _no_source(body: Body, first: tree.Call, names: tuple[tree.Identifier, ...]) -> None:
    current = body.current
    source = current.name if isinstance(current, Tensor) and body.scope.find(current.name) else "x"
    name = ", ".join(n.text for n in names)
    callee = first.callee
    known = isinstance(callee, tree.Name) and body.context.catalogue.entry("layer", callee.text) is None and body.scope.find(callee.text) is None
    if known and isinstance(callee, tree.Name) and callee.text in ("shape", "channels", "height", "width", "range", "len", "min", "max", "sum"):
        body.error("E0501", first.span, f"`{name}` would be a number, not a tensor", help=f"write `let {name} = {first.span.text}`")
        return
    body.error(
        "E0501",
        first.span,
        f"the branch `{name}` does not say which tensor it reads",
        label="no source before the layer",
        help=f"write `{name} = {source} -> {callee.span.text}(...)`, or `{callee.span.text}(...) as {name}` to go on with the trunk",
    )


def _keras_style(body: Body, call: tree.Call, names: tuple[tree.Identifier, ...]) -> None:
    assert isinstance(call.callee, tree.Call)
    given = ", ".join(argument.span.text for argument in call.arguments)
    source = f"[{given}]" if len(call.arguments) > 1 else given or "x"
    written = f"{source} -> {call.callee.span.text}"
    body.context.report(
        Diagnostic(
            code="E0308",
            message="a layer is not called with a tensor in brackets",
            span=call.span,
            label="Keras's way of calling",
            help=f"write `{', '.join(n.text for n in names)} = {written}`" if names else f"write `{written}`",
            fix=Fix(call.span, written, safe=True),
            notes=tuple(note(frame) for frame in reversed(body.stack)),
        )
    )
    for argument in call.arguments:  # names that are used here count as used
        if isinstance(argument.value, tree.Name) and (bound := body.scope.find(argument.value.text)) and isinstance(bound.value, Tensor):
            body.context.network.use(bound.value)


# ---------------------------------------------------------------- what a step calls


def _step(body: Body, sources: Sources, step: tree.Expression, alias: str | None, count: int) -> tuple[Value, ...]:
    for tensor in sources.tensors:
        body.context.network.use(tensor)
    if isinstance(step, tree.Call):
        if isinstance(step.callee, tree.Call):
            _keras_style(body, step, ())
            return (POISON,) * count
        return _call(body, sources, step, alias, count)
    if isinstance(step, tree.Name):
        bound = body.scope.find(step.text)
        if bound is not None and isinstance(bound.value, Instance):
            return _reuse(body, sources, bound.value, step.span, alias, count)
        if bound is not None and bound.value is POISON:
            return (POISON,) * count
        if bound is None and not sources.poisoned and body.context.catalogue.entry("layer", step.text) is None:
            _unknown_layer(body, step)
            return (POISON,) * count
    if not (sources.poisoned and isinstance(step, tree.Name)):
        text = step.span.text
        help = f"write `-> {text}()`" if isinstance(step, tree.Name | tree.Attribute) else "after `->` stands a layer, for example `-> Dense(10)`"
        body.error("E0204", step.span, "this is not a layer", label="expected a layer, a block or a shared layer", help=help)
    return (POISON,) * count


def _call(body: Body, sources: Sources, call: tree.Call, alias: str | None, count: int) -> tuple[Value, ...]:
    callee = call.callee
    if isinstance(callee, tree.Name):
        bound = body.scope.find(callee.text)
        if bound is None:
            return _catalogue_call(body, sources, call, callee, alias, count)
        value = bound.value
    else:
        value = body.evaluator().evaluate(callee)
    if isinstance(value, BlockDefinition):
        return _expand(body, sources, value, call, count)
    if isinstance(value, ExternDefinition):
        return _extern(body, sources, value, call, alias, count)
    if value is not POISON:
        text = callee.span.text
        what = KINDS.get(type(value), describe(value))
        help = f"write `-> {text}` without brackets" if isinstance(value, Instance) else None
        if isinstance(value, Library):
            help = f"name a block of it: `{text}.some_block(...)`"
        body.error("E0204", callee.span, f"`{text}` is {what}, not a layer", label="cannot be called", help=help)
    return (POISON,) * count


def _catalogue_call(body: Body, sources: Sources, call: tree.Call, callee: tree.Name, alias: str | None, count: int) -> tuple[Value, ...]:
    catalogue = body.context.catalogue
    entry = catalogue.entry("layer", callee.text) or catalogue.entry("application", callee.text)
    if entry is None:
        _unknown_layer(body, callee)
    elif entry.code:
        Writer(body.context, body.scope).refuse_code(entry, callee.span, body.stack)
        entry = None
    else:
        _check_sources(body, entry, sources, call)
    return _emit(body, sources, entry, call, alias, count)


def _check_sources(body: Body, entry: Entry, sources: Sources, call: tree.Call) -> None:
    """Several tensors need a layer that reads several; call-time names must exist."""
    if len(sources.tensors) > 1 and entry.inputs == "one":
        help = f"merge them first: `[a, b] -> Concatenate() -> {entry.name}(...)`"
        body.error("E0506", call.span, f"`{entry.name}` reads one tensor, not {len(sources.tensors)}", help=help)
    for name in sources.named:
        if name not in entry.call and name != "training":
            near = nearest(name, entry.call)
            help = f"did you mean `{near}`?" if near else f"it takes {', '.join(f'`{n}`' for n in entry.call)}" if entry.call else None
            body.error("E0302", call.span, f"`{entry.name}` takes no tensor called `{name}`", help=help)


def _unknown_layer(body: Body, callee: tree.Name) -> None:
    catalogue, name = body.context.catalogue, callee.text
    if any(frame.label == f"block {name}" for frame in body.stack):
        body.error("E0207", callee.span, f"block `{name}` uses itself", label="recursion is not allowed", help="use `repeat` for a fixed count")
        return
    kinds = [kind for kind in catalogue.kinds_of(name) if kind not in ("layer", "application", "section")]
    blocks = [known for known, binding in body.scope.visible() if isinstance(binding.value, BlockDefinition | ExternDefinition)]
    near = nearest(name, [*catalogue.names("layer"), *catalogue.aliases("layer"), *catalogue.names("application"), *blocks])
    later = body.scope.defined_later(name)
    if later is not None:
        help: str | None = "a name is visible after its line: move the definition up"
    elif kinds and near is None:
        help = f"`{name}` is a {kinds[0]}"
    else:
        help = f"did you mean `{near}`?" if near else None
    body.context.report(
        Diagnostic(
            code="E0301",
            message=f"there is no layer or block called `{name}`",
            span=callee.span,
            label="defined further down" if later else "unknown layer",
            help=help,
            fix=Fix(callee.span, near) if near and not later else None,
            notes=tuple(note(frame) for frame in reversed(body.stack)),
        )
    )


# ---------------------------------------------------------------- what comes out


def _emit(body: Body, sources: Sources, entry: Entry | None, call: tree.Call, alias: str | None, count: int) -> tuple[Value, ...]:
    """Add the call of a layer or a backbone to the network. Without an entry it is a hole that others may read."""
    context = body.context
    name = body.name_of(alias, snake_case(entry.name if entry else "unknown"))
    pointer = f"/model/layers/{len(context.network.calls)}"
    place = Place(pointer, f"model.{name}", body.stack)
    context.written(pointer, call.callee.span, call.span, body.stack)
    writer = Writer(context, body.scope)
    if entry is None:
        for argument in call.arguments:
            writer.evaluate(argument.value, ANY_TYPE, place)
        context.hole(pointer)
        json: dict[str, Json] = {"name": name, "layer": call.callee.span.text, "arguments": {}}
    else:
        json = {"name": name, entry.kind: entry.name, "arguments": writer.arguments(entry, call, place)}
    return _add(body, sources, Call(json, pointer, call.span, sources.tensors, body.stack, alias), count)


def _add(body: Body, sources: Sources, call: Call, count: int) -> tuple[Value, ...]:
    call.json["inputs"] = [tensor.reference for tensor in sources.tensors]
    if sources.named:
        call.json["call"] = {name: value.reference if isinstance(value, Tensor) else value for name, value in sources.named.items()}
    if sources.poisoned:
        body.context.hole(call.pointer)
    body.context.network.calls.append(call)
    return tuple(Tensor(call.json["name"], index, call.span, call) for index in range(count))


def _reuse(body: Body, sources: Sources, instance: Instance, span: Span, alias: str | None, count: int) -> tuple[Value, ...]:
    """`-> t`: the first call makes the instance, each later one uses it again."""
    network = body.context.network
    if instance.name not in network.definitions:
        shared = _SharedBody(body, instance)
        values = shared.define(sources, count)
        network.definitions[instance.name] = network.calls[-1]
        return values
    pointer = f"/model/layers/{len(network.calls)}"
    body.context.written(pointer, span, span, body.stack)
    json: dict[str, Json] = {"name": body.name_of(alias, f"{instance.name}_call"), "reuse": instance.name}
    return _add(body, sources, Call(json, pointer, span, sources.tensors, body.stack, None), count)


@dataclass(frozen=True, slots=True)
class _SharedBody:
    """The first call of a shared layer: its arguments are read where it is declared."""

    body: Body
    instance: Instance

    def define(self, sources: Sources, count: int) -> tuple[Value, ...]:
        context, call = self.body.context, self.instance.definition.call
        entry = context.catalogue.entry("layer", call.callee.text) if isinstance(call.callee, tree.Name) else None
        if entry is None and isinstance(call.callee, tree.Name):
            _unknown_layer(self.body, call.callee)
        elif entry is None:
            self.body.error("E0204", call.callee.span, "only a layer can be shared", help="a block has no weights of its own")
        pointer = f"/model/layers/{len(context.network.calls)}"
        place = Place(pointer, f"model.{self.instance.name}", self.body.stack)
        context.written(pointer, call.callee.span, call.span, self.body.stack)
        writer = Writer(context, self.instance.scope)
        arguments = writer.arguments(entry, call, place) if entry else {}
        if entry is None:
            context.hole(pointer)
        json: dict[str, Json] = {"name": self.instance.name, "layer": entry.name if entry else call.callee.span.text, "arguments": arguments}
        return _add(self.body, sources, Call(json, pointer, call.span, sources.tensors, self.body.stack, self.instance.name), count)


def _extern(body: Body, sources: Sources, extern: ExternDefinition, call: tree.Call, alias: str | None, count: int) -> tuple[Value, ...]:
    definition = extern.definition
    name = definition.name.text
    values = bind(body.context, name, definition.parameters, call, body.scope, extern.scope, body.stack)
    pointer = f"/model/layers/{len(body.context.network.calls)}"
    body.context.written(pointer, call.callee.span, call.span, body.stack)
    writer = Writer(body.context, body.scope)
    place = Place(f"{pointer}/arguments", None, body.stack)
    arguments = {key: writer.value(value, call, ANY_TYPE, place.inside(key)) for key, value in values.items()}
    json: dict[str, Json] = {"name": body.name_of(alias, snake_case(name)), "extern": name, "arguments": arguments}
    return _add(body, sources, Call(json, pointer, call.span, sources.tensors, body.stack, alias), count)


def _expand(body: Body, sources: Sources, block: BlockDefinition, call: tree.Call, count: int) -> tuple[Value, ...]:
    """The block's body in place of the call."""
    from cnnspec.elaborate.body import Body  # a body holds lines, and a line may hold a body

    definition, context = block.definition, body.context
    name = definition.name.text
    values = bind(context, name, definition.parameters, call, body.scope, block.scope, body.stack)
    if len(body.stack) >= MAX_EXPANSION_DEPTH:
        body.error("E0406", call.span, f"blocks are nested more than {MAX_EXPANSION_DEPTH} levels deep", help="flatten the blocks")
        return (POISON,) * count
    sources = _fit_inputs(body, block, call, sources)
    path = context.network.generated_name(body.path, name)
    inner = Body(context, Scope(block.scope), path, (*body.stack, Frame(f"block {name}", call.span)), given=sources)
    for parameter in definition.parameters:
        inner.define(parameter.name, values[parameter.name.text])
    inner.run(definition.body)
    ends = inner.ends()
    inner.report_unused(ends)
    if inner.broken and len(ends) != count:
        return (POISON,) * count
    if len(ends) != count:
        message = f"block `{name}` gives {len(ends)} tensor{'s' if len(ends) != 1 else ''}, this line takes {count}"
        help = f"write `{', '.join('abcdefgh'[: len(ends)])} = ... -> {name}(...)`" if 1 < len(ends) < 9 else "let its last line be a layer, or name its `output`"
        body.error("E0506", call.span, message, help=help)
        return (POISON,) * count
    return ends


def _fit_inputs(body: Body, block: BlockDefinition, call: tree.Call, sources: Sources) -> Sources:
    inputs = [s.name.text for s in block.definition.body.statements if isinstance(s, tree.Input)]
    positional = [name for name in inputs if name not in sources.named]
    unknown = [name for name in sources.named if name not in inputs]
    name = block.definition.name.text
    for wrong in unknown:
        near = nearest(wrong, inputs)
        body.error("E0302", call.span, f"block `{name}` has no input `{wrong}`", help=f"did you mean `{near}`?" if near else None)
    if sources.poisoned or len(positional) == len(sources.tensors):
        return sources
    listed = ", ".join(positional)
    help = f"write `[{listed}] -> {name}(...)`" if len(positional) != 1 else f"write `{listed} -> {name}(...)`"
    if not inputs:
        help = "declare its input: `input x` as the first line of the block"
    body.error("E0506", call.span, f"block `{name}` reads {len(positional)} tensors, not {len(sources.tensors)}", help=help)
    return Sources(sources.tensors, sources.named, poisoned=True)


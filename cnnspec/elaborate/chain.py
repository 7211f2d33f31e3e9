"""`source -> L() -> M()`: where a line reads, and what its steps are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnspec.diagnostics import Fix
from cnnspec.elaborate import calls, habits
from cnnspec.elaborate.functions import FUNCTIONS, TENSOR_FUNCTIONS
from cnnspec.elaborate.sharing import shared_value
from cnnspec.elaborate.unknown_layer import unknown_layer
from cnnspec.elaborate.values import KINDS, POISON, BlockDefinition, ExternDefinition, Instance, Library, Passed, Tensor, Value, describe
from cnnspec.source import Span
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body

Steps = tuple[tree.Expression, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What reaches a call: tensors by position, and by name (written at `places`) a tensor, several, or a flag.

    `poisoned` after a reported mistake; `listed` where the line starts with a list: `[a, b] -> Add()`.
    """

    tensors: tuple[Tensor, ...] = ()
    named: dict[str, Passed] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    poisoned: bool = False
    listed: bool = False

    def by_name(self, inputs: Sequence[str]) -> dict[str, Value]:
        """The tensor for each of a block's inputs; POISON where there is none (which was reported)."""
        positional = iter(self.tensors)
        given = {name: self.named[name] if name in self.named else next(positional, POISON) for name in inputs}
        return {name: value if isinstance(value, Tensor) else POISON for name, value in given.items()}


UNKNOWN = Sources(poisoned=True)


def run_chain(body: Body, chain: tree.Chain, *, names: tuple[tree.Identifier, ...], branch: bool) -> tuple[Value, ...]:
    """Expand a line. The values of its last step: one, or as many as there are names to take them."""
    count = max(1, len(names))
    sources, steps = _start(body, chain, names, branch)
    if not steps:
        return _renamed(body, chain, sources, count)
    for step in steps[:-1]:
        (value,) = _step(body, sources, step, None, 1)
        sources = Sources((value,)) if isinstance(value, Tensor) else UNKNOWN
    alias = names[0].text if len(names) == 1 else None
    return _step(body, sources, steps[-1], alias, count)


# ---------------------------------------------------------------- where a line reads


def _start(body: Body, chain: tree.Chain, names: tuple[tree.Identifier, ...], branch: bool) -> tuple[Sources, Steps]:
    """The tensors a line starts from, and its steps."""
    first = chain.first
    if isinstance(first, tree.Call):
        return _start_with_call(body, first, chain.steps, names, branch)
    if isinstance(first, tree.Ternary) and chain.steps and chain.span.start == first.span.start:
        _unclear_choice(body, first)
        return UNKNOWN, chain.steps
    if chain.steps or branch:
        let = f"write `let {names[0].text} = {first.span.text}`" if branch and not chain.steps else None
        return _sources(body, first, let), chain.steps
    return _bare_line(body, first), ()


def _start_with_call(body: Body, first: tree.Call, rest: Steps, names: tuple[tree.Identifier, ...], branch: bool) -> tuple[Sources, Steps]:
    method = habits.method_help(first, body.scope)
    if method is not None:
        body.broken = True
        body.error("E0206", first.span, f"`{method[0]}` is Python", label="not part of the language", help=method[1])
        return UNKNOWN, ()
    if habits.is_input(first, body.scope):
        body.broken = True
        written = habits.input_line(first, names[0].text if names else "image")
        body.error("E0507", first.span, "an input is a line of its own", label="Keras's way of declaring it", help=f"write `{written}`")
        return UNKNOWN, ()
    tensors = [] if _is_function(body, first) else _tensors_in(body, first)
    if tensors:
        _keras_style(body, first, tensors, names if branch else ())
        steps = (first.callee, *rest) if isinstance(first.callee, tree.Call) else rest
        return UNKNOWN, steps
    if branch:
        _no_source(body, first, names)
        return UNKNOWN, rest if _is_function(body, first) else (first, *rest)
    if body.current is None and not body.broken:
        _no_current(body, first)
    if not isinstance(body.current, Tensor):
        return UNKNOWN, (first, *rest)
    return Sources((body.current,)), (first, *rest)


def _unclear_choice(body: Body, first: tree.Ternary) -> None:
    """`a if c else x -> L()`: a reader takes the arrow for a part of the `else`, the grammar does not."""
    help = f"put the choice in brackets, `({first.span.text}) -> ...`, or write `if` and `else` as statements"
    body.error("E0501", first.span, "it is not clear where this chain starts", label="the arrow reads the whole choice", help=help)


def _bare_line(body: Body, first: tree.Expression) -> Sources:
    """A line that is only a name or a value: the layer's brackets or the arrow are missing."""
    text, fix = first.span.text, None
    help = "a line of a model is a layer, for example `Dense(10)`"
    if isinstance(first, tree.Name):
        bound = body.scope.find(first.text)
        if bound is None and isinstance(body.current, Tensor):
            body.context.network.use(body.current)  # a layer was to read it
        if bound is None and body.context.catalogue.entry("layer", first.text) is None:
            unknown_layer(body, first)
            return UNKNOWN
        if bound is None or isinstance(bound.value, BlockDefinition | ExternDefinition):
            help = f"write `{text}(...)`" if bound else f"write `{text}()`"
            fix = Fix(first.span, f"{text}()", safe=True) if bound is None else None
        else:
            help = f"write `x -> {text}`" if isinstance(bound.value, Instance) else f"write `{text} -> Layer(...)`"
    body.error("E0206", first.span, "this line does nothing", label="not a layer", help=help, fix=fix)
    return UNKNOWN


def _sources(body: Body, expression: tree.Expression, let: str | None = None) -> Sources:
    """The tensors of `x` or `[a, b, mask=m]`. `let` is the advice where a number stands alone behind `=`."""
    items = expression.items if isinstance(expression, tree.ListExpression) else (expression,)
    tensors: list[Tensor] = []
    named: dict[str, Passed] = {}
    places = {item.name.text: item.span for item in items if isinstance(item, tree.KeywordItem)}
    poisoned = False
    for item in items:
        inner = item.value if isinstance(item, tree.KeywordItem) else item
        value = body.evaluator().evaluate(inner)
        if isinstance(item, tree.KeywordItem):
            poisoned |= not _named_source(body, item, value, named)
            continue
        if isinstance(value, Tensor):
            tensors.append(value)
        else:
            poisoned = True
            if value is not POISON:
                help = let or "start from an input or from the name of a result"
                body.error("E0204", inner.span, "a line starts from tensors", label=f"this is {_kind(value)}", help=help)
        if isinstance(value, Tensor):
            body.context.network.use(value)
    return Sources(tuple(tensors), named, places, poisoned, isinstance(expression, tree.ListExpression))


def _named_source(body: Body, item: tree.KeywordItem, value: Value, named: dict[str, Passed]) -> bool:
    """`mask=m`. False after a mistake."""
    if item.name.text in named:
        body.error("E0304", item.name.span, f"`{item.name.text}` is given twice", label="second value", help="delete one of them")
    several = tuple(value) if isinstance(value, list | tuple) else (value,)
    if any(part is POISON for part in several):
        return False
    if isinstance(value, bool) or (several and all(isinstance(part, Tensor) for part in several)):
        named[item.name.text] = several if isinstance(value, list | tuple) else value
        for tensor in several if not isinstance(value, bool) else ():
            body.context.network.use(tensor)
        return True
    help = "other values are arguments of the layer: `-> Layer(name=value)`"
    label = f"this is {_kind(value)}"
    body.error("E0204", item.value.span, "only tensors, True and False are passed by name here", label=label, help=help)
    return False


def _kind(value: Value) -> str:
    return KINDS.get(type(value), describe(value))


def _renamed(body: Body, chain: tree.Chain, sources: Sources, count: int) -> tuple[Value, ...]:
    """`shortcut = x`: another name for a tensor."""
    if sources.poisoned or (len(sources.tensors) == 1 and count == 1 and not sources.named):
        return sources.tensors if not sources.poisoned else (POISON,) * count
    help = "merge tensors with a layer: `[a, b] -> Add()`" if count == 1 else "name them one by one: `a = x`"
    given = f"{len(sources.tensors)} tensor{'s' if len(sources.tensors) != 1 else ''}"
    body.error("E0506", chain.span, f"{count} name{'s' if count > 1 else ''} for {given}", help=help)
    return (POISON,) * count


def _no_current(body: Body, first: tree.Call) -> None:
    """Several inputs, or none: the first line must say what it reads."""
    tensors = sorted((b.span.start, name) for name, b in body.scope.visible() if isinstance(b.value, Tensor))
    names = [name for _, name in tensors]
    text = habits.last_word(first.callee, body.scope) or first.callee.span.text
    if names:
        notes: tuple[str, ...] = (f"this body has {len(names)} inputs, so there is no current tensor until one is chosen",)
        help = "start the line with a source: " + " or ".join(f"`{name} -> {text}(...)`" for name in names[:2])
    else:
        notes = ()
        help = "declare the input first: `input x`" if body.path else "declare the input first: `input image: (28, 28, 1)`"
    body.error("E0501", first.span, "it is not clear which tensor this layer reads", label="no current tensor here", help=help, notes=notes)


def _is_function(body: Body, call: tree.Call) -> bool:
    """Whether this is `channels(x)` or `max(a, b)`: a number, where a layer stands."""
    callee = call.callee
    return isinstance(callee, tree.Name) and callee.text in (*FUNCTIONS, *TENSOR_FUNCTIONS) and body.scope.find(callee.text) is None


def _no_source(body: Body, first: tree.Call, names: tuple[tree.Identifier, ...]) -> None:
    current = body.current
    source = current.name if isinstance(current, Tensor) and body.scope.find(current.name) else "x"
    name = ", ".join(n.text for n in names)
    callee = first.callee
    if _is_function(body, first):
        body.error("E0501", first.span, f"`{name}` would be a number, not a tensor", help=f"write `let {name} = {first.span.text}`")
        return
    text = habits.last_word(callee, body.scope) or callee.span.text
    body.error(
        "E0501",
        first.span,
        f"the branch `{name}` does not say which tensor it reads",
        label="no source before the layer",
        help=f"write `{name} = {source} -> {text}(...)`, or `{text}(...) as {name}` to go on with the trunk",
    )


# ---------------------------------------------------------------- Keras's way of calling


def _tensors_in(body: Body, call: tree.Call) -> list[tree.Argument]:
    """The arguments of `L()(x)`; of `tower(x)` and `Add([a, b])` those that are tensors."""
    if isinstance(call.callee, tree.Call):
        return list(call.arguments) or [tree.Argument(call.span, None, tree.Name(call.span, "x"))]
    return [argument for argument in call.arguments if argument.name is None and _holds_tensor(body, argument.value)]


def _holds_tensor(body: Body, expression: tree.Expression) -> bool:
    if isinstance(expression, tree.ListExpression):
        return any(not isinstance(item, tree.KeywordItem) and _holds_tensor(body, item) for item in expression.items)
    bound = body.scope.find(expression.text) if isinstance(expression, tree.Name) else None
    return bound is not None and isinstance(bound.value, Tensor)


def _keras_style(body: Body, call: tree.Call, tensors: list[tree.Argument], names: tuple[tree.Identifier, ...]) -> None:
    """`x = L(8)(y)` is a branch, or, where Keras's habit is to use one name again and again, a line of the trunk."""
    body.broken = True
    layer = _layer_text(body, call, tensors)
    texts = ["x" if argument.span == call.span else argument.span.text for argument in tensors]
    source = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    written, on_trunk = f"{source} -> {layer}", texts[0] in body.rebound
    name = ", ".join(n.text for n in names)
    if names and name in body.rebound and on_trunk:
        help = f"write `{layer}` alone: a line reads the one above it"
    elif names and on_trunk:
        help = f"write `{layer} as {name}`"
    else:
        help = f"write `{name} = {written}`" if names and name not in body.rebound else f"write `{written}`"
    body.error(
        "E0308",
        call.span,
        "a layer is not called with a tensor in brackets",
        label="Keras's way of calling",
        help=help,
        fix=Fix(call.span, written, safe=True),
    )
    for argument in tensors:  # what is read here counts as read
        items = argument.value.items if isinstance(argument.value, tree.ListExpression) else (argument.value,)
        for item in items:
            bound = body.scope.find(item.text) if isinstance(item, tree.Name) else None
            if bound is not None and isinstance(bound.value, Tensor):
                body.context.network.use(bound.value)


def _layer_text(body: Body, call: tree.Call, tensors: list[tree.Argument]) -> str:
    """The layer without its tensors: `Dense(8)` of `layers.Dense(8)(x)`, `tower` of `tower(x)`, `Add()` of `Add([a, b])`."""
    inner = call.callee if isinstance(call.callee, tree.Call) else call
    name = habits.last_word(inner.callee, body.scope) or inner.callee.span.text
    bound = body.scope.find(name)
    if inner is call and bound is not None and isinstance(bound.value, Instance):
        return name
    kept = inner.arguments if inner is not call else [argument for argument in call.arguments if argument not in tensors]
    entry = body.context.catalogue.entry("layer", name)
    if not kept and entry is not None and entry.required:
        return f"{name}(...)"
    return f"{name}({', '.join(argument.span.text for argument in kept)})"


# ---------------------------------------------------------------- what a step calls


def _step(body: Body, sources: Sources, step: tree.Expression, alias: str | None, count: int) -> tuple[Value, ...]:
    for tensor in sources.tensors:
        body.context.network.use(tensor)
    if isinstance(step, tree.Call) and isinstance(step.callee, tree.Call):
        _keras_style(body, step, _tensors_in(body, step), ())
        return (POISON,) * count
    if isinstance(step, tree.Call):
        return run_call(body, sources, step, alias, count)
    if isinstance(step, tree.Name | tree.Attribute):
        return _named_step(body, sources, step, alias, count)
    help = "after `->` stands a layer, for example `-> Dense(10)`"
    body.error("E0204", step.span, "this is not a layer", label="expected a layer, a block or a shared layer", help=help)
    return (POISON,) * count


def _named_step(body: Body, sources: Sources, step: tree.Name | tree.Attribute, alias: str | None, count: int) -> tuple[Value, ...]:
    """`-> tower`: a shared layer; anything else has brackets."""
    bound = body.scope.find(step.text) if isinstance(step, tree.Name) else None
    if bound is not None and isinstance(bound.value, Instance):
        body.context.used(step.span, bound)
        return calls.reuse(body, sources, bound.value, step.span, alias, count)
    if bound is not None and bound.value is POISON:
        return (POISON,) * count
    if isinstance(step, tree.Name) and bound is not None and (instance := shared_value(body, step, bound)) is not None:
        return calls.reuse(body, sources, instance, step.span, alias, count)
    if isinstance(step, tree.Name) and bound is None and body.context.catalogue.entry("layer", step.text) is None:
        unknown_layer(body, step)
        return (POISON,) * count
    text = step.span.text
    what = _kind(bound.value) if bound else "a layer without brackets"
    tensor = bound is not None and isinstance(bound.value, Tensor)
    help = f"merge tensors with a layer: `[a, {text}] -> Add()`" if tensor else f"write `-> {text}()`"
    if bound is not None and not isinstance(bound.value, Tensor | BlockDefinition | ExternDefinition):
        help = "after `->` stands a layer, for example `-> Dense(10)`"
    body.error("E0204", step.span, f"`{text}` is {what}", label="expected a layer, a block or a shared layer", help=help)
    return (POISON,) * count


def run_call(body: Body, sources: Sources, call: tree.Call, alias: str | None, count: int) -> tuple[Value, ...]:
    """One call of a layer, a block or an extern layer."""
    callee = call.callee
    if isinstance(callee, tree.Attribute) and _is_layer_of_module(body, callee):
        callee = tree.Name(callee.name.span, callee.name.text)
    if isinstance(callee, tree.Name) and body.scope.find(callee.text) is None:
        return calls.catalogue_call(body, sources, call, callee, alias, count)
    value = body.evaluator().evaluate(callee)
    if isinstance(value, BlockDefinition):
        return calls.expand(body, sources, value, call, alias, count)
    if isinstance(value, ExternDefinition):
        return calls.extern(body, sources, value, call, alias, count)
    if value is not POISON:
        text = callee.span.text
        help = f"write `-> {text}` without brackets" if isinstance(value, Instance) else None
        if isinstance(value, Library):
            help = f"name a block of it: `{text}.some_block(...)`"
        body.error("E0204", callee.span, f"`{text}` is {_kind(value)}, not a layer", label="cannot be called", help=help)
    return (POISON,) * count


def _is_layer_of_module(body: Body, callee: tree.Attribute) -> bool:
    """Whether this is `keras.layers.Conv2D`, which is reported; what is wrong with the rest of the line is told as well."""
    word, catalogue = habits.last_word(callee, body.scope), body.context.catalogue
    if word is None or not habits.is_layer(callee, word, catalogue):
        return False
    if catalogue.entry("layer", word) is None and catalogue.entry("application", word) is None:
        return True  # reported with what is wrong with its name
    body.error(
        "E0308",
        callee.span,
        "a layer is written without its module",
        label="Python's modules are left out",
        help=f"write `{word}(...)`",
        fix=Fix(callee.span, word, safe=True),
    )
    return True

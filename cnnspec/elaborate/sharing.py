"""`let l = Dense(3)` where lines use `l` as a layer: a shared layer is declared by `layer`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnspec.diagnostics import Fix, Label
from cnnspec.elaborate.scope import Binding
from cnnspec.elaborate.values import Instance, ObjectCall
from cnnspec.source import Span
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body


def shared_value(body: Body, step: tree.Name, bound: Binding) -> Instance | None:
    """The layer that such a `let` holds, as the shared layer that it is to be; it is reported at the `let`. None for any other value."""
    value = bound.value
    if not isinstance(value, ObjectCall) or not _is_layer(body, value.call):
        return None
    declaration = f"layer {step.text} = {value.call.span.text}"
    at_top = body.context.root.names.get(step.text) is bound
    help = f"write `-> {value.call.span.text}`; one that lines share stands in the model: `{declaration}`"
    body.context.error(
        "E0204",
        bound.span,
        f"`{step.text}` is a value, but lines use it as a layer",
        label="a `let`",
        labels=(Label(step.span, "used as a layer here"),),
        help=help if at_top else f"write `{declaration}`",
        fix=None if at_top else _fix(bound.span),
        stack=body.stack,
    )
    definition = tree.Layer(bound.span, tree.Identifier(bound.span, step.text), value.call)
    instance = Instance(body.name_of(step.text, step.text), definition, value.scope)
    body.scope.names[step.text] = Binding(instance, bound.span)
    return instance


def _is_layer(body: Body, call: tree.Call) -> bool:
    catalogue, callee = body.context.catalogue, call.callee
    return isinstance(callee, tree.Name) and any(catalogue.entry(kind, callee.text) for kind in ("layer", "application"))


def _fix(name: Span) -> Fix | None:
    """`layer` for the `let` before a name."""
    found = re.search(r"let(?=\s+$)", name.source.text[: name.start])
    return Fix(Span(name.source, found.start(), found.end()), "layer", safe=True) if found else None

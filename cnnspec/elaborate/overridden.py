"""Whole parts from the command line: a line of a model, `--set 'model.stem=Conv2D(16, 5)'`, the lines of `augment`, a section left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnspec.catalogue import Entry
from cnnspec.elaborate.context import Context
from cnnspec.elaborate.overrides import Override, is_none
from cnnspec.elaborate.values import Instance, Value
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body
    from cnnspec.elaborate.chain import Sources

# ---------------------------------------------------------------- sections


def left_out(context: Context, path: str | None) -> bool:
    """Whether `--set train.checkpoint=None` leaves out the section or the part at `path`. Any other value of it is reported."""
    override = context.overrides.take(path)
    if override is None or is_none(override):
        return override is not None
    message, help = f"`{path}` holds settings, it has no value", f"set what is in it: `--set {path}.NAME=VALUE`; `None` leaves it out"
    context.error("E0403", override.value.span, message, label="not a setting", help=help)
    return False


def set_lines(context: Context, entry: Entry, lines: Sequence[tree.Statement] | None) -> Sequence[tree.Statement] | None:
    """The lines of `augment` or `expect`, or the list that `--set` gives in their place; None leaves the section out."""
    override = context.overrides.take(entry.name)
    if override is None:
        return lines
    if is_none(override):
        return None
    if isinstance(override.value, tree.ListExpression) and not any(isinstance(item, tree.KeywordItem) for item in override.value.items):
        return [_line(item) for item in override.value.items if not isinstance(item, tree.KeywordItem)]
    message, help = f"`{entry.name}` is a list", f"write `--set '{entry.name}=[{override.value.span.text}]'`; `None` leaves it out"
    context.error("E0403", override.value.span, message, label="not a list", help=help)
    return lines


def set_line(context: Context, path: str | None, line: tree.Statement) -> tree.Statement:
    """One of these lines, or what `--set augment.0=...` gives in its place."""
    override = context.overrides.take(path)
    return _line(override.value) if override is not None else line


def _line(expression: tree.Expression) -> tree.Apply:
    return tree.Apply(expression.span, tree.Chain(expression.span, expression, ()), None, None)


# ---------------------------------------------------------------- the model


def set_call(body: Body, sources: Sources, call: tree.Call, name: str, count: int) -> tuple[Value, ...] | None:
    """What a line gives that `--set model.NAME=...` replaced. It keeps its name and what it reads. None where it was not replaced."""
    from cnnspec.elaborate.chain import run_call  # a line may hold a body

    if body.fixed_name is not None:
        return None
    body.context.overrides.called(f"model.{name}", call.callee.span.text)
    other = _call_at(body, name)
    if other is None:
        return None
    at_top = replace(body, scope=body.context.root, fixed_name=name)
    values = run_call(at_top, sources, other, None, count)
    body.broken = body.broken or at_top.broken
    return values


def set_instance(body: Body, instance: Instance) -> Instance:
    """A shared layer, or what `--set` gives in its place."""
    call = _call_at(body, instance.name)
    if call is None:
        return instance
    definition = replace(instance.definition, call=call)
    return replace(instance, definition=definition, scope=body.context.root)


def set_shape(body: Body, name: str, shape: tree.Expression | None) -> tree.Expression | None:
    """The shape of an input of the model, or what `--set` gives in its place."""
    override = body.context.overrides.take(f"model.{name}")
    return override.value if override is not None else shape


def _call_at(body: Body, name: str) -> tree.Call | None:
    override = body.context.overrides.take(f"model.{name}")
    if override is None:
        return None
    if isinstance(override.value, tree.Call) and not isinstance(override.value.callee, tree.Call):
        return override.value
    _no_layer(body.context, override)
    return None


def _no_layer(context: Context, override: Override) -> None:
    help = f"write a layer, `--set '{override.path}=Dense(10)'`, or an argument of it, `--set {override.path}.NAME=VALUE`"
    if isinstance(override.value, tree.Call):
        help = f"write the layer alone, it reads what it did: `--set '{override.path}={override.value.callee.span.text}'`"
    elif is_none(override):
        help = f"a line cannot be left out; `--set '{override.path}=Identity()'` does nothing"
    context.error("E0403", override.value.span, f"`{override.path}` is a layer", label="not a layer", help=help)

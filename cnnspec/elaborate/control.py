"""Loops and branches: their bodies are expanded where they stand, each turn in a scope of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.document.document import Frame
from cnnspec.elaborate.declared import in_every_branch
from cnnspec.elaborate.scope import Binding, Lost, Scope
from cnnspec.elaborate.values import POISON, Value, describe
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body


def repeat(body: Body, statement: tree.Statement) -> None:
    assert isinstance(statement, tree.Repeat)
    count = body.evaluator().evaluate(statement.count)
    if count is POISON:
        count = 1
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        help = "write an integer, 0 or more; division by `//` gives an integer"
        body.error("E0403", statement.count.span, "`repeat` takes a whole number", label=f"this is {describe(count)}", help=help)
        body.broken = True
        return
    for turn in range(count):
        if not _turn(body, Frame(f"repeat #{turn + 1}", statement.count.span, f"repeat {turn + 1} of {count}"), statement.body, {}):
            return


def for_each(body: Body, statement: tree.Statement) -> None:
    assert isinstance(statement, tree.For)
    items = body.evaluator().evaluate(statement.items)
    if items is POISON:
        items = [POISON]
    if not isinstance(items, list | tuple):
        help = "write for example `for filters in [16, 32]`"
        body.error("E0403", statement.items.span, "`for` takes a list", label=f"this is {describe(items)}", help=help)
        body.broken = True
        return
    for turn, item in enumerate(items):
        values = _unpack(body, statement, item)
        if values is None:
            return
        shown = ", ".join(f"{name} = {describe(binding.value)}" for name, binding in values.items())
        frame = Frame(f"for #{turn + 1}", statement.names[0].span, f"{shown} ({turn + 1} of {len(items)})")
        if not _turn(body, frame, statement.body, values):
            return


def _unpack(body: Body, statement: tree.For, item: Value) -> dict[str, Binding] | None:
    names = statement.names
    values = (item,) if len(names) == 1 else item
    if item is POISON:
        values = (POISON,) * len(names)
    if not isinstance(values, tuple | list) or len(values) != len(names):
        message = f"this `for` has {len(names)} names, but an item is {describe(item)}"
        body.error("E0403", statement.items.span, message, help=f"each item must be a tuple of {len(names)}")
        return None
    return {name.text: Binding(value, name.span) for name, value in zip(names, values, strict=True)}


def _turn(body: Body, frame: Frame, inner: tree.Body, names: dict[str, Binding]) -> bool:
    """One turn of a loop: its names are its own, the trunk runs through. False when the limit is reached."""
    scope, stack, looped = body.scope, body.stack, body.looped
    body.scope = Scope(scope)
    body.stack = (*stack, frame)
    body.looped = True
    body.context.entered(inner.span, body.scope)
    for name, binding in names.items():
        body.define(tree.Identifier(binding.span, name), binding.value)
    body.statements(inner.statements)
    _leave(body.scope, scope, in_loop=True)
    body.scope, body.stack, body.looped = scope, stack, looped
    counted = body.context.count_statement(frame.span, stack)
    body.broken = body.broken or not counted
    return counted


def branch(body: Body, statement: tree.Statement) -> None:
    assert isinstance(statement, tree.If)
    truth = body.evaluator().truth(statement.condition)
    shared = in_every_branch(statement)
    if truth is None:
        for identifier in shared.values():
            body.define(identifier, POISON)
        body.current, body.broken = POISON, True
        return
    taken = statement.then if truth else statement.otherwise
    scope = body.scope
    body.scope = Scope(scope)
    if isinstance(taken, tree.If):
        branch(body, taken)
    elif taken is not None:
        body.context.entered(taken.span, body.scope)
        body.statements(taken.statements)
    inner, body.scope = body.scope, scope
    for name in shared:
        found = inner.names.get(name)
        if found is not None:
            scope.names[name] = found
    _leave(inner, scope, in_loop=False)


def _leave(inner: Scope, outer: Scope, *, in_loop: bool) -> None:
    """Remember the names that end with a branch or a turn: who reads them later is told why they are gone."""
    ended = {name: Lost(binding.span, in_loop) for name, binding in inner.names.items()}
    outer.lost |= {**inner.lost, **ended}

"""Blocks that use each other: the way from a block that stands further down back to one that is being expanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cnnspec.source import Span
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body


def cycle(body: Body, name: str) -> tuple[list[str], Span] | None:
    """The blocks between `name` and the block of `body`, and the place that leads back; None where `name` does not lead back."""
    open_ = [frame.label.removeprefix("block ") for frame in body.stack if frame.label.startswith("block ")] or [body.path]
    blocks = _later_blocks(body)
    todo, seen = [(name, [name])], {name}
    while todo:
        at, way = todo.pop()
        for used in _uses(blocks[at].body) if at in blocks else ():
            if used.text in open_:
                return [*open_[open_.index(used.text) :], *way], used.span
            if used.text not in seen:
                seen.add(used.text)
                todo.append((used.text, [*way, used.text]))
    return None


def _later_blocks(body: Body) -> Mapping[str, tree.Block]:
    scope = body.scope
    while scope.parent is not None:
        scope = scope.parent
    return scope.later_blocks


def _uses(body: tree.Body) -> Iterator[tree.Name]:
    """The names of everything that is called in a body."""
    for statement in body.statements:
        match statement:
            case tree.Apply(chain=chain) | tree.Assign(chain=chain):
                yield from (
                    step.callee
                    for step in (chain.first, *chain.steps)
                    if isinstance(step, tree.Call) and isinstance(step.callee, tree.Name)
                )
            case tree.Repeat(body=inner) | tree.For(body=inner):
                yield from _uses(inner)
            case tree.If():
                yield from _uses_of_if(statement)


def _uses_of_if(statement: tree.If) -> Iterator[tree.Name]:
    yield from _uses(statement.then)
    if isinstance(statement.otherwise, tree.If):
        yield from _uses_of_if(statement.otherwise)
    elif statement.otherwise is not None:
        yield from _uses(statement.otherwise)

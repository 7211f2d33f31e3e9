"""Which names a body defines: known before it is expanded."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.syntax import tree


def names_of(body: tree.Body) -> Iterator[str]:
    """Every name that the statements of a body may give to a call."""
    for statement in body.statements:
        match statement:
            case tree.Assign(names=names):
                yield from (name.text for name in names)
            case tree.Apply(alias=tree.Identifier(text=text)):
                yield text
            case tree.Layer(name=name) | tree.Input(name=name):
                yield name.text
            case tree.Repeat(body=inner) | tree.For(body=inner):
                yield from names_of(inner)
            case tree.If():
                yield from _names_of_if(statement)


def _names_of_if(statement: tree.If) -> Iterator[str]:
    yield from names_of(statement.then)
    if isinstance(statement.otherwise, tree.If):
        yield from _names_of_if(statement.otherwise)
    elif statement.otherwise is not None:
        yield from names_of(statement.otherwise)


def in_every_branch(statement: tree.If) -> dict[str, tree.Identifier]:
    """The names that every branch defines; none if there is no `else`."""
    if statement.otherwise is None:
        return {}
    then = _defined(statement.then)
    other = in_every_branch(statement.otherwise) if isinstance(statement.otherwise, tree.If) else _defined(statement.otherwise)
    return {name: identifier for name, identifier in then.items() if name in other}


def _defined(body: tree.Body) -> dict[str, tree.Identifier]:
    found: dict[str, tree.Identifier] = {}
    for statement in body.statements:
        match statement:
            case tree.Assign(names=names):
                found |= {name.text: name for name in names}
            case tree.Apply(alias=tree.Identifier() as alias):
                found[alias.text] = alias
            case tree.Layer(name=name) | tree.Let(name=name):
                found[name.text] = name
            case tree.If():
                found |= in_every_branch(statement)
    return found


def rebound(body: tree.Body) -> frozenset[str]:
    """Names that several lines of a body assign: in Keras's way of writing these carry the trunk."""
    seen: set[str] = set()
    twice: set[str] = set()
    for statement in body.statements:
        if isinstance(statement, tree.Assign):
            for name in statement.names:
                (twice if name.text in seen else seen).add(name.text)
    return frozenset(twice)

"""What the tree knows and the tokens do not: which sign is a unary one, which bracket is that of a call, which brace is that of a body."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from cnnspec.source import Span
from cnnspec.syntax import tree


@dataclass(frozen=True, slots=True)
class Marks:
    """Offsets into the text."""

    unary: frozenset[int]
    """`-` and `+` in front of their value."""
    applied: frozenset[int]
    """The closing brackets of calls, indices and parameters: their opening bracket touches what stands before it."""
    braces: frozenset[int]
    """The opening and closing braces of bodies."""


def marks_of(file: tree.File) -> Marks:
    unary: set[int] = set()
    applied: set[int] = set()
    braces: set[int] = set()
    text = file.source.text
    left: list[Any] = [file.statements]
    while left:
        node = left.pop()
        match node:
            case tuple():
                left.extend(node)
                continue
            case tree.Unary(operator="+" | "-"):
                unary.add(node.span.start)
            case tree.Call() | tree.Index():
                applied.add(node.span.end - 1)
            case tree.Body():
                braces |= {node.span.start, node.span.end - 1}
            case tree.Block():
                applied.add(text.rfind(")", 0, node.body.span.start))
            case tree.Extern():
                applied.add(text.rfind(")", 0, node.target.span.start))
            case None | str() | int() | float() | Span():
                continue
        left.extend(getattr(node, field.name) for field in fields(node))
    return Marks(frozenset(unary), frozenset(applied), frozenset(braces))


def bodies_of(statement: tree.Statement) -> list[tree.Body]:
    """The bodies of a statement in the order of the text, with those of each `else`; none for a simple statement."""
    match statement:
        case tree.If(then=then, otherwise=tree.If() as otherwise):
            return [then, *bodies_of(otherwise)]
        case tree.If(then=then, otherwise=tree.Body() as otherwise):
            return [then, otherwise]
        case tree.If(then=then):
            return [then]
        case tree.Block(body=body) | tree.Repeat(body=body) | tree.For(body=body) | tree.Section(body=body):
            return [body]
    return []

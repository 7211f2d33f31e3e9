"""The outline of a file, and what can be folded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cnnspec.server.walk import parts
from cnnspec.source import Span
from cnnspec.syntax import tree

SymbolKind = Literal["model", "section", "setting", "block", "extern", "let", "library", "input", "layer"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """`span` is all of it, `name_span` what an editor selects."""

    name: str
    kind: SymbolKind
    span: Span
    name_span: Span
    detail: str = ""
    inside: tuple[Symbol, ...] = ()


def outline(file: tree.File) -> tuple[Symbol, ...]:
    """The definitions and sections of a file, with the inputs, the named layers and the settings in them."""
    return tuple(_symbols(file.statements, in_section=False))


def _symbols(statements: tuple[tree.Statement, ...], *, in_section: bool) -> Iterator[Symbol]:
    for statement in statements:
        span = statement.span
        match statement:
            case tree.Section(name=name, label=label, body=body):
                kind: SymbolKind = "model" if name.text == "model" else "section"
                shown = f"{name.text} {label.text}" if label else name.text
                inside = tuple(_symbols(body.statements, in_section=kind == "section"))
                yield Symbol(shown, kind, span, (label or name).span, inside=inside)
            case tree.Block(name=name, parameters=parameters, body=body):
                detail = f"({', '.join(parameter.span.text for parameter in parameters)})"
                yield Symbol(name.text, "block", span, name.span, detail, tuple(_symbols(body.statements, in_section=False)))
            case tree.Assign(names=names, chain=chain):
                called = "" if in_section else _last_call(chain)
                yield from (Symbol(name.text, "setting" if in_section else "layer", span, name.span, called) for name in names)
            case tree.Apply(alias=tree.Identifier() as alias, chain=chain):
                yield Symbol(alias.text, "layer", span, alias.span, _last_call(chain))
            case tree.Repeat(body=body) | tree.For(body=body):
                yield from _symbols(body.statements, in_section=in_section)
            case tree.If():
                yield from _in_branches(statement)
            case _:
                yield from _definition(statement)


def _definition(statement: tree.Statement) -> Iterator[Symbol]:
    span = statement.span
    match statement:
        case tree.Let(name=name, value=value):
            yield Symbol(name.text, "let", span, name.span, value.span.text.partition("\n")[0])
        case tree.Extern(name=name, target=target):
            yield Symbol(name.text, "extern", span, name.span, target.value)
        case tree.Import(alias=alias, path=path):
            yield Symbol(alias.text, "library", span, alias.span, path.value)
        case tree.Input(name=name, shape=shape):
            yield Symbol(name.text, "input", span, name.span, shape.span.text if shape else "")
        case tree.Layer(name=name, call=call):
            yield Symbol(name.text, "layer", span, name.span, call.callee.span.text)


def _in_branches(statement: tree.If) -> Iterator[Symbol]:
    yield from _symbols(statement.then.statements, in_section=False)
    if isinstance(statement.otherwise, tree.If):
        yield from _in_branches(statement.otherwise)
    elif statement.otherwise is not None:
        yield from _symbols(statement.otherwise.statements, in_section=False)


def _last_call(chain: tree.Chain) -> str:
    last = chain.steps[-1] if chain.steps else chain.first
    return last.callee.span.text if isinstance(last, tree.Call) else ""


def folds(file: tree.File) -> tuple[tuple[int, int], ...]:
    """The lines, counted from 1, that can be folded: bodies, and brackets of several lines. The closing line stays visible."""
    found: dict[int, int] = {}
    for part in (part for statement in file.statements for part in parts(statement)):
        if isinstance(part, tree.Body | tree.Call | tree.ListExpression | tree.DictExpression | tree.TupleExpression):
            first, last = part.span.line, part.span.end_line - 1
            if last > first:
                found[first] = max(last, found.get(first, 0))
    return tuple(sorted(found.items()))

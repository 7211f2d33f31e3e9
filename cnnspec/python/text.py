"""Statements of ours as text: what is written in place of Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from cnnspec.syntax import tree

_NUMBER: Final = re.compile(r"[\d.][\d._]*(?:[eE][+-]?\d+)?(?:%|[a-z]+)?")
_STRENGTH: Final = {
    **{"or": 1, "and": 2},
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "//", "%"), 5),
    "**": 7,
}
_UNARY: Final = 6


def lines_of(statement: tree.Statement) -> list[str]:
    """The lines of one statement, with those of its body."""
    match statement:
        case tree.Section(name=name, label=label, body=body):
            return _with_body(f"{name.text} {label.text}" if label else name.text, body)
        case tree.For(names=names, items=items, body=body):
            return _with_body(f"for {_words(names)} in {text_of(items)}", body)
        case tree.Input(name=name, shape=shape):
            return [f"input {name.text}" + (f": {text_of(shape)}" if shape else "")]
        case tree.Output(names=names):
            return [f"output {_words(names)}"]
        case tree.Layer(name=name, call=call):
            return [f"layer {name.text} = {text_of(call)}"]
        case tree.Let(name=name, value=value):
            return [f"let {name.text} = {text_of(value)}"]
        case tree.Assign(names=names, chain=chain):
            return [f"{_words(names)} = {_chain(chain)}"]
        case tree.Apply(chain=chain, alias=alias, shape=shape):
            return [_chain(chain) + (f" as {alias.text}" if alias else "") + (f": {text_of(shape)}" if shape else "")]
    return [statement.span.text]


def text_of(node: tree.Expression | tree.KeywordItem) -> str:
    """An expression on one line."""
    match node:
        case tree.Number(span=span, value=value, unit=unit):
            return span.text if _NUMBER.fullmatch(span.text) else f"{value!r}{unit}"
        case tree.String(value=value):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"'
        case tree.Constant(text=text) | tree.Name(text=text):
            return text
        case tree.Call(callee=callee, arguments=arguments):
            given = ((argument.name, text_of(argument.value)) for argument in arguments)
            return f"{text_of(callee)}({', '.join(f'{name.text}={text}' if name else text for name, text in given)})"
        case tree.KeywordItem(name=name, value=value):
            return f"{name.text}={text_of(value)}"
        case tree.Attribute(value=value, name=name):
            return f"{text_of(value)}.{name.text}"
        case tree.ListExpression(items=items):
            return f"[{_texts(items)}]"
        case tree.TupleExpression(items=items):
            return f"({_texts(items)},)" if len(items) == 1 else f"({_texts(items)})"
        case tree.DictExpression(pairs=pairs):
            return "{" + ", ".join(f"{text_of(key)}: {text_of(value)}" for key, value in pairs) + "}"
        case tree.Unary() | tree.Binary():
            return _operation(node)
    return node.span.text


def _operation(node: tree.Unary | tree.Binary) -> str:
    if isinstance(node, tree.Unary):
        space = " " if node.operator.isalpha() else ""
        return f"{node.operator}{space}{_operand(node.operand, _UNARY)}"
    strength = _STRENGTH.get(node.operator, 0)
    return f"{_operand(node.left, strength)} {node.operator} {_operand(node.right, strength + 1)}"


def _operand(node: tree.Expression, strength: int) -> str:
    own = _STRENGTH.get(node.operator, 0) if isinstance(node, tree.Binary) else _UNARY if isinstance(node, tree.Unary) else 9
    return text_of(node) if own >= strength else f"({text_of(node)})"


def _chain(chain: tree.Chain) -> str:
    return " -> ".join(text_of(part) for part in (chain.first, *chain.steps))


def _texts(items: Iterable[tree.Expression | tree.KeywordItem]) -> str:
    return ", ".join(text_of(item) for item in items)


def _words(names: Sequence[tree.Identifier]) -> str:
    return ", ".join(name.text for name in names)


def _with_body(head: str, body: tree.Body) -> list[str]:
    return [f"{head} {{", *(f"  {line}" for statement in body.statements for line in lines_of(statement)), "}"]

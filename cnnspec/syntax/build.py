"""Lark's untyped tree -> the nodes of `tree.py`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NamedTuple

from lark import Token, Tree

from cnnspec.diagnostics import Diagnostic
from cnnspec.source import Source, Span
from cnnspec.syntax import tree as node

MAX_DEPTH = 100
MAX_DIGITS = 300
MAX_NAME = 200


def build_file(source: Source, tree: Tree[Any] | None) -> tuple[node.File, list[Diagnostic]]:
    """The typed tree of a file. A statement that is nested too deeply becomes `Broken`."""
    builder = _Builder(source)
    statements = builder.statements(children_of(tree)) if tree is not None else ()
    return node.File(source, statements), builder.diagnostics


def build_expression(source: Source, tree: Any) -> tuple[node.Expression | None, list[Diagnostic]]:
    """The typed tree of one expression, or None where it is nested too deeply."""
    builder = _Builder(source)
    if builder.too_deep(tree):
        return None, builder.diagnostics
    return builder.expression(tree), builder.diagnostics


def children_of(tree: Any) -> list[Any]:
    """The children of a tree; lark gives them no type that says what they are."""
    return tree.children if isinstance(tree, Tree) else []


class _Suffix(NamedTuple):
    value: int | float | None
    unit: str


def read_number(text: str) -> _Suffix:
    """`10%` -> (10, "%"). The value is None where there are more than 300 characters, or a float overflows."""
    end = len(text)
    while end and (text[end - 1].isalpha() or text[end - 1] == "%"):
        end -= 1
    digits, unit = text[:end], text[end:]
    if len(digits) > MAX_DIGITS:
        return _Suffix(None, unit)
    plain = digits.replace("_", "")
    value = int(plain) if plain.isdigit() else float(plain)
    return _Suffix(None if value in (float("inf"), float("-inf")) else value, unit)


def read_string(text: str) -> str:
    """The value of a string literal: Python's escapes. What is no escape of Python's stays as it is written."""
    try:
        return str(ast.literal_eval(text)) if "\\" in text else text[1:-1]
    except (SyntaxError, ValueError):
        return text[1:-1]


class _Builder:
    """One conversion. Spans come from the first and last token below a node."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []

    # ------------------------------------------------------------ places

    def span(self, start: Any, end: Any) -> Span:
        return Span(self.source, _start(start), _end(end))

    def identifier(self, token: Token) -> node.Identifier:
        span = self.span(token, token)
        if len(token) > MAX_NAME:
            self.diagnostics.append(
                Diagnostic(code="E0111", message=f"this name has {len(token)} characters", span=span, help=f"a name has at most {MAX_NAME}")
            )
        return node.Identifier(span, str(token))

    def identifiers(self, tree: Tree[Any]) -> tuple[node.Identifier, ...]:
        return tuple(self.identifier(token) for token in children_of(tree))

    def optional(self, token: Token | None) -> node.Identifier | None:
        return None if token is None else self.identifier(token)

    def too_deep(self, tree: Any) -> bool:
        """Whether a tree is deeper than `MAX_DEPTH`, measured without recursion; reported where it becomes so."""
        level, depth = [tree], 0
        while level:
            depth += 1
            if depth > MAX_DEPTH:
                at = next((_start(part) for part in level if part is not None), 0)
                message = f"this is nested more than {MAX_DEPTH} levels deep"
                self.diagnostics.append(
                    Diagnostic(code="E0108", message=message, span=Span(self.source, at, at + 1), help="name a part of it with `let`")
                )
                return True
            level = [child for part in level for child in children_of(part)]
        return False

    # ------------------------------------------------------------ statements

    def statements(self, children: list[Any]) -> tuple[node.Statement, ...]:
        """Top-level statements: each is measured first, so that nothing below here can recurse too deeply."""
        return tuple(
            node.Broken(self.span(child, child)) if self.too_deep(child) else self.statement(child)
            for child in children
            if isinstance(child, Tree)
        )

    def statement(self, tree: Tree[Any]) -> node.Statement:
        build: Callable[[Tree[Any]], node.Statement] = getattr(self, "_" + tree.data.strip("_"))
        return build(tree)

    def body(self, tree: Tree[Any]) -> node.Body:
        inner = [child for child in children_of(tree) if isinstance(child, Tree)]
        return node.Body(self.span(tree, tree), tuple(self.statement(child) for child in inner))

    def _broken(self, tree: Tree[Any]) -> node.Statement:
        first, *names = children_of(tree)
        return node.Broken(self.span(first, first), tuple(self.identifier(name) for name in names))

    def _version(self, tree: Tree[Any]) -> node.Statement:
        number = self.expression(Tree("number", [children_of(tree)[1]]))
        assert isinstance(number, node.Number)
        return node.Version(self.span(tree, tree), number)

    def _import(self, tree: Tree[Any]) -> node.Statement:
        _, path, _, alias = children_of(tree)
        return node.Import(self.span(tree, tree), self._text(path), self.identifier(alias))

    def _extern(self, tree: Tree[Any]) -> node.Statement:
        _, name, parameters, _, target = children_of(tree)
        return node.Extern(self.span(tree, tree), self.identifier(name), self.parameters(parameters), self._text(target))

    def _let(self, tree: Tree[Any]) -> node.Statement:
        _, name, kind, value, search, call = children_of(tree)
        search_call = None if call is None else self.expression(call)
        assert search_call is None or isinstance(search_call, node.Call)
        return node.Let(
            self.span(tree, tree),
            self.identifier(name),
            self.optional(kind),
            self.expression(value),
            search_call,
            None if search is None else self.span(search, call),
        )

    def _block(self, tree: Tree[Any]) -> node.Statement:
        _, name, parameters, body = children_of(tree)
        return node.Block(self.span(tree, tree), self.identifier(name), self.parameters(parameters), self.body(body))

    def parameters(self, tree: Tree[Any]) -> tuple[node.Parameter, ...]:
        return tuple(self._parameter(child) for child in children_of(tree) if child is not None)

    def _parameter(self, tree: Tree[Any]) -> node.Parameter:
        name, kind, default = children_of(tree)
        value = None if default is None else self.expression(default)
        return node.Parameter(self.span(tree, tree), self.identifier(name), self.optional(kind), value)

    def _input(self, tree: Tree[Any]) -> node.Statement:
        _, name, shape = children_of(tree)
        return node.Input(self.span(tree, tree), self.identifier(name), None if shape is None else self.expression(shape))

    def _output(self, tree: Tree[Any]) -> node.Statement:
        return node.Output(self.span(tree, tree), self.identifiers(children_of(tree)[1]))

    def _layer(self, tree: Tree[Any]) -> node.Statement:
        call = self.expression(children_of(tree)[2])
        assert isinstance(call, node.Call)
        return node.Layer(self.span(tree, tree), self.identifier(children_of(tree)[1]), call)

    def _repeat(self, tree: Tree[Any]) -> node.Statement:
        _, count, body = children_of(tree)
        return node.Repeat(self.span(tree, tree), self.expression(count), self.body(body))

    def _for(self, tree: Tree[Any]) -> node.Statement:
        _, names, _, items, body = children_of(tree)
        return node.For(self.span(tree, tree), self.identifiers(names), self.expression(items), self.body(body))

    def _if(self, tree: Tree[Any]) -> node.If:
        _, condition, then, _, otherwise = children_of(tree)
        branch = None
        if otherwise is not None:
            branch = self._if(otherwise) if otherwise.data == "if_" else self.body(otherwise)
        return node.If(self.span(tree, tree), self.expression(condition), self.body(then), branch)

    def _section(self, tree: Tree[Any]) -> node.Statement:
        name, label, body = children_of(tree)
        named = None
        if label is not None:
            span = self.span(label, label)
            named = node.Identifier(span, read_string(label) if label.type == "STRING" else str(label))
        return node.Section(self.span(tree, tree), self.identifier(name), named, self.body(body))

    def _assign(self, tree: Tree[Any]) -> node.Statement:
        names, chain = children_of(tree)
        return node.Assign(self.span(tree, tree), self.identifiers(names), self.chain(chain))

    def _apply(self, tree: Tree[Any]) -> node.Statement:
        chain, _, alias, shape = children_of(tree)
        return node.Apply(self.span(tree, tree), self.chain(chain), self.optional(alias), None if shape is None else self.expression(shape))

    def chain(self, tree: Tree[Any]) -> node.Chain:
        first, *steps = children_of(tree)
        return node.Chain(self.span(tree, tree), self.expression(first), tuple(self.expression(step) for step in steps))

    # ------------------------------------------------------------ expressions

    def expression(self, tree: Tree[Any]) -> node.Expression:
        build: Callable[[Tree[Any]], node.Expression] = getattr(self, "_expression_" + tree.data)
        return build(tree)

    def _text(self, token: Token) -> node.String:
        return node.String(self.span(token, token), read_string(str(token)))

    def _expression_number(self, tree: Tree[Any]) -> node.Expression:
        span = self.span(tree, tree)
        value, unit = read_number(str(children_of(tree)[0]))
        if value is None:
            long = span.end - span.start - len(unit) > MAX_DIGITS
            code, what = ("E0112", f"this number has more than {MAX_DIGITS} digits") if long else ("E0110", "this number is too large")
            self.diagnostics.append(Diagnostic(code=code, message=what, span=span, help="write a number that a 64-bit float can hold"))
        return node.Number(span, value, unit)

    def _expression_string(self, tree: Tree[Any]) -> node.Expression:
        return self._text(children_of(tree)[0])

    def _expression_name(self, tree: Tree[Any]) -> node.Expression:
        token = children_of(tree)[0]
        return node.Name(self.span(token, token), str(token))

    def _expression_constant(self, tree: Tree[Any]) -> node.Expression:
        return node.Constant(self.span(tree, tree), str(children_of(tree)[0]))

    def _expression_parenthesis(self, tree: Tree[Any]) -> node.Expression:
        return self.expression(next(child for child in children_of(tree) if isinstance(child, Tree)))

    def _expression_tuple(self, tree: Tree[Any]) -> node.Expression:
        items = tuple(self.expression(child) for child in children_of(tree) if isinstance(child, Tree))
        return node.TupleExpression(self.span(tree, tree), items)

    def _expression_list(self, tree: Tree[Any]) -> node.Expression:
        items = tuple(self._item(child) for child in children_of(tree) if isinstance(child, Tree))
        return node.ListExpression(self.span(tree, tree), items)

    def _item(self, tree: Tree[Any]) -> node.Expression | node.KeywordItem:
        if tree.data != "keyword":
            return self.expression(tree)
        name, value = children_of(tree)
        return node.KeywordItem(self.span(tree, tree), self.identifier(name), self.expression(value))

    def _expression_dict(self, tree: Tree[Any]) -> node.Expression:
        pairs = [child.children for child in children_of(tree) if isinstance(child, Tree)]
        return node.DictExpression(self.span(tree, tree), tuple((self.expression(k), self.expression(v)) for k, v in pairs))

    def _expression_call(self, tree: Tree[Any]) -> node.Expression:
        callee, *rest = children_of(tree)
        arguments = tuple(self._argument(child) for child in rest if isinstance(child, Tree))
        return node.Call(self.span(tree, tree), self.expression(callee), arguments)

    def _argument(self, tree: Tree[Any]) -> node.Argument:
        name, value = children_of(tree)
        return node.Argument(self.span(tree, tree), self.optional(name), self.expression(value))

    def _expression_attribute(self, tree: Tree[Any]) -> node.Expression:
        value, name = children_of(tree)
        return node.Attribute(self.span(tree, tree), self.expression(value), self.identifier(name))

    def _expression_index(self, tree: Tree[Any]) -> node.Expression:
        return node.Index(self.span(tree, tree), self.expression(children_of(tree)[0]), self.expression(children_of(tree)[1]))

    def _expression_unary(self, tree: Tree[Any]) -> node.Expression:
        operator, operand = children_of(tree)
        return node.Unary(self.span(tree, tree), str(operator), self.expression(operand))

    def _expression_binary(self, tree: Tree[Any]) -> node.Expression:
        left, operator, right = children_of(tree)
        return node.Binary(self.span(tree, tree), str(operator), self.expression(left), self.expression(right))

    def _expression_ternary(self, tree: Tree[Any]) -> node.Expression:
        then, condition, otherwise = children_of(tree)
        return node.Ternary(self.span(tree, tree), self.expression(condition), self.expression(then), self.expression(otherwise))


def _start(value: Any) -> int:
    """The offset of the first token below `value`."""
    while isinstance(value, Tree):
        value = next((child for child in value.children if child is not None), None)
    return (value.start_pos or 0) if isinstance(value, Token) else 0


def _end(value: Any) -> int:
    """The offset after the last token below `value`."""
    while isinstance(value, Tree):
        value = next((child for child in reversed(value.children) if child is not None), None)
    return (value.end_pos or 0) if isinstance(value, Token) else 0

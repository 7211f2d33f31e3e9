"""Python's own reading of a text: a whole program as statements of ours, which point into it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cnnspec.source import Source, Span
from cnnspec.syntax import tree

MAX_CHARACTERS: Final = 200_000
LOOKS_LIKE_PYTHON: Final = re.compile(
    r"^\s*(?:import|from)\s+\w|^\s*class\s+\w+.*:|^\s*def\s+\w+.*:|\bSequential\(|\.add\(|\bInput\(|^\s*model\s*=", re.MULTILINE
)
_OPERATORS: Final = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
}  # fmt: skip
_VERSION: Final = re.compile(r"^cnn 1[ ]*$", re.MULTILINE)
"""Our own first line, which may stand over a program already."""


def python_program(source: Source) -> list[tree.Statement] | None:
    """The statements of a text that is Python from its first line to its last; None for any other text.

    What has no form here (a loop over batches, a `with`) is left out.
    """
    text = _VERSION.sub(lambda found: " " * len(found[0]), source.text)
    if len(text) > MAX_CHARACTERS or LOOKS_LIKE_PYTHON.search(text) is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strings with odd escapes
            parsed = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    try:
        return list(_Converter(source).statements(parsed.body))
    except RecursionError:
        return None


@dataclass(slots=True)
class _Converter:
    """`functions` are those without parameters: where one is called, its body stands."""

    source: Source
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)

    def statements(self, body: Sequence[ast.stmt]) -> Iterator[tree.Statement]:
        for statement in body:
            yield from self._statement(statement)

    def _statement(self, statement: ast.stmt) -> Iterator[tree.Statement]:
        span = self.span(statement)
        head = Span(self.source, span.start, span.start + len(span.text.partition("\n")[0]))
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case ast.FunctionDef(name=name, args=ast.arguments(args=[], kwonlyargs=[])):
                self.functions[name] = statement
            case ast.Assign(targets=[target], value=ast.Call(func=ast.Name(id=name), args=[], keywords=[])) if name in self.functions:
                yield from self._inlined(self.functions.pop(name), target)
            case ast.Assign(targets=[target], value=value) if (names := self._targets(target)) is not None:
                yield tree.Assign(span, names, self._chain(value))
            case ast.Expr(value=value):
                yield tree.Apply(span, self._chain(value), None, None)
            case ast.If(test=test, body=inner) if "__name__" in ast.unparse(test):
                yield from self.statements(inner)
            case ast.For(target=target, iter=items, body=inner) if (names := self._targets(target)) is not None:
                yield tree.For(head, names, self.expression(items), tree.Body(span, tuple(self.statements(inner))))
            case _:
                yield tree.Broken(head)

    def _inlined(self, function: ast.FunctionDef, target: ast.expr) -> Iterator[tree.Statement]:
        """`model = build()`: the body of the function, what it returns is the target."""
        for line in function.body:
            if isinstance(line, ast.Return) and line.value is not None and (names := self._targets(target)) is not None:
                yield tree.Assign(self.span(line), names, self._chain(line.value))
            else:
                yield from self._statement(line)

    def _targets(self, target: ast.expr) -> tuple[tree.Identifier, ...] | None:
        """The names that an assignment gives; those in `(x_train, y_train), (x_test, y_test)` in a row."""
        if isinstance(target, ast.Name):
            return (tree.Identifier(self.span(target), target.id),)
        if isinstance(target, ast.Tuple | ast.List):
            found = [self._targets(item) for item in target.elts]
            return tuple(name for names in found if names for name in names) if all(found) else None
        return None

    # ------------------------------------------------------------ expressions

    def _chain(self, value: ast.expr) -> tree.Chain:
        return tree.Chain(self.span(value), self.expression(value), ())

    def expression(self, value: ast.expr) -> tree.Expression:
        """The expression as a node of ours; one that we do not have is a name that means nothing."""
        span = self.span(value)
        match value:
            case ast.Constant(value=bool() | None as constant):
                return tree.Constant(span, str(constant))
            case ast.Constant(value=int() | float() as number):
                return tree.Number(span, number, "")
            case ast.Constant(value=str() as text):
                return tree.String(span, text)
            case ast.Name(id=name):
                return tree.Name(span, name)
            case ast.Attribute(value=inner, attr=name):
                end = Span(self.source, span.end - len(name), span.end)
                return tree.Attribute(span, self.expression(inner), tree.Identifier(end, name))
            case ast.Call(func=function, args=positional, keywords=named):
                return self._call(span, function, positional, named)
            case ast.List(elts=items):
                return tree.ListExpression(span, tuple(self.expression(item) for item in items))
            case ast.Tuple(elts=items):
                return tree.TupleExpression(span, tuple(self.expression(item) for item in items))
            case ast.Dict(keys=keys, values=values) if all(keys):
                pairs = tuple((self.expression(k), self.expression(v)) for k, v in zip(keys, values, strict=True) if k)
                return tree.DictExpression(span, pairs)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return tree.Binary(span, _OPERATORS[type(op)], self.expression(left), self.expression(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return tree.Unary(span, "-", self.expression(operand))
        return tree.Name(span, span.text)

    def _call(self, span: Span, function: ast.expr, positional: Sequence[ast.expr], named: Sequence[ast.keyword]) -> tree.Call:
        arguments = [tree.Argument(self.span(value), None, self.expression(value)) for value in positional]
        for keyword in named:
            if keyword.arg is not None:
                place = self.span(keyword)
                name = tree.Identifier(Span(self.source, place.start, place.start + len(keyword.arg)), keyword.arg)
                arguments.append(tree.Argument(place, name, self.expression(keyword.value)))
        return tree.Call(span, self.expression(function), tuple(arguments))

    def span(self, node: ast.stmt | ast.expr | ast.keyword) -> Span:
        """Python counts columns in bytes of UTF-8."""
        start = self._offset(node.lineno, node.col_offset)
        end = self._offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return Span(self.source, start, max(start + 1, end))

    def _offset(self, line: int, column: int) -> int:
        return self.source.line_start(line) + len(self.source.line(line).encode()[:column].decode(errors="ignore"))

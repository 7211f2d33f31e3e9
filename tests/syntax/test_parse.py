"""Text to tree: what is read, and where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.source import Source, Span
from cnnspec.syntax import parse_expression, parse_source, tree


def parse(text: str) -> tree.File:
    file, diagnostics = parse_source(Source("spec.cnn", text))
    assert not diagnostics, diagnostics
    return file


def statement(text: str) -> Any:
    (found,) = parse(text).statements
    return found


def expression(text: str) -> tree.Expression:
    found, diagnostics = parse_expression(Source("value", text))
    assert found is not None, diagnostics
    return found


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("10", 10, ""),
        ("1_000", 1000, ""),
        ("1__0_", 10, ""),
        (".5", 0.5, ""),
        ("2.", 2.0, ""),
        ("1e-3", 0.001, ""),
        ("1E3", 1000.0, ""),
        ("10%", 10, "%"),
        ("12.5%", 12.5, "%"),
        ("20deg", 20, "deg"),
        ("1e2deg", 100.0, "deg"),
        ("5epochs", 5, "epochs"),
        ("3e", 3, "e"),
    ],
)
def test_number(text: str, value: float, unit: str) -> None:
    found = expression(text)
    assert isinstance(found, tree.Number)
    assert (found.value, type(found.value), found.unit) == (value, type(value), unit)


def test_a_percent_sign_apart_is_a_remainder() -> None:
    found = expression("7 % 3")
    assert isinstance(found, tree.Binary)
    assert found.operator == "%"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"relu"', "relu"),
        ("'relu'", "relu"),
        (r'"a\"b"', 'a"b'),
        (r'"C:\\data"', r"C:\data"),
        (r'"a\nb"', "a\nb"),
        (r'"\x"', r"\x"),
        ('"größe ñ 日"', "größe ñ 日"),
        ('""', ""),
        ('"# no comment"', "# no comment"),
    ],
)
def test_string(text: str, value: str) -> None:
    found = expression(text)
    assert isinstance(found, tree.String)
    assert found.value == value


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("-2 ** 2", "(- (2 ** 2))"),
        ("2 ** 3 ** 2", "(2 ** (3 ** 2))"),
        ("2 ** -1", "(2 ** (- 1))"),
        ("not a == b and c or d", "(((not (a == b)) and c) or d)"),
        ("a if b else c if d else e", "(a if b else (c if d else e))"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"),
        ("a.b[1].c", "a.b[1].c"),
        ("a // b / c % d", "(((a // b) / c) % d)"),
    ],
)
def test_precedence_is_that_of_python(text: str, shape: str) -> None:
    assert show(expression(text)) == shape


def show(e: tree.Expression) -> str:
    match e:
        case tree.Binary(operator=operator, left=left, right=right):
            return f"({show(left)} {operator} {show(right)})"
        case tree.Unary(operator=operator, operand=operand):
            return f"({operator} {show(operand)})"
        case tree.Ternary(condition=condition, then=then, otherwise=otherwise):
            return f"({show(then)} if {show(condition)} else {show(otherwise)})"
        case tree.Attribute(value=value, name=name):
            return f"{show(value)}.{name.text}"
        case tree.Index(value=value, index=index):
            return f"{show(value)}[{show(index)}]"
    return e.span.text


@pytest.mark.parametrize(
    ("text", "length"), [("()", 0), ("(1,)", 1), ("(1, 2)", 2), ("(1, 2,)", 2), ("[]", 0), ("[1,]", 1), ("[\n1,\n2\n]", 2)]
)
def test_tuples_and_lists(text: str, length: int) -> None:
    found = expression(text)
    assert isinstance(found, tree.TupleExpression | tree.ListExpression)
    assert len(found.items) == length


def test_brackets_around_one_value_are_no_tuple() -> None:
    assert isinstance(expression("(1)"), tree.Number)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("cnn 1", tree.Version),
        ('import "a.cnn" as a', tree.Import),
        ('extern A(p: int = 3) from "m:A"', tree.Extern),
        ("let a: int = 3 search choice(1, 2)", tree.Let),
        ("block b(x, y: int = 3) {\n input x\n}", tree.Block),
        ("input x: (1, 2)", tree.Input),
        ("input x", tree.Input),
        ("output a, b", tree.Output),
        ("layer t = Dense(3)", tree.Layer),
        ("repeat 3 { Dense(3) }", tree.Repeat),
        ("for a, b in [(1, 2)] {\n Dense(a)\n}", tree.For),
        ("if a { Dense(3) } else if b { Dense(4) } else { Dense(5) }", tree.If),
        ("data { }", tree.Section),
        ('phase "a b" { }', tree.Section),
        ("a, b = x -> pair()", tree.Assign),
        ("Dense(3) as d: (3,)", tree.Apply),
        ("x\n  # a comment\n  -> Dense(3)\n\n  -> Dense(4)", tree.Apply),
        ("params <= 300", tree.Apply),
    ],
)
def test_statement(text: str, kind: type) -> None:
    found = statement(text)
    assert isinstance(found, kind)
    assert found.span.text == text


def test_every_part_knows_its_place() -> None:
    text = "Conv2D(filters, kernel_size=3) as c: (8,)"
    found = statement(text)
    call = found.chain.first
    texts = [call.callee.span.text, *(a.span.text for a in call.arguments), call.arguments[1].name.span.text, found.alias.span.text]
    assert texts == ["Conv2D", "filters", "kernel_size=3", "kernel_size", "c"]
    assert found.shape.span.text == "(8,)"


@pytest.mark.parametrize("word", ["model", "data", "phase", "choice", "s", "int", "e", "cnn_1", "inputs", "_x"])
def test_words_that_are_not_reserved_are_names(word: str) -> None:
    assert statement(f"{word} = x -> Dense(3)").names[0].text == word


def test_text_after_a_broken_statement_is_still_read() -> None:
    file, diagnostics = parse_source(Source("spec.cnn", "cnn 1\nlet a =\nlet b = 3\nlet c = (\nlet d = 4\n"))
    assert [type(s).__name__ for s in file.statements] == ["Version", "Broken", "Let", "Broken", "Let"]
    assert [d.span.line for d in diagnostics if d.span] == [2, 4]


def test_an_expression_of_the_command_line_keeps_its_columns() -> None:
    source = Source("<command line>", "--set a=1 + b")
    found, _ = parse_expression(source, start=8)
    assert isinstance(found, tree.Binary)
    assert found.right.span == Span(source, 12, 13)
    assert parse_expression(source, start=13)[0] is None


@pytest.mark.parametrize(
    "text",
    [
        "let a = (1\n  + 2)\n",
        "let a = (1\n+ 2\n)\n",
        "let a = (3\n  if True\n  else\n  4)\n",
        "let a = [1\n, 2\n]\n",
        "let a = f(1,\n# a comment\n\n  b\n=2)\n",
        'let a = {"x":\n 1,\n "y": (2\n * 3)}\n',
        "a = x -> Dense(\n  3\n)\n  -> Dense(\n4)\n",
    ],
)
def test_a_line_goes_on_inside_brackets(text: str) -> None:
    statement(text)


def test_names_go_on_after_a_comma() -> None:
    assert [name.text for name in statement("output a,\n  b\n").names] == ["a", "b"]


def test_a_forgotten_bracket_is_told_at_the_end_of_its_line() -> None:
    """Although the next line could go on with the expression, and fails only later."""
    _, diagnostics = parse_source(Source("spec.cnn", "a = x -> Dense(3\n[a, b] -> Add()\nc -> ReLU()\n"))
    assert [(d.code, d.span.line, d.span.column) for d in diagnostics if d.span] == [("E0101", 1, 17)]

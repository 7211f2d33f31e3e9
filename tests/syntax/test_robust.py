"""No text makes the compiler fail: what cannot be read is reported."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.compiler import compile_source
from cnnspec.diagnostics import Diagnostic
from cnnspec.source import Source
from cnnspec.syntax import parse_source
from tests.tools.recovery import cases, error_lines, shares

PIECES = (
    *("cnn 1\n", "model m {\n", "block f(n: int) {\n", "input x: (8, 8, 3)\n", "Conv2D(8, 3)\n", "let a = 3\n", "x -> Dense(3)", " as y"),
    *(
        ": (3,)",
        "}\n",
        "repeat 3 {",
        "for a in [1, 2] {",
        "if a > 2 {",
        "} else {",
        "\n",
        " ",
        "->",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "=",
    ),
    *(":", ".", '"', "'", "#", "\\", "1", "1.5", "10%", "3deg", "a", "b.c", "f(3)", "Dense", "as", "output y\n", "train {\n"),
    *("epochs = 3\n", "search", "?", "-", "**", "+", "é", "\r", "\t", "\0"),
)


def check(diagnostics: list[Diagnostic], text: str) -> None:
    """Every diagnostic stands in the text."""
    for d in diagnostics:
        assert d.span is not None
        assert 0 <= d.span.start <= d.span.end <= len(text) + 1, d


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    _, diagnostics = parse_source(Source("spec.cnn", text))
    check(diagnostics, text)


@pytest.mark.slow
def test_ten_thousand_random_texts_raise_nothing() -> None:
    """Signs of Unicode, NUL, lone carriage returns, pieces of the language, brackets that are opened and not closed."""
    drawn = random.Random(11)
    for _ in range(10_000):
        text = random_text(drawn)
        _, diagnostics = compile_source(Source("spec.cnn", text))
        check(diagnostics, text)


def random_text(drawn: random.Random) -> str:
    parts = []
    for _ in range(drawn.randrange(30)):
        kind = drawn.random()
        if kind < 0.6:
            parts.append(drawn.choice(PIECES))
        elif kind < 0.8:
            parts.append("".join(chr(drawn.choice((drawn.randrange(128), drawn.randrange(0x10FFFF)))) for _ in range(drawn.randrange(12))))
        elif kind < 0.9:
            parts.append(drawn.choice("([{") * drawn.randrange(300))
        else:
            parts.append(drawn.choice(("\r", "\0", "\u2028", "\ufeff", "\ud800", "\x1b[31m", "\t", "\\")))
    return "".join(parts)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_pieces_of_the_language_are_compiled(pieces: list[str]) -> None:
    text = "".join(pieces)
    _, diagnostics = compile_source(Source("spec.cnn", text))
    check(diagnostics, text)


@pytest.mark.slow
def test_damaged_specs_are_compiled() -> None:
    drawn = random.Random(3).sample(cases(), 400)
    for case in drawn:
        _, diagnostics = compile_source(Source("specs/spec.cnn", case.text))
        assert all(d.message for d in diagnostics)


@pytest.mark.slow
def test_one_mistake_is_told_once_and_near_its_place() -> None:
    found = [(case, error_lines(case.text)) for case in cases(per_kind=250, seed=1)]
    result = shares(found)
    assert result.failures > 500
    assert result.one >= 0.93, result
    assert result.near >= 0.95, result


# ---------------------------------------------------------------- limits

MODEL = "model m {\n  input x: (8,)\n  Dense(3)\n}\n"


def codes(text: str) -> list[str]:
    started = time.process_time()
    _, diagnostics = compile_source(Source("spec.cnn", text))
    assert time.process_time() - started < 60, "it would go on for ever, or nearly"
    return [d.code for d in diagnostics]


@pytest.mark.parametrize(
    ("let", "code"),
    [
        ("(" * 5_000 + "1" + ")" * 5_000, "E0108"),
        ("[" * 5_000 + "]" * 5_000, "E0108"),
        ("-" * 5_000 + "1", "E0108"),
        pytest.param(" + ".join(["1"] * 100_000), "E0108", marks=pytest.mark.slow),
        ("f(" * 3_000 + ")" * 3_000, "E0108"),
        ("1 if True else " * 2_000 + "1", "E0108"),
        ("a" * 300, "E0201"),
        ("9 ** 9 ** 9", "E0405"),
        ("9 ** (10 ** 300)", "E0405"),
        ("2.0 ** 100000", "E0405"),
        ("range(10 ** 12)", "E0405"),
        ("range(0, 10 ** 400)", "E0405"),
        ("1" * 400, "E0112"),
        ("1e400", "E0110"),
        ("round(1e300 * 1e300)", "E0405"),
    ],
)
def test_a_huge_expression_is_refused(let: str, code: str) -> None:
    assert codes(f"cnn 1\nlet n = {let}\n{MODEL}") == [code]


def test_a_list_of_lists_cannot_double_for_ever() -> None:
    lets = "\n".join(f"let a{i} = [a{i - 1}, a{i - 1}]" for i in range(1, 60))
    found = codes(f"cnn 1\nlet a0 = [1, 1]\n{lets}\nlet q = a59 == a59\n{MODEL.replace('Dense(3)', 'Dense(a59)')}")
    assert set(found) == {"E0405"}


def test_a_dict_of_dicts_cannot_double_for_ever() -> None:
    lets = "\n".join(f'let a{i} = {{"x": a{i - 1}, "y": a{i - 1}}}' for i in range(1, 60))
    assert set(codes(f'cnn 1\nlet a0 = {{"x": 1}}\n{lets}\n{MODEL}')) == {"E0405"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "repeat 10 ** 9 { }",
        "repeat 10 ** 9 { Dense(3) }",
        "repeat 1000 { repeat 1000 { repeat 1000 { } } }",
        "for i in range(100_000) { for j in range(100_000) { } }",
    ],
)
def test_a_loop_without_end_is_stopped(body: str) -> None:
    assert codes(f"cnn 1\n{MODEL.replace('Dense(3)', body)}") == ["E0406"]


@pytest.mark.slow
def test_blocks_that_double_are_stopped() -> None:
    blocks = "\n".join(f"block b{i}() {{\n input x\n b{i - 1}()\n b{i - 1}()\n}}" for i in range(1, 40))
    found = codes(f"cnn 1\nblock b0() {{\n input x\n Dense(3)\n}}\n{blocks}\n{MODEL.replace('Dense(3)', 'b39()')}")
    assert found == ["E0406"]


def test_bodies_nested_too_deeply_are_refused() -> None:
    assert codes(f"cnn 1\n{MODEL.replace('Dense(3)', 'repeat 1 { ' * 200 + 'Dense(3)' + ' }' * 200)}")[0] == "E0108"


def test_a_chain_of_many_steps_is_no_nesting() -> None:
    assert codes(f"cnn 1\n{MODEL.replace('Dense(3)', 'x' + ' -> Dense(3)' * 500)}") == []


def test_a_huge_string_is_shown_in_part() -> None:
    _, diagnostics = compile_source(Source("spec.cnn", f'cnn 1\nlet a: int = "{"x" * 1_000_000}"\n{MODEL}'))
    assert [d.code for d in diagnostics] == ["E0403"]
    assert len(diagnostics[0].message + diagnostics[0].label) < 300


def test_a_lone_carriage_return_is_reported() -> None:
    assert codes("cnn 1\rmodel m { }\n")[0] == "E0100"


def test_noise_stops_after_a_hundred_errors() -> None:
    noise = "".join(random.Random(1).choices("abc({[]})=->,:. \n\"'%$", k=200_000))
    _, diagnostics = parse_source(Source("spec.cnn", noise))
    assert len(diagnostics) <= 101
    assert diagnostics[-1].code == "E0109"


@pytest.mark.slow
def test_the_time_grows_with_the_length() -> None:
    def seconds(layers: int) -> float:
        lines = "\n".join(f'  Conv2D(8, 3, padding="same", activation="relu") as layer{i}' for i in range(layers))
        text = f"cnn 1\nmodel m {{\n  input x: (8, 8, 3)\n{lines}\n}}\n"
        started = time.process_time()
        compiled, diagnostics = compile_source(Source("spec.cnn", text))
        assert compiled is not None, diagnostics[:3]
        return time.process_time() - started

    seconds(100)
    few, many = min(seconds(1_000), seconds(1_000)), seconds(10_000)
    assert many < 25 * few + 1, (few, many)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["Conv2D(\n", "a = [\n", "f { \n", "# c\n", "x -> (\n", "a: (3\n", "-> \n", "'\n", "case: a\n"])
def test_the_time_grows_with_the_mistakes(piece: str) -> None:
    """Eight times the text takes at most some twenty times as long; what is quadratic would take sixty-four times."""

    def seconds(pieces: int) -> float:
        started = time.process_time()
        compile_source(Source("spec.cnn", "cnn 1\nmodel m {\n  input x: (8, 8, 3)\n" + piece * pieces))
        return time.process_time() - started

    seconds(100)
    few, many = min(seconds(1_000), seconds(1_000)), seconds(8_000)
    assert many < 20 * few + 1, (few, many)

"""The safe fixes of a text: which are applied, in what order, and that no text gets worse."""

from __future__ import annotations

import pytest

from cnnspec import fixing
from cnnspec.compiler import Analysis, analyse
from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.elaborate.trace import Trace
from cnnspec.fixing import fix_text
from cnnspec.source import Source, Span
from cnnspec.syntax.tree import File
from tests.diagnostics.corpus import FOLDER, specs

WRONG = """cnn 1
model m {
  input image: (8, 8, 1)
  Conv2D(4, 3x3, use_bias=false, activation=relu)
  Flatten()
}
"""
RIGHT = WRONG.replace("3x3", "(3, 3)").replace("false", "False").replace("=relu", '="relu"')


def test_every_safe_fix_is_applied() -> None:
    assert fix_text("a.cnn", WRONG) == (RIGHT, 3)
    assert fix_text("a.cnn", RIGHT) == (RIGHT, 0)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_mark_and_the_ends_of_line_stay(mark: str, newline: str) -> None:
    wrong, right = (mark + text.replace("\n", newline) for text in (WRONG, RIGHT))
    assert fix_text("a.cnn", wrong) == (right, 3)


def test_ends_of_line_of_both_kinds_stay_where_they_are() -> None:
    wrong, right = (text.replace("{\n", "{\r\n").replace("Flatten()\n", "Flatten()\r") for text in (WRONG, RIGHT))
    assert fix_text("a.cnn", wrong) == (right, 3)


@pytest.mark.parametrize("text", ["", "\n", "no spec at all (", "\ufeff"])
def test_what_cannot_be_mended_stays(text: str) -> None:
    assert fix_text("a.cnn", text) == (text, 0)


LINES = [
    ("let wide 3", "let wide = 3"),
    ("let wide == 3  # a comment", "let wide = 3  # a comment"),
    ("let wide = 0x10", "let wide = 16"),
    ("block g {\n  input x\n  ReLU()\n}", "block g() {\n  input x\n  ReLU()\n}"),
    ("block g(n int) {\n  input x\n  Dense(n)\n}", "block g(n: int) {\n  input x\n  Dense(n)\n}"),
    ("block g()\n{\n  input x\n  ReLU()\n}", "block g() {\n  input x\n  ReLU()\n}"),
    ("block g()\n  input x\n  ReLU()\n}", "block g() {\n  input x\n  ReLU()\n}"),
]
"""Wrong statements at the top of a file, and what they become."""

LAYERS = [
    ("Conv2D(4, 3x3)", "Conv2D(4, (3, 3))"),
    ("Conv2D(4 3)", "Conv2D(4, 3)"),
    ('Conv2D(4, 3 padding="same")', 'Conv2D(4, 3, padding="same")'),
    ("Conv2D(4, 3, padding=“same”)", 'Conv2D(4, 3, padding="same")'),
    ("Conv2D(4, 3, padding=‘same’)", 'Conv2D(4, 3, padding="same")'),
    ("Conv2D(8 – 4, 3)", "Conv2D(8 - 4, 3)"),
    ("Conv2D(4,\xa03)", "Conv2D(4, 3)"),
    ("image → Conv2D(4, 3)", "image -> Conv2D(4, 3)"),
    ("Conv2D(4, 3),", "Conv2D(4, 3)"),
    ("Conv2D(4, 3);", "Conv2D(4, 3)"),
    ('Conv2D(4, 3) as "first"', "Conv2D(4, 3) as first"),
    ("Conv2D(4, 3): (6, 6, 4) as first", "Conv2D(4, 3) as first: (6, 6, 4)"),
    ("Conv2D(4, 3, use_bias=true)", "Conv2D(4, 3, use_bias=True)"),
    ("Conv2D(4, 3, activation=relu)", 'Conv2D(4, 3, activation="relu")'),
    ("keras.layers.Conv2D(4, 3)", "Conv2D(4, 3)"),
]


@pytest.mark.parametrize(("wrong", "right"), LINES)
def test_a_statement_of_one_wrong_sign(wrong: str, right: str) -> None:
    rest = "\n\nmodel m {\n  input image: (8, 8, 1)\n  Flatten()\n}\n"
    assert fix_text("a.cnn", f"cnn 1\n\n{wrong}{rest}") == (f"cnn 1\n\n{right}{rest}", 1)


@pytest.mark.parametrize(("wrong", "right"), LAYERS)
def test_a_layer_line_of_one_wrong_sign(wrong: str, right: str) -> None:
    around = "cnn 1\n\nmodel m {{\n  input image: (8, 8, 1)\n  {}\n  Flatten()\n}}\n"
    assert fix_text("a.cnn", around.format(wrong)) == (around.format(right), 1)


@pytest.mark.parametrize(
    "line", ["Conv2D(4, 3×3)", "Conv2D(4, , 3)", 'Conv2D(4, 3, padding "same")', "Conv2D(4, (3, 3]", "Conv2D(4, 3", "Con2D(4, 3)"]
)
def test_what_was_meant_is_not_certain(line: str) -> None:
    text = f"cnn 1\n\nmodel m {{\n  input image: (8, 8, 1)\n  {line}\n  Flatten()\n}}\n"
    assert fix_text("a.cnn", text) == (text, 0)


def errors(text: str) -> int:
    return sum(d.severity == "error" for d in analyse(Source("a.cnn", text)).diagnostics)


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] if name == "too_many.cnn" else []) for name in specs()])
def test_no_spec_of_the_corpus_gets_worse(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is left that a second call would change."""
    monkeypatch.chdir(FOLDER)
    text = (FOLDER / name).read_text(encoding="utf-8")
    fixed, count = fix_text(name, text)
    assert errors(fixed) <= errors(text)
    assert (fixed != text) == (count > 0)
    assert fix_text(name, fixed) == (fixed, 0)


# ---------------------------------------------------------------- invented mistakes: how fixes meet


def letters(rules: dict[str, str | None], errors_of: str = "") -> object:
    """A compiler for which each letter of `rules` is a mistake with its replacement as a safe fix, and each of `errors_of` one without."""

    def check(source: Source) -> Analysis:
        found = []
        for i, letter in enumerate(source.text):
            span = Span(source, i, i + 1)
            if letter in rules:
                code, replacement = ("E0100" if letter.isupper() else "E0201"), rules[letter]
                found.append(Diagnostic(code=code, message="m", span=span, fix=Fix(span, replacement or "", safe=True)))
            elif letter in errors_of:
                found.append(Diagnostic(code="E0201", message="m", span=span))
        return Analysis(File(source, ()), None, None, Trace(), found)

    return check


@pytest.mark.parametrize(
    ("rules", "errors_of", "text", "expected"),
    [
        ({"a": "x"}, "", "a-a-a", ("x-x-x", 3)),
        ({"a": "b", "b": "c", "c": "x"}, "", "a", ("x", 3)),
        ({"a": None}, "", "(a)", ("()", 1)),
        ({"a": "x", "b": "!!"}, "!", "a b a b", ("x b x b", 2)),
        ({"b": "!"}, "!", "b", ("!", 1)),
        ({"B": "!!"}, "!", "B", ("!!", 1)),
    ],
    ids=["all at once", "one shows another", "deletes", "what does harm is taken back", "no better", "hidden behind a syntax error"],
)
def test_rounds(
    rules: dict[str, str | None], errors_of: str, text: str, expected: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fixing, "analyse", letters(rules, errors_of))
    assert fix_text("a.cnn", text) == expected


def test_fixes_that_undo_each_other_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixing, "analyse", letters({"a": "b", "b": "a"}))
    text, _ = fix_text("a.cnn", "a")
    assert text in "ab"


def test_of_fixes_that_overlap_the_first_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(source: Source) -> Analysis:
        parts = ((2, 5), (0, 3), (3, 3), (3, 3)) if source.text == "abcdef" else ()
        fixes = [Fix(Span(source, start, end), f"<{start}>", safe=True) for start, end in parts]
        found = [Diagnostic(code="E0201", message="m", span=fix.span, fix=fix) for fix in fixes]
        return Analysis(File(source, ()), None, None, Trace(), found)

    monkeypatch.setattr(fixing, "analyse", check)
    assert fix_text("a.cnn", "abcdef") == ("<0><3>def", 2)


def test_neither_a_library_nor_an_unsafe_fix_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(source: Source) -> Analysis:
        library = Span(Source("lib.cnn", "abc"), 0, 1)
        found = [Diagnostic(code="E0201", message="m", span=library, fix=Fix(library, "x", safe=True))]
        here = Span(source, 0, 1)
        found.append(Diagnostic(code="E0201", message="m", span=here, fix=Fix(here, "x")))
        return Analysis(File(source, ()), None, None, Trace(), found)

    monkeypatch.setattr(fixing, "analyse", check)
    assert fix_text("a.cnn", "abc") == ("abc", 0)


def test_one_harmful_fix_among_many_costs_few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    check, calls = letters({"a": "x", "b": "!!"}, "!"), []

    def counted(source: Source) -> Analysis:
        calls.append(source)
        return check(source)  # type: ignore[operator, no-any-return]

    monkeypatch.setattr(fixing, "analyse", counted)
    assert fix_text("a.cnn", "a" * 700 + "b" + "a" * 300)[1] == 1000
    assert len(calls) < 60

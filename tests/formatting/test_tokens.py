"""The tokens of a text: all of it, and as the parser sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.source import Source
from cnnspec.syntax import parse_source
from cnnspec.syntax.explain import KEYWORDS
from cnnspec.syntax.table import lark_parser
from cnnspec.syntax.tokens import tokens

ROOT = Path(__file__).parents[2]
SPECS = sorted((*ROOT.glob("specs/**/*.cnn"), *ROOT.glob("tests/**/*.cnn")))


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


def put_together(text: str) -> str:
    """The text again, from its tokens and the spaces between them."""
    pieces, end = [], 0
    for token in tokens(text):
        gap = text[end : token.start]
        assert gap.strip(" \t") == ""
        pieces += [gap, token.text]
        end = token.end
    assert text[end:].strip(" \t") == ""
    return "".join([*pieces, text[end:]])


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_tokens_and_gaps_are_the_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    assert put_together(text) == text


@given(st.text() | st.text(alphabet="ab1.% \t\n\r#\"'\\-><=(*)[]{},:?!eé"))
def test_any_text_has_tokens(text: str) -> None:
    assert put_together(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1 # x # y", [("word", "a"), ("sign", "="), ("number", "1"), ("comment", "# x # y")]),
        ("10% 7 %3", [("number", "10%"), ("number", "7"), ("sign", "%"), ("number", "3")]),
        ("5epochs 1e-3 .5 1_000", [("number", "5epochs"), ("number", "1e-3"), ("number", ".5"), ("number", "1_000")]),
        ("x->f\n  ->g", [("word", "x"), ("sign", "->"), ("word", "f"), ("newline", "\n"), ("sign", "->"), ("word", "g")]),
        ("a**b//c<=d!=e", [*zip(["word", "sign"] * 4, ["a", "**", "b", "//", "c", "<=", "d", "!="], strict=True), ("word", "e")]),
        ("'#' \"\\\"\" 'a", [("string", "'#'"), ("string", '"\\""'), ("unknown", "'"), ("word", "a")]),
        ("a;\r\n@é", [("word", "a"), ("unknown", ";"), ("newline", "\r\n"), ("unknown", "@"), ("unknown", "é")]),
    ],
)
def test_kinds(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize("path", sorted(ROOT.glob("specs/**/*.cnn")), ids=lambda path: path.stem)
def test_they_are_those_of_the_parser(path: Path) -> None:
    """Lark's lexer leaves out comments, and its arrow has the ends of lines before it."""
    text = path.read_text(encoding="utf-8")
    assert parse_source(Source(path.name, text))[1] == []
    ours = [token.text for token in tokens(text) if token.kind not in ("comment", "newline")]
    theirs = [str(token).rpartition("\n")[2].strip() for token in lark_parser().lex(text) if token.type != "_NL"]
    assert ours == theirs


def test_the_keywords_are_those_of_the_grammar() -> None:
    words = {terminal.pattern.value for terminal in lark_parser().terminals if terminal.pattern.value.isalpha()}
    assert words == KEYWORDS

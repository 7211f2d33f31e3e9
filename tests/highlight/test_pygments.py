"""The Pygments lexer: it knows every word, loses no character, and Pygments finds it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Error, Whitespace

from cnnspec.highlight import CnnLexer
from cnnspec.syntax.explain import KEYWORDS

ROOT = Path(__file__).parents[2]
SPECS = sorted((*ROOT.glob("specs/**/*.cnn"), *ROOT.glob("tests/elaborate/good/**/*.cnn")))


def words(text: str) -> list[tuple[str, str]]:
    """The words of a text with the names of their kinds, without the spaces."""
    found = CnnLexer(stripnl=False, ensurenl=False).get_tokens(text)
    return [(str(kind).removeprefix("Token."), word) for kind, word in found if kind is not Whitespace]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_has_no_unknown_word(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [*CnnLexer(stripnl=False, ensurenl=False).get_tokens(text)]
    assert "".join(word for _, word in found) == text
    assert [word for kind, word in found if kind is Error] == []


@given(st.text() | st.text(alphabet="ab1.% \t\n#\"'\\-><=(*)[]{},:?!é"))
def test_no_character_is_lost(text: str) -> None:
    assert "".join(word for _, _, word in CnnLexer().get_tokens_unprocessed(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# why", [("Comment.Single", "# why")]),
        ("cnn 1", [("Keyword", "cnn"), ("Literal.Number.Integer", "1")]),
        ("10%", [("Literal.Number.Integer", "10"), ("Keyword.Type", "%")]),
        ("1.5deg", [("Literal.Number.Float", "1.5"), ("Keyword.Type", "deg")]),
        ("1e-3", [("Literal.Number.Float", "1e-3")]),
        ("'a' \"b\"", [("Literal.String", "'a'"), ("Literal.String", '"b"')]),
        ("True ?", [("Keyword.Constant", "True"), ("Keyword.Constant", "?")]),
        ("data {", [("Name.Namespace", "data"), ("Punctuation", "{")]),
        ("phase head {", [("Name.Namespace", "phase"), ("Name", "head"), ("Punctuation", "{")]),
        ("repeat n {", [("Keyword", "repeat"), ("Name", "n"), ("Punctuation", "{")]),
        (
            "x -> Dense(units=3)",
            [
                ("Name", "x"),
                ("Operator", "->"),
                ("Name.Class", "Dense"),
                ("Punctuation", "("),
                ("Name.Attribute", "units"),
                ("Operator", "="),
                ("Literal.Number.Integer", "3"),
                ("Punctuation", ")"),
            ],
        ),
        ("mnist()", [("Name.Function", "mnist"), ("Punctuation", "("), ("Punctuation", ")")]),
        (
            "f(in=a.layer",
            [
                *zip(["Name.Function", "Punctuation"], "f(", strict=True),
                ("Name.Attribute", "in"),
                ("Operator", "="),
                ("Name", "a"),
                ("Punctuation", "."),
                ("Name.Attribute", "layer"),
            ],
        ),
        ("seed = 1", [("Name", "seed"), ("Operator", "="), ("Literal.Number.Integer", "1")]),
        ("a; 'b", [("Name", "a"), ("Error", ";"), ("Error", "'"), ("Name", "b")]),
    ],
)
def test_kinds(text: str, expected: list[tuple[str, str]]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_every_keyword(word: str) -> None:
    assert words(word) == [("Keyword.Constant" if word in ("True", "False", "None") else "Keyword", word)]


def test_pygments_is_told_of_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pygments.lexers"] == {"cnnspec": "cnnspec.highlight:CnnLexer"}
    assert (CnnLexer.name, CnnLexer.aliases, CnnLexer.filenames) == ("cnnspec", ["cnn", "cnnspec"], ["*.cnn"])

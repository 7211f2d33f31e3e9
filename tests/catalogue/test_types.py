"""The type language: what it reads, what it says, what it accepts."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cnnspec.catalogue.types import (
    DictOf,
    ListOf,
    Number,
    ObjectOf,
    Part,
    Plain,
    Text,
    TupleOf,
    Type,
    TypeLanguageError,
    Union,
    describe,
    kinds,
    parse,
    texts,
    to_schema,
    unbounded,
)

READ: list[tuple[str, Type]] = [
    ("bool", Plain("bool")),
    ("int", Number(True)),
    ("int>0", Number(True, low=0, low_open=True)),
    ("int>=2", Number(True, low=2)),
    ("float<1", Number(False, high=1, high_open=True)),
    ("float[0,1]", Number(False, 0, 1)),
    ("float(-1,1]", Number(False, -1, 1, low_open=True)),
    ('"same"', Text("same")),
    ('"same"i', Text("same", folded=True)),
    ('"a | b"', Text("a | b")),
    ("list[int>0 | None]", ListOf(Union((Number(True, low=0, low_open=True), Plain("None"))))),
    ("dict[float]", DictOf(Number(False))),
    ("(int, int)", TupleOf((Number(True), Number(True)))),
    ("(int>0)", TupleOf((Number(True, low=0, low_open=True),))),
    ("layer", ObjectOf("layer")),
    ("section:split", Part("split", labelled=False)),
    ("sections:phase | None", Union((Part("phase", labelled=True), Plain("None")))),
]


@pytest.mark.parametrize(("text", "expected"), READ, ids=[text for text, _ in READ])
def test_reads(text: str, expected: Type) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["", "integer", "int |", "list[int", "(int, ", "int]", '"open', "int>", "list", "section:"])
def test_refuses_what_is_no_type(text: str) -> None:
    with pytest.raises(TypeLanguageError):
        parse(text)


WORDS = [
    ("int | (int, int)", "an integer or a tuple of 2 integers"),
    ("int>0", "an integer greater than 0"),
    ("float[0,1]", "a number from 0 to 1"),
    ("float[0,1)", "a number from 0 to below 1"),
    ("float(0,1)", "a number above 0 and below 1"),
    ("float<=0", "a number of at most 0"),
    ("int>0 | int[-1,-1]", "an integer greater than 0 or -1"),
    ('None | "same" | "valid"', '"same", "valid" or None'),
    ('"auto" | bool', '"auto", True or False'),
    ("list[int>=0] | None", "a list of integers of at least 0 or None"),
    ("dict[float]", "a dictionary of numbers"),
    ("(float<=1, float>=0)", "a tuple (a number of at most 1, a number of at least 0)"),
    ("regularizer | None", "a regularizer or None"),
    ("activation | layer", "an activation or a layer"),
    ("list[loss]", "a list of losses"),
    ("steps", "a number of steps such as 1000 or 5epochs"),
]


@pytest.mark.parametrize(("text", "expected"), WORDS, ids=[text for text, _ in WORDS])
def test_says_in_words(text: str, expected: str) -> None:
    assert describe(parse(text)) == expected


VALUES: list[tuple[str, list[Any], list[Any]]] = [
    ("None", [None], [0, False, ""]),
    ("bool", [True], [1, "True", None]),
    ("int", [3, -3], [2.5, "3", None]),
    ("int>0", [1], [0, -1]),
    ("float", [1, 1.5], ["1", None]),
    ("float[0,1)", [0, 0.5], [1, -0.1]),
    ('"valid"i | "same"i', ["same", "SAME", "Valid"], ["sam", "samet", 1]),
    ("(int>0, int>0) | int>0", [3, [3, 3]], [[3], [3, 3, 3], [3, "3"], [3, 0]]),
    ("list[float]", [[], [1, 2.5]], [["a"], 1]),
    ("dict[float>=0]", [{}, {"cat": 1}], [{"cat": -1}, [1]]),
    ("shape", [[28, 28, 1], [None, 3], []], [28, [0], ["?"]]),
    ("dtype", ["uint8"], ["float33"]),
    ("angle", [0.1, -1], [{"deg": 20}]),
    ("steps", [100, 100.5, {"epochs": 5}, {"steps": 3}], [0, {"epochs": 0}, {"deg": 5}]),
    ("seconds", [60, {"seconds": 1}], [{"epochs": 1}, 0]),
    ("path", ["a.npz"], [""]),
    ("any", [None, [1], {"a": 1}], []),
]


@pytest.mark.parametrize(("text", "good", "bad"), VALUES, ids=[text for text, _, _ in VALUES])
def test_schema_accepts_and_refuses(text: str, good: list[Any], bad: list[Any]) -> None:
    schema = to_schema(parse(text))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert [value for value in good if not validator.is_valid(value)] == []
    assert [value for value in bad if validator.is_valid(value)] == []


def test_kinds_are_found_at_any_depth_in_order() -> None:
    assert kinds(parse("activation | layer | None")) == ("activation", "layer")
    assert kinds(parse("list[str | selection]")) == ("selection",)
    assert kinds(parse("int | (int, int)")) == ()


def test_texts_are_the_literal_alternatives() -> None:
    assert texts(parse('"avg" | "max" | None')) == ("avg", "max")


def test_unbounded_forgets_ranges_and_what_they_alone_told_apart() -> None:
    assert unbounded(parse("int>0 | int[-1,-1]")) == Number(True)
    assert describe(unbounded(parse("int>0 | (int>0, int>0)"))) == "an integer or a tuple of 2 integers"

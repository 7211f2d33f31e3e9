"""Documents as JSON text: what is refused and where, and that writing is the inverse of reading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.document.document import Document
from cnnspec.document.load import dump_document, load_document
from tests.document.test_schema import DOCUMENT

BASE = Path()

REFUSED = [
    ("", (1, 1), "this is not JSON: expecting value"),
    ("{\n", (2, 1), "this is not JSON: expecting property name enclosed in double quotes"),
    ('{"cnn": 1,\n "model": }', (2, 11), "this is not JSON: expecting value"),
    ('{"cnn": 1} x', (1, 12), "this is not JSON: extra data"),
    ("[1]", (1, 1), "a document is a JSON object"),
    ('{"a":' * 70, (1, 321), "the JSON is nested more than 64 deep"),
    ("[" * 100_000, (1, 65), "the JSON is nested more than 64 deep"),
]


@pytest.mark.parametrize(("text", "place", "message"), REFUSED, ids=[text[:20] for text, _, _ in REFUSED])
def test_refuses_with_the_place(text: str, place: tuple[int, int], message: str) -> None:
    document, (found,) = load_document(text, "m.json", BASE)
    assert document is None
    assert found.span is not None
    assert (found.code, found.span.line, found.span.column) == ("E0006", *place)
    assert found.message == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": {"b": 1, "c": 2, "b": 3}}', 'the key "b" is given twice in one object'),
        ('{"a": NaN}', "NaN is not a number of JSON"),
        ('{"a": -Infinity}', "-Infinity is not a number of JSON"),
        ('{"a": ' + "9" * 5000 + "}", "a number has more digits than a document may hold"),
    ],
)
def test_refuses_what_python_would_take(text: str, message: str) -> None:
    document, (found,) = load_document(text, "m.json", BASE)
    assert document is None
    assert (found.code, found.message, found.where) == ("E0006", message, "m.json")


def test_brackets_in_strings_are_not_depth() -> None:
    document, found = load_document(json.dumps({"a": "[" * 200, "b": '\\"[['}), "m.json", BASE)
    assert found == []
    assert document is not None


def test_writing_is_the_inverse_of_reading() -> None:
    text = dump_document(Document(DOCUMENT, "m.json", BASE))
    document, found = load_document(text, "m.json", BASE)
    assert found == []
    assert document is not None and document.json == DOCUMENT
    assert dump_document(document) == text
    assert max(len(line) for line in text.splitlines()) <= 140


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_any_object_comes_back(value: dict[str, object]) -> None:
    document, found = load_document(dump_document(Document(value, "m.json", BASE)), "m.json", BASE)
    assert found == []
    assert document is not None and document.json == value


@given(st.text())
def test_no_text_raises(text: str) -> None:
    document, found = load_document(text, "m.json", BASE)
    assert (document is None) == bool(found)

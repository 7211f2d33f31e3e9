"""Lines and columns as editors count them, and the change from one text to another."""

from __future__ import annotations

import pytest

from cnnspec.server.edits import edit, moved
from cnnspec.server.positions import Encoding, offset_of, position
from cnnspec.source import Source

TEXT = Source("x.cnn", "cnn 1\n# 😀 é x\n\nlet a = 1")
X = TEXT.text.index("x")


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 10), ("utf-16", 7), ("utf-32", 6)])
def test_columns_count_the_units_of_the_encoding(encoding: Encoding, column: int) -> None:
    assert position(TEXT, X, encoding) == (1, column)
    assert offset_of(TEXT, 1, column, encoding) == X


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_there_and_back(encoding: Encoding) -> None:
    for offset in range(len(TEXT.text) + 1):
        assert offset_of(TEXT, *position(TEXT, offset, encoding), encoding) == offset


@pytest.mark.parametrize(
    ("line", "column", "offset"), [(0, 99, 5), (1, 99, 13), (99, 0, len(TEXT.text)), (3, 99, len(TEXT.text)), (2, 0, 14)]
)
def test_what_lies_outside_is_an_end(line: int, column: int, offset: int) -> None:
    assert offset_of(TEXT, line, column, "utf-16") == offset


def test_half_a_character_is_none() -> None:
    assert position(Source("x.cnn", "\ud83d x"), 2, "utf-16") == (0, 2)
    assert position(TEXT, 10**6, "utf-16") == (3, 9)


@pytest.mark.parametrize(
    ("old", "new", "start", "end", "text"),
    [
        ("abc", "abc", 3, 3, ""),
        ("abc", "aXc", 1, 2, "X"),
        ("abc", "abXc", 2, 2, "X"),
        ("aaa", "aa", 2, 3, ""),
        ("", "abc", 0, 0, "abc"),
        ("abc", "", 0, 3, ""),
        ("abab", "ab", 2, 4, ""),
    ],
)
def test_a_change_is_as_small_as_can_be(old: str, new: str, start: int, end: int, text: str) -> None:
    found = edit(old, new)
    assert (found.start, found.end, found.text) == (start, end, text)
    assert old[: found.start] + found.text + old[found.end :] == new


@pytest.mark.parametrize(("offset", "other"), [(0, 0), (2, 2), (4, 2), (5, 3), (6, 4)])
def test_an_offset_moves_with_its_text(offset: int, other: int) -> None:
    assert moved("abXXcd", "abcd", offset) == other

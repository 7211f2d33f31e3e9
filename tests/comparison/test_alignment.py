"""The alignment of two sequences: against the textbook's table, by looser and looser keys, and fast."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from itertools import pairwise

import pytest

from cnnspec.comparison.alignment import align, common, gaps


def longest(a: Sequence[object], b: Sequence[object]) -> int:
    """The length of the longest common subsequence, from the table of all prefixes."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


def rises(pairs: Sequence[tuple[int, int]]) -> bool:
    return all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))


@pytest.mark.parametrize("seed", range(200))
def test_short_sequences_have_the_longest_common_subsequence(seed: int) -> None:
    draw = random.Random(seed)
    a, b = (draw.choices("abcd", k=draw.randrange(40)) for _ in range(2))
    pairs = common(a, b)
    assert rises(pairs)
    assert all(a[i] == b[j] for i, j in pairs)
    assert len(pairs) == longest(a, b)


@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        ("", "", []),
        ("abc", "", []),
        ("abc", "abc", [(0, 0), (1, 1), (2, 2)]),
        ("abc", "abxc", [(0, 0), (1, 1), (2, 3)]),
        ("axbc", "abc", [(0, 0), (2, 1), (3, 2)]),
        ("aaa", "aaaa", [(0, 0), (1, 1), (2, 2)]),
        ("xaby", "uabv", [(1, 1), (2, 2)]),
    ],
)
def test_pairs(a: str, b: str, pairs: list[tuple[int, int]]) -> None:
    assert common(a, b) == pairs


def test_none_equals_nothing() -> None:
    assert common([None, "a", None], [None, "a", None]) == [(1, 1)]


def test_a_looser_key_pairs_what_lies_between() -> None:
    a, b = ["b", "A1", "c", "A2", "d"], ["b", "a3", "A2", "e"]
    assert align(a, b, [str]) == [(0, 0), (3, 2)]
    assert align(a, b, [str, lambda item: item[0].lower()]) == [(0, 0), (1, 1), (3, 2)]


def test_gaps() -> None:
    assert list(gaps(4, 3, [(1, 0), (2, 2)])) == [(range(0, 1), range(0, 0)), (range(2, 2), range(1, 2)), (range(3, 4), range(3, 3))]


@pytest.mark.parametrize("seed", [1, 2])
def test_long_and_different_sequences_take_linear_time(seed: int) -> None:
    draw = random.Random(seed)
    a, b = (draw.choices("abcd", k=10_000) for _ in range(2))
    start = time.perf_counter()
    pairs = common(a, b)
    assert time.perf_counter() - start < 20  # about one second; all pairs of items would take minutes
    assert rises(pairs)
    assert all(a[i] == b[j] for i, j in pairs)
    assert len(pairs) > 6_000  # a random pair has about 6,500

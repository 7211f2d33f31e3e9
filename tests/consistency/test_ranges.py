"""Which numbers keep a promise, and which promises exclude each other."""

from __future__ import annotations

import pytest

from cnnspec.consistency.ranges import COUNT, SCORE, SHARE, Range, promised


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (("<=", 10), (">=", 10), True),
        (("<", 10), (">=", 10), False),
        (("<=", 10), (">", 10), False),
        (("==", 10), ("<=", 10), True),
        (("==", 10), ("<", 10), False),
        (("==", 10), ("!=", 10), False),
        (("==", 10), ("==", 11), False),
        (("!=", 10), ("!=", 11), True),
        (("!=", 10), (">=", 10), True),
        (("<", 1), (">", 2), False),
    ],
)
def test_two_promises_can_both_be_kept(one: tuple[str, float], other: tuple[str, float], together: bool) -> None:
    assert _overlap(promised(*one), promised(*other)) is together
    assert _overlap(promised(*other), promised(*one)) is together


@pytest.mark.parametrize(
    ("op", "value", "possible", "kept"),
    [
        ("<", 0, COUNT, False),
        ("<=", 0, COUNT, True),
        (">", 1, SHARE, False),
        (">=", 1, SHARE, True),
        ("<", 0, SHARE, False),
        ("<", 0, SCORE, True),
        ("==", 1.5, SCORE, False),
        (">", 1e9, Range(), True),
    ],
)
def test_a_quantity_can_be_what_is_promised(op: str, value: float, possible: Range, kept: bool) -> None:
    assert _overlap(promised(op, value), [possible]) is kept


def _overlap(some: list[Range], others: list[Range]) -> bool:
    return any(one.overlaps(other) for one in some for other in others)

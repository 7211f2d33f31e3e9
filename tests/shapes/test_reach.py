"""Windows behind windows, by hand. (tests/cost/test_field.py compares with Keras.)"""

from __future__ import annotations

import pytest

from cnnspec.shapes import POINT, Window
from cnnspec.shapes.reach import OWN, Axis, Reach, as_window, joined, through

THREE = Window((3,), (1,), (1,))
HALF = Window((2,), (2,), (0,))
DOUBLE = Window((1,), (1,), (0,), (2,))
SMOOTH = Window((5,), (2,), (1,), (4,))
"""Enlarged to twice the size, bilinear."""


def behind(*windows: Window | None) -> Reach | None:
    found: Reach | None = ()
    for window in windows:
        found = through(found, window)
    return found


@pytest.mark.parametrize(
    ("windows", "axis"),
    [
        ((THREE,), Axis(1, (-1,), (1,))),
        ((THREE, THREE), Axis(1, (-2,), (2,))),
        ((HALF, THREE), Axis(2, (-2,), (3,))),
        ((THREE, HALF, HALF), Axis(4, (-1,), (4,))),
        ((HALF, POINT, THREE), Axis(2, (-2,), (3,))),
        ((DOUBLE,), Axis(1, (0, 0), (0, 0))),
        ((DOUBLE, THREE), Axis(1, (-1, 0), (0, 1))),
        ((HALF, DOUBLE), Axis(2, (0, 0), (1, 1))),
        ((DOUBLE, HALF), Axis(1, (0,), (0,))),
        ((SMOOTH,), Axis(1, (-1, 0), (0, 1))),
        ((Window((3,), (2,), (None,)), THREE), Axis(2, (-2,), (4,), placed=False)),
    ],
)
def test_through(windows: tuple[Window, ...], axis: Axis) -> None:
    assert behind(*windows) == (axis,)


def test_what_reads_everything_is_behind_everything() -> None:
    assert behind(THREE, None, THREE) is None


@pytest.mark.parametrize(
    ("branches", "union"),
    [
        ([(THREE,), (THREE,)], Axis(1, (-1,), (1,))),
        ([(THREE,), (Window((5,), (1,), (2,)),)], Axis(1, (-2,), (2,))),
        ([(Window((3,), (1,), (0,)),), (Window((3,), (1,), (2,)),)], Axis(1, (-2,), (2,))),
        ([(POINT,), (THREE,)], Axis(1, (-1,), (1,))),
        ([(THREE,), (HALF, DOUBLE)], Axis(2, (-1, 0), (1, 2))),
    ],
)
def test_joined(branches: list[tuple[Window, ...]], union: Axis) -> None:
    assert joined(behind(*windows) for windows in branches) == (union,)


@pytest.mark.parametrize("branches", [[(THREE,), (None,)], [(THREE,), (HALF,)], [(THREE,), (Window((3, 3), (1, 1), (1, 1)),)]])
def test_branches_that_do_not_lie_on_one_grid(branches: list[tuple[Window | None, ...]]) -> None:
    assert joined(behind(*windows) for windows in branches) is None


def test_turns_that_never_end_are_not_followed() -> None:
    thrice, half = Window((1,), (1,), (0,), (3,)), Window((2,), (2,), (0,))
    found = [behind(*(thrice, half) * times) for times in (7, 8, 50)]
    assert [reach and len(reach[0].first) for reach in found] == [3**7, None, None]


def test_layers_as_one_window() -> None:
    assert as_window(through(through((OWN,), HALF), THREE)) == Window((6,), (2,), (2,))
    assert as_window(None) is None

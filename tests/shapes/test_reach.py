"""Windows behind windows, by hand."""

from __future__ import annotations

import pytest

from cnnspec.shapes import POINT, Window
from cnnspec.shapes.reach import joined, through

THREE = Window((3,), (1,), (1,))
HALF = Window((2,), (2,), (0,))
DOUBLE = Window((1,), (1,), (0,), (2,))


@pytest.mark.parametrize(
    ("windows", "both"),
    [
        ((THREE, THREE), Window((5,), (1,), (2,))),
        ((HALF, THREE), Window((6,), (2,), (2,))),
        ((THREE, HALF, HALF), Window((6,), (4,), (1,))),
        ((HALF, POINT, THREE), Window((6,), (2,), (2,))),
        ((DOUBLE, THREE), Window((2,), (1,), (0,), (2,))),
        ((HALF, DOUBLE), Window((2,), (2,), (0,), (2,))),
        ((THREE, None), None),
        ((Window((3,), (2,), (None,)), THREE), Window((7,), (2,), (None,))),
    ],
)
def test_through(windows: tuple[Window | None, ...], both: Window | None) -> None:
    found: Window | None = POINT
    for window in windows:
        found = through(found, window)
    assert found == both


@pytest.mark.parametrize(
    ("windows", "union"),
    [
        ([THREE, THREE], THREE),
        ([THREE, Window((5,), (1,), (2,))], Window((5,), (1,), (2,))),
        ([Window((3,), (1,), (0,)), Window((3,), (1,), (2,))], Window((5,), (1,), (2,))),
        ([POINT, THREE], THREE),
        ([POINT, POINT], POINT),
        ([THREE, None], None),
        ([THREE, HALF], None),
    ],
)
def test_joined(windows: list[Window | None], union: Window | None) -> None:
    assert joined(windows) == union

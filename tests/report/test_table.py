"""Tables that fit their width."""

from __future__ import annotations

import pytest

from cnnspec.render import Look
from cnnspec.report.table import Column, fold, table
from cnnspec.report.units import bytes_text, count_text, share_text

COLUMNS = [
    Column("name", ("a", "block_1__batch_normalization_1"), least=10),
    Column("layer", ("Conv2D", "BatchNormalization"), least=13, style="36"),
    Column("params", ("9,472", "64"), right=True),
    Column("%", ("99%", "<1%"), right=True, leave=1, what="the share"),
]


def test_with_room_for_all() -> None:
    assert table(COLUMNS, Look(), None).lines == (
        "name                            layer               params    %",
        "---------------------------------------------------------------",
        "a                               Conv2D               9,472  99%",
        "block_1__batch_normalization_1  BatchNormalization      64  <1%",
        "---------------------------------------------------------------",
    )


def test_long_names_are_folded() -> None:
    assert table(COLUMNS, Look(), 52).lines == (
        "name                 layer               params    %",
        "----------------------------------------------------",
        "a                    Conv2D               9,472  99%",
        "block_1__batch_      BatchNormalization      64  <1%",
        "  normalization_1",
        "----------------------------------------------------",
    )


def test_what_has_no_room_is_left_out_and_named() -> None:
    found = table(COLUMNS, Look(), 36)
    assert (found.lines[0].split(), found.left_out) == (["name", "layer", "params"], ("the share",))
    assert max(map(len, found.lines)) <= 36


def test_colour_takes_no_room() -> None:
    plain, coloured = (table(COLUMNS, Look(80, colour), None).lines for colour in (False, True))
    assert "\x1b[36mConv2D\x1b[0m" in coloured[2]
    assert [line.replace("\x1b[36m", "").replace("\x1b[0m", "") for line in coloured] == list(plain)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("conv", 10, ["conv"]),
        ("residual_1__conv_1__batch_normalization_1", 24, ["residual_1__conv_1__", "  batch_normalization_1"]),
        ("BatchNormalization", 15, ["Batch", "  Normalization"]),
        ("stage(64, depth=3, stride=1)", 18, ["stage(64, depth=3,", "  stride=1)"]),
        ("  bottleneck(64)", 10, ["  bottlene", "    ck(64)"]),
        ("x" * 25, 10, ["x" * 10, "  " + "x" * 8, "  " + "x" * 7]),
        ("(28, 28, 64) (10,)", 13, ["(28, 28, 64)", "  (10,)"]),
    ],
)
def test_folding(text: str, width: int, lines: list[str]) -> None:
    assert fold(text, width) == lines


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1000, "1.00 k"),
        (20_480, "20.5 k"),
        (999_999, "1.00 M"),
        (3_879_148_520, "3.88 G"),
        (150e9, "150 G"),
    ],
)
def test_counts(number: int, text: str) -> None:
    assert count_text(int(number)) == text


@pytest.mark.parametrize(("number", "text"), [(12, "12 bytes"), (1024, "1.00 KiB"), (102_546_848, "97.8 MiB"), (5 << 30, "5.00 GiB")])
def test_bytes(number: int, text: str) -> None:
    assert bytes_text(number) == text


@pytest.mark.parametrize(("part", "whole", "text"), [(0, 10, ""), (1, 0, ""), (1, 1000, "<1%"), (10, 1000, "1%"), (1, 1, "100%")])
def test_shares(part: int, whole: int, text: str) -> None:
    assert share_text(part, whole) == text

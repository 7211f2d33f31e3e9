"""The summary as people and programs read it."""

from __future__ import annotations

import io
import json
import re

import pytest

from cnnspec.graph.graph import Input
from cnnspec.graph.summary import Row, Summary
from cnnspec.report.summary import print_summary, shape_text, summary_json, totals

SUMMARY = Summary(
    "m",
    (Input("image", (None, None, 3), "float32", "/model/input/0"),),
    (
        Row("conv2d_1", "Conv2D", (None, None, 8), 224, 224),
        Row("residual_1__conv_1__batch_normalization_1", "BatchNormalization", (None, None, 8), 32, 16),
        Row("lstm_1", "LSTM", ((10,), (10,)), 1_440, 1_440),
    ),
    1_696,
    1_680,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_piped_text_is_aligned_and_plain() -> None:
    out = io.StringIO()
    print_summary(SUMMARY, out)
    assert out.getvalue() == (
        "model m\n"
        "name                                       layer               output shape  params\n"
        "-----------------------------------------------------------------------------------\n"
        "image                                      Input               (?, ?, 3)          0\n"
        "conv2d_1                                   Conv2D              (?, ?, 8)        224\n"
        "residual_1__conv_1__batch_normalization_1  BatchNormalization  (?, ?, 8)         32\n"
        "lstm_1                                     LSTM                (10,) (10,)    1,440\n"
        "-----------------------------------------------------------------------------------\n"
        "1,696 parameters (1,680 trainable, 16 not)\n"
    )


def test_a_terminal_of_70_columns_gets_a_table_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    print_summary(SUMMARY, out)
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in out.getvalue().splitlines()]
    assert max(map(len, lines)) <= 70
    start = next(i for i, line in enumerate(lines) if "residual_1" in line)
    assert lines[start].split() == ["residual_1__conv_1__", "BatchNormalization", "(?,", "?,", "8)", "32"]
    assert lines[start + 1].split() == ["batch_normalization_1"]


def test_json_has_the_promised_keys() -> None:
    text = summary_json("a.cnn", SUMMARY)
    assert "\n" not in text
    assert json.loads(text) == {
        "file": "a.cnn",
        "model": "m",
        "inputs": [{"name": "image", "shape": [None, None, 3], "dtype": "float32"}],
        "layers": [
            {"name": "conv2d_1", "layer": "Conv2D", "output_shape": [None, None, 8], "params": 224, "trainable_params": 224},
            {
                "name": "residual_1__conv_1__batch_normalization_1",
                "layer": "BatchNormalization",
                "output_shape": [None, None, 8],
                "params": 32,
                "trainable_params": 16,
            },
            {"name": "lstm_1", "layer": "LSTM", "output_shape": [[10], [10]], "params": 1440, "trainable_params": 1440},
        ],
        "totals": {"params": 1696, "trainable_params": 1680},
    }


@pytest.mark.parametrize(
    ("shape", "text"), [((), "()"), ((10,), "(10,)"), ((28, None, 1), "(28, ?, 1)"), (((10,), (2, 3)), "(10,) (2, 3)"), (((), ()), "() ()")]
)
def test_shapes_are_written_as_in_the_language(shape: tuple[object, ...], text: str) -> None:
    assert shape_text(shape) == text


def test_totals_name_what_does_not_learn_if_there_is_something() -> None:
    assert totals(SUMMARY) == "1,696 parameters (1,680 trainable, 16 not)"
    assert totals(Summary("m", (), (), 54_410, 54_410)) == "54,410 parameters"

"""Hover: what is said of the word under the cursor."""

from __future__ import annotations

import pytest

from cnnspec.server.hover import hover
from tests.server.marked import at_cursor, in_model, in_section

SAID = [
    (in_model("Con|v2D(8, 3)"), "Conv2D", ["Conv2D(\n  filters,\n", "2D convolution layer.", "*layer*", "gives `(30, 30, 8)` here"]),
    (in_model("Conv2D(8, 3, pad|ding=\"same\")"), "padding", ['**padding**: "valid" or "same", by default `"valid"`', "`Conv2D`"]),
    (in_model("Conv2D(8, 3, padding=\"sa|me\")"), '"same"', ['**padding**: "valid" or "same"']),
    (in_model("Conv2D(8, 3, pad|ding="), "padding", ['**padding**: "valid" or "same"']),
    (in_model("Conv2D(8|, 3)"), "8", ["**filters**: an integer greater than 0, required"]),
    (in_model("co|nv(8)"), "conv", ["conv(filters: int, stride: int = 1)", "Convolution and activation.", "gives `(32, 32, 8)` here"]),
    (in_model("conv(8, str|ide=2)"), "stride", ["**stride**: an integer, by default `1`", "`conv`"]),
    (in_model("conv(wid|th)"), "width", ["**width** = `16`"]),
    (in_model("[st|em, image] -> Concatenate()"), "stem", ["stem: (32, 32, 16)", "*tensor*"]),
    (in_model("stem -> he|ad"), "head", ["layer head = Dense(10)", "*shared layer*"]),
    (in_model("vi|sion.conv_bn(8)"), "vision", ["the library `lib/vision.cnn`", "`squeeze_excite`"]),
    (in_model("vision.conv|_bn(8)"), "conv_bn", ["conv_bn(filters: int, size: int = 3, stride: int = 1)", "Convolution, batch"]),
    (in_model("for f| in [8, 16] { Conv2D(f, 3) }"), "f", ["**f** = `8`, `16`"]),
    (in_model("for f in [8, 16] { Co|nv2D(f, 3, padding=\"same\") }"), "Conv2D", ["gives `(32, 32, 8..16)` here"]),
    (in_model("a = image -> Conv|2D(4, 3) -> ReLU()"), "Conv2D", ["gives `(30, 30, 4)` here"]),
    (in_section("train { ep|ochs = 3 }"), "epochs", ["**epochs**: an integer greater than 0, by default `1`", "How often the training"]),
    (in_section("tr|ain { }"), "train", ["**train**", "How the model is trained.", "- `epochs=1`: an integer greater than 0"]),
    (in_section("train {\n  pha|se a { epochs = 1 }\n}"), "phase", ["Trainings one after the other"]),
    (in_section("train { loss = Hu|ber() }"), "Huber", ["Huber(", "*loss*"]),
    (in_section("train { loss = Huber(del|ta=2.0) }"), "delta", ["**delta**", "`Huber`"]),
    (in_section("data { source = mn|ist() }"), "mnist", ["70,000 handwritten digits", "*data source*"]),
    (in_section("train {\n  freeze = [st|em]\n}"), "stem", ["stem: (32, 32, 16)"]),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "word", "parts"), SAID)
def test_what_is_said(marked: str, word: str, parts: list[str]) -> None:
    found = hover(*at_cursor(marked))
    assert found is not None
    assert found.span.text == word
    for part in parts:
        assert part in found.text


@pytest.mark.parametrize("line", ["# Conv|2D", "Conv2D(8, 3)  |  # comment", "xyz|zy()", "repe|at 2 { ReLU() }"])
def test_nothing_is_said_of_what_is_unknown(line: str) -> None:
    assert hover(*at_cursor(in_model(line))) is None


def test_a_parameter_has_the_values_of_every_use() -> None:
    marked = in_model("conv(24)").replace("Conv2D(filters", "Conv2D(fil|ters")
    found = hover(*at_cursor(marked))
    assert found is not None
    assert found.text == "**filters** = `16`, `24`"

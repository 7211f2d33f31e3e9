"""Promises about what is counted on the graph."""

from __future__ import annotations

import pytest

from cnnspec.compiler import compile_source
from cnnspec.source import Source

SPEC = """cnn 1

extern GeM() from "my_layers:GeM"

model net {{
  input image: ({height}, 8, 1)
  Conv2D(4, (3, 5), activation="relu")
  {more}
  Flatten()
  Dense(10) as digit
}}

expect {{
  {promise}
}}
"""


def said(promise: str, more: str = "", height: str = "8") -> list[tuple[str, str]]:
    _, diagnostics = compile_source(Source("net.cnn", SPEC.format(promise=promise, more=more, height=height)))
    return [(d.code, d.message) for d in diagnostics]


@pytest.mark.parametrize(
    "promise",
    [
        "params == 1_034",
        "params <= 1_034",
        "trainable_params != 7",
        "macs <= 2_506",
        "activation_bytes < 500",
        "activation_bytes == 424",
        "receptive_field >= 3",
        "receptive_field <= 5",
    ],
)
def test_what_is_kept(promise: str) -> None:
    assert said(promise) == []


@pytest.mark.parametrize(
    ("promise", "message"),
    [
        ("params <= 1_000", "promised params <= 1,000, found 1,034: missed by 34"),
        ("trainable_params == 1_000", "promised trainable_params == 1,000, found 1,034: missed by 34"),
        ("macs < 2_000", "promised macs < 2,000, found 2,506: missed by 506"),
        ("activation_bytes <= 100", "promised activation_bytes <= 100, found 424: missed by 324"),
        ("receptive_field >= 5", "promised receptive_field >= 5, found 3: missed by 2"),
        ("receptive_field <= 4", "promised receptive_field <= 4, found 5: missed by 1"),
    ],
)
def test_what_is_not_kept(promise: str, message: str) -> None:
    assert said(promise) == [("E0805", message)]


def test_a_model_as_it_is_written_not_as_a_phase_freezes_it() -> None:
    frozen = SPEC.replace("Dense(10)", "Dense(10, trainable=False)").format(promise="trainable_params == 64", more="", height="8")
    assert compile_source(Source("net.cnn", frozen))[1] == []


@pytest.mark.parametrize(
    ("quantity", "more", "height", "layer"),
    [
        ("macs", "GeM(): (4, 4, 4)", "8", "ge_m_1"),
        ("receptive_field", "GeM(): (4, 4, 4)", "8", "ge_m_1"),
        ("activation_bytes", "GlobalAveragePooling2D()", "?", "conv2d_1"),
    ],
)
def test_what_cannot_be_known(quantity: str, more: str, height: str, layer: str) -> None:
    message = f"the promise about `{quantity}` is not checked: what `{layer}` adds to it is not known"
    assert said(f"{quantity} <= 1", more, height) == [("W0801", message)]


def test_parameters_that_only_keras_knows_are_left_to_the_run() -> None:
    assert said("params <= 1", "GeM()") == []


def test_a_network_that_sees_no_image() -> None:
    text = "cnn 1\n\nmodel net {\n  input age: (3,)\n  Dense(2)\n}\n\nexpect {\n  receptive_field >= 3\n}\n"
    _, (wrong,) = compile_source(Source("net.cnn", text))
    assert (wrong.code, "no `receptive_field`" in wrong.message) == ("E0808", True)

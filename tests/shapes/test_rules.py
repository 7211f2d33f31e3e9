"""Shape rules by hand: the cases that people meet. (tests/model compares every rule with Keras.)"""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes import Facts, Refusal, Shape, Tensor, infer, show
from cnnspec.shapes.table import RULES


def given(layer: str, /, **arguments: Any) -> dict[str, Any]:
    return {"layer": layer, "arguments": arguments}


def tensors(shapes: list[Shape]) -> list[Tensor]:
    return [Tensor(shape) for shape in shapes]


def shapes(found: Facts | Refusal) -> tuple[Shape | None, ...]:
    assert isinstance(found, Facts), found
    return tuple(None if tensor is None else tensor.shape for tensor in found.outputs)


@pytest.mark.parametrize(
    ("layer", "inputs", "output"),
    [
        (given("Conv2D", filters=6, kernel_size=5), [(28, 28, 1)], (24, 24, 6)),
        (given("Conv2D", filters=6, kernel_size=[3, 5], strides=2, padding="SAME"), [(29, 28, 1)], (15, 14, 6)),
        (given("Conv2D", filters=6, kernel_size=3, dilation_rate=2), [(8, 8, 1)], (4, 4, 6)),
        (given("Conv2D", filters=6, kernel_size=3), [(None, 8, 1)], (None, 6, 6)),
        (given("DepthwiseConv2D", kernel_size=3, depth_multiplier=2), [(8, 8, 3)], (6, 6, 6)),
        (given("Conv2DTranspose", filters=4, kernel_size=3, strides=2), [(8, 8, 3)], (17, 17, 4)),
        (given("MaxPooling2D"), [(9, 9, 3)], (4, 4, 3)),
        (given("MaxPooling2D", pool_size=3, strides=2, padding="same"), [(9, 9, 3)], (5, 5, 3)),
        (given("GlobalAveragePooling2D", keepdims=True), [(9, 9, 3)], (1, 1, 3)),
        (given("Flatten"), [(4, 4, 3)], (48,)),
        (given("Flatten"), [(None, 4, 3)], (None,)),
        (given("Reshape", target_shape=[-1, 6]), [(4, 3)], (2, 6)),
        (given("Dense", units=10), [(4, 3)], (4, 10)),
        (given("ZeroPadding2D", padding=[[1, 2], [0, 3]]), [(4, 4, 1)], (7, 7, 1)),
        (given("UpSampling2D"), [(4, 5, 1)], (8, 10, 1)),
        (given("Concatenate"), [(4, 4, 1), (4, 4, 2)], (4, 4, 3)),
        (given("Concatenate", axis=1), [(4, 2), (3, 2)], (7, 2)),
        (given("Add"), [(4, 4, 3), (1, 4, 3), (3,)], (4, 4, 3)),
    ],
)
def test_gives(layer: dict[str, Any], inputs: list[Shape], output: Shape) -> None:
    assert shapes(infer(layer, tensors(inputs))) == (output,)


@pytest.mark.parametrize(
    ("layer", "inputs", "code"),
    [
        (given("Conv2D", filters=6, kernel_size=5), [(4, 28, 1)], "E0604"),
        (given("Conv2D", filters=6, kernel_size=5), [(28, 28)], "E0603"),
        (given("Conv2D", filters=6, kernel_size=3, groups=2), [(8, 8, 3)], "E0601"),
        (given("Conv2D", filters=6, kernel_size=3, strides=2, dilation_rate=2), [(8, 8, 3)], "E0404"),
        (given("Add"), [(4, 4), (4, 3)], "E0601"),
        (given("Concatenate"), [(4, 4), (3, 4)], "E0601"),
        (given("Concatenate", axis=3), [(4, 4), (4, 4)], "E0601"),
        (given("Reshape", target_shape=[5]), [(4,)], "E0601"),
        (given("Permute", dims=[1, 1]), [(4, 3)], "E0601"),
    ],
)
def test_refuses(layer: dict[str, Any], inputs: list[Shape], code: str) -> None:
    found = infer(layer, tensors(inputs))
    assert isinstance(found, Refusal)
    assert found.code == code
    assert found.help


@pytest.mark.parametrize(
    ("layer", "inputs"),
    [
        (given("Conv2D", filters="six", kernel_size=5), [(28, 28, 1)]),
        (given("Conv2D", kernel_size=5), [(28, 28, 1)]),
        (given("Conv2D", filters=6, kernel_size=0), [(28, 28, 1)]),
        (given("Conv2D", filters=6, kernel_size=3, groups=0), [(28, 28, 1)]),
        (given("Dense", units=None), [(28,)]),
        (given("Dense", units=3), [None]),
        (given("Reshape", target_shape="a"), [(4,)]),
        (given("UpSampling2D", size=[1]), [(4, 4, 1)]),
        (given("NoSuchLayer"), [(4,)]),
        ({"layer": 3, "arguments": []}, [(4,)]),
        ({}, []),
    ],
)
def test_says_nothing_where_it_cannot_know(layer: dict[str, Any], inputs: list[Shape | None]) -> None:
    assert shapes(infer(layer, [None if shape is None else Tensor(shape) for shape in inputs])) == (None,)


@pytest.mark.parametrize(
    ("shape", "text"), [((28, 28, 1), "(28, 28, 1)"), ((10,), "(10,)"), ((None, 3), "(?, 3)"), ((), "()"), (None, "?")]
)
def test_show(shape: Shape | None, text: str) -> None:
    assert show(shape) == text


def test_every_layer_has_a_rule_but_cells_and_code() -> None:
    catalogue = load_catalogue()
    layers = {name for name in catalogue.names("layer") if (entry := catalogue.entry("layer", name)) and not entry.code}
    assert layers - set(RULES) == {"LSTMCell", "StackedRNNCells"}
    assert set(RULES) <= layers

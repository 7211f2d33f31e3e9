"""What stands in a box: the arguments that a paper would give."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.report.picture.labels import detail, family, shape_label
from cnnspec.report.picture.palette import FILL_AND_EDGE, GREY, INK


@pytest.mark.parametrize(
    ("layer", "arguments", "shown"),
    [
        ("Conv2D", {"filters": 64, "kernel_size": 3}, "3×3, 64"),
        ("Conv2D", {"filters": 64, "kernel_size": [7, 1], "strides": 2, "padding": "same", "use_bias": False}, "7×1, 64, /2"),
        ("Conv2D", {"filters": 64, "kernel_size": 3, "strides": [2, 1], "activation": "relu"}, "3×3, 64, /2×1, relu"),
        (
            "Conv2D",
            {"filters": 64, "kernel_size": 3, "strides": [1, 1], "dilation_rate": 2, "groups": 32},
            "3×3, 64, dilation 2, groups 32",
        ),
        ("Conv1D", {"filters": 8, "kernel_size": 5, "kernel_regularizer": {"regularizer": "L2", "arguments": {}}}, "5, 8"),
        ("Conv3D", {"filters": 8, "kernel_size": 3}, "3×3×3, 8"),
        ("Conv2DTranspose", {"filters": 8, "kernel_size": 2, "strides": 2}, "2×2, 8, ×2"),
        ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2}, "3×3, /2"),
        ("MaxPooling2D", {}, "2×2, /2"),
        ("MaxPooling2D", {"pool_size": 3, "strides": 2}, "3×3, /2"),
        ("AveragePooling2D", {"pool_size": 3, "strides": 1}, "3×3"),
        ("AveragePooling1D", {"pool_size": 4}, "4, /4"),
        ("GlobalAveragePooling2D", {"keepdims": True}, "keepdims"),
        ("UpSampling2D", {}, "2×2"),
        ("UpSampling2D", {"size": 4, "interpolation": "bilinear"}, "4×4"),
        ("ZeroPadding2D", {"padding": [[0, 1], [0, 1]]}, "0×1, 0×1"),
        ("Dense", {"units": 10, "activation": {"activation": "relu", "arguments": {}}}, "10, relu"),
        (
            "Dense",
            {"units": 10, "activation": {"layer": "LeakyReLU", "arguments": {"negative_slope": 0.1}}},
            "10, LeakyReLU negative_slope 0.1",
        ),
        ("Dropout", {"rate": 0.5, "seed": 3}, "0.5"),
        ("BatchNormalization", {"momentum": 0.9, "epsilon": 1e-5}, ""),
        ("Reshape", {"target_shape": [7, None, 64]}, "7, ?, 64"),
        ("Rescaling", {"scale": 1 / 255}, "0.00392"),
        ("Concatenate", {"axis": 1}, "axis 1"),
        ("TimeDistributed", {"layer": {"layer": "Conv2D", "arguments": {"filters": 4, "kernel_size": 3}}}, "Conv2D 3×3, 4"),
        ("LSTM", {"units": 8, "return_sequences": True, "go_backwards": False}, "8, return_sequences, go_backwards False"),
        ("StringLookup", {"vocabulary": ["a", "b", "c", "d", "e", "f", "g", "h"]}, "vocabulary a, b, c, d, e, f, g…"),
        ("Mine", {"p": 3.0, "name_of": "x"}, "p 3, name_of x"),
    ],
)
def test_arguments(layer: str, arguments: dict[str, Any], shown: str) -> None:
    assert detail(layer, arguments) == shown


@pytest.mark.parametrize(
    ("shape", "shown"), [((56, 56, 64), "56×56×64"), ((10,), "10"), ((None, None, 3), "?×?×3"), ((), "scalar"), (None, "")]
)
def test_shapes(shape: tuple[int | None, ...] | None, shown: str) -> None:
    assert shape_label(shape) == shown


def test_families() -> None:
    members = {
        "convolution": "Conv2D SeparableConv1D DepthwiseConv2D Conv3DTranspose",
        "pooling": "MaxPooling2D GlobalAveragePooling1D AdaptiveMaxPooling3D",
        "normalization": "BatchNormalization LayerNormalization",
        "activation": "ReLU LeakyReLU PReLU ELU Softmax Activation",
        "merge": "Add Concatenate Multiply",
        "dense": "Dense EinsumDense Embedding",
        "sequence": "LSTM ConvLSTM2D MultiHeadAttention RNN GRUCell",
        "other": "Flatten Dropout Rescaling Normalization RandomFlip",
    }
    for name, layers in members.items():
        assert {layer: family(layer) for layer in layers.split()} == dict.fromkeys(layers.split(), name)


def test_every_layer_has_a_colour() -> None:
    assert {family(layer) for layer in load_catalogue().names("layer")} <= FILL_AND_EDGE.keys()


def luminance(colour: str) -> float:
    """As WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_text_is_legible_on_every_fill_and_on_light_and_dark_pages() -> None:
    assert {name for name, (fill, _) in FILL_AND_EDGE.items() if contrast(INK, fill) < 7} == set()
    assert contrast(GREY, "#ffffff") >= 4.5
    assert contrast(GREY, "#000000") >= 4.5

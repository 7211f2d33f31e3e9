"""Weights, costs and windows by hand: the figures that a reader can compute."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.shapes import POINT, Facts, Shape, Tensor, Window, infer

Json = dict[str, Any]


def given(layer: str, /, **arguments: Any) -> Json:
    return {"layer": layer, "arguments": arguments}


def facts(layer: Json, *shapes: Shape, **more: Any) -> Facts:
    found = infer(layer, [Tensor(shape) for shape in shapes], **more)
    assert isinstance(found, Facts), found
    return found


@pytest.mark.parametrize(
    ("layer", "shapes", "params", "trainable", "macs"),
    [
        (given("Conv2D", filters=8, kernel_size=3), [(10, 10, 4)], 8 * 4 * 9 + 8, 8 * 4 * 9 + 8, 64 * (8 * 4 * 9 + 8)),
        (given("Conv2D", filters=8, kernel_size=3, groups=2, use_bias=False), [(10, 10, 4)], 8 * 2 * 9, 8 * 2 * 9, 64 * 8 * 2 * 9),
        (given("Conv2D", filters=8, kernel_size=3, data_format="channels_first"), [(4, 10, 10)], 296, 296, 64 * (8 * 4 * 9 + 8)),
        (given("Conv2D", filters=8, kernel_size=3), [(None, 10, 4)], 296, 296, None),
        (given("Conv2D", filters=8, kernel_size=3, trainable=False), [(10, 10, 4)], 296, 0, 64 * 296),
        (given("Conv2DTranspose", filters=2, kernel_size=3, strides=2), [(5, 5, 4)], 74, 74, 25 * 72 + 121 * 2),
        (given("DepthwiseConv2D", kernel_size=3, depth_multiplier=2), [(5, 5, 4)], 72 + 8, 80, 9 * 80),
        (given("SeparableConv2D", filters=6, kernel_size=3), [(5, 5, 4)], 36 + 24 + 6, 66, 9 * (36 + 24 + 6)),
        (given("BatchNormalization"), [(5, 5, 4)], 16, 8, 100),
        (given("BatchNormalization", scale=False), [(5, 5, 4)], 12, 4, 100),
        (given("Normalization"), [(5, 4)], 9, 0, 20),
        (given("LayerNormalization", axis=[1, 2]), [(5, 4)], 40, 40, 20),
        (given("PReLU", shared_axes=[1, 2]), [(5, 5, 4)], 4, 4, 0),
        (given("Dense", units=10), [(7, 4)], 50, 50, 280 + 70),
        (given("Dense", units=10, lora_rank=2), [(4,)], 40 + 8 + 20 + 10, 38, 40 + 10),
        (given("EinsumDense", equation="abc,cd->abd", output_shape=[None, 5], bias_axes="d"), [(7, 4)], 25, 25, 140 + 35),
        (given("Embedding", input_dim=9, output_dim=4), [(7,)], 36, 36, 0),
        (given("SimpleRNN", units=3), [(7, 4)], 3 * 4 + 9 + 3, 24, 7 * 24),
        (given("GRU", units=3), [(7, 4)], 3 * (12 + 9 + 6), 81, 7 * 81),
        (given("LSTM", units=3), [(7, 4)], 4 * (12 + 9 + 3), 96, 7 * 96),
        (given("Bidirectional", layer=given("LSTM", units=3)), [(7, 4)], 192, 192, 2 * 7 * 96),
        (given("TimeDistributed", layer=given("Dense", units=3)), [(7, 4)], 15, 15, 84 + 21),
        (given("MultiHeadAttention", num_heads=2, key_dim=3), [(5, 4), (5, 4)], 3 * (24 + 6) + 24 + 4, 118, 5 * 118 + 25 * 12),
        (given("Add"), [(5, 4), (5, 4)], 0, 0, 0),
        (given("Dot", axes=2), [(5, 4), (6, 4)], 0, 0, 120),
    ],
)
def test_weights_and_cost(layer: Json, shapes: list[Shape], params: int, trainable: int, macs: int | None) -> None:
    found = facts(layer, *shapes)
    assert (found.params, found.trainable_params, found.macs) == (params, trainable, macs)


@pytest.mark.parametrize(
    ("layer", "shape", "window"),
    [
        (given("Conv2D", filters=8, kernel_size=3), (10, 10, 4), Window((3, 3), (1, 1), (0, 0))),
        (given("Conv2D", filters=8, kernel_size=3, padding="same"), (10, 10, 4), Window((3, 3), (1, 1), (1, 1))),
        (given("Conv2D", filters=8, kernel_size=3, padding="same", strides=2), (10, 9, 4), Window((3, 3), (2, 2), (0, 1))),
        (given("Conv2D", filters=8, kernel_size=3, padding="same", strides=2), (None, 9, 4), Window((3, 3), (2, 2), (None, 1))),
        (given("Conv1D", filters=8, kernel_size=3, padding="causal", dilation_rate=2), (10, 4), Window((5,), (1,), (4,))),
        (given("MaxPooling2D"), (10, 10, 4), Window((2, 2), (2, 2), (0, 0))),
        (given("ZeroPadding2D", padding=[[1, 2], [3, 4]]), (10, 10, 4), Window((1, 1), (1, 1), (1, 3))),
        (given("Cropping1D"), (10, 4), Window((1,), (1,), (-1,))),
        (given("UpSampling1D"), (10, 4), Window((1,), (1,), (0,), (2,))),
        (given("Conv1DTranspose", filters=2, kernel_size=4, strides=2), (10, 4), Window((3,), (1,), (2,), (2,))),
        (given("ReLU"), (10, 4), POINT),
        (given("BatchNormalization"), (10, 4), POINT),
        (given("Dense", units=3), (10, 4), POINT),
        (given("GlobalAveragePooling1D"), (10, 4), None),
        (given("Flatten"), (10, 4), None),
        (given("LSTM", units=3), (10, 4), None),
    ],
)
def test_window(layer: Json, shape: Shape, window: Window | None) -> None:
    assert facts(layer, shape).window == window


@pytest.mark.parametrize(
    ("layer", "tensor", "policy", "dtype"),
    [
        (given("Conv2D", filters=1, kernel_size=1), Tensor((4, 4, 1), "uint8"), "float32", "float32"),
        (given("ReLU"), Tensor((4,), "int32"), "float32", "float32"),
        (given("ReLU"), Tensor((4,)), "mixed_float16", "float16"),
        (given("ReLU", dtype="float64"), Tensor((4,)), "mixed_float16", "float64"),
        (given("Flatten"), Tensor((4,), "int32"), "float32", "int32"),
        (given("Flatten"), Tensor((4,), "float64"), "mixed_bfloat16", "bfloat16"),
        (given("Identity", autocast=False), Tensor((4,), "float64"), "float32", "float64"),
        (given("Hashing", num_bins=3), Tensor((4,), "string"), "float32", "int64"),
        (given("StringLookup"), Tensor((4,), "string"), "float32", "int64"),
    ],
)
def test_dtype(layer: Json, tensor: Tensor, policy: str, dtype: str) -> None:
    found = infer(layer, [tensor], policy=policy)
    assert isinstance(found, Facts)
    assert found.outputs == (Tensor(tensor.shape if "filters" not in layer["arguments"] else (4, 4, 1), dtype),)


def test_flags_of_the_call_change_the_outputs() -> None:
    attention = given("MultiHeadAttention", num_heads=2, key_dim=3)
    found = infer(attention, [Tensor((5, 4))], {"value": Tensor((6, 4)), "return_attention_scores": True})
    assert isinstance(found, Facts)
    assert found.outputs == (Tensor((5, 4)), Tensor((2, 5, 5)))
    reverse = infer(given("ReversibleEmbedding", input_dim=9, output_dim=4), [Tensor((5, 4))], {"reverse": True})
    assert isinstance(reverse, Facts)
    assert reverse.outputs == (Tensor((5, 9)),)


def test_several_outputs() -> None:
    found = facts(given("LSTM", units=3, return_sequences=True, return_state=True), (None, 4))
    assert found.outputs == (Tensor((None, 3)), Tensor((3,)), Tensor((3,)))

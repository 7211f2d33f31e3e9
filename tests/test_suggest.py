"""\"Did you mean\": what people write, and what they meant."""

from __future__ import annotations

import itertools

import pytest

from cnnspec.suggest import candidates, nearest

LAYERS = [
    *("Add", "AveragePooling2D", "BatchNormalization", "Concatenate", "Conv1D", "Conv2D", "Conv3D", "Dense", "Dropout", "Embedding"),
    *("Flatten", "GlobalAveragePooling2D", "LayerNormalization", "MaxPooling2D", "Multiply", "RandomRotation"),
]
SETTINGS = ["batch", "epochs", "filters", "learning_rate", "optimizer", "padding", "same", "train", "tune", "width"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Conv2d", "Conv2D"),
        ("conv_2d", "Conv2D"),
        ("BatchNormalisation", "BatchNormalization"),
        ("MaxPool2D", "MaxPooling2D"),
        ("Flaten", "Flatten"),
        ("droupout", "Dropout"),
        ("GlobalAvgPool2D", "GlobalAveragePooling2D"),
        ("trian", "train"),
        ("optimiser", "optimizer"),
        ("learningRate", "learning_rate"),
        ("epoch", "epochs"),
        ("batchsize", "batch"),
        ("widht", "width"),
        ("sane", "same"),
    ],
)
def test_what_was_meant(word: str, meant: str) -> None:
    assert nearest(word, LAYERS + SETTINGS) == meant


@pytest.mark.parametrize("word", ["banana", "xyzzy", "x", "", "Dense", "D" * 10_000])
def test_nothing_is_close(word: str) -> None:
    assert nearest(word, LAYERS) is None


def test_a_swap_is_one_edit() -> None:
    assert nearest("abdc", ["abcd", "abxx"]) == "abcd"
    assert nearest("ba", ["ab"]) is None


def test_the_order_of_the_options_does_not_matter() -> None:
    options = ["Conv1D", "Conv2D", "Conv3D", "conv2d"]
    assert {nearest("Conv", order) for order in itertools.permutations(options)} == {"Conv1D"}
    assert {nearest("CONV2D", order) for order in itertools.permutations(options)} == {"Conv2D"}


def test_candidates_come_best_first_and_are_limited() -> None:
    assert candidates("Conv2d", LAYERS) == ["Conv2D", "Conv1D", "Conv3D"]
    assert candidates("Conv2d", LAYERS, limit=1) == ["Conv2D"]

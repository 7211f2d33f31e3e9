"""Completion: what is offered at a cursor, in whole and in half-written lines."""

from __future__ import annotations

import pytest

from cnnspec.compiler import analyse
from cnnspec.server.completion import complete
from cnnspec.source import Source
from tests.server.marked import MODEL, at_cursor, completed, in_model, in_section, labels

IN_MODEL = {
    "|": ({"stem", "image", "vision", "conv", "Conv2D", "ResNet50", "input", "repeat"}, {"head", "label", "data", "L2", "width"}),
    "Co|": ({"Conv2D"}, set()),
    "image -> |": ({"head", "conv", "vision", "Conv2D", "ResNet50"}, {"stem", "image", "repeat"}),
    "image -> De|": ({"Dense"}, {"stem"}),
    "a = |": ({"stem", "image"}, {"head", "conv", "Conv2D", "label"}),
    "[stem, |": ({"stem", "image"}, {"conv", "label"}),
    "[|] -> Add()": ({"stem", "image"}, {"conv"}),
    "output |": ({"stem", "image"}, {"head"}),
    "layer t = |": ({"Dense", "ResNet50"}, {"stem", "conv"}),
    "Conv2D(|": ({"filters=", "padding=", "width", "trainable="}, {"stem", "Adam"}),
    "Conv2D(32, pad|": ({"kernel_size=", "padding="}, {"filters="}),
    "Conv2D(32, 3, |": ({"strides="}, {"filters=", "kernel_size=", "width"}),
    "Conv2D(32, 3, pad|, strides=2)": ({"padding="}, {"strides="}),
    "Conv2D(32, 3, strides=2, |)": ({"padding="}, {"strides="}),
    "Conv2D(32, 3, padding=|": ({'"valid"', '"same"'}, {"True", "relu", "channels"}),
    'Conv2D(32, 3, padding="|': ({"valid", "same"}, {"width"}),
    'Conv2D(32, 3, padding="s|")': ({"valid", "same"}, {'"same"'}),
    "Conv2D(32, 3, use_bias=|": ({"True", "False", "quick"}, {'"same"', "channels"}),
    "Conv2D(32, 3, kernel_regularizer=|": ({"L2", '"l2"', "None"}, {"Adam", "MeanSquaredError", "Dense"}),
    "Conv2D(32, 3, kernel_regularizer=L2(|": ({"l2="}, {"filters="}),
    'Activation("re|")': ({"relu"}, {"same"}),
    "Conv2D(2 * |": ({"width", "channels", "max"}, {"filters=", "stem"}),
    "Conv2D(channels(|": ({"stem", "image"}, {"width"}),
    "Bidirectional(|": ({"layer=", "LSTM"}, {"stem"}),
    "vision.|": ({"squeeze_excite", "conv_bn", "inception"}, {"conv"}),
    "stem -> vision.s|": ({"squeeze_excite"}, {"Conv2D"}),
    "vision.conv_bn(8, |": ({"size=", "stride="}, {"filters="}),
    "conv(|": ({"filters=", "stride=", "width"}, {"padding="}),
    "conv(8, stride=|": ({"width", "min"}, {"filters="}),
    "repeat |": ({"width", "len"}, {"Conv2D"}),
    "for n |": ({"in"}, {"width"}),
    "for n in [|": ({"width"}, {"Conv2D"}),
    "if quick and |": ({"quick"}, {"Conv2D"}),
    "let m: |": ({"int", "shape"}, {"width"}),
    "let m = |": ({"width", "channels"}, set()),
    "input y: |": ({"uint8", "float32"}, {"int"}),
    "Conv2D(8, 3) |": ({"as"}, {"Conv2D"}),
}
"""The line at the cursor; some of what is offered there; some of what is not."""

IN_SECTION = {
    "train {\n  |\n}": ({"epochs", "loss", "phase", "checkpoint"}, {"source", "Conv2D"}),
    "train {\n  epochs = 3\n  l|\n}": ({"loss"}, {"epochs"}),
    "train {\n  epochs = |\n}": ({"width", "max"}, {"Adam", "stem"}),
    "train {\n  loss = |": ({"MeanSquaredError", '"mse"'}, {"Adam", "AUC"}),
    'train {\n  loss = "|"\n}': ({"mse", "sparse_categorical_crossentropy"}, {"adam"}),
    "train {\n  optimizer = |\n}": ({"Adam", "SGD", '"adam"'}, {"MeanSquaredError"}),
    "train {\n  metrics = [|]\n}": ({"AUC", '"accuracy"'}, {"Adam"}),
    "train {\n  callbacks = [|\n}": ({"EarlyStopping"}, {"Adam"}),
    "train {\n  callbacks = [EarlyStopping(|\n}": ({"monitor=", "patience="}, {"epochs"}),
    "train {\n  optimizer = SGD(|": ({"learning_rate=", "CosineDecay", "momentum="}, {"epochs"}),
    "train {\n  optimizer = SGD(learning_rate=CosineDecay(0.1, |": ({"decay_steps="}, {"momentum="}),
    "train {\n  optimizer = SGD(\n    learning_rate=0.1,\n    |\n  )\n}": ({"momentum="}, {"learning_rate=", "epochs"}),
    "train {\n  phase a {\n    |\n  }\n}": ({"freeze", "optimizer"}, {"phase", "head"}),
    "train {\n  phase a { freeze = [|": ({"stem", "stem__conv2d_1", "label", "layers"}, {"image", "Conv2D"}),
    'train {\n  freeze = ["|"]\n}': ({"stem", "label"}, {"layers"}),
    "train {\n  freeze = [layers(|": ({"stem", "upto="}, {"image"}),
    "data {\n  source = |\n}": ({"digits", "mnist", "image_folder"}, {"Adam", "random"}),
    "data {\n  |": ({"source", "batch", "split"}, {"epochs"}),
    "run {\n  backend = |": ({'"jax"', '"torch"'}, {"stem"}),
    "augment {\n  |\n}": ({"RandomFlip"}, {"epochs", "stem", "repeat"}),
    "augment {\n  RandomFlip(|": ({"mode=", '"horizontal"'}, {"Dense"}),
    "expect {\n  |\n}": ({"params", "test.accuracy"}, {"Conv2D"}),
    "tune {\n  method = |\n}": ({"random", "hyperband"}, {"Adam"}),
    "|": ({"data", "train", "let", "block"}, {"model", "cnn", "phase", "Conv2D"}),
    "data { source = digits() }\n|": ({"train"}, {"data"}),
}
AT_TOP = {
    "|": ({"cnn", "model", "data", "let"}, {"Conv2D"}),
    "mo|": ({"model"}, set()),
    "cnn 1\nlet k = 3 |": ({"search"}, set()),
    "cnn 1\nlet k = 3 search |": ({"choice", "log"}, {"Adam"}),
    "cnn 1\nlet k = 3 search log(|": ({"low="}, {"filters="}),
    "cnn 1\nblock f(n: |": ({"int", "shape"}, {"Conv2D"}),
    'cnn 1\nimport "|': ({"lib/vision.cnn"}, set()),
    'cnn 1\nimport "lib/vision.cnn" |': ({"as"}, set()),
    "cnn 1\nblock f(n: int) {\n  input x\n  Conv2D(|": ({"n", "filters="}, {"x"}),
    "cnn 1\nmodel net {\n  input image: (8, 8, 1)\n  Conv2D(32, pad|\n  Flatten()\n}": ({"padding="}, {"Flatten"}),
    "cnn 1\nmodel net {\n  input image: (8, 8, 1)\n  Conv2D(32, \n  |\n  Flatten()\n}": ({"image", "Dense"}, {"padding="}),
    "cnn 1\nmodel net {\n  input image: (8, 8, 1)\n  Conv2D(32,\n    |": ({"kernel_size="}, {"image"}),
    "cnn 1\nmodel net {\n  input image: (8, 8, 1)\n  image\n    -> |": ({"Dense"}, {"image"}),
}
SILENT = ["Conv2D(8, 3) as |", "# Conv|", "Conv2D(8, # pad|", "Conv2D(3|", "let |", "a = stem -> Conv2D(8, 3) -> ReLU() as |"]


@pytest.mark.parametrize(("line", "offered", "not_offered"), [(line, *found) for line, found in IN_MODEL.items()])
def test_in_a_line_of_a_model(line: str, offered: set[str], not_offered: set[str]) -> None:
    found = set(labels(in_model(line)))
    assert offered <= found
    assert not not_offered & found


@pytest.mark.parametrize(("section", "offered", "not_offered"), [(section, *found) for section, found in IN_SECTION.items()])
def test_in_and_around_sections(section: str, offered: set[str], not_offered: set[str]) -> None:
    found = set(labels(in_section(section)))
    assert offered <= found
    assert not not_offered & found


@pytest.mark.parametrize(("marked", "offered", "not_offered"), [(marked, *found) for marked, found in AT_TOP.items()])
def test_in_a_file_that_is_just_begun(marked: str, offered: set[str], not_offered: set[str]) -> None:
    found = set(labels(marked))
    assert offered <= found
    assert not not_offered & found


@pytest.mark.parametrize("line", SILENT)
def test_where_nothing_known_can_stand_nothing_is_offered(line: str) -> None:
    assert labels(in_model(line)) == []


@pytest.mark.parametrize(
    ("line", "replaced"),
    [
        ("Conv2D(32, pad|", "pad"),
        ("Conv2D(32, p|ad=3)", "pad"),
        ("Conv2D(32, |", ""),
        ('Conv2D(32, 3, padding="sa|me")', "same"),
        ('Conv2D(32, 3, padding="sa|', "sa"),
        ("vision.con|", "con"),
    ],
)
def test_the_word_at_the_cursor_is_replaced(line: str, replaced: str) -> None:
    analysis, _ = at_cursor(in_model(line))
    found = completed(in_model(line))
    assert analysis.source.text[found.start : found.end] == replaced


def test_items_say_what_they_are() -> None:
    found = {item.label: item for item in completed(in_model("Conv2D(32, |")).items}
    assert found["padding="].detail == '"valid" or "same"; "valid"'
    found = {item.label: item for item in completed(in_model("|")).items}
    assert (found["Conv2D"].detail, found["Conv2D"].snippet) == ("(filters, kernel_size)", "Conv2D(${1:filters}, ${2:kernel_size})")
    assert found["Conv2D"].doc == "2D convolution layer."
    assert (found["conv"].detail, found["conv"].doc) == ("(filters)", "Convolution and activation.")
    assert (found["image"].detail, found["stem"].detail) == ("(32, 32, 3)", "(32, 32, 16)")
    found = {item.label: item for item in completed(in_section("train {\n  |\n}")).items}
    assert found["epochs"].insert == "epochs = "
    assert found["epochs"].doc == "How often the training data is seen."
    assert found["phase"].snippet == "phase ${1:name} {\n\t$0\n}"


def test_the_nearest_tensor_comes_first() -> None:
    assert labels(in_model("[|"))[:2] == ["stem", "image"]


def test_an_analysis_of_the_text_before_is_good_enough() -> None:
    """In a long file the analysis comes later than the question."""
    before = analyse(Source("net.cnn", MODEL.replace("  LINE\n", "")))
    _, offset = at_cursor(in_model("[stem, |"))
    text = in_model("[stem, |").replace("|", "")
    assert [item.label for item in complete(before, text, offset).items] == ["stem", "image"]

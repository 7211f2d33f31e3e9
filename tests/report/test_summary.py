"""The summary as people and programs read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnspec.compiler import Compiled, compile_file, compile_source
from cnnspec.document.load import dump_document
from cnnspec.render import Look
from cnnspec.report.summary import one_line, sight_text, summarize, summary_json, summary_text
from cnnspec.source import Source

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"

SEVERAL = """cnn 1

extern GeM(p: float = 3.0) from "my_layers:GeM"

block unit(filters: int) {
  input x
  Conv2D(filters, 3, padding="same")
  ReLU()
}

model net {
  input left: (?, 32, 3)
  input right: (?, 32, 3)
  layer base = Conv2D(8, 3, strides=2, padding="same")
  a = left -> base -> unit(8)
  b = right -> base -> unit(8)
  both = [a, b] -> Concatenate()
  seen = both -> GlobalAveragePooling2D() -> Dense(2)
  pooled = both -> GeM(p=2.0) -> Dense(3)
  sequence = both -> Reshape((64, 8))
  rows, state, memory = sequence -> LSTM(4, return_sequences=True, return_state=True)
  [rows, state] -> Dot(axes=(2, 1)) as weighed
  output weighed, memory, seen, pooled
}
"""

SMALL = """cnn 1

model net {
  input image: (8, 8, 1)
  Conv2D(4, 3, activation="relu")
  Flatten()
  Dense(10) as digit
}

data {
  source = digits()
  batch = 8
}

train {
  epochs = 1
  optimizer = SGD(momentum=0.9)
  loss = SparseCategoricalCrossentropy(from_logits=True)
}
"""


def compiled(text: str) -> Compiled:
    found, diagnostics = compile_source(Source("net.cnn", text))
    assert found is not None, diagnostics
    return found


def text_of(found: Compiled, depth: int = 0, width: int | None = None) -> str:
    return summary_text(summarize(found), depth, Look(), width)


def layers_of(found: Compiled) -> dict[str, Any]:
    return {layer["name"]: layer for layer in json.loads(summary_json("net.cnn", summarize(found)))["layers"]}


def test_a_small_network() -> None:
    assert text_of(compiled(SMALL)) == (
        "model net\n"
        "name       layer    output shape  params    %    MACs    %  field\n"
        "-----------------------------------------------------------------\n"
        "image      Input    (8, 8, 1)          0            0        1 /1\n"
        "conv2d_1   Conv2D   (6, 6, 4)         40   3%  1.44 k  50%   3 /1\n"
        "flatten_1  Flatten  (144,)             0            0         all\n"
        "digit      Dense    (10,)          1,450  97%  1.45 k  50%    all\n"
        "-----------------------------------------------------------------\n"
        "1,490 parameters, 5.82 KiB\n"
        "2.89 k MACs and 616 bytes of activations for one image\n"
        "receptive field 3, stride 1, offset 0\n"
        "training with batches of 8 takes about 22.3 KiB: "
        "5.82 KiB weights, 5.82 KiB gradients, 5.82 KiB optimizer, 4.81 KiB activations\n"
    )


@pytest.mark.parametrize(
    ("name", "depth", "width"),
    [
        ("zoo/resnet50", 0, None),
        ("zoo/resnet50", 0, 80),
        ("zoo/resnet50", 1, 140),
        ("zoo/resnet50", 3, None),
        ("zoo/unet", 0, 80),
        ("zoo/unet", 2, None),
        ("digits", 0, 80),
        ("digits", 0, 40),
        ("resnet50_transfer", 0, None),
    ],
)
def test_a_network_that_is_known(name: str, depth: int, width: int | None) -> None:
    found, _ = compile_file(str(ROOT / "specs" / f"{name}.cnn"))
    assert found is not None
    text = text_of(found, depth, width)
    file = GOLDEN / f"{name.replace('/', '_')}_{depth}_{width or 'piped'}.txt"
    compare(file, text)
    if width is not None and width > 60:
        assert max(map(len, text.splitlines()[:-8])) <= width


def test_the_page_shows_the_table_as_it_is() -> None:
    text = (GOLDEN / "zoo_resnet50_0_piped.txt").read_text(encoding="utf-8")
    assert text in (ROOT / "docs" / "summary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("part", ["layers", "totals"])
def test_the_page_names_every_key(part: str) -> None:
    page = (ROOT / "docs" / "summary.md").read_text(encoding="utf-8")
    found = json.loads(summary_json("net.cnn", summarize(compiled(SMALL))))
    keys = found[part] if part == "totals" else found[part][0]
    assert [key for key in (*found, *keys, *found["totals"]["training_memory"]) if f"`{key}`" not in page] == []


def test_several_inputs_and_outputs() -> None:
    compare(GOLDEN / "several.txt", text_of(compiled(SEVERAL), 1))


def compare(file: Path, text: str) -> None:
    """With CNNSPEC_UPDATE_GOLDEN=1 the file is written."""
    import os

    if os.environ.get("CNNSPEC_UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_a_document_has_no_blocks() -> None:
    found = compiled(SEVERAL)
    again, _ = compile_source(Source("net.json", dump_document(found.document)))
    assert again is not None
    assert text_of(again) == text_of(again, 5)
    assert "folded" in text_of(found) and "folded" not in text_of(again)
    assert {layer["line"] for layer in layers_of(again).values()} == {None}


# ---------------------------------------------------------------- JSON


def test_json_of_a_small_network() -> None:
    text = summary_json("net.cnn", summarize(compiled(SMALL)))
    assert "\n" not in text
    field = {"size": [3, 3], "stride": [1, 1], "offset": [0, 0]}
    assert json.loads(text) == {
        "file": "net.cnn",
        "model": "net",
        "inputs": [{"name": "image", "shape": [8, 8, 1], "dtype": "float32"}],
        "layers": [
            record("conv2d_1", "Conv2D", [6, 6, 4], 40, 1440, 576, 5, field),
            record("flatten_1", "Flatten", [144], 0, 0, 0, 6, None),
            record("digit", "Dense", [10], 1450, 1450, 40, 7, None),
        ],
        "totals": {
            "params": 1490,
            "trainable_params": 1490,
            "macs": 2890,
            "activation_bytes": 616,
            "parameter_bytes": 5960,
            "receptive_field": field,
            "training_memory": {
                "batch": 8,
                "parameters": 5960,
                "gradients": 5960,
                "optimizer": 5960,
                "activations": 4928,
                "total": 22_808,
            },
        },
    }


def record(name: str, layer: str, shape: list[int], params: int, macs: int, held: int, line: int, field: Any) -> dict[str, Any]:
    return {
        "name": name,
        "layer": layer,
        "output_shape": shape,
        "params": params,
        "trainable_params": params,
        "macs": macs,
        "activation_bytes": held,
        "receptive_field": field,
        "shared": None,
        "path": "net.cnn",
        "line": line,
    }


def test_json_of_what_is_special() -> None:
    found = layers_of(compiled(SEVERAL))
    base, again = [layer for layer in found.values() if layer["layer"] == "Conv2D" and layer["params"] in (224, 0)]
    assert (base["params"], again["params"], again["shared"]) == (224, 0, base["name"])
    assert base["output_shape"] == [None, 16, 8]
    assert base["receptive_field"] == {"size": [3, 3], "stride": [2, 2], "offset": [None, 0]}
    (gem,) = (layer for layer in found.values() if layer["layer"] == "GeM")
    assert [gem[key] for key in ("output_shape", "params", "macs", "receptive_field")] == [None] * 4
    (rows,) = (layer for layer in found.values() if layer["layer"] == "LSTM")
    assert rows["output_shape"] == [[64, 4], [4], [4]]


def test_the_preprocessing_of_a_backbone_is_a_row_of_its_own() -> None:
    found, _ = compile_file(str(ROOT / "specs/resnet50_transfer.cnn"))
    assert found is not None
    names = [(layer["name"], layer["layer"]) for layer in layers_of(found).values()]
    at = next(i for i, (_, layer) in enumerate(names) if layer == "ResNet50")
    assert names[at - 1] == (f"{names[at][0]}__preprocess", "preprocess_input")


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SMALL, "net.cnn: model net, 3 layers, 1,490 parameters"),
        (
            SMALL.replace("Flatten()", "BatchNormalization()\n  Flatten()"),
            "net.cnn: model net, 4 layers, 1,506 parameters (1,498 trainable, 8 not)",
        ),
        (SEVERAL, "net.cnn: model net, 13 layers, at least 1,634 parameters: some are not known"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line("net.cnn", summarize(compiled(text))) == line


def test_what_is_seen_in_words() -> None:
    from cnnspec.cost import Field

    assert [sight_text(each) for each in ("all", "none", None)] == ["all", "-", "?"]
    assert sight_text(Field((7, 7), (0.5, 0.5), (0, 0))) == "7 /0.5"
    assert sight_text(Field((7, 3), (2, 1), (0, 0))) == "7x3 /2x1"

"""Every spec becomes a Keras model with the names and shapes of its graph."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from cnnspec.compiler import compile_source
from cnnspec.cost import measure
from cnnspec.document.load import dump_document
from cnnspec.report.keras_code import keras_program
from cnnspec.source import Source
from tests.model.programs import ROOT, all_specs, compiled, facts


def build(keras: Any, path: Path, seed: int = 0) -> tuple[Any, Any]:
    from cnnspec.runtime.model.build import build_model

    found = compiled(path)
    model, diagnostics = build_model(found.document, found.graph, seed)
    assert model is not None, diagnostics
    return model, found


@pytest.fixture(scope="module", params=all_specs())
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture(scope="module")
def built(path: Path, keras: Any) -> tuple[Any, Any]:
    """The model of a spec, and the spec as the compiler knows it: built once for all that is asked of it."""
    return build(keras, path)


def test_model_is_that_of_the_graph(built: tuple[Any, Any]) -> None:
    model, found = built
    made = {layer.name: layer for layer in model.layers}
    for node in found.graph.nodes:
        if node.kind == "reuse":
            continue
        assert type(made[node.name]).__name__ in (node.layer, "Functional")
        output = made[node.name].output if len(made[node.name]._inbound_nodes) == 1 else None
        if node.shapes[0] is not None and output is not None and not isinstance(output, list | tuple):
            assert all(a is None or a == b for a, b in zip(node.shapes[0], output.shape[1:], strict=True))
    assert len(made) - len(found.graph.inputs) == sum(
        2 if f"{node.name}__preprocess" in made else 1 for node in found.graph.nodes if node.kind != "reuse"
    )
    costs = measure(found.graph)
    assert costs.params == model.count_params()
    assert costs.trainable_params == sum(math.prod(weight.shape) for weight in model.trainable_weights)


def test_emitted_program_makes_the_same_model(path: Path, built: tuple[Any, Any]) -> None:
    model, found = built
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(keras_program(found.graph), path.name, "exec"), scope)
    assert facts(scope["build_model"]()) == facts(model)


def test_document_that_is_read_back_makes_the_same_model(path: Path, built: tuple[Any, Any]) -> None:
    from cnnspec.runtime.model.build import build_model

    model, found = built
    text = dump_document(found.document)
    again, diagnostics = compile_source(Source(str(path.with_suffix(".json")), text))
    assert again is not None, diagnostics
    assert again.graph == found.graph
    assert json.loads(dump_document(again.document)) == json.loads(text)
    second, _ = build_model(again.document, again.graph, 0)
    assert second is not None
    assert json.loads(second.to_json()) == json.loads(model.to_json())


@pytest.mark.parametrize(
    ("name", "params", "trainable"),
    [("mnist_cnn", 54_410, 54_410), ("lenet5", 61_706, 61_706), ("resnet20_cifar10", None, 272_474), ("mnist_mlp", 101_770, 101_770)],
)
def test_number_of_parameters(name: str, params: int | None, trainable: int, keras: Any) -> None:
    model, found = build(keras, ROOT / "specs" / f"{name}.cnn")
    assert measure(found.graph).trainable_params == trainable
    assert params is None or model.count_params() == params


SPEC = """cnn 1

model net {{
  input image: (8, 8, 3)
  {}
}}
"""


def refused(line: str) -> list[tuple[str, int, str]]:
    """What is said when Keras is asked to build a line that the compiler found nothing wrong with."""
    from cnnspec.runtime.model.build import build_model

    found, diagnostics = compile_source(Source("spec.cnn", SPEC.format(line)))
    assert found is not None, diagnostics
    model, diagnostics = build_model(found.document, found.graph, 0)
    assert model is None
    return [(d.code, d.span.line if d.span else 0, d.message) for d in diagnostics]


@pytest.mark.parametrize(
    ("line", "code", "part"),
    [
        ('Reshape((64, 3))\n  STFTSpectrogram(frame_length=8, window="hanning2")', "E1001", "Keras refuses `STFTSpectrogram`"),
    ],
)
def test_what_keras_refuses_is_told_at_its_line(line: str, code: str, part: str, keras: Any) -> None:
    ((found, number, message),) = refused(line)
    assert (found, part in message) == (code, True), (found, message)
    assert number >= 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "backbone", ["EfficientNetV2B0", "ConvNeXtTiny", "EfficientNetB0", "DenseNet121", "MobileNetV3Small", "NASNetMobile", "Xception"]
)
def test_a_backbone_takes_the_name_of_its_line(backbone: str, keras: Any, tmp_path: Path) -> None:
    spec = tmp_path / "spec.cnn"
    line = f"{backbone}(weights=None, include_top=False) as base\n  GlobalAveragePooling2D()"
    spec.write_text(SPEC.format(line).replace("(8, 8, 3)", "(96, 96, 3)"), encoding="utf-8")
    model, found = build(keras, spec)
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(keras_program(found.graph), scope)
    assert facts(scope["build_model"]()) == facts(model)
    assert model.get_layer("base").count_params() > 0
    file = tmp_path / "model.keras"
    model.save(file)
    assert facts(keras.models.load_model(file)) == facts(model)


def test_two_seeds_give_two_models(keras: Any) -> None:
    def first_weight(seed: int) -> list[float]:
        model, _ = build(keras, ROOT / "specs" / "digits.cnn", seed)
        return list(model.get_weights()[0].ravel()[:5])

    assert first_weight(1) == first_weight(1)
    assert first_weight(1) != first_weight(2)


@pytest.mark.parametrize(
    "line",
    [
        "Reshape((16, 12))\n  TimeDistributed(Dense(2), trainable=False)",
        "Reshape((16, 12))\n  Bidirectional(LSTM(2), trainable=False)",
        "Reshape((16, 12)) as seq\n  [seq, seq] -> MultiHeadAttention(2, 3, trainable=False)",
    ],
)
def test_a_frozen_layer_freezes_the_layers_inside(line: str, keras: Any) -> None:
    from cnnspec.runtime.model.build import build_model

    found, diagnostics = compile_source(Source("spec.cnn", SPEC.format(line)))
    assert found is not None, diagnostics
    model, diagnostics = build_model(found.document, found.graph, 0)
    assert model is not None, diagnostics
    assert model.weights
    assert model.trainable_weights == []

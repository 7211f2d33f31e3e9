"""The specs that are built, and what is compared between two Keras models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnspec.compiler import Compiled, compile_file

ROOT = Path(__file__).resolve().parents[2]
NO_WEIGHTS = {
    "resnet50_transfer.cnn": ("model.base.weights=None", "size=64"),
    "vgg16_transfer.cnn": ("model.base.weights=None", "size=64"),
}
"""Without the download, and small: what is set for the specs that use a backbone."""
LARGE = {*NO_WEIGHTS, "backbones.cnn", "resnet20_cifar10.cnn", "shared_backbone.cnn"}
"""Those that Keras needs seconds for."""
SPECS = sorted(path.name for path in ROOT.glob("specs/*.cnn"))
FEATURES = sorted(path.name for path in ROOT.glob("tests/elaborate/good/*.cnn") if path.name != "externs.cnn")


def compiled(path: Path) -> Compiled:
    """A spec as the compiler knows it; it must be right."""
    text = path.read_text(encoding="utf-8")
    given = [line.removeprefix("#! --set ") for line in text.split("\n") if line.startswith("#! --set ")]
    found, diagnostics = compile_file(str(path), [*given, *NO_WEIGHTS.get(path.name, ())])
    assert found is not None, diagnostics
    return found


def all_specs() -> list[Any]:
    """The specs as parameters of a test; the large ones are slow."""
    paths = [ROOT / "specs" / name for name in SPECS] + [ROOT / "tests" / "elaborate" / "good" / name for name in FEATURES]
    return [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.name in LARGE else []) for path in paths]


def facts(model: Any) -> dict[str, Any]:
    """What makes two models the same: layers by name with class, output shape and weights, inputs and outputs."""
    layers = {
        layer.name: (type(layer).__name__, str(getattr(layer.output, "shape", None)), layer.count_params(), layer.trainable)
        for layer in model.layers
        if not layer.name.endswith("__preprocess") and "preprocess" not in layer.name
    }
    return {
        "name": model.name,
        "inputs": [(tensor.name, tuple(tensor.shape), tensor.dtype) for tensor in model.inputs],
        "outputs": list(model.output_names),
        "layers": layers,
        "params": model.count_params(),
        "trainable": sum(weight.shape.num_elements() for weight in model.trainable_weights),
    }

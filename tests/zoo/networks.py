"""What tests of specs/zoo share: the files, the built networks, and what makes a layer the same in two networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnspec.compiler import Compiled, compile_file

ZOO = Path(__file__).resolve().parents[2] / "specs" / "zoo"
NAMES = sorted(path.stem for path in ZOO.glob("*.cnn"))


def compiled(name: str, *settings: str) -> Compiled:
    """A spec of the zoo, which has nothing to be said about."""
    found, diagnostics = compile_file(str(ZOO / f"{name}.cnn"), settings)
    assert found is not None, diagnostics
    assert diagnostics == []
    return found


def built(name: str, *settings: str) -> Any:
    """Its Keras model. The caller has activated Keras."""
    from cnnspec.runtime.model.build import build_model

    found = compiled(name, *settings)
    model, diagnostics = build_model(found.document, found.graph, 0)
    assert model is not None, diagnostics
    return model


def counts(model: Any) -> tuple[int, int, int]:
    """The numbers of all parameters, of the trained and of the others."""
    all_, trained, others = (
        sum(weight.shape.num_elements() for weight in weights)
        for weights in (model.weights, model.trainable_weights, model.non_trainable_weights)
    )
    assert all_ == model.count_params()
    return all_, trained, others


def promised(name: str) -> dict[str, float]:
    """The counts that a spec has in `expect`."""
    return {promise["quantity"]: promise["value"] for promise in compiled(name).document.get("/expect") if promise["op"] == "=="}


def facts(layer: Any) -> tuple[Any, ...]:
    """What a layer is, but for its name: class, output shape, the shape of each weight, and what its output does not always show."""
    kind, config = type(layer).__name__, layer.get_config()
    if kind == "Activation" and config["activation"] == "relu":
        kind, config = "ReLU", {}
    settings = {key: config[key] for key in SETTINGS if config.get(key) is not None}
    start = {key: unseeded(value) for key, value in config.items() if key.endswith("_initializer") and value is not None}
    return kind, tuple(layer.output.shape), [tuple(weight.shape) for weight in layer.weights], settings, start


SETTINGS = ("activation", "epsilon", "max_value", "momentum", "noise_shape", "rate")


def unseeded(initializer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What an initializer is. The compiler gives each a seed."""
    return initializer["class_name"], {key: value for key, value in initializer["config"].items() if key != "seed"}

"""Each network of specs/zoo is the one in `keras.applications`: layer by layer, in every weight, and in what it computes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cnnspec.report.keras_code import keras_program
from tests.zoo.networks import NAMES, built, compiled, counts, facts, promised

pytestmark = pytest.mark.slow

APPLICATIONS = {
    "densenet121": ("DenseNet121", 8_062_504),
    "efficientnetb0": ("EfficientNetB0", 5_330_564),
    "inceptionv3": ("InceptionV3", 23_851_784),
    "mobilenetv2": ("MobileNetV2", 3_538_984),
    "resnet50": ("ResNet50", 25_636_712),
    "vgg16": ("VGG16", 138_357_544),
    "xception": ("Xception", 22_910_480),
}
"""Spec, application, and the number of its parameters."""

RELATIVES = [
    ("densenet121", "DenseNet201", "depths=[6, 12, 48, 32]"),
    ("mobilenetv2", "MobileNetV2", "alpha=0.35"),
    ("mobilenetv2", "MobileNetV2", "alpha=1.4"),
    ("resnet50", "ResNet101", "depths=[3, 4, 23, 3]"),
    ("vgg16", "VGG19", "depths=[2, 2, 4, 4, 4]"),
]
"""What the comments in the specs say about `--set`."""


@pytest.fixture(autouse=True)
def forgotten(keras: Any) -> Iterator[None]:
    """The largest of them has half a gigabyte of weights."""
    yield
    keras.backend.clear_session()


@pytest.mark.parametrize(("name", "application", "params"), [(name, *known) for name, known in APPLICATIONS.items()])
def test_it_is_the_application(name: str, application: str, params: int, keras: Any) -> None:
    ours, theirs = built(name), from_keras(keras, application)
    assert [facts(layer) for layer in ours.layers] == [facts(layer) for layer in theirs.layers]
    assert counts(ours) == counts(theirs)
    assert counts(ours)[0] == params
    assert [tuple(weight.shape) for weight in ours.weights] == [tuple(weight.shape) for weight in theirs.weights]

    give_random_weights(theirs)
    for mine, other in zip(ours.layers, theirs.layers, strict=True):
        mine.set_weights(other.get_weights())
    image = np.random.default_rng(1).normal(scale=64, size=(1, *ours.input_shape[1:])).astype("float32")
    for layer, mine, other in zip(ours.layers, every_output(keras, ours, image), every_output(keras, theirs, image), strict=True):
        assert np.abs(mine - other).max() <= 1e-4 * max(1.0, np.abs(other).max()), layer.name


@pytest.mark.parametrize(("name", "application", "setting"), RELATIVES)
def test_another_setting_is_another_application(name: str, application: str, setting: str, keras: Any) -> None:
    arguments = {"alpha": float(setting.removeprefix("alpha="))} if setting.startswith("alpha=") else {}
    ours, theirs = built(name, setting, "expect=None"), from_keras(keras, application, **arguments)
    assert [facts(layer) for layer in ours.layers] == [facts(layer) for layer in theirs.layers]
    assert counts(ours) == counts(theirs)


@pytest.mark.parametrize("name", NAMES)
def test_its_counts_are_what_it_promises(name: str, keras: Any) -> None:
    params, trainable, _ = counts(built(name))
    assert promised(name) == {"params": params} | ({"trainable_params": trainable} if trainable < params else {})


@pytest.mark.parametrize("name", ["inceptionv3", "unet"])
def test_its_program_makes_the_same_network(name: str, keras: Any) -> None:
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(keras_program(compiled(name).graph), name, "exec"), scope)
    model = scope["build_model"]()
    assert [(layer.name, facts(layer)) for layer in model.layers] == [(layer.name, facts(layer)) for layer in built(name).layers]


def from_keras(keras: Any, application: str, **arguments: float) -> Any:
    """An application without weights. EfficientNet's `Normalization` gets ImageNet's colours, for which Keras has 7 weights."""
    model = getattr(keras.applications, application)(weights=None, **arguments)
    if not application.startswith("EfficientNet"):
        return model

    def given(layer: Any) -> Any:
        if isinstance(layer, keras.layers.Normalization):
            return keras.layers.Normalization(mean=[0.485, 0.456, 0.406], variance=np.square([0.229, 0.224, 0.225]))
        return type(layer).from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=given)


def give_random_weights(model: Any) -> None:
    """Weights that show a mistake: no bias is 0, all statistics differ, and the numbers keep their size from layer to layer."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        size = tuple(weight.shape)
        if len(size) == 1:
            low, high = (0.5, 1.5) if weight.path.endswith(("gamma", "moving_variance")) else (-0.1, 0.1)
            weight.assign(random.uniform(low, high, size).astype("float32"))
        else:
            inputs = np.prod(size[:-2] if "depthwise" in weight.path.rpartition("/")[2] else size[:-1])
            weight.assign((random.standard_normal(size, dtype="float32") * np.sqrt(2 / inputs)).astype("float32"))


def every_output(keras: Any, model: Any, image: Any) -> Iterator[Any]:
    """What each layer gives for an image."""
    for output in keras.Model(model.inputs, [layer.output for layer in model.layers])([image], training=False):
        yield np.asarray(output)

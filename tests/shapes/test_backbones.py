"""The architectures of `keras.applications` without Keras: any image, any argument. What Keras says is in tests/model."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes import Facts, Refusal, Shape, Tensor, infer


def facts(name: str, image: Shape, **arguments: Any) -> Facts | Refusal:
    return infer({"application": name, "arguments": arguments}, [Tensor(image)])


def test_resnet50_costs_what_is_published_of_its_two_versions() -> None:
    """From 3.87 (this one, He et al.) to 4.1 (with the stride in the 3x3 convolution): 10**9 MACs."""
    found = facts("ResNet50", (224, 224, 3))
    assert isinstance(found, Facts)
    assert found.macs is not None and 3.87e9 <= found.macs <= 4.1e9


@pytest.mark.parametrize("name", load_catalogue().names("application"))
def test_every_architecture_is_known_for_images_of_any_size(name: str) -> None:
    found = facts(name, (None, None, 3), weights=None, include_top=False, pooling="avg")
    assert isinstance(found, Facts)
    assert found.params
    assert found.macs is None
    (output,) = found.outputs
    assert output is not None and len(output.shape) == 1


@pytest.mark.parametrize(
    ("name", "image", "arguments", "code", "part"),
    [
        ("ResNet50", (100, 100, 3), {}, "E0601", "for 224x224"),
        ("ResNet50", (31, 64, 3), {"include_top": False}, "E0604", "from 32x32 on"),
        ("ResNet50", (64, 64, 1), {"include_top": False}, "E0601", "for 3 channels"),
        ("ResNet50", (224, 224, 3), {"classes": 10}, "E0404", "1000 classes"),
        ("ResNet50", (None, 224, 3), {"weights": None}, "E0605", "with its top"),
        ("ResNet50", (64, 3), {"include_top": False}, "E0603", "(64, 3)"),
        ("MobileNet", (224, 224, 3), {"alpha": 0.3}, "E0404", "`alpha=0.3`"),
        ("EfficientNetB0", (64, None, 3), {"include_top": False}, "E0605", "height and width"),
    ],
)
def test_what_keras_refuses_is_refused(name: str, image: Shape, arguments: dict[str, Any], code: str, part: str) -> None:
    found = facts(name, image, **arguments)
    assert isinstance(found, Refusal)
    assert (found.code, part in found.message) == (code, True), found.message


def test_weights_of_another_kind_take_any_channels_and_classes() -> None:
    found = facts("ResNet50", (64, 48, 1), weights=None, classes=10)
    assert isinstance(found, Facts)
    assert found.outputs == (Tensor((10,)),)


def test_an_architecture_at_each_step_of_a_film() -> None:
    inner = {"application": "MobileNetV2", "arguments": {"weights": None, "include_top": False, "pooling": "avg"}}
    found = infer({"layer": "TimeDistributed", "arguments": {"layer": inner}}, [Tensor((5, 64, 64, 3))])
    assert isinstance(found, Facts)
    assert (found.outputs, found.params) == ((Tensor((5, 1280)),), 2_257_984)


@pytest.mark.parametrize(
    ("name", "reach"),
    [("VGG16", 212), ("ResNet50", 483), ("ResNet101", 1027), ("ResNet152", 1507), ("MobileNet", 315), ("InceptionV3", 1311)],
)
def test_an_architecture_without_top_has_its_published_receptive_field(name: str, reach: int) -> None:
    """The figures of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks" (2019)."""
    found = facts(name, (299, 299, 3), weights=None, include_top=False)
    assert isinstance(found, Facts)
    assert found.window is not None
    assert (found.window.size, found.window.stride) == ((reach, reach), (32, 32))

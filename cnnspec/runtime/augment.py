"""The `augment` section: layers that are applied to training batches only, inside the compiled step, on every backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from cnnspec.catalogue import load_catalogue
from cnnspec.plan.plan import Object
from cnnspec.runtime.objects import Context, build, to_keras


def augment_layers(augment: Sequence[Object], seed: int) -> list[Any]:
    """The layers of `augment`. One that takes a seed and was given none gets its own from the run's. Raises `NotBuilt`.

    They compute in float32 whatever the model's precision is: half precision would spoil positions and pixel values.
    """
    layers = []
    for i, item in enumerate(augment):
        arguments = {key: to_keras(value, Context(), f"{item.pointer}/arguments/{key}") for key, value in item.arguments.items()}
        entry = load_catalogue().entry(item.kind, item.name)
        if entry is not None and entry.parameter("seed") is not None:
            arguments.setdefault("seed", (seed * 1_000 + i + 1) % 2**31)
        layers.append(build(item.kind, item.name, {"dtype": "float32", **arguments}, item.pointer))
    return layers


class Augmented(keras.Model):  # type: ignore[misc]
    """The model of the spec behind its augmentation: what is trained. What is tested and saved is `core`.

    In validation and prediction `core` alone runs, so that a padding layer before a random crop does nothing there.
    """

    def __init__(self, core: keras.Model, layers: Sequence[Any]) -> None:
        super().__init__(name=f"{core.name}_augmented")
        self.core = core
        self.augment = list(layers)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            inputs = keras.ops.cast(inputs, "float32")
            for layer in self.augment:
                inputs = layer(inputs, training=True) if layer._call_has_training_arg else layer(inputs)
        return self.core(inputs, training=training)

    def build(self, input_shape: Any) -> None:
        """Nothing to build: `core` is, and the layers that augment have no weights."""
        self.built = True


def learner(model: keras.Model, augment: Sequence[Object], seed: int) -> keras.Model:
    """What `fit` is called on: the model itself, or the model behind its augmentation."""
    return Augmented(model, augment_layers(augment, seed)) if augment else model

"""The `augment` section: layers that are applied to training batches only, inside the compiled step, on every backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import keras

from cnnspec.catalogue import load_catalogue
from cnnspec.consistency.augmentation import other_shape
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph.graph import Input
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object
from cnnspec.runtime.objects import EXTERN, Context, NotBuilt, build, first_sentence, to_keras

_NOT_ON_JAX: Final = frozenset({"RandomElasticTransform"})
"""Layers of Keras 3.15 that look at the values of a tensor while JAX compiles, which JAX refuses."""


def augment_layers(augment: Sequence[Object], seed: int) -> list[Any]:
    """The layers of `augment`. One that takes a seed and was given none gets its own from the run's. Raises `NotBuilt`.

    They compute in float32 whatever the model's precision is: half precision would spoil positions and pixel values.
    """
    return [_layer(item, (seed * 1_000 + i + 1) % 2**31) for i, item in enumerate(augment)]


def unfit_layers(document: Document, augment: Sequence[Object], seed: int, given: Input) -> list[Diagnostic]:
    """What cannot be an augmentation of the input `given`: what Keras refuses, what would learn, what gives the model another shape."""
    try:
        layers = augment_layers(augment, seed)
    except NotBuilt as refusal:
        return [at(document, refusal.pointer, "E1001", f"Keras refuses `{refusal.name}`: {refusal.reason}")]
    image = keras.Input(given.shape)
    for item, layer in zip(augment, layers, strict=True):
        try:
            image = layer(image)
        except Exception as error:  # Keras refuses with whatever its code happens to raise
            return [at(document, item.pointer, "E1001", f"Keras refuses `{item.name}`: {first_sentence(error)}")]
        if layer.trainable_weights:
            help = "put it into the `model`"
            return [at(document, item.pointer, "E0801", f"`{item.name}` has weights: nothing would keep what it learns here", help=help)]
    found = tuple(image.shape[1:])
    if found == given.shape:
        return []
    return [other_shape(document, augment[-1].pointer, found, given)]


def learner(model: keras.Model, augment: Sequence[Object], seed: int, name: str | None) -> keras.Model:
    """What `fit` is called on: the model itself, or the model behind the augmentation of its input `name`."""
    return Augmented(model, augment_layers(augment, seed), name) if augment else model


class Augmented(keras.Model):  # type: ignore[misc]
    """The model of the spec behind its augmentation: what is trained. What is tested and saved is `core`.

    In validation and prediction `core` alone runs, so that a padding layer before a random crop does nothing there.
    """

    def __init__(self, core: keras.Model, layers: Sequence[Any], name: str | None) -> None:
        super().__init__(name=f"{core.name}_augmented")
        self.core = core
        self.augment = list(layers)
        self.augmented = name
        self.output_names = core.output_names  # the names of what Keras measures

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            several = isinstance(inputs, dict)
            changed = self._changed(inputs[self.augmented] if several else inputs)
            inputs = {**inputs, self.augmented: changed} if several else changed
        return self.core(inputs, training=training)

    def _changed(self, images: Any) -> Any:
        images = keras.ops.cast(images, "float32")
        for layer in self.augment:
            images = layer(images, training=True) if layer._call_has_training_arg else layer(images)
        return images

    def save(self, *arguments: Any, **options: Any) -> None:
        """Callbacks that save the model save what can be used without the augmentation."""
        self.core.save(*arguments, **options)

    def save_weights(self, *arguments: Any, **options: Any) -> None:
        self.core.save_weights(*arguments, **options)

    def build(self, input_shape: Any) -> None:
        """Nothing to build: `core` is, and the layers that augment have no weights."""
        self.built = True


class _Crop(keras.layers.RandomCrop):  # type: ignore[misc]
    """Keras's RandomCrop for JAX: the same window, cut in a way that JAX can compile where the position is not known yet."""

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        top, left = transformation
        if not training or isinstance(top, int):
            return super().transform_images(images, transformation, training)
        images = keras.ops.cast(images, self.compute_dtype)
        start, size = [0] * len(images.shape), list(images.shape)
        start[self.height_axis], start[self.width_axis] = top, left
        size[self.height_axis], size[self.width_axis] = self.height, self.width
        return keras.ops.slice(images, keras.ops.stack([keras.ops.cast(n, "int32") for n in start]), size)


def _layer(item: Object, seed: int) -> Any:
    arguments = {key: to_keras(value, Context(), f"{item.pointer}/arguments/{key}") for key, value in item.arguments.items()}
    entry = load_catalogue().entry(item.kind, item.name)
    if entry is not None and entry.parameter("seed") is not None:
        arguments.setdefault("seed", seed)
    if item.kind == EXTERN:
        layer = build(item.kind, item.name, arguments, item.pointer)
        if not isinstance(layer, keras.Layer):
            raise NotBuilt(item.pointer, item.name, "it is no `keras.Layer`")
        return layer
    arguments.setdefault("dtype", "float32")
    if keras.config.backend() != "jax":
        return build(item.kind, item.name, arguments, item.pointer)
    if item.name in _NOT_ON_JAX:
        raise NotBuilt(item.pointer, item.name, "JAX cannot compile this layer; it works on TensorFlow and torch")
    layer = _Crop(**arguments) if item.name == "RandomCrop" else build(item.kind, item.name, arguments, item.pointer)
    for inner in layer._flatten_layers():
        inner.supports_jit = True  # false for the sake of TensorFlow's XLA; it would switch JAX's compiler off for the whole model
    return layer

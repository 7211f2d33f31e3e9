"""Layers of Keras that need a change before they can augment in a compiled step. Each does what Keras's own says that it does."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

import keras


class Crop(keras.layers.RandomCrop):  # type: ignore[misc]
    """RandomCrop for JAX: the same window, cut in a way that JAX can compile where the position is not known yet."""

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        top, left = transformation
        if not training or isinstance(top, int):
            return super().transform_images(images, transformation, training)
        images = keras.ops.cast(images, self.compute_dtype)
        start, size = [0] * len(images.shape), list(images.shape)
        start[self.height_axis], start[self.width_axis] = top, left
        size[self.height_axis], size[self.width_axis] = self.height, self.width
        return keras.ops.slice(images, keras.ops.stack([keras.ops.cast(n, "int32") for n in start]), size)


class Mix(keras.layers.AugMix):  # type: ignore[misc]
    """AugMix with the same chains of layers on every backend and after an interruption.

    Keras chooses them by Python's `random`: once where a step is compiled, in each step where none is. Here they depend on the seed.
    """

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        before = random.getstate()
        random.seed(self.seed)
        try:
            return super().get_random_transformation(data, training, seed)
        finally:
            random.setstate(before)


def adapt_to_jax(layer: keras.Layer) -> None:
    """What a layer, and those in it, need to be compiled by JAX."""
    for inner in layer._flatten_layers():
        inner.supports_jit = True  # false for the sake of TensorFlow's XLA; it would switch JAX's compiler off for the whole model
        if isinstance(inner, keras.layers.Equalization):
            inner._custom_histogram_fixed_width = histogram


def histogram(values: Any, value_range: tuple[float, float], nbins: int) -> Any:
    """How often the values fall into each of `nbins` equal parts of a range; those outside count to its ends.

    What Equalization does, as one operation. On JAX Keras counts each value by itself, 256 times three, which took JAX a minute to compile.
    """
    low, high = value_range
    scaled = (keras.ops.cast(values, "float32") - low) * (nbins - 1) / (high - low)
    places = keras.ops.reshape(keras.ops.clip(keras.ops.cast(scaled, "int32"), 0, nbins - 1), [-1])
    return keras.ops.segment_sum(keras.ops.ones_like(places), places, num_segments=nbins)


ADAPTED: Final[Mapping[str, type[keras.Layer]]] = {"AugMix": Mix}
ADAPTED_ON_JAX: Final[Mapping[str, type[keras.Layer]]] = {"RandomCrop": Crop}

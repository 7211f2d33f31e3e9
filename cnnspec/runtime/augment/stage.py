"""What augmentation does to a batch, as one function of the batch and the number of its step, on every backend.

It runs inside the compiled step, in an input pipeline of TensorFlow, and for a look at a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from cnnspec.runtime.augment.draws import Draws
from cnnspec.runtime.data.batches import Batch


@dataclass(frozen=True, slots=True)
class Line:
    """One layer of `augment`. One that moves pixels has a twin for masks, by the class that it fills with."""

    layer: Any
    mixes: bool
    of_masks: Mapping[int, Any]
    pads: bool


class Stage:
    """The lines of `augment`, in order.

    Of a batch they change the input `name`, or the only one. For each target `masks` has the class of no class where it is a mask,
    which follows its image; other targets are mixed by the lines that mix.
    """

    def __init__(self, lines: Sequence[Line], seeds: Sequence[int], name: str | None, masks: Sequence[int | None]) -> None:
        self._lines = lines
        self._name = name
        self._masks = masks
        self._draws = Draws([line.layer for line in lines], seeds)

    def __call__(self, batch: Batch, step: Any) -> Batch:
        """The batch of step number `step`, augmented: images float32, targets and weights as they were but where they are mixed."""
        x, *learnt = batch
        several = isinstance(x, dict)
        image, parts = x[self._name] if several else x, [list(part) if isinstance(part, tuple | list) else [part] for part in learnt]
        image = keras.ops.cast(image, "float32")
        with self._draws.at(step):
            for line in self._lines:
                image = self._applied(line, image, parts)
        x = {**x, self._name: image} if several else image
        return (x, *(tuple(part) if len(part) > 1 else part[0] for part in parts))

    def _applied(self, line: Line, image: Any, parts: list[list[Any]]) -> Any:
        """The image behind one line. `parts`, the targets and the weights, are changed in place."""
        if line.mixes:
            return _mixed(line.layer, image, parts)
        learnt, places = parts[0], [i for i, fill in enumerate(self._masks) if fill is not None and line.of_masks]
        if not places:
            return _called(line.layer, image)
        change = line.layer.get_random_transformation(image, training=True) if hasattr(line.layer, "get_random_transformation") else None
        mark = self._draws.mark()
        moved = _moved(line.layer, image, change)
        for i in places:
            self._draws.rewind(mark)  # the field of an elastic transformation is drawn as it is applied
            learnt[i] = _moved_mask(line, learnt[i], change, self._masks[i] or 0)
        return moved


def _called(layer: Any, image: Any) -> Any:
    return layer(image, training=True) if layer._call_has_training_arg else layer(image)


def _moved(layer: Any, image: Any, change: Any) -> Any:
    """`image` moved by the change that was drawn, and that others are still moved by: on torch Keras writes into it."""
    if not hasattr(layer, "transform_images"):
        return layer(image)
    return layer.transform_images(image, keras.tree.map_structure(_copied, change))


def _copied(value: Any) -> Any:
    return keras.ops.copy(value) if keras.ops.is_tensor(value) else value


def _moved_mask(line: Line, mask: Any, change: Any, fill: int) -> Any:
    """A mask (n, height, width), or (n, height, width, classes), moved as its image."""
    flat = len(mask.shape) == 3
    found = keras.ops.cast(keras.ops.expand_dims(mask, -1) if flat else mask, "float32")
    found = _moved(line.of_masks[fill], found - fill, change) + fill if line.pads else _moved(line.of_masks[fill], found, change)
    return keras.ops.cast(keras.ops.squeeze(found, -1) if flat else found, mask.dtype)


def _mixed(layer: Any, image: Any, parts: list[list[Any]]) -> Any:
    """Two items of the batch at a time made one: images, targets and weights in the same shares."""
    change = layer.get_random_transformation(image, training=True)
    for part in parts:
        part[:] = [_mixed_label(layer, label, change) for label in part]
    return layer.transform_images(image, change, training=True)


def _mixed_label(layer: Any, label: Any, change: Any) -> Any:
    flat = len(label.shape) == 1
    found = keras.ops.cast(keras.ops.expand_dims(label, -1) if flat else label, "float32")
    found = layer.transform_labels(found, change, training=True)
    return keras.ops.squeeze(found, -1) if flat else found

"""The `augment` section: its layers, built and checked, and the model that they are trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import keras

from cnnspec.catalogue import load_catalogue
from cnnspec.consistency.augmentation import other_shape
from cnnspec.consistency.movement import MIXING, MOVES_MASKS
from cnnspec.consistency.naming import argument
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph.graph import Input
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object, Phase
from cnnspec.runtime.augment.adapted import ADAPTED, ADAPTED_ON_JAX, adapt_to_jax
from cnnspec.runtime.augment.stage import Line, Stage
from cnnspec.runtime.data.targets import Targets
from cnnspec.runtime.model.objects import EXTERN, Context, NotBuilt, build, first_sentence, to_keras

_NOT_ON_JAX: Final = frozenset({"RandomElasticTransform"})
"""Layers of Keras 3.15 that look at the values of a tensor while JAX compiles, which JAX refuses."""


def augment_layers(augment: Sequence[Object], seed: int) -> list[Any]:
    """The layers of `augment`. One that takes a seed and was given none gets its own from the run's. Raises `NotBuilt`.

    They compute in float32 whatever the model's precision is: half precision would spoil positions and pixel values.
    """
    return [_layer(item, item.arguments, seed) for item, seed in zip(augment, _seeds(augment, seed), strict=True)]


def unfit_layers(document: Document, augment: Sequence[Object], seed: int, given: Input) -> list[Diagnostic]:
    """What cannot be an augmentation of the input `given`: what Keras refuses, what would learn, what gives the model another shape."""
    try:
        layers = augment_layers(augment, seed)
    except NotBuilt as refusal:
        return [at(document, refusal.pointer, "E1001", f"Keras refuses `{refusal.name}`: {refusal.reason}")]
    image = keras.Input(given.shape)
    for item, layer in zip(augment, layers, strict=True):
        try:
            image = image if item.name in MIXING else layer(image)
        except Exception as error:  # Keras refuses with whatever its code happens to raise
            return [at(document, item.pointer, "E1001", f"Keras refuses `{item.name}`: {first_sentence(error)}")]
        if layer.trainable_weights:
            help = "put it into the `model`"
            return [at(document, item.pointer, "E0801", f"`{item.name}` has weights: nothing would keep what it learns here", help=help)]
    found = tuple(image.shape[1:])
    if found == given.shape:
        return []
    return [other_shape(document, augment[-1].pointer, found, given)]


def stage_of(
    augment: Sequence[Object], seed: int, name: str | None, targets: Mapping[str, Targets], fill: Mapping[str, int | None]
) -> Stage:
    """What is done to a training batch: to its input `name`, and to what is learnt from it.

    `fill` is the class of pixels of no class, by output, where the masks have one.
    """
    masks = [(fill.get(output) or 0 if kind.form == "number" else 0) if kind.places > 1 else None for output, kind in targets.items()]
    seeds, fills = _seeds(augment, seed), sorted({mask for mask in masks if mask is not None})
    lines = [
        Line(
            _layer(item, item.arguments, own),
            mixes=item.name in MIXING,
            of_masks={number: _layer(item, _for_masks(item, number), own) for number in fills} if item.name in MOVES_MASKS else {},
            pads=item.name == "ZeroPadding2D",
        )
        for item, own in zip(augment, seeds, strict=True)
    ]
    return Stage(lines, seeds, name, masks)


def ignored(phase: Phase) -> dict[str, int | None]:
    """The class number that each output's loss leaves out."""
    losses = {goal.output: goal.loss.to_json() if isinstance(goal.loss, Object) else goal.loss for goal in phase.goals}
    return {output: argument("loss", loss, "ignore_class") for output, loss in losses.items()}


class Augmented(keras.Model):  # type: ignore[misc]
    """The model of the spec behind its augmentation: what is trained. What is tested and saved is `core`.

    In validation and prediction `core` alone runs, so that a padding layer before a random crop does nothing there. `step` is the
    number of the next training step, over all epochs and phases.
    """

    def __init__(self, core: keras.Model) -> None:
        super().__init__(name=f"{core.name}_augmented")
        self.core = core
        self.step = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="step")
        self.output_names = core.output_names  # the names of what Keras measures
        self._stages: list[Stage] = []

    def use(self, stage: Stage) -> None:
        """Augments with `stage` from now on. To be called before `compile`."""
        self._stages = [stage]

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.core(inputs, training=training)

    def save(self, *arguments: Any, **options: Any) -> None:
        """Callbacks that save the model save what can be used without the augmentation."""
        self.core.save(*arguments, **options)

    def save_weights(self, *arguments: Any, **options: Any) -> None:
        self.core.save_weights(*arguments, **options)

    def build(self, input_shape: Any) -> None:
        """Nothing to build: `core` is, and the layers that augment have no weights."""
        self.built = True

    def train_step(self, *given: Any) -> Any:
        """Keras's own step with an augmented batch. On JAX the values of all variables go in and come out."""
        if keras.config.backend() != "jax":
            return super().train_step(self._next(given[0]))
        (trainable, others, *rest), data = given
        with keras.StatelessScope(list(zip(self.non_trainable_variables, others, strict=True))) as scope:
            data = self._next(data)
        others = [scope.get_current_value(variable) for variable in self.non_trainable_variables]
        return super().train_step((trainable, others, *rest), data)

    def _next(self, batch: Any) -> Any:
        for stage in self._stages:
            batch = stage(batch, self.step)
        self.step.assign_add(1)
        return batch


def _seeds(augment: Sequence[Object], seed: int) -> list[int]:
    """The seed of each line: its own, or one from that of the run and its place."""
    return [item.arguments.get("seed") or (seed * 1_000 + i + 1) % 2**31 for i, item in enumerate(augment)]


def _for_masks(item: Object, fill: int) -> dict[str, Any]:
    """The arguments of a layer for masks: it must not mix classes, and fills with that of no class."""
    own = {"interpolation": "nearest", "fill_value": float(fill), "value_range": (min(fill, 0), 255)}
    entry = load_catalogue().entry(item.kind, item.name)
    return {**item.arguments, **{name: value for name, value in own.items() if entry is not None and entry.parameter(name) is not None}}


def _layer(item: Object, given: Mapping[str, Any], seed: int) -> Any:
    arguments = {key: to_keras(value, Context(), f"{item.pointer}/arguments/{key}") for key, value in given.items()}
    entry = load_catalogue().entry(item.kind, item.name)
    if entry is not None and entry.parameter("seed") is not None:
        arguments["seed"] = seed
    if item.kind == EXTERN:
        layer = build(item.kind, item.name, arguments, item.pointer)
        if not isinstance(layer, keras.Layer):
            raise NotBuilt(item.pointer, item.name, "it is no `keras.Layer`")
        return layer
    arguments.setdefault("dtype", "float32")
    on_jax = keras.config.backend() == "jax"
    if on_jax and item.name in _NOT_ON_JAX:
        raise NotBuilt(item.pointer, item.name, "JAX cannot compile this layer; it works on TensorFlow and torch")
    own = ADAPTED.get(item.name) or (ADAPTED_ON_JAX.get(item.name) if on_jax else None)
    layer = own(**arguments) if own else build(item.kind, item.name, arguments, item.pointer)
    if on_jax:
        adapt_to_jax(layer)
    return layer

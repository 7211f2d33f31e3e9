"""Which layers a phase freezes: by name, or by a selection inside a backbone or block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from cnnspec.consistency.freeze import no_layer, no_type
from cnnspec.diagnostics import Diagnostic, has_errors
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object, Phase


def frozen_layers(document: Document, phase: Phase, model: keras.Model) -> tuple[list[Any], list[Diagnostic]]:
    """The layers that the phase names, without those inside them.

    E0803: one of them is not there. E0801: nothing is left that learns. W0801: one of them has no weights.
    """
    found: list[Any] = []
    problems: list[Diagnostic] = []
    for i, item in enumerate(phase.freeze):
        if isinstance(item, str):
            place = f"{phase.places.get('freeze', phase.pointer)}/{i}"
            layers, wrong = _named(document, place, item, model)
        else:
            layers, wrong = _selected(document, item, model)
        found += [layer for layer in layers if layer not in found]
        problems += wrong or _useless(document, phase, i, layers)
    if phase.freeze and not has_errors(problems) and not _left(model, found):
        message, help = "every layer with weights is frozen, so nothing learns", "take a layer out of `freeze`"
        problems.append(at(document, phase.places.get("freeze", phase.pointer), "E0801", message, label="everything", help=help))
    return found, problems


def _useless(document: Document, phase: Phase, i: int, layers: Sequence[Any]) -> list[Diagnostic]:
    """Layers that have nothing to freeze."""
    if any(layer.weights for layer in layers):
        return []
    message, place = "nothing is frozen by this: it has no weights", f"{phase.places.get('freeze', phase.pointer)}/{i}"
    return [at(document, place, "W0801", message, label="no weights", help="delete it")]


def _left(model: keras.Model, frozen: Sequence[Any]) -> bool:
    """Whether anything learns when `frozen` does not."""
    without = {id(weight) for layer in frozen for weight in layer.weights}
    return any(id(weight) not in without for weight in model.trainable_weights)


class Trainable:
    """Which layers of a model are trainable, phase by phase."""

    def __init__(self, model: keras.Model) -> None:
        self._layers = model._flatten_layers(include_self=False)
        self._never = [layer for layer in self._layers if not layer.trainable]

    def freeze(self, frozen: Sequence[Any]) -> int:
        """Makes everything trainable but `frozen`, what is inside of it, and layers that the spec made so (`trainable=False`).

        Returns how many layers with weights are frozen. Each layer is set by itself: on TensorFlow, setting the `trainable` of a model
        to what it is already does not reach its layers.
        """
        for layer in self._layers:
            layer.trainable = True
        for layer in (*self._never, *frozen):
            layer.trainable = False
        return sum(1 for layer in self._layers if layer.weights and not layer.trainable and not isinstance(layer, keras.Model))


def _named(document: Document, place: str, name: str, model: keras.Model) -> tuple[list[Any], list[Diagnostic]]:
    """The layer `name`, or every layer of the block `name`, whose layers are called `name__...`."""
    top = {layer.name: layer for layer in model.layers}
    if name in top:
        return [top[name]], []
    inside = [layer for layer in model.layers if layer.name.startswith(f"{name}__")]
    if inside:
        return inside, []
    return [], [no_layer(document, place, name, _offered(model), "the model")]


def _selected(document: Document, item: Object, model: keras.Model) -> tuple[list[Any], list[Diagnostic]]:
    base, upto, kind = item.arguments["base"], item.arguments.get("upto"), item.arguments.get("type")
    place = f"{item.pointer}/arguments"
    named, problems = _named(document, f"{place}/base", base, model)
    if problems:
        return [], problems
    layers = [layer for one in named for layer in (one.layers if isinstance(one, keras.Model) else [one])]
    if upto is not None:
        names = [layer.name for layer in layers]
        if upto not in names:
            return [], [no_layer(document, f"{place}/upto", upto, names, f"`{base}`")]
        layers = layers[: names.index(upto) + 1]
    if kind is not None:
        classes = {type(layer).__name__ for layer in layers}
        layers = [layer for layer in layers if type(layer).__name__ == kind]
        if not layers:
            return [], [no_type(document, f"{place}/type", base, kind, classes)]
    return layers, []


def _offered(model: keras.Model) -> list[str]:
    """Names that `freeze` knows: layers with weights, and blocks."""
    names = [layer.name for layer in model.layers if layer.weights]
    return list(dict.fromkeys([*names, *(name.split("__")[0] for name in names)]))

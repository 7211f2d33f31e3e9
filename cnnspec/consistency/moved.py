"""Layers of `augment` against what is learnt: labels that cannot be mixed, masks that cannot follow their images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from cnnspec.consistency.losses import NUMBERED
from cnnspec.consistency.masks import masked
from cnnspec.consistency.movement import LEAVES_PLACES, MIXING, MOVES_MASKS, leaves_holes
from cnnspec.consistency.naming import canonical
from cnnspec.consistency.spec import Objective, Spec, objectives
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import escape
from cnnspec.plan.place import at

Json: TypeAlias = Any


def moved(spec: Spec) -> Iterator[Diagnostic]:
    """E0809, once a line: what it does to images, and cannot do to a target."""
    for i, line in enumerate(spec.document.json.get("augment") or []):
        yield from _within(spec, line.get("arguments", {}), f"/augment/{i}/arguments")
        found = (problem for objective in objectives(spec) for problem in _problems(spec, objective, line, f"/augment/{i}"))
        yield from list(found)[:1]


def _problems(spec: Spec, objective: Objective, line: Mapping[str, Json], pointer: str) -> Iterator[Diagnostic]:
    name, shape = line.get("layer"), spec.graph.shape_of(objective.output)
    if name in MIXING:
        yield from _mixing(spec, objective, name, pointer, areal=shape is not None and len(shape) > 2)
        return
    for place, arguments in masked(spec, objective.output):
        labels = ((place, "the masks come from here"),)
        if name is None or name not in LEAVES_PLACES | MOVES_MASKS:
            message = f"masks cannot follow what `{name or 'a layer in Python'}` does to their images"
            help = "delete it; layers such as `RandomFlip`, `RandomRotation`, `RandomZoom` and those of colours alone work with masks"
            yield at(spec.document, pointer, "E0809", message, label="moves or mixes pixels", help=help, labels=labels)
        elif arguments.get("ignore") is None and leaves_holes(name, line.get("arguments", {})):
            message = f"`{name}` fills with pixels of no class, and the masks have no number for that"
            other = "" if name in ("ZeroPadding2D", "Resizing", "RandomPerspective") else ', or `fill_mode="reflect"`'
            help = f"write `ignore=255` in the source, and the same as `ignore_class` of the loss{other}"
            yield at(spec.document, pointer, "E0809", message, label="leaves places that show nothing", help=help, labels=labels)


def _within(spec: Spec, value: Json, pointer: str) -> Iterator[Diagnostic]:
    """A layer that mixes inside another layer, where Keras would mix the images and leave the labels."""
    if isinstance(value, Mapping):
        if value.get("layer") in MIXING:
            message = f"`{value['layer']}` cannot mix the labels from inside another layer"
            yield at(spec.document, pointer, "E0809", message, label="mixes images alone here", help="write it as a line of `augment`")
        items = [(escape(key), item) for key, item in value.items()]
    else:
        items = [(str(i), item) for i, item in enumerate(value)] if isinstance(value, list) else []
    for key, item in items:
        yield from _within(spec, item, f"{pointer}/{key}")


def _mixing(spec: Spec, objective: Objective, name: str, pointer: str, *, areal: bool) -> Iterator[Diagnostic]:
    loss, labels = canonical("loss", objective.loss), ((objective.place, "this is what learns from the labels"),)
    if areal:
        message = f"`{name}` mixes one label an image, `{objective.output}` learns one a place"
        yield at(spec.document, pointer, "E0809", message, help="delete it", labels=labels)
    elif loss in NUMBERED:
        message = f"`{name}` mixes the labels, and the loss `{loss}` takes whole class numbers"
        help = 'write `loss = "categorical_crossentropy"`: the labels then become rows with a one in them, which can be mixed'
        yield at(spec.document, pointer, "E0809", message, label="mixes the labels", help=help, labels=labels)

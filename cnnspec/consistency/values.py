"""Values that are allowed and probably not meant (W0401): pixels scaled the wrong way or twice, backbones with their top, rates, angles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import load_catalogue
from cnnspec.consistency.ends import PASSING
from cnnspec.consistency.naming import argument, place_of
from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.graph.graph import Input, Node
from cnnspec.plan.place import at
from cnnspec.plan.settings import PhaseSettings

Json: TypeAlias = Any

_HIGHEST_RATE: Final = 10
"""From here on a learning rate is a slip of the pen: `1e3` for `1e-3`."""

_RATES: Final = ("learning_rate", "initial_learning_rate", "warmup_target")
_SMALL: Final = 0.02
"""A scale up to this takes pixels to about 1; a backbone then scales them once more."""


def values(spec: Spec) -> Iterator[Diagnostic]:
    for node in spec.graph.nodes:
        if node.layer == "Rescaling":
            yield from _rescaled(spec, node)
        elif node.kind == "application":
            yield from _scaled_twice(spec, node)
            yield from _own_classifier(spec, node)
    yield from _angles(spec)
    for phase in spec.phases:
        yield from _rates(spec, phase)


def _rescaled(spec: Spec, node: Node) -> Iterator[Diagnostic]:
    """`Rescaling(255)` of pixels that are 0 to 255 already."""
    scale, top = node.arguments.get("scale"), spec.facts.top
    first = isinstance(spec.made.get(node.inputs[0].partition(":")[0]), Input) if node.inputs else False
    if first and top and isinstance(scale, int | float) and scale > 1 and top * scale > 1_000:
        message = f"the pixels are 0 to {top} already, this makes them 0 to {top * scale:,g}"
        labels = (("/data/source", f"pixels of 0 to {top} come from here"),)
        place = place_of(node.pointer, "scale")
        yield at(spec.document, place, "W0401", message, label="multiplies", help=f"write `Rescaling(1 / {top})`", labels=labels)


def _scaled_twice(spec: Spec, node: Node) -> Iterator[Diagnostic]:
    """A backbone with its own preprocessing and with weights that were learnt so, behind a Rescaling of the pixels."""
    entry = load_catalogue().entry("application", node.layer)
    trained = argument("application", {"application": node.layer, "arguments": node.arguments}, "weights") is not None
    inside = entry is not None and entry.backbone is not None and entry.backbone.preprocess == "none"
    own = inside or node.arguments.get("preprocess", True)
    above = spec.made.get(node.inputs[0].partition(":")[0]) if node.inputs else None
    if not trained or not own or not isinstance(above, Node) or above.layer != "Rescaling":
        return
    scale = above.arguments.get("scale")
    if isinstance(scale, int | float) and 0 < scale <= _SMALL and isinstance(spec.made.get(above.inputs[0]), Input):
        message = f"`{node.layer}` scales the pixels itself, so they are scaled twice"
        labels = ((node.pointer, "wants pixels of 0 to 255"),)
        yield at(spec.document, above.pointer, "W0401", message, label="scales them first", help="delete this line", labels=labels)


def _own_classifier(spec: Spec, node: Node) -> Iterator[Diagnostic]:
    """Layers behind a backbone that still has its own last layer, as Keras's default has it."""
    if "include_top" in node.arguments:
        return
    behind, reader = {node.name}, None
    for later in spec.graph.nodes:
        if later.layer in PASSING and behind.intersection(later.inputs):
            behind.add(later.name)
        elif later.layer.startswith(("Dense", "Conv")) and behind.intersection(later.inputs):
            reader = later
            break
    if reader is not None:
        message = f"`{node.layer}` ends with its own classifier, so the layers behind it read class probabilities"
        help, labels = 'write `include_top=False, pooling="avg"` in it', ((reader.pointer, "reads them"),)
        yield at(spec.document, node.pointer, "W0401", message, label="`include_top` is True in Keras", help=help, labels=labels)


def _angles(spec: Spec) -> Iterator[Diagnostic]:
    """`RandomRotation(20)` means 20 full turns, which Keras refuses."""
    layers = [(node.layer, node.arguments, node.pointer) for node in spec.graph.nodes if node.kind == "layer"]
    layers += [
        (item.get("layer", ""), item["arguments"], f"/augment/{i}") for i, item in enumerate(spec.document.json.get("augment") or [])
    ]
    for name, arguments, pointer in layers:
        factor = arguments.get("factor") if name == "RandomRotation" else None
        turns = [factor] if isinstance(factor, int | float) else factor if isinstance(factor, list) else []
        wrong = next((turn for turn in turns if isinstance(turn, int | float) and abs(turn) > 1), None)
        if wrong is not None:
            message = f"`RandomRotation.factor` is a share of a full turn, so it is -1 to 1, not {wrong:g}"
            help = f"write `{wrong:g}deg`" if abs(wrong) <= 360 and wrong == int(wrong) else "write at most a full turn, `360deg`"
            yield at(spec.document, place_of(pointer, "factor"), "E0404", message, label=f"{wrong:g} full turns", help=help)


def _rates(spec: Spec, phase: PhaseSettings) -> Iterator[Diagnostic]:
    optimizer, place = phase.values["optimizer"], phase.places["optimizer"]
    given = optimizer.get("arguments", {}) if isinstance(optimizer, Mapping) else {}
    rate = given.get("learning_rate")
    if isinstance(rate, Mapping):
        inside = place_of(place, "learning_rate")
        written = [(rate.get("arguments", {}).get(name), place_of(inside, name)) for name in _RATES[1:]]
    else:
        written = [(rate, place_of(place, "learning_rate"))]
        if rate is not None and rate <= 0:
            message = "with this learning rate nothing is learnt" if rate == 0 else "with this learning rate the loss is made large"
            yield at(spec.document, written[0][1], "W0401", message, label="not above 0", help="write `learning_rate=1e-3`")
    for value, pointer in written:
        if isinstance(value, int | float) and value >= _HIGHEST_RATE:
            message = f"a learning rate of {value:g} makes nearly every training diverge"
            yield at(spec.document, pointer, "W0401", message, label="very high", help="learning rates are 1e-5 to 1, often `1e-3`")

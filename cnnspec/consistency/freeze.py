"""What `freeze` names against the layers. The layers inside a backbone are known to Keras alone: `run` looks there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from cnnspec.catalogue import load_catalogue
from cnnspec.consistency.naming import place_of
from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph.graph import Node
from cnnspec.plan.place import at
from cnnspec.suggest import nearest

Json: TypeAlias = Any


def frozen(spec: Spec) -> Iterator[Diagnostic]:
    """A layer that is frozen and is not there (E0803), or that has nothing to freeze (W0801)."""
    if not any(phase.values["freeze"] for phase in spec.phases):
        return
    layers = [node for node in spec.graph.nodes if node.kind != "reuse"]
    for phase in spec.phases:
        for i, item in enumerate(phase.values["freeze"]):
            place = f"{phase.places['freeze']}/{i}"
            name, where = (item, place) if isinstance(item, str) else (item["arguments"]["base"], place_of(place, "base"))
            meant = _meant(layers, name)
            if any(name == given.name for given in spec.graph.inputs):
                message = f"`{name}` is an input: it has no weights to freeze"
                yield at(spec.document, where, "W0801", message, label="no layer", help=f"delete `{name}`")
            elif not meant and not _preprocess(layers, name):
                yield no_layer(spec.document, where, name, _offered(layers), "the model")
            elif not isinstance(item, str) and all(node.kind == "layer" for node in meant):
                yield from _selected(spec, place, item["arguments"], meant)


def no_layer(document: Document, place: str, name: str, names: Sequence[str], where: str) -> Diagnostic:
    """There is no layer `name` in `where`, which has `names`."""
    near = nearest(name, names)
    listed = ", ".join(f"`{n}`" for n in names[:12])
    help = f"did you mean `{near}`?" if near else f"the layers are {listed}{', ...' if len(names) > 12 else ''}"
    return at(document, place, "E0803", f"{where} has no layer `{name}`", label="no such layer", help=help)


def no_type(document: Document, place: str, base: str, kind: str, there: set[str]) -> Diagnostic:
    """`base` has no layer of the class `kind`, but those of the classes `there`."""
    near = nearest(kind, sorted(there))
    help = f"did you mean `{near}`?" if near else f"it has {', '.join(sorted(there))}"
    return at(document, place, "E0803", f"`{base}` has no layer of the type `{kind}`", label="no such layer", help=help)


def _meant(layers: Sequence[Node], name: str) -> list[Node]:
    """The layer `name`, or every layer of the block `name`, whose layers are called `name__...`."""
    return [node for node in layers if node.name == name] or [node for node in layers if node.name.startswith(f"{name}__")]


def _preprocess(layers: Sequence[Node], name: str) -> bool:
    """What scales the pixels for a backbone is a layer, too."""
    return any(node.kind == "application" and name.startswith(f"{node.name}__") for node in layers)


def _offered(layers: Sequence[Node]) -> list[str]:
    return list(dict.fromkeys([*(node.name for node in layers), *(node.name.split("__")[0] for node in layers)]))


def _selected(spec: Spec, place: str, selection: Mapping[str, Json], layers: Sequence[Node]) -> Iterator[Diagnostic]:
    """`upto` and `type` in a block or in a single layer."""
    base, upto, kind = selection["base"], selection.get("upto"), selection.get("type")
    names = [node.name for node in layers]
    if upto is not None and upto not in names:
        yield no_layer(spec.document, place_of(place, "upto"), upto, names, f"`{base}`")
        return
    there = {_class(node.layer) for node in layers[: names.index(upto) + 1 if upto is not None else None]}
    if kind is not None and kind not in there:
        yield no_type(spec.document, place_of(place, "type"), base, kind, there)


def _class(name: str) -> str:
    """Keras's own name of a layer that may be written by another one."""
    entry = load_catalogue().entry("layer", name)
    return entry.name if entry else name

"""Names of outputs, inputs and classes: `head NAME`, the columns of a table, and the keys of `class_weight`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias

from cnnspec.consistency.ends import end_of
from cnnspec.consistency.images import sources
from cnnspec.consistency.losses import BINARY, NUMBERED
from cnnspec.consistency.naming import canonical, place_of
from cnnspec.consistency.spec import Spec, heads_of
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document, escape
from cnnspec.plan.place import at
from cnnspec.suggest import nearest

Json: TypeAlias = Any


def outputs(spec: Spec) -> Iterator[Diagnostic]:
    yield from _heads(spec)
    yield from _table(spec)
    yield from _weights(spec)


def no_class(document: Document, place: str, key: str, names: Sequence[str], count: int | None) -> Diagnostic:
    """`class_weight` names a class that there is not. `names` are the classes by number, where they have names."""
    near = nearest(key, names)
    listed = f"the classes are {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}" if names else None
    numbers = f"they go from 0 to {count - 1}" if count is not None else 'name a class by its number: `"0"`'
    help = f"did you mean `{near}`?" if near else listed or numbers
    message = f"`class_weight`: there is no class `{key}`"
    labels = (("/data/source", "the classes come from here"),) if names else ()
    return at(document, place, "E0807", message, label="no such class", help=help, part="key", labels=labels)


def _heads(spec: Spec) -> Iterator[Diagnostic]:
    """A head that belongs to no output (E0807); an output that nothing trains, where the others have heads (W0803)."""
    heads, outputs = heads_of(spec.document), spec.graph.outputs
    for name in heads:
        if name not in outputs:
            near = nearest(name, outputs)
            listed = ", ".join(f"`{output}`" for output in outputs)
            help = f"did you mean `{near}`?" if near else f"the outputs are {listed}" if len(outputs) > 1 else f"the output is {listed}"
            place, labels = f"/train/head/{escape(name)}", tuple((_maker(spec, output), f"the output `{output}`") for output in outputs)
            message = f"`head {name}`: the model has no output `{name}`"
            yield at(spec.document, place, "E0807", message, label="no such output", help=help, labels=labels, part="key")
    if not heads or any(name not in outputs for name in heads) or any(phase.values["loss"] is not None for phase in spec.phases):
        return
    read = {tensor for node in spec.graph.nodes for tensor in node.inputs}
    for output in outputs:
        if output not in heads and output not in read:
            message = f"the output `{output}` has no head, so nothing trains it"
            help = f"write `head {output} {{ loss = ... }}` in `train`"
            yield at(spec.document, _maker(spec, output), "W0803", message, label="no head", help=help)


def _maker(spec: Spec, output: str) -> str:
    """The line that makes an output."""
    return spec.made[output.partition(":")[0]].pointer


def _table(spec: Spec) -> Iterator[Diagnostic]:
    """The columns of the tables against the inputs and the outputs of the model."""
    sides = (("inputs", [given.name for given in spec.graph.inputs], "input"), ("targets", spec.graph.outputs, "output"))
    tables = ((pointer, source["arguments"]) for pointer, source in sources(spec.document) if source["source"] == "csv")
    for (pointer, arguments), (key, names, what) in product(tables, sides):
        place, given = place_of(pointer, key), arguments[key]
        unknown = [name for name in given if name not in names]
        for name in unknown:
            near, listed = nearest(name, names), ", ".join(f"`{one}`" for one in names)
            help = f"did you mean `{near}`?" if near else f"the model has {listed}"
            message = f"`csv`: the model has no {what} `{name}`"
            yield at(spec.document, f"{place}/{escape(name)}", "E0807", message, label=f"no such {what}", help=help)
        for name in names if not unknown else ():
            if name not in given:
                message, help = f"`csv`: the {what} `{name}` has no column", f'add `"{name}": ...` to `{key}`'
                yield at(spec.document, place, "E0807", message, label=f"`{name}` is missing", help=help)


def _weights(spec: Spec) -> Iterator[Diagnostic]:
    """Class weights of classes that there cannot be: by the source where its classes are known, else by the width of the head."""
    outputs = spec.graph.outputs
    if len(outputs) > 1:
        yield from _weights_of_several(spec)
    elif spec.source is not None:
        for phase in spec.phases:
            most = spec.facts.classes or _most(spec, outputs[0], phase.values["loss"])
            yield from _no_classes(spec, phase.values["class_weight"], phase.places["class_weight"], spec.facts.names or (), most)


def _weights_of_several(spec: Spec) -> Iterator[Diagnostic]:
    for name, head in heads_of(spec.document).items():
        if name in spec.graph.outputs:
            place = f"/train/head/{escape(name)}/class_weight"
            yield from _no_classes(spec, head.get("class_weight"), place, (), _most(spec, name, head.get("loss")))
    for phase in spec.phases:
        if phase.values["class_weight"] is not None:
            message = f"`class_weight` does not say of which output: the model has {len(spec.graph.outputs)}"
            help = f"write it in `head {spec.graph.outputs[0]} {{ }}`"
            yield at(spec.document, phase.places["class_weight"], "E0807", message, label="which output?", help=help, part="key")


def _no_classes(spec: Spec, given: Json, place: str, names: Sequence[str], most: int | None) -> Iterator[Diagnostic]:
    """The keys of a `class_weight` that are no class. There are `most` classes at most, None if that is not known."""
    nameless = (spec.source or {}).get("source") == "npz" or (spec.facts.classes is not None and not names)
    for key in given if isinstance(given, Mapping) else ():
        number = int(key) if key.isdigit() else None
        if key in names or (number is None and not names and not nameless) or (number is not None and (most is None or number < most)):
            continue
        yield no_class(spec.document, f"{place}/{escape(key)}", key, names, most)


def _most(spec: Spec, output: str, loss: Json) -> int | None:
    """How many classes the head can tell apart at most, where its loss takes classes."""
    width, name = end_of(spec, output).width, canonical("loss", loss) if loss is not None else None
    if width == 1:
        return 2 if name in BINARY else None
    return width if name in NUMBERED else None

"""The changes of the network, one for each layer, block, input and output that it happened to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cnnspec.catalogue import load_catalogue
from cnnspec.comparison.change import Action, Change, Detail, ShapeChange, Written, place_of
from cnnspec.comparison.matching import Matching
from cnnspec.comparison.meaning import entry_of, meaning
from cnnspec.comparison.parts import Block, Layer, Part, layers_of
from cnnspec.comparison.values import At, different_arguments
from cnnspec.comparison.wiring import Wiring, names
from cnnspec.comparison.writing import Writer
from cnnspec.document.document import Document
from cnnspec.graph import Graph, Input, Node
from cnnspec.graph.calling import references
from cnnspec.shapes import Shape, show


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two specs. `alone` are the layers that it has alone, `readers` those that read each tensor's layer, in order."""

    document: Document
    graph: Graph
    alone: Sequence[Part]
    readers: dict[str, list[str]] = field(init=False, default_factory=dict)
    order: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for number, node in enumerate(self.graph.nodes):
            self.order[node.name] = number
            for reference in (*node.inputs, *references(node.call)):
                self.readers.setdefault(reference.partition(":")[0], []).append(node.name)

    def declares(self, shape: Shape | None) -> bool:
        """Whether one of the layers that are on this side alone has this shape column."""
        return any(layer.node.declared == shape for layer in layers_of(self.alone))


def layer_changes(before: Side, after: Side, matching: Matching, wiring: Wiring) -> Iterator[Change]:
    """The layers and blocks that are other, more or fewer, each by itself."""
    for old, new in matching.blocks:
        yield from _block_renamed(before, after, old, new)
    for a, b in matching.layers:
        yield from _layer_changed(before, after, a, b, wiring, b.node.name in matching.moved)
    yield from (_alone(part, before, "removed") for part in before.alone)
    yield from (_alone(part, after, "added") for part in after.alone)


def _layer_changed(before: Side, after: Side, a: Layer, b: Layer, wiring: Wiring, moved: bool) -> Iterator[Change]:
    at = At(before.document, after.document, (a.node.pointer, b.node.pointer))
    details = [*_call(a, b, at, wiring), *wiring.details(a, b), *_declared(before, after, a.node, b.node), *_renamed(a, b, at)]
    if details:
        action: Action = "moved" if moved and any(detail.what == "reads" for detail in details) else "changed"
        place = place_of(after.document, b.node.pointer)
        yield Change(action, "layer", b.node.name, place, b.node.layer, tuple(details), (b.node.name,))


def _call(a: Layer, b: Layer, at: At, wiring: Wiring) -> Iterator[Detail]:
    """Another layer, another shared layer, or other arguments."""
    if (a.node.kind, a.node.layer) == (b.node.kind, b.node.layer) and a.node.kind != "reuse":
        if a.structure != b.structure:
            entry = entry_of(load_catalogue(), a.node.kind, a.node.layer)
            yield from different_arguments(entry, a.node.arguments, b.node.arguments, at.inside("arguments", ""))
    elif not (a.node.kind == b.node.kind == "reuse" and wiring.now(a.node.layer) == b.node.layer):
        before, after = (call_text(document, node) for document, node in ((at.before, a.node), (at.after, b.node)))
        yield Detail("layer", Written(a.node.layer, before), Written(b.node.layer, after), at.pointers)


def _declared(before: Side, after: Side, a: Node, b: Node) -> Iterator[Detail]:
    """The shape column, unless the shape itself is another, which is told with the shapes, or the line ends with another layer now."""
    if a.declared == b.declared or a.shapes != b.shapes:
        return
    if (b.declared is None and after.declares(a.declared)) or (a.declared is None and before.declares(b.declared)):
        return
    yield Detail("declared shape", _shape(a.declared), _shape(b.declared), (f"{a.pointer}/shape", f"{b.pointer}/shape"))


def _shape(shape: Shape | None) -> Written | None:
    return None if shape is None else Written(list(shape), show(shape))


def _renamed(a: Layer | Block, b: Layer | Block, at: At) -> Iterator[Detail]:
    """Another name, if the author gave the one or the other: names that layers get by themselves follow from the lines."""
    if a.local != b.local and (a.given or b.given):
        yield Detail("name", Written(a.local, a.local), Written(b.local, b.local), at.pointers)


def _block_renamed(before: Side, after: Side, a: Block, b: Block) -> Iterator[Change]:
    first = next(layers_of([b])).node
    at = At(before.document, after.document, (next(layers_of([a])).node.pointer, first.pointer))
    details = tuple(_renamed(a, b, at))
    if details:
        layers = len(list(layers_of([b])))
        yield Change("changed", "block", b.path, place_of(after.document, first.pointer), "", details, (b.path,), layers)


# ---------------------------------------------------------------- on one side alone


def _alone(part: Part, side: Side, action: Literal["added", "removed"]) -> Change:
    """A layer or a block that is on one side alone."""
    layers = list(layers_of([part]))
    first = layers[0].node
    around = part.path if isinstance(part, Block) else first.name
    details = tuple(
        Detail(what, found if action == "removed" else None, found if action == "added" else None, (first.pointer, first.pointer))
        for what, found in _between(side, first, layers[-1].node, around.count("__"))
    )
    place = place_of(side.document, first.pointer)
    if isinstance(part, Block):
        return Change(action, "block", part.path, place, "", details, (part.path,), len(layers))
    return Change(action, "layer", first.name, place, call_text(side.document, first), details, (first.name,), 1)


def _between(side: Side, first: Node, last: Node, depth: int) -> Iterator[tuple[str, Written]]:
    """What is read and by whom, where the order of the lines does not say it. A block is one line: `depth` counts those around."""
    nodes, here, end = side.graph.nodes, side.order[first.name], side.order[last.name]
    above = nodes[here - 1].name if here else side.graph.inputs[0].name
    below = nodes[end + 1].name if end + 1 < len(nodes) else ""
    readers = side.readers.get(last.name, [])
    if list(first.inputs) != [above]:
        yield "reads", names(first.inputs)
    if {_line(reader, depth) for reader in readers} - {_line(below, depth)}:
        yield "read by", names(readers)


def _line(name: str, depth: int) -> tuple[str, ...]:
    return tuple(name.split("__")[: depth + 1])


def call_text(document: Document, node: Node) -> str:
    """A call as the language writes it; a shared layer that is used again has a name alone."""
    return (
        f"the shared `{node.layer}`" if node.kind == "reuse" else Writer(document).call(node.kind, node.layer, node.arguments, node.pointer)
    )


# ---------------------------------------------------------------- inputs, outputs, the model


def model_changes(before: Side, after: Side, wiring: Wiring) -> Iterator[Change]:
    """The model's name, its inputs, its outputs."""
    if before.graph.name != after.graph.name:
        pointers = ("/model/name", "/model/name")
        name = Detail("name", Written(before.graph.name, before.graph.name), Written(after.graph.name, after.graph.name), pointers)
        yield Change("changed", "model", after.graph.name, place_of(after.document, "/model/name"), "", (name,))
    yield from _inputs(before, after, wiring)
    yield from _outputs(before, after, wiring)


def _inputs(before: Side, after: Side, wiring: Wiring) -> Iterator[Change]:
    old, new = {i.name: i for i in before.graph.inputs}, {i.name: i for i in after.graph.inputs}
    for name, found in old.items():
        if name not in wiring.inputs:
            yield Change("removed", "input", name, place_of(before.document, found.pointer), _input_text(found), (), (name,))
        elif details := tuple(_input_details(found, new[wiring.inputs[name]])):
            other = new[wiring.inputs[name]]
            yield Change("changed", "input", other.name, place_of(after.document, other.pointer), "", details, (other.name,))
    kept, now = [wiring.inputs[name] for name in old if name in wiring.inputs], [name for name in new if name in wiring.inputs.values()]
    if kept != now:
        order = Detail("inputs", names(kept), names(now), ("/model/input", "/model/input"))
        yield Change("changed", "input", "input", place_of(after.document, "/model/input"), "", (order,))
    for name, found in new.items():
        if name not in wiring.inputs.values():
            yield Change("added", "input", name, place_of(after.document, found.pointer), _input_text(found), (), (name,))


def _input_text(found: Input) -> str:
    return show(found.shape) if found.dtype == "float32" else f'{show(found.shape)}, dtype="{found.dtype}"'


def _input_details(a: Input, b: Input) -> Iterator[Detail]:
    for what, before, after in (("name", a.name, b.name), ("dtype", a.dtype, b.dtype)):
        if before != after:
            yield Detail(what, Written(before, before), Written(after, after), (f"{a.pointer}/{what}", f"{b.pointer}/{what}"))
    if meaning(list(a.shape)) != meaning(list(b.shape)):
        yield Detail("shape", _shape(a.shape), _shape(b.shape), (f"{a.pointer}/shape", f"{b.pointer}/shape"))


def _outputs(before: Side, after: Side, wiring: Wiring) -> Iterator[Change]:
    a, b = before.graph.outputs, after.graph.outputs
    same = len(a) == len(b) and all(wiring.follows(x, y) for x, y in zip(a, b, strict=True))
    if not same:
        detail = Detail("outputs", names(a), names(b), ("/model/output", "/model/output"))
        yield Change("changed", "output", "output", place_of(after.document, "/model/output"), "", (detail,))


# ---------------------------------------------------------------- shapes


def shape_changes(after: Side, matching: Matching) -> Iterator[ShapeChange]:
    """The layers that give another shape, in the order of the second network."""
    for a, b in sorted(matching.layers, key=lambda pair: after.order[pair[1].node.name]):
        if a.node.shapes != b.node.shapes:
            yield ShapeChange(b.node.name, a.node.shapes, b.node.shapes, place_of(after.document, b.node.pointer))


def output_changes(before: Side, after: Side, wiring: Wiring) -> Iterator[ShapeChange]:
    """The outputs that have another shape: each with the same tensor, and what is left in order."""
    pairs = [
        (reference, now) for reference in before.graph.outputs if (now := wiring.now(reference)) in after.graph.outputs and now is not None
    ]
    left = [reference for reference in before.graph.outputs if reference not in {old for old, _ in pairs}]
    others = [reference for reference in after.graph.outputs if reference not in {now for _, now in pairs}]
    for old, new in [*pairs, *zip(left, others, strict=False)]:
        a, b = _shape_of(before.graph, old), _shape_of(after.graph, new)
        if a != b:
            yield ShapeChange(new, (a,), (b,), place_of(after.document, "/model/output"))


def _shape_of(graph: Graph, reference: str) -> Shape | None:
    index = int(reference.partition(":")[2] or 0)
    made = graph.producer(reference)
    shapes = (made.shape,) if isinstance(made, Input) else made.shapes
    return shapes[index] if index < len(shapes) else None

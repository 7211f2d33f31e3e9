"""Graph and groups -> Scene: the boxes, edges and clusters that every kind of picture draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from cnnspec.elaborate.network import snake_case
from cnnspec.graph import Graph, Group, Input, Node
from cnnspec.graph.calling import Named
from cnnspec.report.picture.labels import detail, family, shape_label

Json: TypeAlias = Any

_WRAPPERS: Final = ("TimeDistributed", "Bidirectional", "SpectralNormalization")


@dataclass(frozen=True, slots=True)
class Box:
    """An input, a layer, a folded group or an output.

    `title` is what it is, `detail` its arguments; `name` is empty where the author gave none. `shape` is what it gives, and `changes`
    whether that is another shape than it reads. `full` names it in full.
    """

    family: str
    title: str
    detail: str = ""
    name: str = ""
    shape: str = ""
    changes: bool = True
    full: str = ""

    @property
    def text(self) -> str:
        """What it is and its arguments in one line."""
        return f"{self.title}{' · ' if self.family == 'group' else ' '}{self.detail}" if self.detail else self.title


@dataclass(frozen=True, slots=True)
class Edge:
    """`tensor` goes from one box to another, by number. `label` is the name by which a call is given it."""

    source: int
    target: int
    tensor: str
    shape: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The boxes `start` up to `stop`, and the clusters among them. The whole picture is the one without a title."""

    title: str
    start: int
    stop: int
    clusters: tuple[Cluster, ...] = ()

    def parts(self) -> Iterator[int | Cluster]:
        """What it holds, in order: boxes by their number, and clusters."""
        position = self.start
        for cluster in self.clusters:
            yield from range(position, cluster.start)
            yield cluster
            position = cluster.stop
        yield from range(position, self.stop)


@dataclass(frozen=True, slots=True)
class Scene:
    """A network as a picture shows it. Boxes stand in an order in which every edge points forward."""

    name: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    whole: Cluster


def make_scene(graph: Graph, groups: Group, depth: int | None = None) -> Scene:
    """The scene of a network. Groups within `depth` others are folded, each to one box; without `depth` none is."""
    return _Maker(graph, depth).make(groups)


@dataclass(slots=True)
class _Maker:
    graph: Graph
    depth: int | None
    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    folded: set[Edge] = field(default_factory=set)
    made: dict[str, tuple[int, Input | Node]] = field(default_factory=dict)
    """The box in which each name is made."""

    def make(self, groups: Group) -> Scene:
        for found in self.graph.inputs:
            self.made[found.name] = (len(self.boxes), found)
            shape = shape_label(found.shape)
            dtype = "" if found.dtype == "float32" else found.dtype
            self.boxes.append(Box("input", "Input", dtype, found.name, shape, True, f"input {found.name}"))
        clusters = self._parts(groups, 0)
        for reference in self.graph.outputs:
            self.boxes.append(Box("output", "Output", name=reference, full=f"output {reference}"))
            self._edge(reference, len(self.boxes) - 1)
        self._shapes_of_folds()
        return Scene(self.graph.name, tuple(self.boxes), tuple(self.edges), Cluster("", 0, len(self.boxes), clusters))

    def _parts(self, group: Group, level: int) -> tuple[Cluster, ...]:
        clusters = []
        for part in group.parts():
            start = len(self.boxes)
            if isinstance(part, int):
                node = self.graph.nodes[part]
                self.boxes.append(self._layer(node))
                self._wire(node, start)
            elif level == self.depth:
                self._fold(part)
            else:
                inner = self._parts(part, level + 1)
                clusters.append(Cluster(part.title, start, len(self.boxes), inner))
        return tuple(clusters)

    def _fold(self, group: Group) -> None:
        here, nodes = len(self.boxes), self.graph.nodes[group.start : group.stop]
        count = f"{len(nodes)} layer{'s' if len(nodes) != 1 else ''}"
        self.boxes.append(Box("group", group.title, count, full=group.name or group.title))
        for node in nodes:
            self._wire(node, here)

    def _shapes_of_folds(self) -> None:
        """A folded group gives what is read outside of it."""
        given: dict[int, dict[str, None]] = {number: {} for number, box in enumerate(self.boxes) if box.family == "group"}
        for edge in self.edges:
            if edge.source in given and edge.shape:
                given[edge.source][edge.shape] = None
        for number, shapes in given.items():
            self.boxes[number] = replace(self.boxes[number], shape=", ".join(shapes))

    # ------------------------------------------------------------ boxes

    def _layer(self, node: Node) -> Box:
        _, made = self.made[node.layer] if node.kind == "reuse" else (0, node)
        assert isinstance(made, Node)
        title, shown = made.layer, detail(made.layer, made.arguments)
        shapes = [shape_label(shape) for shape in node.shapes]
        reads = self._shape(node.inputs[0]) if node.inputs else ""
        name = _given(node.name, node, title)
        if node.kind == "reuse":
            shown = ", ".join(part for part in (shown, f"weights of {node.layer}") if part)
        return Box(_family(made), title, shown, name, ", ".join(filter(None, shapes)), shapes != [reads], node.name)

    def _wire(self, node: Node, here: int) -> None:
        self.made[node.name] = (here, node)
        for reference in node.inputs:
            self._edge(reference, here)
        for label, reference in _named(node.call):
            self._edge(reference, here, label)

    def _edge(self, reference: str, target: int, label: str = "") -> None:
        """A layer may read one tensor twice: those are two edges. What reaches a folded group several times is one."""
        source, _ = self.made[reference.partition(":")[0]]
        edge = Edge(source, target, reference, self._shape(reference), label)
        if self.boxes[target].family == "group":
            if source == target or edge in self.folded:
                return
            self.folded.add(edge)
        self.edges.append(edge)

    def _shape(self, reference: str) -> str:
        name, _, index = reference.partition(":")
        _, made = self.made[name]
        shapes = (made.shape,) if isinstance(made, Input) else made.shapes
        position = int(index) if index.isdigit() else 0
        return shape_label(shapes[position]) if position < len(shapes) else ""


def _family(node: Node) -> str:
    if node.kind in ("application", "extern"):
        return node.kind
    inner: Any = node.arguments.get("layer") if node.layer in _WRAPPERS else None
    name = inner.get("layer") if isinstance(inner, Mapping) else None
    return family(name if isinstance(name, str) else node.layer)


def _given(name: str, node: Node, layer: str) -> str:
    """The author's part of a name; nothing for one that a layer gets by itself, `conv2d_1` or `stage__conv2d_1`."""
    own = name.rpartition("__")[2]
    generated = f"{node.layer}_call" if node.kind == "reuse" else snake_case(layer)
    word, _, number = own.rpartition("_")
    return "" if number.isdigit() and word == generated.rpartition("__")[2] else own


def _named(call: Mapping[str, Named]) -> Iterator[tuple[str, str]]:
    """What a call is given by name, flags left out."""
    for key, value in call.items():
        if not isinstance(value, bool):
            yield from ((key, reference) for reference in ((value,) if isinstance(value, str) else value))

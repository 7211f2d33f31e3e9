"""What the summary shows of a network: its inputs, layers and blocks, one below the other, with their figures. No Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cnnspec.compiler import Compiled
from cnnspec.cost import Costs, NodeCosts, measure
from cnnspec.cost.costs import together
from cnnspec.cost.field import own
from cnnspec.graph import Graph, Group, Node, group_nodes
from cnnspec.graph.preprocess import PREPROCESS, preprocess_mode
from cnnspec.plan.memory import precision_of
from cnnspec.shapes import Shape

Kind: TypeAlias = Literal["input", "layer", "block"]


@dataclass(frozen=True, slots=True)
class Row:
    """An input, a call, or a block with all that is in it.

    `label` is the name without those of the `depth` blocks around it. An output whose shape is not known is None. `shared` names the
    first call of a layer that is called again: its weights are counted there.
    """

    kind: Kind
    name: str
    label: str
    layer: str
    shapes: tuple[Shape | None, ...]
    costs: NodeCosts
    pointer: str
    depth: int = 0
    shared: str | None = None


def costs_of(compiled: Compiled) -> Costs:
    """What the network of a spec costs, in its precision."""
    return measure(compiled.graph, precision_of(compiled.document))


def rows_of(compiled: Compiled, costs: Costs, depth: int | None = None) -> list[Row]:
    """The rows of a network. Blocks and loops that lie within `depth` others are one row each; None shows all layers, and no blocks."""
    graph = compiled.graph
    free = {tensor.name: NodeCosts(tensor.name, 0, 0, 0, 0, 0, own(tensor.shape)) for tensor in graph.inputs}
    inputs = [Row("input", each.name, each.name, "Input", (each.shape,), free[each.name], each.pointer) for each in graph.inputs]
    flat = Group("", "", 0, len(graph.nodes))
    tree = flat if depth is None else group_nodes(compiled.document, graph)
    known = free | {node.name: node for node in costs.nodes}
    return [*inputs, *_Rows(graph, known, {node.name: node for node in graph.nodes}, depth or 0).within(tree)]


@dataclass(frozen=True, slots=True)
class _Rows:
    graph: Graph
    costs: Mapping[str, NodeCosts]
    made: Mapping[str, Node]
    most: int

    def within(self, group: Group, depth: int = 0, prefix: str = "") -> Iterator[Row]:
        for part in group.parts():
            if isinstance(part, int):
                yield from self._calls(self.graph.nodes[part], depth, prefix)
                continue
            if part.stop - part.start == 1 and not part.name:  # a turn of a loop with one layer is that layer
                yield from self._calls(self.graph.nodes[part.start], depth, prefix)
                continue
            yield self._block(part, depth, prefix)
            if depth < self.most:
                yield from self.within(part, depth + 1, part.name or prefix)

    def _calls(self, node: Node, depth: int, prefix: str) -> Iterator[Row]:
        """The call, behind that of its preprocessing if it has one."""
        made = self.made[node.layer] if node.kind == "reuse" else node
        shared = node.layer if node.kind == "reuse" else None
        if preprocess_mode(made) is not None:
            name, read = f"{made.name}__{PREPROCESS}", node.inputs[0].partition(":")[0]
            costs = NodeCosts(name, 0, 0, 0, 0, 0, self.costs[read].sees)
            yield Row(
                "layer", name, _label(name, prefix), "preprocess_input", (self._shape(node.inputs[0]),), costs, node.pointer, depth, shared
            )
        costs = self.costs[node.name]
        yield Row("layer", node.name, _label(node.name, prefix), made.layer, node.shapes, costs, node.pointer, depth, shared)

    def _block(self, group: Group, depth: int, prefix: str) -> Row:
        nodes = self.graph.nodes[group.start : group.stop]
        costs = together(group.name, [self.costs[node.name] for node in nodes])
        label = _label(group.name, prefix) if group.name else ""
        return Row("block", group.name, label, group.title, nodes[-1].shapes, costs, nodes[0].pointer, depth)

    def _shape(self, reference: str) -> Shape | None:
        name, _, index = reference.partition(":")
        made = self.made.get(name)
        return made.shapes[int(index or 0)] if made else next(each.shape for each in self.graph.inputs if each.name == name)


def _label(name: str, prefix: str) -> str:
    """A name without that of the block around it."""
    return name.removeprefix(f"{prefix}__") if prefix else name

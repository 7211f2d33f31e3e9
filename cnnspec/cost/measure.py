"""Graph -> Costs."""

from __future__ import annotations

from cnnspec.cost.costs import Costs, NodeCosts, together
from cnnspec.cost.field import Field, Sight, sights
from cnnspec.graph import Graph, Node
from cnnspec.shapes import Tensor
from cnnspec.shapes.held import BYTES, held


def measure(graph: Graph, precision: str = "float32") -> Costs:
    """What a network costs; `precision` is that of its run, for layers that name no dtype of their own."""
    tensors: dict[str, tuple[Tensor | None, ...]] = {tensor.name: (tensor.tensor,) for tensor in graph.inputs}
    tensors |= {node.name: node.facts.outputs for node in graph.nodes}
    instances = {node.name: node for node in graph.nodes}
    nodes = tuple(
        _costs(node, instances[node.layer].layer if node.kind == "reuse" else node.layer, tensors, precision, sight)
        for node, sight in zip(graph.nodes, sights(graph), strict=True)
    )
    fields = [node.receptive_field for node in nodes if node.receptive_field is not None]
    whole = together(graph.name, nodes)
    return Costs(nodes, whole.params, whole.trainable_params, whole.macs, whole.activation_bytes, whole.parameter_bytes, _largest(fields))


def _costs(node: Node, layer: str, tensors: dict[str, tuple[Tensor | None, ...]], precision: str, sight: Sight) -> NodeCosts:
    facts, first = node.facts, node.kind != "reuse"
    params = facts.params if first else 0
    size = BYTES.get(kept_in(str(node.arguments.get("dtype") or precision)))
    held_bytes = held(layer, [_tensor(tensors, reference) for reference in node.inputs], facts.outputs)
    return NodeCosts(
        node.name,
        params,
        facts.trainable_params if first else 0,
        facts.macs,
        None if held_bytes is None or facts.inside is None else held_bytes + facts.inside,
        0 if params == 0 else None if params is None or size is None else params * size,
        sight,
    )


def _tensor(tensors: dict[str, tuple[Tensor | None, ...]], reference: str) -> Tensor | None:
    name, _, index = reference.partition(":")
    outputs, number = tensors[name], int(index or 0)
    return outputs[number] if number < len(outputs) else None


def kept_in(policy: str) -> str:
    """The dtype of the weights: a mixed policy keeps float32."""
    return "float32" if policy.startswith("mixed_") else policy


def _largest(fields: list[Field]) -> Field | None:
    """The one with the largest area, of several the last."""
    return max(reversed(fields), key=lambda field: field.area, default=None)

"""What Keras knows of a built model and nobody before it: the shapes and weights of layers in Python, and of what reads them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras

from cnnspec.graph import Graph, Node
from cnnspec.shapes import Facts, Tensor, Weight


def completed(graph: Graph, model: keras.Model) -> Graph:
    """The graph with Keras's word in each place where it has none. What a call costs and reads stays unknown there."""
    layers = {layer.name: layer for layer in model.layers}
    return replace(graph, nodes=tuple(_completed(node, layers) for node in graph.nodes))


def _completed(node: Node, layers: dict[str, Any]) -> Node:
    facts = node.facts
    if facts.weights is not None and None not in facts.outputs:
        return node
    layer = layers.get(node.layer if node.kind == "reuse" else node.name)
    if layer is None:  # a layer that nothing reads is no part of the model
        return node
    weights = _weights(layer) if facts.weights is None else facts.weights
    outputs = facts.outputs if None not in facts.outputs or node.kind == "reuse" else _outputs(layer)
    return replace(node, facts=Facts(outputs, weights, facts.macs, facts.window, facts.inside))


def _weights(layer: Any) -> tuple[Weight, ...]:
    trained = {id(weight) for weight in layer.trainable_weights}
    return tuple(Weight(weight.path, tuple(weight.shape), id(weight) in trained) for weight in layer.weights)


def _outputs(layer: Any) -> tuple[Tensor | None, ...]:
    """What its first call gives."""
    return tuple(Tensor(tuple(tensor.shape[1:]), str(tensor.dtype)) for tensor in layer._inbound_nodes[0].output_tensors)

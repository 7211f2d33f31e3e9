"""The figures of a built model, layer by layer, as Keras has them."""

from __future__ import annotations

import math
from typing import Any

import keras

from cnnspec.graph import Graph
from cnnspec.graph.summary import Row, Summary
from cnnspec.shapes import Shape


def summarize(model: keras.Model, graph: Graph) -> Summary:
    """One row a layer instance, in the order of the model. A backbone is one row."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    kinds = {node.name: node.layer for node in graph.nodes if node.kind != "reuse"}
    order = {node.name: position for position, node in enumerate(graph.nodes)}
    layers.sort(key=lambda layer: order.get(layer.name.removesuffix("__preprocess"), len(order)))
    rows = tuple(_row(layer, kinds) for layer in layers)
    return Summary(model.name, graph.inputs, rows, model.count_params(), _count(model.trainable_weights))


def _row(layer: Any, kinds: dict[str, str]) -> Row:
    kind = kinds.get(layer.name, "preprocess_input")
    return Row(layer.name, kind, _shape(layer.output), layer.count_params(), _count(layer.trainable_weights))


def _shape(output: Any) -> Shape | tuple[Shape, ...]:
    if isinstance(output, list | tuple) and len(output) > 1:
        return tuple(tuple(tensor.shape[1:]) for tensor in output)
    tensor = output[0] if isinstance(output, list | tuple) else output
    return tuple(tensor.shape[1:])


def _count(weights: list[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)

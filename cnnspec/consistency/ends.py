"""The end of the network at an output: how wide it is, and which activation its values went through last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cnnspec.consistency.naming import argument, canonical, place_of
from cnnspec.consistency.spec import Spec
from cnnspec.graph.graph import Node
from cnnspec.shapes import Shape

Json: TypeAlias = Any

PASSING: Final = frozenset(
    {
        "ActivityRegularization", "AlphaDropout", "Dropout", "Flatten", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
        "GlobalAveragePooling3D", "Identity", "Permute", "Reshape", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    }
)  # fmt: skip
"""Layers that leave probabilities probabilities, and logits logits."""

_WEIGHTED: Final = ("Dense", "Conv", "SeparableConv", "DepthwiseConv", "EinsumDense")
_FUNCTION_OF: Final = {
    "Softmax": "softmax", "ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "PReLU": "relu",
}  # fmt: skip
_WIDTH: Final = {"Dense": "units", "Conv": "filters", "SeparableConv": "filters"}


@dataclass(frozen=True, slots=True)
class End:
    """`shape` is None where only Keras knows it; `width` may be known even then. `activation` is None where it cannot be told.

    An `activation` of "linear" is none at all. `place` is where it is written, or the layer that has none; `wide` is where the width
    is written.
    """

    shape: Shape | None
    width: int | None
    activation: str | None
    place: str
    wide: str


def end_of(spec: Spec, output: str) -> End:
    """The end of the network at an output."""
    back = list(_backwards(spec, output))
    activation, place = _activation(back)
    last = spec.made.get(output.partition(":")[0])
    if last is None:  # a mistake stands there
        return End(None, None, None, "/model/output", "/model/output")
    shape, wide = spec.graph.shape_of(output), _wide(back)
    if wide is None:
        return End(shape, shape[-1] if shape else None, activation, place or last.pointer, last.pointer)
    node, name = wide
    written = argument(node.kind, _object(node), name)
    return End(shape, shape[-1] if shape else written, activation, place or last.pointer, _written(node, name))


def _backwards(spec: Spec, output: str) -> Iterator[Node]:
    """The layers from an output back to the one that computes its values: those behind it pass them on, or are activations."""
    made = spec.made.get(output.partition(":")[0])
    while isinstance(made, Node):
        node = spec.instance(made)
        yield node
        passes = node.layer in PASSING or node.layer == "Activation" or node.layer in _FUNCTION_OF
        if node.kind != "layer" or not passes or len(made.inputs) != 1:
            return
        made = spec.made.get(made.inputs[0].partition(":")[0])


def _activation(back: list[Node]) -> tuple[str | None, str | None]:
    """The last function and its place. One that changes nothing is passed over."""
    for node in back:
        if node.kind == "application":
            top, name = argument("application", _object(node), "include_top"), "classifier_activation"
            return (_function(argument("application", _object(node), name)), _written(node, name)) if top else (None, None)
        if node.kind != "layer":
            return None, None
        if node.layer in _FUNCTION_OF:
            return (_FUNCTION_OF[node.layer] if node.arguments.get("axis", -1) == -1 else None), node.pointer
        if node.layer == "Activation":
            if (found := _function(node.arguments.get("activation"))) != "linear":
                return found, _written(node, "activation")
        elif _computes(node):
            return _function(node.arguments.get("activation")), _written(node, "activation")
        elif node.layer not in PASSING:
            return None, None
    return None, None


def _function(value: Json) -> str | None:
    """The name of an activation; None if it is a layer, Python, or works along another axis."""
    if value is None:
        return "linear"
    if isinstance(value, dict) and (value.get("arguments") or {}).get("axis", -1) != -1:
        return None
    if isinstance(value, dict) and "layer" in value:
        return _FUNCTION_OF.get(value["layer"])
    return canonical("activation", value)


def _written(node: Node, name: str) -> str:
    return place_of(node.pointer, name) if name in node.arguments else node.pointer


def _object(node: Node) -> Json:
    return {node.kind: node.layer, "arguments": node.arguments}


def _wide(back: list[Node]) -> tuple[Node, str] | None:
    """The layer and its argument that says how wide the output is."""
    for node in back:
        if node.kind == "application" and argument("application", _object(node), "include_top"):
            return node, "classes"
        name = next((setting for prefix, setting in _WIDTH.items() if _computes(node) and node.layer.startswith(prefix)), None)
        if name is not None:
            return node, name
        if node.layer in ("Flatten", "Permute", "Reshape"):
            return None
    return None


def _computes(node: Node) -> bool:
    """Whether a layer has weights and applies its `activation` last."""
    return node.kind == "layer" and node.layer.startswith(_WEIGHTED) and not node.layer.startswith("ConvLSTM")

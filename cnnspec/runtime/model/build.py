"""Graph -> Keras Functional model. What Keras refuses is a diagnostic at the line that asked for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import keras
from keras.src.utils.naming import reset_uids

from cnnspec.catalogue import load_catalogue
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph import Graph, Node
from cnnspec.graph.calling import filled
from cnnspec.graph.preprocess import PREPROCESS, preprocess_mode
from cnnspec.graph.reading import highest_read, outputs_mistake
from cnnspec.plan.place import at, path_of
from cnnspec.runtime.model.initial import same_weights
from cnnspec.runtime.model.objects import Context, NotBuilt, build, first_sentence, to_keras
from cnnspec.runtime.model.pretrained import NotLoaded, downloads_kept_whole, load_weights
from cnnspec.runtime.refused import Refused
from cnnspec.shapes import Shape, show


def build_model(document: Document, graph: Graph, seed: int) -> tuple[keras.Model | None, list[Diagnostic]]:
    """The model of a graph; its initial weights follow from `seed` and the graph alone, on every backend.

    The layers are named as in the graph. A backbone is a nested model, after a nested model `<name>__preprocess` where its weights
    expect other pixels than 0 to 255.
    """
    keras.utils.set_random_seed(seed)
    try:
        with same_weights():
            return _Builder(document, graph).model(), []
    except Refused as refused:
        return None, list(refused.diagnostics)


@dataclass(slots=True)
class _Builder:
    document: Document
    graph: Graph
    tensors: dict[str, Any] = field(default_factory=dict)
    instances: dict[str, Any] = field(default_factory=dict)
    read: dict[str, int] = field(init=False)
    """The highest number of an output that is read, by the name of its node."""

    def __post_init__(self) -> None:
        self.read = highest_read(self.graph.nodes, self.graph.outputs)

    def model(self) -> keras.Model:
        inputs = []
        for found in self.graph.inputs:
            self.tensors[found.name] = keras.Input(found.shape, dtype=found.dtype, name=found.name)
            inputs.append(self.tensors[found.name])
        for node in self.graph.nodes:
            self._register(node, self._call(node))
        outputs = [self.tensors[reference] for reference in self.graph.outputs]
        try:
            return keras.Model(_one_or_list(inputs), _one_or_list(outputs), name=self.graph.name)
        except Exception as error:  # Keras refuses with whatever its code happens to raise
            raise Refused(at(self.document, "/model", "E1001", f"Keras refuses the model: {first_sentence(error)}")) from error

    def refuse(self, node: Node, code: str, message: str, help: str | None = None, pointer: str | None = None) -> NoReturn:
        raise Refused(at(self.document, pointer or node.pointer, code, message, help=help))

    # ------------------------------------------------------------ one call

    def _call(self, node: Node) -> Any:
        layer = self._instance(node)
        inputs = [self.tensors[reference] for reference in node.inputs]
        named = filled(node.call, self.tensors.__getitem__)
        made = self._made_by(node)
        if made.kind == "application":
            inputs = [self._preprocessed(made, inputs[0])]
        entry = load_catalogue().entry("layer", made.layer)
        try:
            if entry is not None and entry.inputs == "list":
                return layer(inputs, **named)
            return layer(*inputs, **named)
        except Exception as error:  # see above
            return self._refused_call(node, error)

    def _made_by(self, node: Node) -> Node:
        """The node that made the instance which `node` calls: itself, or an earlier one."""
        return (self.graph.node(node.layer) or node) if node.kind == "reuse" else node

    def _refused_call(self, node: Node, error: Exception) -> NoReturn:
        given = " and ".join(show(tuple(self.tensors[reference].shape[1:])) for reference in node.inputs)
        what = self._made_by(node).layer
        self.refuse(node, "E1001", f"Keras refuses `{what}` on {given}: {first_sentence(error)}")

    def _register(self, node: Node, result: Any) -> None:
        outputs = list(result) if isinstance(result, list | tuple) else [result]
        what = self._made_by(node).layer
        read = self.read.get(node.name, 0)
        if (wrong := outputs_mistake(what, len(outputs), read)) is not None:
            self.refuse(node, wrong.code, wrong.message, help=wrong.help)
        for index, tensor in enumerate(outputs):
            self.tensors[f"{node.name}:{index}"] = tensor
        self.tensors[node.name] = outputs[0]
        if len(outputs) == 1:
            self._check_shape(node, tuple(outputs[0].shape[1:]))
        self._check_outputs(node, [tuple(tensor.shape[1:]) for tensor in outputs])
        if node.kind != "reuse":
            self._check_weights(node)

    def _check_shape(self, node: Node, shape: Shape) -> None:
        """Keras's word against the shape column."""
        if node.declared is not None and not _agree(node.declared, shape):
            self.refuse(
                node,
                "E0602",
                f"this line says {show(node.declared)}, the layer gives {show(shape)}",
                help=f"write `{show(shape)}`, or change the layer",
                pointer=f"{node.pointer}/shape",
            )

    def _check_outputs(self, node: Node, shapes: list[Shape]) -> None:
        """Our own inference against Keras's word."""
        for ours, theirs in zip(node.shapes, shapes, strict=False):
            if ours is not None and not _agree(ours, theirs):
                self._differs(node, f"{show(ours)} here, and {show(theirs)} in Keras")

    def _differs(self, node: Node, what: str) -> NoReturn:
        help = "this is a mistake in cnnspec: please report it with this line"
        self.refuse(node, "E1002", f"`{self._made_by(node).layer}` gives {what}", help=help)

    def _check_weights(self, node: Node) -> None:
        """A frozen layer freezes those inside it; our counts against Keras's."""
        layer, facts = self.instances[node.name], node.facts
        if node.arguments.get("trainable") is False:
            for inside in layer._flatten_layers():  # as an argument it does not reach them, and the model would train them
                inside.trainable = False
        trained = sum(math.prod(weight.shape) for weight in layer.trainable_weights)
        counts = ((facts.params, layer.count_params(), "parameters"), (facts.trainable_params, trained, "parameters that are trained"))
        for ours, theirs, what in counts:
            if ours is not None and ours != theirs:
                self._differs(node, f"{ours:,} {what} here, and {theirs:,} in Keras")

    # ------------------------------------------------------------ instances

    def _instance(self, node: Node) -> Any:
        if node.kind == "reuse":
            return self.instances[node.layer]
        arguments = self._arguments(node)
        self.instances[node.name] = self._backbone(node, arguments) if node.kind == "application" else self._layer(node, arguments)
        return self.instances[node.name]

    def _arguments(self, node: Node) -> dict[str, Any]:
        pointer = f"{node.pointer}/arguments"
        context = Context(names=node.name)
        try:
            return {key: to_keras(value, context, f"{pointer}/{key}") for key, value in node.arguments.items()}
        except NotBuilt as refusal:
            self.refuse(node, "E1001", f"Keras refuses `{refusal.name}`: {refusal.reason}", pointer=refusal.pointer)

    def _layer(self, node: Node, arguments: Mapping[str, Any]) -> Any:
        try:
            layer = build(node.kind, node.layer, {**arguments, "name": node.name}, node.pointer)
        except NotBuilt as refusal:
            who = "its code" if node.kind == "extern" else "Keras"
            self.refuse(node, "E1001", f"{who} refuses `{node.layer}`: {refusal.reason}")
        if not isinstance(layer, keras.Layer):
            help = "a line of a model calls a `keras.layers.Layer`"
            self.refuse(node, "E0910", f"`{node.layer}` is no layer, but a {type(layer).__name__}", help=help)
        return layer

    # ------------------------------------------------------------ backbones

    def _backbone(self, node: Node, arguments: dict[str, Any]) -> Any:
        if len(node.inputs) != 1:
            self.refuse(node, "E0506", f"`{node.layer}` reads one tensor, not {len(node.inputs)}")
        arguments = {key: value for key, value in arguments.items() if key != PREPROCESS}
        shape = tuple(self.tensors[node.inputs[0]].shape[1:])
        weights = arguments.get("weights", "imagenet")
        reset_uids()  # some layers inside get their names from a counter of the process
        own = weights not in (None, "imagenet")
        file = self._weights_file(node, weights) if own else None
        arguments = {**arguments, "input_shape": shape, **({"weights": None} if own else {})}
        try:
            with downloads_kept_whole():
                backbone = build("application", node.layer, arguments, node.pointer)
            if file is not None:
                load_weights(backbone, node.name, file)
        except NotLoaded as refusal:
            self._not_loaded(node, refusal, own)
        except NotBuilt as refusal:
            self.refuse(node, "E1001", f"Keras refuses `{node.layer}` on {show(shape)}: {refusal.reason}")
        backbone.name = node.name  # not as an argument: EfficientNetV2 and ConvNeXt take theirs for the key to their settings
        return backbone

    def _weights_file(self, node: Node, weights: str) -> Path:
        path = path_of(self.document, weights)
        if not path.is_file():
            pointer = f"{node.pointer}/arguments/weights"
            help = "give the path of a .weights.h5 file or a .keras file"
            self.refuse(node, "E0906", f"there is no weights file `{path}`", help=help, pointer=pointer)
        return path

    def _not_loaded(self, node: Node, cause: NotLoaded, own: bool) -> NoReturn:
        if own:
            self.refuse(node, "E0906", cause.message, help=cause.help, pointer=f"{node.pointer}/arguments/weights")
        message = f"the ImageNet weights of `{node.layer}` are not there: {cause.message}"
        self.refuse(node, "E0906", message, help=f"{cause.help}, or train from random weights: `--set model.{node.name}.weights=None`")

    def _preprocessed(self, node: Node, tensor: Any) -> Any:
        """What the backbone's weights expect of pixels from 0 to 255, as a nested model of Keras's own operations."""
        mode = preprocess_mode(node)
        if mode is None:
            return tensor
        from keras.applications.imagenet_utils import preprocess_input

        name = f"{node.name}__{PREPROCESS}"
        if name in self.instances:
            return self.instances[name](tensor)
        inside = keras.Input(tuple(tensor.shape[1:]), name=f"{name}_pixels")
        outside = preprocess_input(inside, mode=mode)
        nested = keras.Model(inside, outside, name=name)
        for number, operation in enumerate(nested.operations[1:], 1):
            operation.name = f"{name}_{number}"  # Keras counts its operations in the process, the spec must not
        self.instances[name] = keras.Model(inside, outside, name=name)
        return self.instances[name](tensor)


def _one_or_list(tensors: list[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else tensors


def _agree(a: Shape, b: Shape) -> bool:
    return len(a) == len(b) and all(x is None or y is None or x == y for x, y in zip(a, b, strict=True))

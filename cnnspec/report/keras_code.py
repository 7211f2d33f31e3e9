"""Graph -> a Keras program that a person would write. It is built from values: no text of a spec is pasted into it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import load_catalogue
from cnnspec.graph import Graph, Node
from cnnspec.graph.calling import filled, references

Json: TypeAlias = Any
MODULES: Final = {
    "layer": "layers",
    "application": "keras.applications",
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "activation": "keras.activations",
}
WIDTH: Final = 90


def keras_program(graph: Graph) -> str:
    """A module with one function, `build_model() -> keras.Model`, that needs only Keras.

    It makes the same layers with the same names as `run` does. An extern layer is imported from its module.
    """
    read = (*(r for node in graph.nodes for r in (*node.inputs, *references(node.call))), *graph.outputs)
    return _Program(graph, several=frozenset(r.partition(":")[0] for r in read if ":" in r)).text()


@dataclass(slots=True)
class _Program:
    graph: Graph
    variables: dict[str, str] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)
    several: frozenset[str] = frozenset()
    """The nodes of which more than the first output is read: their variable is a list."""
    taken: set[str] = field(default_factory=lambda: {"keras", "layers", "build_model"})

    def text(self) -> str:
        lines = [
            '"""',
            _comment(f"The model {self.graph.name}, written by cnnspec."),
            '"""',
            "",
            "import keras",
            "from keras import layers",
        ]
        if any(self._preprocess(node) for node in self.graph.nodes):
            lines.append("from keras.applications.imagenet_utils import preprocess_input")
        for name, target in self.graph.externs.items():
            module, _, cls = target.partition(":")
            self.imported[name] = self._fresh(name)
            lines.append(
                f"from {module} import {cls} as {self.imported[name]}" if cls != self.imported[name] else f"from {module} import {cls}"
            )
        lines += ["", "", "def build_model() -> keras.Model:"]
        lines += [f"    {line}" for statement in self._body() for line in statement.split("\n")]
        lines += ["", "", 'if __name__ == "__main__":', "    build_model().summary()", ""]
        return "\n".join(lines)

    def _body(self) -> Iterator[str]:
        for found in self.graph.inputs:
            dtype = "" if found.dtype == "float32" else f", dtype={found.dtype!r}"
            yield f"{self._variable(found.name)} = keras.Input({tuple(found.shape)!r}, name={found.name!r}{dtype})"
        shared = {node.layer for node in self.graph.nodes if node.kind == "reuse"}
        for node in self.graph.nodes:
            yield from self._node(node, shared)
        inputs = _one_or_list([self.variables[found.name] for found in self.graph.inputs])
        outputs = _one_or_list([self._tensor(reference) for reference in self.graph.outputs])
        yield f"return keras.Model({inputs}, {outputs}, name={self.graph.name!r})"

    # ------------------------------------------------------------ one call

    def _node(self, node: Node, shared: set[str]) -> Iterator[str]:
        inputs = [self._tensor(reference) for reference in node.inputs]
        made = self._made_by(node)
        if (mode := self._preprocess(made)) is not None:
            pixels = self._fresh(f"{node.name}_pixels")
            yield f"{pixels} = preprocess_input({inputs[0]}, mode={mode!r})"
            inputs = [pixels]
        if node.kind == "reuse":
            callee = self.layers[node.layer]
        else:
            callee = self._constructor(node)
            if node.name in shared or node.kind == "application":
                self.layers[node.name] = self._fresh(f"{node.name}_layer")
                yield f"{self.layers[node.name]} = {callee}"
                callee = self.layers[node.name]
            if node.kind == "application":
                yield f"{callee}.name = {node.name!r}"
        passed = filled(node.call, self._tensor, lambda names: f"[{', '.join(names)}]")
        named = [f"{key}={value}" for key, value in passed.items()]
        entry = load_catalogue().entry("layer", made.layer)
        positional = [f"[{', '.join(inputs)}]"] if entry is not None and entry.inputs == "list" else inputs
        result = self._variable(node.name)
        yield f"{result} = {callee}({', '.join([*positional, *named])})"

    def _made_by(self, node: Node) -> Node:
        """The node that made the instance which `node` calls: itself, or an earlier one."""
        return (self.graph.node(node.layer) or node) if node.kind == "reuse" else node

    def _preprocess(self, node: Node) -> str | None:
        """The mode of the backbone's `preprocess_input`, None where there is nothing to do."""
        entry = load_catalogue().entry("application", node.layer) if node.kind == "application" else None
        mode = entry.backbone.preprocess if entry is not None and entry.backbone is not None else "none"
        return None if mode == "none" or node.arguments.get("preprocess", True) is False else mode

    def _constructor(self, node: Node) -> str:
        arguments = {key: value for key, value in node.arguments.items() if not (node.kind == "application" and key == "preprocess")}
        written = [f"{key}={self._value(value)}" for key, value in arguments.items()]
        if node.kind == "application":
            written.append(f"input_shape={self._tensor(node.inputs[0])}.shape[1:]")
        else:
            written.append(f"name={node.name!r}")
        callee = self.imported[node.layer] if node.kind == "extern" else f"{MODULES[node.kind]}.{node.layer}"
        return _wrapped(callee, written)

    def _value(self, value: Json) -> str:
        if isinstance(value, list):
            items = [self._value(item) for item in value]
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        if isinstance(value, Mapping):
            kind = next((kind for kind in MODULES if kind in value), None)
            if kind is None:
                return "{" + ", ".join(f"{key!r}: {self._value(item)}" for key, item in value.items()) + "}"
            arguments = [f"{key}={self._value(item)}" for key, item in value.get("arguments", {}).items()]
            return f"{MODULES[kind]}.{value[kind]}({', '.join(arguments)})"
        return repr(value)

    # ------------------------------------------------------------ names

    def _tensor(self, reference: str) -> str:
        name, _, index = reference.partition(":")
        return f"{self.variables[name]}[{index or 0}]" if name in self.several else self.variables[name]

    def _variable(self, name: str) -> str:
        self.variables[name] = self._fresh(name)
        return self.variables[name]

    def _fresh(self, name: str) -> str:
        """A Python name that is free in the function."""
        word = re.sub(r"\W", "_", name)
        if keyword.iskeyword(word) or not word or word[0].isdigit():
            word = f"x_{word}"
        while word in self.taken:
            word += "_"
        self.taken.add(word)
        return word


def _wrapped(callee: str, arguments: list[str]) -> str:
    """A call on one line, or with a line for each argument where that would be too long."""
    line = f"{callee}({', '.join(arguments)})"
    return line if len(line) <= WIDTH else f"{callee}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def _one_or_list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _comment(text: str) -> str:
    """Text inside a docstring: what would end it is left out."""
    return text.replace("\\", "").replace('"', "")

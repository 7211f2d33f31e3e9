"""The network between the document and Keras: inputs, calls in order, outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from cnnspec.graph.calling import Named
from cnnspec.shapes import Facts, Shape, Tensor

Json: TypeAlias = Any
Kind: TypeAlias = Literal["layer", "application", "extern", "reuse"]
KINDS: tuple[Kind, ...] = ("layer", "application", "extern", "reuse")


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the model; `shape` has no batch axis."""

    name: str
    shape: Shape
    dtype: str
    pointer: str

    @property
    def tensor(self) -> Tensor:
        return Tensor(self.shape, self.dtype)


@dataclass(frozen=True, slots=True)
class Node:
    """One call. A node of kind "reuse" calls the instance that the node named `layer` made.

    `inputs` and the names in `call` (see `calling.py`) are references to tensors: a node's name, with `:1` for its second output.
    `declared` is the shape column; `facts` are what the call gives and costs. The weights are those of the instance: a node of kind
    "reuse" has the same ones again.
    """

    name: str
    kind: Kind
    layer: str
    arguments: Mapping[str, Json]
    inputs: tuple[str, ...]
    call: Mapping[str, Named]
    declared: Shape | None
    facts: Facts
    pointer: str

    @property
    def shapes(self) -> tuple[Shape | None, ...]:
        """The shapes of the outputs, each None where only Keras knows it."""
        return tuple(None if tensor is None else tensor.shape for tensor in self.facts.outputs)


@dataclass(frozen=True, slots=True)
class Graph:
    """A verified network: every reference leads to a node or an input above it, and names are unique."""

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    externs: Mapping[str, str] = field(default_factory=dict)
    """The layers in Python that are called: `"module:Class"` by name."""

    def node(self, name: str) -> Node | None:
        """The node of that name."""
        return next((node for node in self.nodes if node.name == name), None)

    @property
    def params(self) -> int | None:
        """The weights of all instances, None where those of one are not known."""
        counts = [node.facts.params for node in self.nodes if node.kind != "reuse"]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def producer(self, reference: str) -> Node | Input:
        """The node or the input that makes the tensor `reference`."""
        name = reference.split(":")[0]
        made: tuple[Node | Input, ...] = (*self.nodes, *self.inputs)
        return next(part for part in made if part.name == name)

    def shape_of(self, reference: str) -> Shape | None:
        """The shape of the tensor `reference`, without the batch axis; None where only Keras knows it."""
        made, index = self.producer(reference), int(reference.partition(":")[2] or 0)
        if isinstance(made, Input):
            return made.shape
        return made.shapes[index] if index < len(made.shapes) else None

"""An estimate of the memory in which a network is trained.

It is what the training itself must keep from one step to the next, or from the forward to the backward pass:

- the weights,
- a gradient for each weight that is trained, in the same dtype,
- what the optimizer keeps for each of them (`slots.py`),
- the activations of a batch: all that `activation_bytes` counts, as the backward pass reads them.

Not counted: the framework itself, the images that wait, the scratch memory of convolutions, copies in half precision that a mixed policy
makes of the weights. A framework can let go of some activations, and needs room for others while it computes them, so what is measured
differs; the estimate is for comparing networks, batches and precisions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

from cnnspec.cost.costs import Costs, total
from cnnspec.cost.measure import kept_in
from cnnspec.cost.slots import Shape, slot_values
from cnnspec.graph import Graph, Node
from cnnspec.shapes.held import BYTES

Trained: TypeAlias = tuple[int, list[Shape]]
"""The weights of a layer that are trained: the bytes of a value, and their shapes."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a training step with batches of `batch`."""

    batch: int
    parameters: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        return self.parameters + self.gradients + self.optimizer + self.activations


def training_memory(
    graph: Graph, costs: Costs, batch: int, optimizer: str, arguments: Mapping[str, Any], precision: str = "float32"
) -> Memory | None:
    """The memory of one step; None where a part of it is not known."""
    weights = [_trained(node, precision) for node in graph.nodes if node.kind != "reuse"]
    gradients = _bytes(weights, lambda shapes: sum(map(prod, shapes)))
    slots = _bytes(weights, lambda shapes: slot_values(optimizer, arguments, shapes))
    if slots is None or gradients is None or costs.parameter_bytes is None or costs.activation_bytes is None:
        return None
    return Memory(batch, costs.parameter_bytes, gradients, slots, batch * costs.activation_bytes)


def _trained(node: Node, precision: str) -> Trained | None:
    weights, size = node.facts.weights, BYTES.get(kept_in(str(node.arguments.get("dtype") or precision)))
    return None if weights is None or size is None else (size, [weight.shape for weight in weights if weight.trainable])


def _bytes(weights: Sequence[Trained | None], values: Callable[[list[Shape]], int | None]) -> int | None:
    """The bytes of so many values of each layer."""
    known = [(size, values(shapes)) for size, shapes in filter(None, weights)]
    return total([None if count is None else size * count for size, count in known]) if len(known) == len(weights) else None

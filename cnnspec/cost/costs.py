"""The figures of a network and of its calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnspec.cost.field import Field, Sight


@dataclass(frozen=True, slots=True)
class NodeCosts:
    """What one call costs. The weights of a shared layer stand at its first call, and nowhere else.

    `sees` says what one value reads of the model's inputs; `receptive_field` is its field where that is a part of the image.
    """

    name: str
    params: int | None
    trainable_params: int | None
    macs: int | None
    activation_bytes: int | None
    parameter_bytes: int | None
    sees: Sight

    @property
    def receptive_field(self) -> Field | None:
        return self.sees if isinstance(self.sees, Field) else None


@dataclass(frozen=True, slots=True)
class Costs:
    """The calls in the order of the graph, and what they are together. `macs`, for one sample, are those of all calls."""

    nodes: tuple[NodeCosts, ...]
    params: int | None
    trainable_params: int | None
    macs: int | None
    activation_bytes: int | None
    parameter_bytes: int | None
    receptive_field: Field | None
    """The largest field of a call: what the network sees of the image before it looks at all of it."""


def total(figures: Sequence[int | None]) -> int | None:
    """The sum, None if one is not known."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None


def together(name: str, nodes: Sequence[NodeCosts]) -> NodeCosts:
    """What several calls cost as one; it sees what the last of them sees."""
    return NodeCosts(
        name,
        total([node.params for node in nodes]),
        total([node.trainable_params for node in nodes]),
        total([node.macs for node in nodes]),
        total([node.activation_bytes for node in nodes]),
        total([node.parameter_bytes for node in nodes]),
        nodes[-1].sees if nodes else "none",
    )

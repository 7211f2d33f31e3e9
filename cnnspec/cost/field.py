"""The receptive field of each call: the part of the model's input that one value of its output depends on.

As in A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019. Along each axis of the
image (not its channels), counted in pixels of the input:

- `size`: how many pixels one value reads, at most;
- `stride`: how far the pixels move from one value to the next. A fraction where the output is finer than the input; where an image was
  made smaller and larger again, the mean;
- `offset`: the first pixel that value 0 reads. Negative in the padding; None where it follows from a size that is not fixed.

The image is taken to have no end: the field is not cut at its borders, and padding counts as pixels. Of several branches that meet, the
field reaches from the first pixel to the last. It says what can have an influence, whatever the weights are. With several inputs, their
images are laid on each other; a vector has no axes and adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal, TypeAlias

from cnnspec.graph import Graph
from cnnspec.graph.calling import references
from cnnspec.shapes import Shape
from cnnspec.shapes.reach import OWN, Reach, joined, through


@dataclass(frozen=True, slots=True)
class Field:
    """A receptive field, one entry an axis. See the module for what the three mean."""

    size: tuple[int, ...]
    stride: tuple[int | float, ...]
    offset: tuple[int | None, ...]

    @property
    def area(self) -> int:
        return prod(self.size)


Sight: TypeAlias = Field | Literal["all", "none"] | None
"""What a value reads: a field, all of the input, an input without axes; None is not known."""


def sights(graph: Graph) -> list[Sight]:
    """What each node's values read of the inputs, in the order of the nodes."""
    known = reaches(graph)
    return [_sight(known[node.name]) if node.name in known else None for node in graph.nodes]


def reaches(graph: Graph) -> dict[str, Reach | None]:
    """The same in full, by the name of the node; without those of which it is not known."""
    found: dict[str, Reach | None] = {tensor.name: _own(tensor.shape) for tensor in graph.inputs}
    externs = {node.name for node in graph.nodes if node.kind == "extern"}
    for node in graph.nodes:
        reads = dict.fromkeys(reference.partition(":")[0] for reference in (*node.inputs, *references(node.call)))
        unknown = (node.facts.window is None and node.facts.weights is None) or not externs.isdisjoint((node.name, node.layer))
        if not unknown and reads.keys() <= found.keys():
            found[node.name] = through(joined(found[name] for name in reads), node.facts.window)
    return found


def own(shape: Shape) -> Sight:
    """What an input of the model sees: each value its own place."""
    return _sight(_own(shape))


def _own(shape: Shape) -> Reach:
    return (OWN,) * max(len(shape) - 1, 0)


def _sight(reach: Reach | None) -> Sight:
    if reach is None:
        return "all"
    if not reach:
        return "none"
    return Field(
        tuple(axis.size for axis in reach),
        tuple(_stride(axis.step, len(axis.first)) for axis in reach),
        tuple(axis.first[0] if axis.placed else None for axis in reach),
    )


def _stride(step: int, values: int) -> int | float:
    return step / values if step % values else step // values

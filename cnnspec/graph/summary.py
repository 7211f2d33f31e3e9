"""The figures of a network, as people ask for them."""

from __future__ import annotations

from dataclasses import dataclass

from cnnspec.graph.graph import Input
from cnnspec.shapes import Shape


@dataclass(frozen=True, slots=True)
class Row:
    """One layer instance. `output_shape` has no batch axis; a layer with several outputs has a tuple of shapes."""

    name: str
    layer: str
    output_shape: Shape | tuple[Shape, ...]
    params: int
    trainable_params: int


@dataclass(frozen=True, slots=True)
class Summary:
    model: str
    inputs: tuple[Input, ...]
    layers: tuple[Row, ...]
    params: int
    trainable_params: int

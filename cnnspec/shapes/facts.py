"""What is known of one call of a layer: its outputs, its weights, its cost, and what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Final, TypeAlias

Shape: TypeAlias = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor. `shape` has no batch axis; None is a size that is not fixed."""

    shape: Shape
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight of a layer instance, as Keras's `count_params` counts it (the states of random generators are none)."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True

    @property
    def size(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Window:
    """What one value of the output reads, along each spatial axis (of a tensor without batch and channels), as numbers of inputs.

    `size` is the reach, with dilation: `(kernel - 1) * dilation + 1`. The value at place o reads from `o * stride - before` on. `before`
    is None where it follows from a size that is not known. With `enlarge` e (transposed convolutions, up-sampling) all of them count
    places of a grid that is e times finer than the input: the value at place o reads from `(o * stride - before) // e` to
    `(o * stride - before + size - 1) // e`. Empty tuples: each value reads its own place alone.
    """

    size: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    before: tuple[int | None, ...] = ()
    enlarge: tuple[int, ...] = ()


POINT: Final = Window()
"""The window of a layer that computes each place by itself: an activation, a dense layer, a merge."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one call gives and costs.

    `outputs` holds None for a tensor that only Keras knows; `weights` is None where they are not known. `macs` are the
    multiply-accumulates of one sample's forward pass (see `cnnspec.shapes`), None where a size is not known. `window` is None for a layer
    that reads everything: global pooling, attention, `Dense` after `Flatten`. `inside` are the bytes of what layers within this one leave
    in memory, for one sample (see `held.py`).
    """

    outputs: tuple[Tensor | None, ...]
    weights: tuple[Weight, ...] | None = ()
    macs: int | None = 0
    window: Window | None = POINT
    inside: int | None = 0

    @property
    def params(self) -> int | None:
        return None if self.weights is None else sum(weight.size for weight in self.weights)

    @property
    def trainable_params(self) -> int | None:
        return None if self.weights is None else sum(weight.size for weight in self.weights if weight.trainable)


def frozen(facts: Facts) -> Facts:
    """The same, of a layer with `trainable=False`."""
    return replace(facts, weights=frozen_weights(facts.weights)) if facts.weights else facts


def frozen_weights(weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
    return tuple(replace(weight, trainable=False) for weight in weights)


UNKNOWN: Final = Facts((None,), None, None, None, None)
"""Of a layer that no rule knows, or that reads a tensor of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Keras would refuse the layer: a code, a headline, what to say at the layer, and what to write instead."""

    code: str
    message: str
    label: str
    help: str | None = None


def product(sizes: Sequence[int | None]) -> int | None:
    """The product of sizes, None if one of them is not known."""
    result = 1
    for size in sizes:
        if size is None:
            return None
        result *= size
    return result


def show(shape: Sequence[int | None] | None) -> str:
    """`(28, 28, 1)`, `(10,)`, `(?, ?, 3)`."""
    if shape is None:
        return "?"
    sizes = ", ".join("?" if size is None else str(size) for size in shape)
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"


def agree(declared: Shape, found: Shape) -> bool:
    """Whether a shape column may stand at what a rule found."""
    return len(declared) == len(found) and all(a is None or b is None or a == b for a, b in zip(declared, found, strict=True))


def joined(declared: Shape, found: Shape | None) -> Shape:
    """What is known from both: each fills the `?` of the other. Where they disagree, the rule is right."""
    if found is None:
        return declared
    if not agree(declared, found):
        return found
    return tuple(a if b is None else b for a, b in zip(declared, found, strict=True))


def known_from_both(declared: Shape, found: Tensor | None) -> Tensor:
    """The tensor of a rule with the shape column that was written behind it."""
    return Tensor(declared) if found is None else replace(found, shape=joined(declared, found.shape))

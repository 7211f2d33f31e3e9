"""What a shape rule is: a function from a layer's arguments and input shapes to its output shapes, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Shape: TypeAlias = tuple[int | None, ...]
Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Keras would refuse the layer: a code, a headline, what to say at the layer, and what to write instead."""

    code: str
    message: str
    label: str
    help: str | None = None


class Unknown(Exception):
    """The rule cannot say: an argument is malformed (which is reported elsewhere) or a shape is unknown."""


@dataclass(frozen=True, slots=True)
class Use:
    """One call of a layer, as a rule sees it."""

    layer: str
    arguments: Mapping[str, Json]
    inputs: tuple[Shape, ...]

    @property
    def shape(self) -> Shape:
        """The shape of the one input. Raises `Unknown` for several."""
        if len(self.inputs) != 1:
            raise Unknown
        return self.inputs[0]

    def integer(self, name: str, default: int | None = None) -> int:
        """An integer argument. Raises `Unknown` if it is missing or something else."""
        value = self.arguments.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unknown
        return value

    def integers(self, name: str, rank: int, default: int | None = None) -> tuple[int, ...]:
        """`rank` integers, written as such or as one for all axes. Raises `Unknown`."""
        value = self.arguments.get(name)
        if value is None:
            value = default
        if isinstance(value, int) and not isinstance(value, bool):
            return (value,) * rank
        if isinstance(value, list) and len(value) == rank and all(isinstance(v, int) and not isinstance(v, bool) for v in value):
            return tuple(value)
        raise Unknown

    def text(self, name: str, default: str) -> str:
        """A string argument in lower case. Raises `Unknown`."""
        value = self.arguments.get(name, default)
        if not isinstance(value, str):
            raise Unknown
        return value.lower()

    def channels_last(self) -> None:
        """Raises `Unknown` for `channels_first`, for which there are no rules yet."""
        if self.arguments.get("data_format") not in (None, "channels_last"):
            raise Unknown


Outcome: TypeAlias = tuple[Shape | None, ...] | Refusal
Rule: TypeAlias = Callable[[Use], Shape | Refusal]


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


def wrong_rank(use: Use, rank: int) -> Refusal:
    """The refusal of an input that has not `rank` axes."""
    found = len(use.shape)
    other = re.sub(r"[123]D", f"{found - 1}D", use.layer)
    if rank == 1:
        help = "flatten the tensor first: `Flatten()`"
    elif found == 1:
        help = "a vector has no height and width: put this layer above `Flatten`, or write `Reshape(...)` before it"
    elif rank == 3 and found == 2:
        help = f"a grey image has one channel: `(height, width, 1)`; a sequence is read by `{other}`"
    else:
        help = f"`{other}` reads it" if other != use.layer and found <= 4 else "bring it to that rank: `Reshape(...)`"
    axes = f"{rank} {'axis' if rank == 1 else 'axes'}"
    return Refusal(
        "E0603", f"`{use.layer}` reads a tensor of {axes} (without the batch), got {show(use.shape)}", f"this input has {found}", help
    )

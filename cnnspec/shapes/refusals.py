"""Refusals that many layers share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnnspec.shapes.facts import Refusal, Shape, show
from cnnspec.shapes.rule import Use


def wrong_rank(use: Use, rank: int) -> Refusal:
    """The refusal of an input that has not `rank` axes."""
    found = len(use.shape)
    other = re.sub(r"[123]D", f"{found - 1}D", use.layer)
    if use.layer.startswith("ConvLSTM"):
        help = "it reads a film: the steps, then the sizes of one image, then its channels"
    elif rank == 1:
        help = "flatten the tensor first: `Flatten()`"
    elif found == 1:
        help = "a vector has no height and width: put this layer above `Flatten`, or write `Reshape(...)` before it"
    elif rank == 3 and found == 2:
        help = f"a grey image has one channel: `(height, width, 1)`; a sequence is read by `{other}`"
    elif rank == 2 and found == 3 and other == use.layer:
        help = f"make a sequence of the image: `Reshape((-1, {use.shape[-1] or 3}))`"
    else:
        help = f"`{other}` reads it" if other != use.layer and found <= 4 else "bring it to that rank: `Reshape(...)`"
    axes = f"{rank} {'axis' if rank == 1 else 'axes'}"
    return Refusal(
        "E0603", f"`{use.layer}` reads a tensor of {axes} (without the batch), got {show(use.shape)}", f"this input has {found}", help
    )


def too_few_axes(use: Use, rank: int) -> Refusal:
    """The refusal of an input with fewer than `rank` axes."""
    axes = f"{rank} {'axis' if rank == 1 else 'axes'}"
    message = f"`{use.layer}` reads a tensor of at least {axes} (without the batch), got {show(use.shape)}"
    return Refusal("E0603", message, f"this input has {len(use.shape)}", "bring it to that rank: `Reshape(...)`")


def not_fixed(use: Use, what: str) -> Refusal:
    """The refusal of a size that is `?` where the number of weights follows from it."""
    message = f"`{use.layer}` needs to know {what} of {show(use.shape)}"
    return Refusal("E0605", message, "its weights follow from that size", "write a number in place of that `?`")


def no_axis(use: Use, axis: int, shape: Shape) -> Refusal:
    """The refusal of an axis that the input does not have. `axis` counts the batch as 0."""
    message = f"`{use.layer}`: {show(shape)} has no axis {axis}"
    return Refusal("E0601", message, "there is no such axis", "axis -1 is the last one; the batch is axis 0")


def number_of_tensors(use: Use, wanted: str) -> Refusal:
    """The refusal of too many or too few tensors."""
    given = len(use.inputs)
    message = f"`{use.layer}` reads {wanted} tensors, not {given}"
    return Refusal("E0506", message, f"{given} given", f"write `[a, b] -> {use.layer}(...)`")


def invalid(use: Use, message: str, label: str, help: str) -> Refusal:
    """The refusal of arguments that do not go together."""
    return Refusal("E0404", f"`{use.layer}`: {message}", label, help)


def mismatch(use: Use, message: str, label: str, help: str) -> Refusal:
    """The refusal of shapes that do not go together."""
    return Refusal("E0601", f"`{use.layer}`: {message}", label, help)


def listed(shapes: Iterable[Shape]) -> str:
    """`(8, 8, 3)`, `(8, 8, 3) and (4, 4, 3)`, `(8, 8, 3), (4, 4, 3) and (2, 2, 3)`; no more than six of them."""
    shown = [show(shape) for shape in shapes]
    if len(shown) > 6:
        shown[5:] = [f"{len(shown) - 5} more"]
    *first, last = shown
    return f"{', '.join(first)} and {last}" if first else last


def no_initializer(use: Use, *names: str) -> Refusal | None:
    """The refusal of `None` for an initializer of which Keras makes others; elsewhere it takes None for its default."""
    for name in names:
        if use.get(name) is None:
            return invalid(use, f"`{name}` cannot be None here", "Keras makes other initializers of it", "leave it out")
    return None

"""Layers that join several tensors. No weights; MACs 0, but for `Dot`."""

from __future__ import annotations

from cnnspec.shapes.facts import Refusal, Shape, product, show
from cnnspec.shapes.refusals import listed, mismatch, no_axis, number_of_tensors
from cnnspec.shapes.rule import Outcome, Unknown, Use, is_integer

PROJECT = "project the shortcut with a 1x1 Conv2D of the same filters and strides"


def elementwise(use: Use) -> Outcome:
    """Sizes must be equal, or 1; the shapes are aligned at their last axis. One that is not known leaves the result unknown."""
    if use.layer == "Subtract" and len(use.inputs) != 2:
        return number_of_tensors(use, "2")
    shapes = [tensor.shape for tensor in use.inputs]
    result = shapes[0]
    for shape in shapes[1:]:
        joined = broadcast(result, shape)
        if joined is None:
            help = PROJECT if use.layer == "Add" and all(len(s) == 3 for s in shapes) else "bring them to one shape first"
            message = f"`{use.layer}` needs equal shapes, got {listed(dict.fromkeys(shapes))}"
            return Refusal("E0601", message, "these shapes do not match", help)
        result = joined
    return use.gives(result)


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape of an operation on two tensors, None if they do not fit."""
    if len(a) < len(b):
        a, b = b, a
    ahead = len(a) - len(b)
    sizes: list[int | None] = list(a[:ahead])
    for x, y in zip(a[ahead:], b, strict=True):
        if x is None or y is None:
            sizes.append(None)
        elif x == y or y == 1:
            sizes.append(x)
        elif x == 1:
            sizes.append(y)
        else:
            return None
    return tuple(sizes)


def concatenate(use: Use) -> Outcome:
    """All sizes but the one along `axis` must be equal; `axis` counts the batch as 0."""
    shapes: list[Shape] = [(None, *tensor.shape) for tensor in use.inputs]
    axis, first = use.integer("axis"), shapes[0]
    for shape in shapes:
        if len(shape) != len(first):
            return _cannot_join(use, axis)
    if not -len(first) <= axis < len(first):
        return use.gives(first[1:]) if len(shapes) == 1 and axis > 0 else no_axis(use, axis, first[1:])
    along = axis % len(first)
    for i in range(len(first)):
        if i != along and len({shape[i] for shape in shapes} - {None}) > 1:
            return _cannot_join(use, axis)
    if along == 0:
        return use.gives(first[1:])
    total = _sum([shape[along] for shape in shapes])
    return use.gives((*first[1:along], total, *first[along + 1 :]))


def _sum(sizes: list[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _cannot_join(use: Use, axis: int) -> Refusal:
    shapes = [tensor.shape for tensor in use.inputs]
    first = shapes[0]
    if any(len(shape) != len(first) for shape in shapes):
        help = "flatten the image first: `Flatten()` or `GlobalAveragePooling2D()`"
    else:
        help = "bring them to one height and width first" if len(first) == 3 else "bring them to one shape first"
    return Refusal("E0601", f"`Concatenate` cannot join {listed(dict.fromkeys(shapes))}", f"only axis {axis} may differ", help)


def dot(use: Use) -> Outcome:
    """The product over one axis of each tensor: its other axes, one after the other; a number becomes (1,). MACs: all sizes multiplied."""
    if len(use.inputs) != 2:
        return number_of_tensors(use, "2")
    written = use.get("axes")
    axes = [written, written] if is_integer(written) else written
    if not isinstance(axes, list) or len(axes) != 2 or not all(map(is_integer, axes)):
        raise Unknown
    rests: list[Shape] = []
    sizes: list[int | None] = []
    for axis, tensor in zip(axes, use.inputs, strict=True):
        full = (None, *tensor.shape)
        place = axis % len(full) if is_integer(written) and axis < 0 else axis
        if not -len(full) <= place < len(full) or place % len(full) == 0:
            return no_axis(use, axis, tensor.shape)
        place %= len(full)
        sizes.append(full[place])
        rests.append((*full[1:place], *full[place + 1 :]))
    if sizes[0] != sizes[1]:
        shown = " and ".join("?" if size is None else str(size) for size in sizes)
        message = f"the axes {axes[0]} and {axes[1]} of {listed([tensor.shape for tensor in use.inputs])} have {shown}"
        return mismatch(use, message, "the product needs equal sizes", f"choose axes of one size; {show(axes)} are counted with the batch")
    shape = (*rests[0], *rests[1])
    return use.gives(shape or (1,), macs=product((*shape, sizes[0])), window=None)

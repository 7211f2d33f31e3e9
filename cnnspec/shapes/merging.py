"""Layers that join several tensors."""

from __future__ import annotations

from cnnspec.shapes.rule import Refusal, Shape, Unknown, Use, show

PROJECT = "project the shortcut with a 1x1 Conv2D of the same filters and strides"


def elementwise(use: Use) -> Shape | Refusal:
    """Sizes must be equal, or 1. Source: `keras.src.layers.merging.base_merge._compute_elemwise_op_output_shape`."""
    result = use.inputs[0]
    for shape in use.inputs[1:]:
        joined = _broadcast(result, shape)
        if joined is None:
            listed = " and ".join(show(s) for s in use.inputs)
            help = PROJECT if use.layer == "Add" and all(len(s) == 3 for s in use.inputs) else "bring them to one shape first"
            return Refusal("E0601", f"`{use.layer}` needs equal shapes, got {listed}", "these shapes do not match", help)
        result = joined
    return result


def _broadcast(a: Shape, b: Shape) -> Shape | None:
    if len(a) < len(b):
        a, b = b, a
    padded = (*a[: len(a) - len(b)], *b)
    sizes: list[int | None] = []
    for i, (x, y) in enumerate(zip(a, padded, strict=True)):
        if i < len(a) - len(b):
            sizes.append(x)
        elif x is None or y is None:
            sizes.append(None)
        elif x == y or y == 1:
            sizes.append(x)
        elif x == 1:
            sizes.append(y)
        else:
            return None
    return tuple(sizes)


def concatenate(use: Use) -> Shape | Refusal:
    """All sizes but the one along `axis` must be equal; `axis` counts the batch as 0."""
    first = use.inputs[0]
    axis = use.integer("axis", -1)
    along = axis + len(first) if axis < 0 else axis - 1
    if along == -1:
        raise Unknown  # the batch
    if not 0 <= along < len(first):
        help = "axis -1 is the last one; the batch is axis 0"
        return Refusal("E0601", f"`Concatenate`: {show(first)} has no axis {axis}", "there is no such axis", help)
    for shape in use.inputs[1:]:
        if len(shape) != len(first) or any(
            x != y and x is not None and y is not None for i, (x, y) in enumerate(zip(first, shape, strict=True)) if i != along
        ):
            listed = " and ".join(show(s) for s in use.inputs)
            help = "bring them to one height and width first" if len(first) == 3 else "bring them to one shape first"
            if len(shape) != len(first):
                help = "flatten the image first: `Flatten()` or `GlobalAveragePooling2D()`"
            return Refusal("E0601", f"`Concatenate` cannot join {listed}", f"only axis {axis} may differ", help)
    total = 0
    sizes = [shape[along] for shape in use.inputs]
    for size in sizes:
        if size is None:
            return (*first[:along], None, *first[along + 1 :])
        total += size
    return (*first[:along], total, *first[along + 1 :])

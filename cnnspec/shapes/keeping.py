"""Layers that keep the shape: activations, regularization, augmentation of images. MACs 0."""

from __future__ import annotations

from cnnspec.shapes.facts import POINT, Facts, Refusal, Shape, Tensor, Weight, show
from cnnspec.shapes.refusals import invalid, no_axis, not_fixed, wrong_rank
from cnnspec.shapes.rule import Json, Outcome, Rule, Unknown, Use, is_integer


def same(use: Use) -> Outcome:
    """The shape as it is, in the layer's dtype."""
    return use.gives(use.shape)


def untouched(use: Use) -> Outcome:
    """The shape and the dtype as they are: integers stay integers."""
    return Facts((Tensor(use.shape, use.converted(use.tensor)),))


def image_filter(use: Use) -> Outcome:
    """Like `same`, but a value may come from any place of the image: turned, moved, blurred."""
    return use.gives(use.shape, window=None)


def blur(use: Use) -> Outcome:
    """The kernel has a middle: its sizes are odd."""
    kernel = use.sizes("kernel_size", 2)
    if any(size % 2 == 0 for size in kernel):
        message = f"`kernel_size={show(kernel)}` has no middle"
        return invalid(use, message, "a size is even", f"write odd sizes: `kernel_size={max(kernel) // 2 * 2 + 1}`")
    return image_filter(use)


def same_of_rank(rank: int) -> Rule:
    return lambda use: use.gives(use.shape) if len(use.shape) == rank else wrong_rank(use, rank)


def softmax(use: Use) -> Outcome:
    """Over `axis`, which counts the batch as 0."""
    written = use.get("axis")
    ndim = len(use.shape) + 1
    for axis in written if isinstance(written, list) else [written]:
        if not is_integer(axis):
            raise Unknown
        if not -ndim <= axis < ndim:
            return no_axis(use, axis, use.shape)
    return use.gives(use.shape, window=POINT if written in (-1, [-1], ndim - 1) else None)


def prelu(use: Use) -> Outcome:
    """A weight for every place; an axis in `shared_axes` (the batch is 0) shares one."""
    shape: list[int | None] = list(use.shape)
    for axis in axes_of(use.get("shared_axes")):
        if not -len(shape) <= axis - 1 < len(shape):
            return no_axis(use, axis, use.shape)
        shape[axis - 1] = 1
    sizes = fixed(tuple(shape))
    if sizes is None:
        return not_fixed(use, "every size")
    return use.gives(use.shape, (Weight("alpha", sizes),))


def in_colour(use: Use) -> Outcome:
    """Images of three channels only. A tensor of two axes is taken for one image without batch."""
    if len(use.shape) not in (2, 3):
        return wrong_rank(use, 3)
    channels = (None, *use.shape)[-3 if use.channels_first else -1]
    if channels in (3, None):
        return use.gives(use.shape)
    message = f"`{use.layer}` reads images of 3 channels, got {show(use.shape)}"
    return Refusal("E0601", message, f"this input has {channels}", "leave it out for images without colour")


def fixed(shape: Shape) -> tuple[int, ...] | None:
    """The sizes, None if one of them is not known."""
    known = tuple(size for size in shape if size is not None)
    return known if len(known) == len(shape) else None


def axes_of(value: Json) -> list[int]:
    """Axes, written as one, as a list, or left out."""
    if value is None:
        return []
    found = value if isinstance(value, list) else [value]
    if not all(map(is_integer, found)):
        raise Unknown
    return found

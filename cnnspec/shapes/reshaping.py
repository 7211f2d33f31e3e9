"""Layers that move values without computing: flatten, reshape, pad, crop, enlarge, permute. No weights; MACs 0."""

from __future__ import annotations

from math import prod
from typing import Final

from cnnspec.shapes.facts import Facts, Refusal, Shape, Tensor, Window, product, show
from cnnspec.shapes.refusals import invalid, wrong_rank
from cnnspec.shapes.rule import Json, Outcome, Rule, Unknown, Use, is_integer


def _moved(use: Use, shape: Shape) -> Facts:
    """These layers keep integers integers."""
    return Facts((Tensor(shape, use.converted(use.tensor)),), window=None)


def flatten(use: Use) -> Outcome:
    """One axis, of the product of all sizes; 1 where there is none."""
    return _moved(use, (product(use.shape),))


def reshape(use: Use) -> Outcome:
    """The product of the sizes must stay the same; one size may be -1. Nothing is checked where a size of the input is not known."""
    target = use.get("target_shape")
    if not isinstance(target, list) or not all(map(is_integer, target)) or any(size < -1 for size in target):
        raise Unknown
    if target.count(-1) > 1:
        message = f"`Reshape` cannot make {show(target)}: it holds -1 {target.count(-1)} times"
        return Refusal("E0601", message, "only one size can follow from the others", "write the other sizes as numbers")
    total = product(use.shape)
    if total is None:
        return _moved(use, tuple(None if size == -1 else size for size in target))
    known = prod(size for size in target if size != -1)
    if (known != total) if -1 not in target else (known == 0 or total % known):
        message = f"`Reshape` cannot make {show(target)} of {show(use.shape)}"
        return Refusal("E0601", message, f"{total} values do not fill {show(target)}", "the product of the sizes must stay the same")
    return _moved(use, tuple(total // known if size == -1 else size for size in target))


def permute(use: Use) -> Outcome:
    """`dims` names each axis once, counted from 1."""
    dims = use.get("dims")
    if not isinstance(dims, list) or not all(map(is_integer, dims)):
        raise Unknown
    axes = list(range(1, len(use.shape) + 1))
    if sorted(dims) != axes:
        message = f"`Permute` cannot bring the axes of {show(use.shape)} into the order {show(dims)}"
        return Refusal("E0601", message, f"the axes are {show(axes)}", "name each axis once; the batch is not counted")
    return _moved(use, tuple(use.shape[axis - 1] for axis in dims))


def repeat_vector(use: Use) -> Outcome:
    """A vector becomes a sequence of `n` copies."""
    count = use.positive("n")
    return use.gives((count, *use.shape), window=None) if len(use.shape) == 1 else wrong_rank(use, 1)


def _edges(value: Json, rank: int) -> tuple[tuple[int, int], ...]:
    """Padding or cropping as Keras takes it: one number, one per axis, or a pair per axis."""
    if is_integer(value):
        return ((value, value),) * rank
    if rank == 1 and isinstance(value, list) and len(value) == 2 and all(map(is_integer, value)):
        return ((value[0], value[1]),)
    if isinstance(value, list) and len(value) == rank:
        pairs = [[v, v] if is_integer(v) else v for v in value]
        if all(isinstance(p, list) and len(p) == 2 and all(map(is_integer, p)) for p in pairs):
            return tuple((p[0], p[1]) for p in pairs)
    raise Unknown


def zero_padding(rank: int) -> Rule:
    """n + before + after."""

    def rule(use: Use) -> Outcome:
        edges = _edges(use.get("padding"), rank)
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        spatial, channels = use.split(use.shape)
        sizes = tuple(None if n is None else n + a + b for n, (a, b) in zip(spatial, edges, strict=True))
        window = Window((1,) * rank, (1,) * rank, tuple(before for before, _ in edges))
        return use.gives(use.join(sizes, channels), window=window)

    return rule


def cropping(rank: int) -> Rule:
    """n - before - after, of which something must be left."""

    def rule(use: Use) -> Outcome:
        edges = _edges(use.get("cropping"), rank)
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        spatial, channels = use.split(use.shape)
        sizes = tuple(None if n is None else n - a - b for n, (a, b) in zip(spatial, edges, strict=True))
        if any(size is not None and size < 1 for size in sizes):
            message = f"`{use.layer}` would leave nothing of {show(use.shape)}"
            return Refusal("E0604", message, "more is cropped than there is", "crop less")
        window = Window((1,) * rank, (1,) * rank, tuple(-before for before, _ in edges))
        return use.gives(use.join(sizes, channels), window=window)

    return rule


TAPS: Final = {"nearest": 0, "bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}
"""How many values on each side an interpolation reads; `nearest` reads one alone."""


def up_sampling(rank: int) -> Rule:
    """n * size."""

    def rule(use: Use) -> Outcome:
        factors = use.sizes("size", rank)
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        spatial, channels = use.split(use.shape)
        sizes = tuple(None if n is None else n * f for n, f in zip(spatial, factors, strict=True))
        taps = TAPS.get(use.text("interpolation")) if rank == 2 else 0
        return use.gives(use.join(sizes, channels), window=None if taps is None else _interpolated(factors, taps))

    return rule


def _interpolated(factors: tuple[int, ...], taps: int) -> Window:
    """The middle of output o lies at (2 * o + 1 - f) / (2 * f) of the input; the values around it are read."""
    rank = len(factors)
    if not taps:
        return Window((1,) * rank, (1,) * rank, (0,) * rank, factors)
    size, before = tuple(2 * f * (2 * taps - 1) + 1 for f in factors), tuple(f - 1 + 2 * f * (taps - 1) for f in factors)
    return Window(size, (2,) * rank, before, tuple(2 * f for f in factors))


def resizing(use: Use) -> Outcome:
    """Scaled to a height and width; the ratio of its sides is kept by cropping or by padding, not by both."""
    if use.flag("crop_to_aspect_ratio") and use.flag("pad_to_aspect_ratio"):
        message = "`crop_to_aspect_ratio` and `pad_to_aspect_ratio` do not go together"
        return invalid(use, message, "one of them keeps the ratio", "leave one of them out")
    return to_size(use)


def to_size(use: Use) -> Outcome:
    """`CenterCrop`: the image gets the height and width that are written."""
    height, width = use.positive("height"), use.positive("width")
    if len(use.shape) == 2 and use.channels_first:  # Keras takes the batch for the channels of one image
        return use.gives((height, width), window=None)
    if len(use.shape) != 3:
        return wrong_rank(use, 3)
    return use.gives(use.join((height, width), use.split(use.shape)[1]), window=None)


def random_crop(use: Use) -> Outcome:
    """The same for the last two or three axes of a tensor, be it an image or a film."""
    height, width = use.positive("height"), use.positive("width")
    if use.channels_first:
        return use.gives((*use.shape[:-2], height, width), window=None) if len(use.shape) > 1 else wrong_rank(use, 3)
    if len(use.shape) < 3:
        return wrong_rank(use, 3)
    return use.gives((*use.shape[:-3], height, width, use.shape[-1]), window=None)

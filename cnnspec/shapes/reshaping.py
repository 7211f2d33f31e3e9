"""Layers that move values without computing: flatten, reshape, pad, crop, enlarge, permute."""

from __future__ import annotations

from math import prod

from cnnspec.shapes.rule import Json, Refusal, Shape, Unknown, Use, show, wrong_rank


def flatten(use: Use) -> Shape | Refusal:
    sizes = [size for size in use.shape if size is not None]
    return (prod(sizes) if len(sizes) == len(use.shape) else None,)


def reshape(use: Use) -> Shape | Refusal:
    """Source: `keras.src.ops.operation_utils.compute_reshape_output_shape`; one size may be -1."""
    target = use.arguments.get("target_shape")
    if not isinstance(target, list) or not all(isinstance(size, int) and not isinstance(size, bool) for size in target):
        raise Unknown
    if target.count(-1) > 1:
        message = f"`Reshape` cannot make {show(target)}: it holds -1 {target.count(-1)} times"
        return Refusal("E0601", message, "only one size can follow from the others", "write the other sizes as numbers")
    if any(size is None for size in use.shape):
        raise Unknown
    total = prod(size for size in use.shape if size is not None)
    known = prod(size for size in target if size != -1)
    if (known != total) if -1 not in target else (known == 0 or total % known):
        message = f"`Reshape` cannot make {show(target)} of {show(use.shape)}"
        return Refusal("E0601", message, f"{total} values do not fill {show(target)}", "the product of the sizes must stay the same")
    return tuple(total // known if size == -1 else size for size in target)


def permute(use: Use) -> Shape | Refusal:
    dims = use.arguments.get("dims")
    if not isinstance(dims, list) or not all(isinstance(axis, int) for axis in dims):
        raise Unknown
    axes = list(range(1, len(use.shape) + 1))
    if sorted(dims) != axes:
        message = f"`Permute` cannot bring the axes of {show(use.shape)} into the order {show(dims)}"
        return Refusal("E0601", message, f"the axes are {show(axes)}", "name each axis once; the batch is not counted")
    return tuple(use.shape[axis - 1] for axis in dims)


def repeat_vector(use: Use) -> Shape | Refusal:
    return (use.integer("n"), *use.shape) if len(use.shape) == 1 else wrong_rank(use, 1)


def _edges(value: Json, rank: int) -> tuple[tuple[int, int], ...]:
    """Padding or cropping as Keras takes it: one number, one per axis, or a pair per axis."""
    if isinstance(value, int) and not isinstance(value, bool):
        return ((value, value),) * rank
    if rank == 1 and isinstance(value, list) and len(value) == 2 and all(isinstance(v, int) for v in value):
        return ((value[0], value[1]),)
    if isinstance(value, list) and len(value) == rank:
        pairs = [[v, v] if isinstance(v, int) else v for v in value]
        if all(isinstance(p, list) and len(p) == 2 and all(isinstance(v, int) for v in p) for p in pairs):
            return tuple((p[0], p[1]) for p in pairs)
    raise Unknown


def zero_padding(use: Use) -> Shape | Refusal:
    use.channels_last()
    rank = int(use.layer[-2])
    if len(use.shape) != rank + 1:
        return wrong_rank(use, rank + 1)
    edges = _edges(use.arguments.get("padding", 1), rank)
    return (*(None if s is None else s + a + b for s, (a, b) in zip(use.shape, edges, strict=False)), use.shape[-1])


def cropping(use: Use) -> Shape | Refusal:
    use.channels_last()
    rank = int(use.layer[-2])
    if len(use.shape) != rank + 1:
        return wrong_rank(use, rank + 1)
    edges = _edges(use.arguments.get("cropping", 0 if rank == 2 else 1), rank)
    sizes = [None if s is None else s - a - b for s, (a, b) in zip(use.shape, edges, strict=False)]
    if any(size is not None and size < 1 for size in sizes):
        return Refusal("E0604", f"`{use.layer}` would leave nothing of {show(use.shape)}", "more is cropped than there is", "crop less")
    return (*sizes, use.shape[-1])


def up_sampling(use: Use) -> Shape | Refusal:
    use.channels_last()
    rank = int(use.layer[-2])
    if len(use.shape) != rank + 1:
        return wrong_rank(use, rank + 1)
    factors = use.integers("size", rank, 2)
    return (*(None if s is None else s * f for s, f in zip(use.shape, factors, strict=False)), use.shape[-1])


def to_size(use: Use) -> Shape | Refusal:
    """`Resizing`, `CenterCrop` and `RandomCrop`: the image gets the height and width that are written."""
    use.channels_last()
    return (use.integer("height"), use.integer("width"), use.shape[-1]) if len(use.shape) == 3 else wrong_rank(use, 3)

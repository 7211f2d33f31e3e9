"""Convolutions of any rank: plain, depthwise, separable, transposed.

With n the size, k the kernel, s the stride, d the dilation, and r = (k - 1) * d + 1 the reach of the window:
`valid` gives floor((n - r) / s) + 1 places, `same` and `causal` give ceil(n / s).
MACs: each weight is used once at each place of the output (the kernel of a transposed convolution at each place of the input).
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.shapes.facts import Refusal, Shape, Weight, Window, product, show
from cnnspec.shapes.refusals import invalid, not_fixed, wrong_rank
from cnnspec.shapes.rule import Outcome, Rule, Unknown, Use


def convolution(rank: int) -> Rule:
    """Kernel (k..., channels / groups, filters), bias (filters,)."""

    def rule(use: Use) -> Outcome:
        filters, groups, kernel = use.positive("filters"), use.positive("groups"), use.sizes("kernel_size", rank)
        strides, dilation = use.sizes("strides", rank), use.sizes("dilation_rate", rank)
        if filters % groups:
            return _groups(use, f"`groups={groups}` does not divide {filters} filters")
        if max(strides) > 1 and max(dilation) > 1:
            return _strides_and_dilation(use)
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        spatial, channels = use.split(use.shape)
        if channels is None:
            return not_fixed(use, "the channels")
        if channels % groups:
            return _groups(use, f"`groups={groups}` does not divide {channels} input channels and {filters} filters")
        reach = _reach(kernel, dilation)
        places = slide(use, spatial, reach, strides)
        if isinstance(places, Refusal):
            return places
        weights = (Weight("kernel", (*kernel, channels // groups, filters)), *bias(use, filters))
        return use.gives(use.join(places, filters), weights, uses(weights, places), placed(use, reach, strides, spatial))

    return rule


def depthwise(rank: int) -> Rule:
    """Kernel (k..., channels, multiplier), bias (channels * multiplier,)."""

    def rule(use: Use) -> Outcome:
        found = _each_channel(use, rank)
        if isinstance(found, Refusal):
            return found
        kernel, places, window = found
        filters = kernel[-2] * kernel[-1]
        weights = (Weight("kernel", kernel), *bias(use, filters))
        return use.gives(use.join(places, filters), weights, uses(weights, places), window)

    return rule


def separable(rank: int) -> Rule:
    """A depthwise kernel (k..., channels, multiplier), then a pointwise one (1..., channels * multiplier, filters)."""

    def rule(use: Use) -> Outcome:
        filters = use.positive("filters")
        found = _each_channel(use, rank)
        if isinstance(found, Refusal):
            return found
        kernel, places, window = found
        point = Weight("pointwise_kernel", (*(1,) * rank, kernel[-2] * kernel[-1], filters))
        weights = (Weight("depthwise_kernel", kernel), point, *bias(use, filters))
        return use.gives(use.join(places, filters), weights, uses(weights, places), window)

    return rule


def _each_channel(use: Use, rank: int) -> tuple[tuple[int, ...], Shape, Window] | Refusal:
    """What is computed of each channel by itself: the kernel (k..., channels, multiplier), its places, and its window."""
    kernel, multiplier = use.sizes("kernel_size", rank), use.positive("depth_multiplier")
    strides, dilation = use.sizes("strides", rank), use.sizes("dilation_rate", rank)
    if len(use.shape) != rank + 1:
        return wrong_rank(use, rank + 1)
    spatial, channels = use.split(use.shape)
    if channels is None:
        return not_fixed(use, "the channels")
    reach = _reach(kernel, dilation)
    places = slide(use, spatial, reach, strides)
    if isinstance(places, Refusal):
        return places
    return (*kernel, channels, multiplier), places, placed(use, reach, strides, spatial)


def transposed(rank: int) -> Rule:
    """Kernel (k..., filters, channels). `valid` gives (n - 1) * s + max(r, s), `same` gives n * s.

    With `output_padding` p they give (n - 1) * s + r + p, and (n - 1) * s + r % 2 + p.
    """

    def rule(use: Use) -> Outcome:
        filters, kernel = use.positive("filters"), use.sizes("kernel_size", rank)
        strides, dilation = use.sizes("strides", rank), use.sizes("dilation_rate", rank)
        extra = None if use.get("output_padding") is None else use.integers("output_padding", rank)
        if extra is not None and any(p >= s for p, s in zip(extra, strides, strict=True)):
            message = f"`output_padding={show(extra)}` must be smaller than `strides={show(strides)}` along each axis"
            return invalid(use, message, "more is padded than a step", "leave `output_padding` out, or make it smaller")
        if max(strides) > 1 and max(dilation) > 1:
            return _strides_and_dilation(use)
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        spatial, channels = use.split(use.shape)
        if channels is None:
            return not_fixed(use, "the channels")
        reach = _reach(kernel, dilation)
        same = use.text("padding") == "same"
        places = tuple(
            None if n is None else _enlarged(n, reach[i], strides[i], None if extra is None else extra[i], same=same)
            for i, n in enumerate(spatial)
        )
        weights = (Weight("kernel", (*kernel, filters, channels)), *bias(use, filters))
        axes = [_spread(reach[i], strides[i], None if extra is None else extra[i], same=same) for i in range(rank)]
        window = Window(tuple(size for size, _ in axes), (1,) * rank, tuple(before for _, before in axes), strides)
        macs = added(uses(weights[:1], spatial), uses(weights[1:], places))
        return use.gives(use.join(places, filters), weights, macs, window)

    return rule


def _enlarged(size: int, reach: int, stride: int, extra: int | None, *, same: bool) -> int:
    if extra is None:
        return size * stride if same else (size - 1) * stride + max(reach, stride)
    return (size - 1) * stride + (reach % 2 if same else reach) + extra


def _spread(reach: int, stride: int, extra: int | None, *, same: bool) -> tuple[int, int]:
    """What an output reads, on the finer grid: an input is spread over r places, s further on for each; `same` cuts off as many before
    as behind."""
    longer = reach - _enlarged(1, reach, stride, extra, same=same) if same else 0
    cut = max(longer, 0) // 2
    return (reach - stride + 1, reach - stride - cut) if reach >= stride else (1, 0)


# ---------------------------------------------------------------- parts


def bias(use: Use, size: int) -> tuple[Weight, ...]:
    return (Weight("bias", (size,)),) if use.flag("use_bias") else ()


def slide(use: Use, spatial: Shape, reach: tuple[int, ...], strides: tuple[int, ...]) -> Shape | Refusal:
    """The number of places of a window along each axis, or a refusal where there is none."""
    padding = use.text("padding")
    if padding not in ("valid", "same", "causal"):
        raise Unknown
    places = tuple(
        None if n is None else -(-n // s) if padding != "valid" else (n - r) // s + 1
        for n, r, s in zip(spatial, reach, strides, strict=True)
    )
    if any(size is not None and size < 1 for size in places):
        return _empty(use, reach, spatial, places)
    return places


def placed(use: Use, reach: tuple[int, ...], strides: tuple[int, ...], spatial: Shape) -> Window:
    """The window of a layer that slides: how much of the padding lies before the first value."""
    padding = use.text("padding")
    if padding == "valid":
        before: tuple[int | None, ...] = (0,) * len(reach)
    elif padding == "causal":
        before = tuple(r - 1 for r in reach)
    else:
        before = tuple(_before(n, r, s) for n, r, s in zip(spatial, reach, strides, strict=True))
    return Window(reach, strides, before)


def _before(size: int | None, reach: int, stride: int) -> int | None:
    if size is None:
        return (reach - 1) // 2 if stride == 1 else None
    return int(max((-(-size // stride) - 1) * stride + reach - size, 0) // 2)


def _reach(kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...]:
    return tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))


def uses(weights: Sequence[Weight], places: Shape) -> int | None:
    """The MACs of weights that are used once at each place. None where a size is not known."""
    each = sum(weight.size for weight in weights)
    return product((*places, each)) if each else 0


def added(*macs: int | None) -> int | None:
    """The sum, None if a part is not known."""
    known = [each for each in macs if each is not None]
    return sum(known) if len(known) == len(macs) else None


def _strides_and_dilation(use: Use) -> Refusal:
    message = f"`{use.layer}` takes `strides` or `dilation_rate` above 1, not both"
    return Refusal("E0404", message, "Keras computes only one of them", "leave one of them out")


def _groups(use: Use, message: str) -> Refusal:
    return Refusal("E0601", f"`{use.layer}`: {message}", "the groups do not fit", "choose a divisor of both")


def _empty(use: Use, window: tuple[int, ...], spatial: Shape, places: Shape) -> Refusal:
    given = "x".join("?" if size is None else str(size) for size in spatial)
    left = "x".join("?" if size is None else str(max(size, 0)) for size in places)
    what = {1: "sequence", 2: "image"}.get(len(spatial), "volume")
    return Refusal(
        "E0604",
        f"`{use.layer}` would give an empty {what}: {left}",
        f"a window of {'x'.join(map(str, window))} does not fit in {given}",
        'use `padding="same"`, or remove a pooling layer above',
    )

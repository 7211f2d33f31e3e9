"""Layers that slide a window over an image: convolutions and pooling of any rank."""

from __future__ import annotations

from cnnspec.shapes.rule import Refusal, Rule, Shape, Unknown, Use, show, wrong_rank


def convolution(rank: int, *, depthwise: bool = False) -> Rule:
    """Convolutions. Source: `keras.src.ops.operation_utils.compute_conv_output_shape`."""

    def rule(use: Use) -> Shape | Refusal:
        use.channels_last()
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        kernel = use.integers("kernel_size", rank)
        strides = use.integers("strides", rank, 1)
        dilation = use.integers("dilation_rate", rank, 1)
        if use.layer.startswith("Conv") and max(strides) > 1 and max(dilation) > 1:
            return _both(use)
        reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
        sizes = _slide(use, reach, strides)
        if isinstance(sizes, Refusal):
            return sizes
        channels = use.shape[-1]
        if depthwise:
            return (*sizes, None if channels is None else channels * use.integer("depth_multiplier", 1))
        groups = use.integer("groups", 1)
        filters = use.integer("filters")
        if groups < 1:
            raise Unknown
        if channels is not None and (channels % groups or filters % groups):
            message = f"`groups={groups}` does not divide {channels} input channels and {filters} filters"
            return Refusal("E0601", f"`{use.layer}`: {message}", "the groups do not fit", "choose a divisor of both")
        return (*sizes, filters)

    return rule


def transposed(rank: int) -> Rule:
    """Transposed convolutions without `output_padding`. Source: `keras.src.backend.common.backend_utils`."""

    def rule(use: Use) -> Shape | Refusal:
        use.channels_last()
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        if use.arguments.get("output_padding") is not None:
            raise Unknown
        kernel, strides = use.integers("kernel_size", rank), use.integers("strides", rank, 1)
        dilation = use.integers("dilation_rate", rank, 1)
        if max(strides) > 1 and max(dilation) > 1:
            return _both(use)
        reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
        same = use.text("padding", "valid") == "same"
        sizes = tuple(
            None if size is None else size * stride if same else size * stride + max(k - stride, 0)
            for size, k, stride in zip(use.shape, reach, strides, strict=False)
        )
        return (*sizes, use.integer("filters"))

    return rule


def _both(use: Use) -> Refusal:
    message = f"`{use.layer}` takes `strides` or `dilation_rate` above 1, not both"
    return Refusal("E0404", message, "Keras computes only one of them", "leave one of them out")


def pooling(rank: int) -> Rule:
    """Max and average pooling. Source: `keras.src.ops.operation_utils.compute_pooling_output_shape`."""

    def rule(use: Use) -> Shape | Refusal:
        use.channels_last()
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        window = use.integers("pool_size", rank, 2 if use.layer.startswith("Max") else None)
        strides = window if use.arguments.get("strides") is None else use.integers("strides", rank)
        sizes = _slide(use, window, strides)
        return sizes if isinstance(sizes, Refusal) else (*sizes, use.shape[-1])

    return rule


def global_pooling(rank: int) -> Rule:
    """Global pooling: the image goes, the channels stay."""

    def rule(use: Use) -> Shape | Refusal:
        use.channels_last()
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        channels = use.shape[-1]
        return (*(1,) * rank, channels) if use.arguments.get("keepdims") is True else (channels,)

    return rule


def _slide(use: Use, window: tuple[int, ...], strides: tuple[int, ...]) -> Shape | Refusal:
    """The number of places of a window along each axis, or a refusal where there is none."""
    padding = use.text("padding", "valid")
    if padding not in ("valid", "same", "causal"):
        raise Unknown
    sizes: list[int | None] = []
    for size, reach, stride in zip(use.shape, window, strides, strict=False):
        if stride < 1 or reach < 1:
            raise Unknown
        if size is None:
            sizes.append(None)
        else:
            sizes.append(-(-size // stride) if padding != "valid" else (size - reach) // stride + 1)
    if any(size is not None and size < 1 for size in sizes):
        return _empty(use, window, sizes)
    return tuple(sizes)


def _empty(use: Use, window: tuple[int, ...], sizes: list[int | None]) -> Refusal:
    given = "x".join("?" if size is None else str(size) for size in use.shape[:-1])
    shown = show((*(None if s is None else max(s, 0) for s in sizes), use.shape[-1]))
    return Refusal(
        "E0604",
        f"`{use.layer}` would give an empty image: {shown}",
        f"a window of {'x'.join(map(str, window))} does not fit in {given}",
        'use `padding="same"`, or remove a pooling layer above',
    )

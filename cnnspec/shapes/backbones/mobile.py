"""The MobileNets: their layers follow from a width `alpha`, which may be any number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from cnnspec.shapes.backbones.describe import Form, Step

Json: TypeAlias = Any


@dataclass(slots=True)
class Net:
    """The calls so far; `channels` are those of the last one."""

    steps: list[Step] = field(default_factory=list)
    channels: int = 0

    def add(self, layer: str, arguments: Mapping[str, Json] | None = None, *reads: int) -> int:
        """One more call; it reads the last one if nothing else is said. Gives its number."""
        self.steps.append(Step(layer, arguments or {}, reads or (len(self.steps),)))
        return len(self.steps)

    def convolve(self, filters: int, *, kernel: int = 1, strides: int = 1) -> int:
        """A convolution without bias, normalized."""
        arguments = {"filters": filters, "kernel_size": kernel, "strides": strides, "padding": "same", "use_bias": False}
        self.add("Conv2D", arguments)
        self.channels = filters
        return self.add("BatchNormalization")

    def depthwise(self, padding: Json, *, kernel: int = 3, strides: int = 1, multiplier: int = 1) -> int:
        """A depthwise convolution without bias, normalized; a stride follows an explicit padding."""
        if strides > 1:
            self.add("ZeroPadding2D", {"padding": padding})
        arguments = {"kernel_size": kernel, "strides": strides, "padding": "valid" if strides > 1 else "same"}
        self.add("DepthwiseConv2D", {**arguments, "depth_multiplier": multiplier, "use_bias": False})
        self.channels *= multiplier
        return self.add("BatchNormalization")

    def pool(self, form: Form) -> None:
        """The end of a form without top."""
        if form in ("avg", "max"):
            self.add("GlobalAveragePooling2D" if form == "avg" else "GlobalMaxPooling2D")


def whole(size: float) -> int:
    """The multiple of 8 next to a number of channels, at least 8, and not more than a tenth below."""
    rounded = max(8, int(size + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * size else rounded


def mobilenet(arguments: Mapping[str, Json], form: Form) -> tuple[Step, ...]:
    """Version 1: thirteen depthwise convolutions, each with a pointwise one."""
    width, multiplier = arguments.get("alpha", 1.0), arguments.get("depth_multiplier", 1)
    net = Net()
    net.convolve(int(32 * width), kernel=3, strides=2)
    for filters, strides in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1)):
        net.depthwise([[0, 1], [0, 1]], strides=strides, multiplier=multiplier)
        net.convolve(int(filters * width))
    if form == "top":
        net.add("GlobalAveragePooling2D", {"keepdims": True})
        net.add("Conv2D", {"filters": "classes", "kernel_size": 1, "padding": "same"})
        net.add("Reshape", {"target_shape": ["classes"]})
    net.pool(form)
    return tuple(net.steps)


def mobilenet_v2(arguments: Mapping[str, Json], form: Form) -> tuple[Step, ...]:
    """Version 2: narrow ends, six times as wide between them, with a shortcut where shapes agree."""
    width = arguments.get("alpha", 1.0)
    net = Net()
    net.convolve(whole(32 * width), kernel=3, strides=2)
    blocks = ((16, 1), (24, 2), (24, 1), (32, 2), *((32, 1),) * 2, (64, 2), *((64, 1),) * 3, *((96, 1),) * 3)
    for number, (filters, strides) in enumerate((*blocks, (160, 2), (160, 1), (160, 1), (320, 1))):
        start, given, narrow = len(net.steps), net.channels, whole(int(filters * width))
        if number:
            net.convolve(6 * given)
        net.depthwise({"correct_pad": 3}, strides=strides)
        last = net.convolve(narrow)
        if given == narrow and strides == 1:
            net.add("Add", None, start, last)
    net.convolve(whole(1280 * width) if width > 1.0 else 1280)
    if form == "top":
        net.add("GlobalAveragePooling2D")
        net.add("Dense", {"units": "classes"})
    net.pool(form)
    return tuple(net.steps)


BLOCKS: Final[Mapping[str, tuple[tuple[float, int, int, int, bool], ...]]] = {
    "MobileNetV3Small": (
        (1, 16, 3, 2, True), (72 / 16, 24, 3, 2, False), (88 / 24, 24, 3, 1, False), (4, 40, 5, 2, True), (6, 40, 5, 1, True),
        (6, 40, 5, 1, True), (3, 48, 5, 1, True), (3, 48, 5, 1, True), (6, 96, 5, 2, True), (6, 96, 5, 1, True), (6, 96, 5, 1, True),
    ),
    "MobileNetV3Large": (
        (1, 16, 3, 1, False), (4, 24, 3, 2, False), (3, 24, 3, 1, False), (3, 40, 5, 2, True), (3, 40, 5, 1, True), (3, 40, 5, 1, True),
        (6, 80, 3, 2, False), (2.5, 80, 3, 1, False), (2.3, 80, 3, 1, False), (2.3, 80, 3, 1, False), (6, 112, 3, 1, True),
        (6, 112, 3, 1, True), (6, 160, 5, 2, True), (6, 160, 5, 1, True), (6, 160, 5, 1, True),
    ),
}  # fmt: skip
"""Expansion, filters, kernel, stride, and whether there is a gate. The minimalistic form has kernels of 3 and no gates."""

HEAD: Final = {"MobileNetV3Small": 1024, "MobileNetV3Large": 1280}


def mobilenet_v3(name: str) -> Callable[[Mapping[str, Json], Form], tuple[Step, ...]]:
    """Version 3: blocks of their own widths, some with a gate for each channel."""

    def make(arguments: Mapping[str, Json], form: Form) -> tuple[Step, ...]:
        width, plain = arguments.get("alpha", 1.0), arguments.get("minimalistic", False)
        net = Net()
        net.convolve(16, kernel=3, strides=2)
        for number, (expansion, filters, kernel, strides, gated) in enumerate(BLOCKS[name]):
            start, given, narrow = len(net.steps), net.channels, whole(filters * width)
            if number:
                net.convolve(whole(given * expansion))
            size = 3 if plain else kernel
            last = net.depthwise({"correct_pad": size}, kernel=size, strides=strides)
            if gated and not plain:
                _gate(net, last, whole(given * expansion))
            last = net.convolve(narrow)
            if given == narrow and strides == 1:
                net.add("Add", None, start, last)
        net.convolve(whole(net.channels * 6))
        _end(net, form, whole(HEAD[name] * width) if width > 1.0 else HEAD[name])
        return tuple(net.steps)

    return make


def _gate(net: Net, read: int, channels: int) -> None:
    net.add("GlobalAveragePooling2D", {"keepdims": True})
    net.add("Conv2D", {"filters": whole(channels / 4), "kernel_size": 1, "padding": "same"})
    gate = net.add("Conv2D", {"filters": channels, "kernel_size": 1, "padding": "same"})
    net.add("Multiply", None, read, gate)


def _end(net: Net, form: Form, wide: int) -> None:
    if form == "top":
        net.add("GlobalAveragePooling2D", {"keepdims": True})
        net.add("Conv2D", {"filters": wide, "kernel_size": 1, "padding": "same"})
        net.add("Conv2D", {"filters": "classes", "kernel_size": 1, "padding": "same"})
        net.add("Flatten")
    net.pool(form)


MOBILE: Final[Mapping[str, Callable[[Mapping[str, Json], Form], tuple[Step, ...]]]] = {
    "MobileNet": mobilenet,
    "MobileNetV2": mobilenet_v2,
    **{name: mobilenet_v3(name) for name in BLOCKS},
}

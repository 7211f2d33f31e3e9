"""Which images and arguments an architecture takes. Keras says so before it makes a layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes.facts import Refusal, Shape, show

Json: TypeAlias = Any

SIZES: Final[Mapping[str, tuple[int, ...]]] = {"MobileNet": (128, 160, 192, 224), "MobileNetV2": (96, 128, 160, 192, 224)}
"""The sizes for which there are ImageNet weights with top, where it is more than one."""

WIDTHS: Final[Mapping[str, tuple[float, ...]]] = {
    "MobileNet": (0.25, 0.5, 0.75, 1.0),
    "MobileNetV2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
    "MobileNetV3Small": (0.75, 1.0),
    "MobileNetV3Large": (0.75, 1.0),
}
"""The widths for which there are ImageNet weights."""


def refused(name: str, arguments: Mapping[str, Json], image: Shape) -> Refusal | None:
    """Why Keras does not make `name` for an image, None if it does."""
    if len(image) != 3:
        message = f"`{name}` reads images `(height, width, channels)`, got {show(image)}"
        return Refusal("E0603", message, f"this input has {len(image)}", "bring it to that rank: `Reshape(...)`")
    entry = load_catalogue().entry("application", name)
    assert entry is not None and entry.backbone is not None
    top, learned = arguments.get("include_top", True), arguments.get("weights", "imagenet") == "imagenet"
    if learned and (wrong := _learned(name, arguments, image, entry.backbone.size, top=top)) is not None:
        return wrong
    height, width, _ = image
    least = entry.backbone.min_size
    lenient = name.startswith("MobileNetV3")
    if any(size is not None and size < least for size in (height, width)) and not (lenient and None in (height, width)):
        message = f"`{name}` reads images from {least}x{least} on, got {show(image)}"
        return Refusal("E0604", message, "the image is too small", f"bring it to {least}x{least} or more: `Resizing({least}, {least})`")
    if top and not lenient and None in image:
        message = f"`{name}` with its top reads images of one size, got {show(image)}"
        return Refusal("E0605", message, "a size is not fixed", "write the sizes, or `include_top=False`")
    return None


def _learned(name: str, arguments: Mapping[str, Json], image: Shape, size: int, *, top: bool) -> Refusal | None:
    """ImageNet weights are for photographs in colour, 1000 classes, and with the top for one size."""
    free = "write `weights=None`, which trains from random weights"
    if image[2] != 3:
        message = f"the ImageNet weights of `{name}` are for 3 channels, got {show(image)}"
        return Refusal("E0601", message, "other channels", free)
    if top and (classes := arguments.get("classes", 1000)) != 1000:
        message = f"the ImageNet weights of `{name}` are for 1000 classes, not {classes}"
        return Refusal("E0404", message, "its top has 1000", "write `include_top=False` and a `Dense` of your own, or `weights=None`")
    sizes = SIZES.get(name, (size,))
    if top and not name.startswith("MobileNetV3") and (image[0] != image[1] or image[0] not in sizes):
        message = f"the ImageNet weights of `{name}` with its top are for {_squares(sizes)}, got {show(image)}"
        return Refusal("E0601", message, "another size", f"write `include_top=False`, or `Resizing({sizes[-1]}, {sizes[-1]})` before it")
    if name.startswith("NASNet") and None in image:
        return Refusal("E0605", f"the ImageNet weights of `{name}` need an image of one size", "a size is not fixed", free)
    if (wrong := _variant(name, arguments)) is not None:
        return Refusal("E0404", f"there are no ImageNet weights of `{name}` with {wrong}", "Keras has none", free)
    activation = arguments.get("classifier_activation", "softmax")
    if top and activation not in (None, "softmax", "linear") and isinstance(activation, str):
        message = f"the ImageNet weights of `{name}` end in softmax, not `{activation}`"
        return Refusal("E0404", message, "another activation", 'write `classifier_activation="softmax"` or None')
    return None


def _variant(name: str, arguments: Mapping[str, Json]) -> str | None:
    """What is special about a MobileNet that has no ImageNet weights."""
    width = arguments.get("alpha", 1.0)
    widths = (1.0,) if arguments.get("minimalistic") else WIDTHS.get(name, (1.0,))
    if width not in widths:
        return f"`alpha={width}`; there are those with {', '.join(map(str, widths))}"
    multiplier = arguments.get("depth_multiplier", 1)
    return None if multiplier == 1 else f"`depth_multiplier={multiplier}`"


def _squares(sizes: tuple[int, ...]) -> str:
    return " or ".join(f"{size}x{size}" for size in sizes)

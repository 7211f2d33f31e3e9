"""What each layer of `augment` means for the targets: whether it moves pixels, and whether it mixes items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MIXING: Final = ("MixUp", "CutMix")
"""Layers that make one item of two; the labels are mixed in the same shares."""

LEAVES_PLACES: Final = frozenset(
    {
        "AutoContrast", "Dropout", "Equalization", "GaussianNoise", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter",
        "RandomContrast", "RandomErasing", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPosterization",
        "RandomSaturation", "RandomSharpness", "Rescaling", "Solarization",
    }
)  # fmt: skip
"""Layers that change the values of pixels, and move none."""

MOVES_MASKS: Final = frozenset(
    {
        "CenterCrop", "Cropping2D", "RandomCrop", "RandomElasticTransform", "RandomFlip", "RandomPerspective", "RandomRotation",
        "RandomShear", "RandomTranslation", "RandomZoom", "Resizing", "ZeroPadding2D",
    }
)  # fmt: skip
"""Layers that move pixels, and masks in the same way."""

_FILL_MODES: Final = {
    "RandomElasticTransform": "reflect",
    "RandomPerspective": "constant",
    "RandomRotation": "reflect",
    "RandomShear": "reflect",
    "RandomTranslation": "reflect",
    "RandomZoom": "reflect",
}
"""What a layer does with places that no pixel has moved to, where its `fill_mode` is not given."""


def leaves_holes(name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether places may come into being that show nothing of the image."""
    if name == "Resizing":
        return bool(arguments.get("pad_to_aspect_ratio"))
    return name == "ZeroPadding2D" or arguments.get("fill_mode", _FILL_MODES.get(name)) == "constant"

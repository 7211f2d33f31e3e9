"""A shared layer has weights of one shape: whatever it reads has as many channels as what it read first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes import Shape

WEIGHTS: Final = ("kernel_initializer", "depthwise_initializer", "gamma_initializer")
"""Arguments of layers whose weights are as many as the channels that they read."""
OTHER_AXIS: Final = ("axis", "data_format", "equation")
"""Arguments by which a layer counts along another axis."""


def other_channels(definition: Mapping[str, Any], first: Shape | None, now: Shape | None) -> tuple[int, int] | None:
    """The channels that a shared layer was made for and those that a later call gives it, where they differ."""
    layer, arguments = definition.get("layer"), definition.get("arguments")
    entry = load_catalogue().entry("layer", layer) if isinstance(layer, str) else None
    if entry is None or not first or not now or not isinstance(arguments, Mapping):
        return None
    counts = any(entry.parameter(name) for name in WEIGHTS) and not any(arguments.get(name) for name in OTHER_AXIS)
    if not counts or first[-1] is None or now[-1] is None or first[-1] == now[-1]:
        return None
    return first[-1], now[-1]

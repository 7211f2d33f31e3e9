"""The colours of the families: the hues of Okabe and Ito, which people with any colour vision tell apart.

Boxes have a light fill with dark text, so they are legible on every background. What stands outside of boxes has the one grey that
has a contrast of 4.5 with white and with black.
"""

from __future__ import annotations

from typing import Final

INK: Final = "#1b1f24"
GREY: Final = "#767676"

FILL_AND_EDGE: Final[dict[str, tuple[str, str]]] = {
    "input": ("#ffffff", "#57606a"),
    "output": ("#ffffff", "#57606a"),
    "convolution": ("#fbe4b8", "#b27b00"),
    "pooling": ("#d3ebf8", "#2f8dc0"),
    "normalization": ("#c9ebdf", "#007d5b"),
    "activation": ("#faf5bf", "#a39a12"),
    "dense": ("#bcd9ec", "#005f95"),
    "merge": ("#f7d3bd", "#b84f00"),
    "sequence": ("#f0dbe7", "#a8578a"),
    "application": ("#e4daf0", "#6f4d9a"),
    "extern": ("#e4daf0", "#6f4d9a"),
    "group": ("#e6eaee", "#57606a"),
    "other": ("#eceff1", "#7b858e"),
}
"""By family: the fill of its boxes, and the line around them."""

"""Sizes of a picture, in pixels of an SVG, and how wide a text is about."""

from __future__ import annotations

from typing import Final

BOX: Final = 24.0
"""The height of a box."""
NARROWEST, WIDEST = 110.0, 320.0
"""The width that all boxes have lies between. A title is not wider either."""
BESIDE: Final = 14.0
"""From a box to what stands beside it."""
LINE: Final = 8.0
"""From a line to the next one."""
PORT: Final = 12.0
"""From one end of a line at a box to the next one."""
ARROW: Final = 16.0
"""Above a box, for an arrow."""
ENTRY: Final = 10.0
"""Above and below a frame, for a line."""
CAPTION: Final = 12.0
"""What a shape below a box adds to that."""
FRAME: Final = 10.0
"""From a cluster's frame to what it holds, at the sides and below."""
TITLE: Final = 17.0
"""Above what it holds, besides the room for an arrow: there its title stands."""
CLEAR: Final = 8.0
"""From a title to the line beside it."""
ALIKE: Final = 60.0
"""Frames below each other whose widths differ by less are drawn with the same."""
TEXT, SMALL = 12.0, 10.5
"""The sizes of the letters in boxes, and outside of them."""
MARGIN: Final = 12.0
"""Around the whole picture."""

BOLD: Final = 1.07
"""How much wider bold letters are."""

_WIDTHS: Final = {
    sign: width
    for signs, width in (
        ("'!,./:;I[]fijlt| ", 0.27),
        ('()-`r{}·"*', 0.34),
        ("Jcksvxyz^", 0.5),
        ("+<=>~×FTZ", 0.6),
        ("&ABEKPSVXYCDHNRUw", 0.69),
        ("GOQMm", 0.81),
        ("%W@…", 0.95),
    )
    for sign in signs
}
"""The widths of signs in Helvetica and the faces made after it, in parts of their size. Digits and other letters have 0.56."""


def width_of(text: str, size: float) -> float:
    """About how wide a text is: which face there is, only the reader's machine knows."""
    return size * sum(_WIDTHS.get(sign) or (0.56 if ord(sign) < 0x2E80 else 1.0) for sign in text)


def cut(text: str, size: float, room: float) -> str:
    """The text, or its beginning and `…` where it is wider than `room`."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"

"""Large numbers as people read them."""

from __future__ import annotations

from typing import Final

_THOUSANDS: Final = ("", "k", "M", "G", "T")
_BYTES: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")


def count_text(number: int) -> str:
    """Three digits and a letter: `3.88 G`, `416 k`, `0`."""
    return _scaled(number, 1000, _THOUSANDS).rstrip()


def bytes_text(number: int) -> str:
    """`97.8 MiB`, `12 bytes`."""
    return _scaled(number, 1024, _BYTES)


def share_text(part: int, whole: int) -> str:
    """`12%`; `<1%` of what is there, and nothing of what is not."""
    if not part or not whole:
        return ""
    percent = 100 * part / whole
    return f"{percent:.0f}%" if percent >= 0.95 else "<1%"


def _scaled(number: int, base: int, units: tuple[str, ...]) -> str:
    size, power = float(number), 0
    while size >= base * 0.9995 and power < len(units) - 1:
        size, power = size / base, power + 1
    digits = 0 if power == 0 or size >= 99.95 else 1 if size >= 9.995 else 2
    return f"{size:.{digits}f} {units[power]}"

"""A new text for an old one, as the one change that an editor makes: what is the same at both ends stays as it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Write `text` in place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def edit(old: str, new: str) -> Edit:
    """The change that makes `new` of `old`."""
    start = common(old, new, min(len(old), len(new)))
    end = common(old[::-1], new[::-1], min(len(old), len(new)) - start)
    return Edit(start, len(old) - end, new[start : len(new) - end])


def moved(text: str, other: str, offset: int) -> int:
    """Where an offset of a text lies in another version of it: what was changed counts as its start."""
    if text == other:
        return offset
    change = edit(text, other)
    if offset <= change.start:
        return offset
    return change.start if offset < change.end else offset + len(other) - len(text)


def common(a: str, b: str, most: int) -> int:
    """How many characters two texts have in common at their start, at most `most`: found by halves."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if a.startswith(b[low:middle], low):
            low = middle
        else:
            most = middle - 1
    return low

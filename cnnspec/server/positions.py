"""Places as editors count them: lines from 0, and columns in the units of an encoding, which is UTF-16 where nothing else was agreed."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from cnnspec.source import Source

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]
_UNIT: Final = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def position(source: Source, offset: int, encoding: Encoding) -> tuple[int, int]:
    """The line and the column of an offset."""
    offset = min(offset, len(source.text))
    line, column = source.line_column(offset)
    return line - 1, _units(source.text[offset - column + 1 : offset], encoding)


def offset_of(source: Source, line: int, column: int, encoding: Encoding) -> int:
    """The offset of a line and a column. What lies behind the end of a line, or of the text, is that end."""
    if line >= source.line_count:
        return len(source.text)
    text, start = source.line(line + 1), source.line_start(line + 1)
    if text.isascii():
        return start + min(column, len(text))
    units = 0
    for i, character in enumerate(text):
        if units >= column:
            return start + i
        units += _units(character, encoding)
    return start + len(text)


def _units(text: str, encoding: Encoding) -> int:
    if text.isascii():
        return len(text)
    form = encoding if encoding == "utf-8" else f"{encoding}-le"
    return len(text.encode(form, "surrogatepass")) // _UNIT[encoding]

"""Tables of plain text that fit a width. They need no library: loading one would take longer than all the rest of a summary."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cnnspec.render import Look

_GAP: Final = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its cells. Text stands to the left and is folded to no less than `least` (0: never); numbers stand to the right.

    Where the table is too wide even so, columns are left out, those with the highest `leave` first (0: never). `what` says what that is.
    """

    title: str
    cells: tuple[str, ...]
    least: int = 0
    right: bool = False
    leave: int = 0
    what: str = ""
    style: str = ""

    @property
    def width(self) -> int:
        return max(map(len, (self.title, *self.cells)))


@dataclass(frozen=True, slots=True)
class Table:
    """Lines of text, and what there was no room for."""

    lines: tuple[str, ...]
    left_out: tuple[str, ...]


def table(columns: Sequence[Column], look: Look, width: int | None, bold: Sequence[bool] = ()) -> Table:
    """The columns side by side under their titles. `width` None has room for all; `bold` says which rows are headings."""
    shown = list(columns)
    while width is not None and _narrowest(shown) > width and any(column.leave for column in shown):
        shown.remove(max(shown, key=lambda column: column.leave))
    widths = [column.width for column in shown] if width is None else _fitted(shown, width)
    rule = "-" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    titles = [replace(column, style="") for column in shown]
    lines = [*_row([column.title for column in shown], titles, widths, look), rule]
    for i in range(len(columns[0].cells)):
        style = "1" if bold and bold[i] else ""
        styled = [replace(column, style=style or column.style) for column in shown]
        lines += _row([column.cells[i] for column in shown], styled, widths, look)
    return Table((*lines, rule), tuple(column.what for column in columns if column not in shown))


def _narrowest(columns: Sequence[Column]) -> int:
    return sum(min(column.least or column.width, column.width) for column in columns) + len(_GAP) * (len(columns) - 1)


def _fitted(columns: Sequence[Column], width: int) -> list[int]:
    """What is too wide is taken from the columns that can be folded, the widest first."""
    widths = [column.width for column in columns]
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    for _ in range(excess):
        folded = [i for i, column in enumerate(columns) if column.least and widths[i] > column.least]
        if not folded:
            break
        widths[max(folded, key=lambda i: widths[i])] -= 1
    return widths


def _row(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int], look: Look) -> list[str]:
    """A row; a cell that is too long goes on in the lines below."""
    parts = [fold(cell, width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for k in range(max(map(len, parts))):
        line = ""
        for part, column, width in zip(parts, columns, widths, strict=True):
            text = part[k] if k < len(part) else ""
            space = " " * (width - len(text))
            painted = look.paint(text, column.style) if column.style else text
            line += (space + painted if column.right else painted + space) + _GAP
        lines.append(line.rstrip())
    return lines


_PARTS: Final = re.compile(r" +|__|[^ _,A-Z]+(?:_\d+(?![^_ ]))?(?:__|,|_)?|[A-Z][^ _,A-Z]*(?:__|,|_)?|[_,]")


def fold(text: str, width: int) -> list[str]:
    """Lines of at most `width`, broken behind the name of a block or a comma, or between words. All but the first are set in."""
    if len(text) <= width:
        return [text]
    indent = " " * min(len(text) - len(text.lstrip()) + 2, max(width - 4, 0))
    lines = [""]
    for part in _PARTS.findall(text):
        if lines[-1].strip() and len(lines[-1]) + len(part.rstrip()) > width:
            lines.append(indent)
            part = part.lstrip()
        while len(lines[-1]) + len(part.rstrip()) > width:
            room = width - len(lines[-1])
            lines[-1] += part[:room]
            lines.append(indent)
            part = part[room:]
        lines[-1] += part
    return [line.rstrip() for line in lines if line.strip()]

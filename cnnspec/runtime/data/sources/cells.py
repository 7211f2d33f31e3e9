"""The cells of a table as columns of items: images, numbers, categories. What cannot be read is told with its line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from cnnspec.catalogue.facts import CHANNELS
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.faults import faults
from cnnspec.runtime.data.images.decode import Reader
from cnnspec.runtime.data.images.masks import MaskReader, mask_reader
from cnnspec.runtime.data.images.pictures import Listed, column_of, looked_at, one_size
from cnnspec.runtime.data.items import Array, ArrayColumn, Column, Shape
from cnnspec.runtime.data.offer import Want
from cnnspec.runtime.data.sources.table import Table, unknown_column
from cnnspec.runtime.data.sources.walk import leads_out
from cnnspec.shapes import show
from cnnspec.suggest import nearest


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells that one input or output reads: `given` is what the spec says of them, `wanted` the shape that the model has there."""

    document: Document
    table: Table
    want: Want
    given: Object
    wanted: Shape | None

    @property
    def name(self) -> str:
        """The column's name in the table."""
        return str(self.given.arguments["column"])

    @property
    def pointer(self) -> str:
        return f"{self.given.pointer}/arguments/column"

    def where(self, row: int) -> str:
        return f"{self.table.at(row)}, column `{self.name}`"


Read: TypeAlias = tuple[Column | None, tuple[str, ...] | None, list[Diagnostic]]
"""The values, the names of the classes where they are categories, and what is wrong."""


def read_cells(cells: Cells) -> Read:
    """The column that the spec describes. Errors: E0703 for the table, E0704 for what the model cannot read."""
    return _READERS[cells.given.name](cells)


def numbers(document: Document, pointer: str, table: Table, name: str) -> tuple[Array | None, list[Diagnostic]]:
    """A column of numbers, float32, (n,)."""
    if name not in table.header:
        return None, [unknown_column(document, pointer, table, name)]
    cells = table.cells(name)
    try:
        found = np.array(cells, dtype=np.float64)
    except ValueError:
        found = np.array([_number(cell) for cell in cells])
    if np.isfinite(found).all():
        return found.astype(np.float32), []
    wrong = [f"{table.at(i)}, column `{name}`: {_no_number(cells[i])}" for i in np.flatnonzero(~np.isfinite(found)).tolist()]
    comma = any("," in cells[i] for i in np.flatnonzero(~np.isfinite(found)).tolist())
    help = "write decimals with a point: `3.5`" if comma else "write a number in each of these lines, or leave the lines out"
    return None, [faults(document, pointer, "E0703", wrong, f"cells of the column `{name}` are no numbers", help)]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _no_number(cell: str) -> str:
    return f"`{cell[:40]}` is no number" if cell else "the cell is empty"


def _read_number(cells: Cells) -> Read:
    found, wrong = numbers(cells.document, cells.pointer, cells.table, cells.name)
    return (None, None, wrong) if found is None else _shaped(cells, found)


def _read_columns(cells: Cells) -> Read:
    pattern, table = str(cells.given.arguments["pattern"]), cells.table
    names = [name for name in table.header if fnmatchcase(name, pattern)]
    pointer = f"{cells.given.pointer}/arguments/pattern"
    if not names:
        return (
            None,
            None,
            [replace(unknown_column(cells.document, pointer, table, pattern), message=f"{table.path.name} has no columns `{pattern}`")],
        )
    read = [numbers(cells.document, pointer, table, name) for name in names]
    wrong = [problem for _, problems in read for problem in problems]
    if wrong:
        return None, None, wrong
    return _shaped(cells, np.stack([found for found, _ in read if found is not None], axis=1))


def _read_category(cells: Cells) -> Read:
    """Class numbers by the names that are given, else by sorted name; whole numbers are sorted as numbers."""
    table, name = cells.table, cells.name
    if name not in table.header:
        return None, None, [unknown_column(cells.document, cells.pointer, table, name)]
    words, given = table.cells(name), cells.given.arguments.get("names")
    empty = [f"{cells.where(i)}: the cell is empty" for i, word in enumerate(words) if not word]
    if empty:
        help = "write a category in each of these lines, or leave the lines out"
        return None, None, [faults(cells.document, cells.pointer, "E0703", empty, f"cells of the column `{name}` are empty", help)]
    names = tuple(given) if given else tuple(sorted(set(words), key=_by_number(words)))
    number = {word: i for i, word in enumerate(names)}
    unknown = [f"{cells.where(i)}: `{word[:40]}`" for i, word in enumerate(words) if word not in number]
    if unknown:
        place, near = f"{cells.given.pointer}/arguments/names", nearest(next(word for word in words if word not in number), names)
        help = f"add it to `names`; did you mean `{near}`?" if near else "add it to `names`, or leave it out to take all that occur"
        what = f"cells of the column `{name}` are none of its {len(names)} `names`"
        first = [unknown[0] + " is none of its `names`"] if len(unknown) == 1 else unknown
        return None, None, [faults(cells.document, place, "E0703", first, what, help)]
    column, _, wrong = _shaped(cells, np.array([number[word] for word in words], np.int64))
    return column, names, wrong


def _by_number(words: list[str]) -> Callable[[str], tuple[int, str]]:
    whole = all(word.lstrip("-").isascii() and word.lstrip("-").isdigit() for word in set(words))
    return lambda word: (int(word) if whole else 0, word)


def _shaped(cells: Cells, found: Array) -> Read:
    """Numbers for an input: (n, 1) where it reads vectors of one. A target stays (n,), as the loss decides about it."""
    if "/inputs/" not in cells.given.pointer:
        return ArrayColumn(found), None, []
    if found.ndim == 1 and cells.wanted != ():
        found = found[:, np.newaxis]
    shape: Shape = found.shape[1:]
    wanted = cells.wanted or ()
    if len(shape) == len(wanted) and all(b is None or a == b for a, b in zip(shape, wanted, strict=True)):
        return ArrayColumn(found), None, []
    what = f"{found.shape[1]} columns" if found.ndim > 1 and found.shape[1] > 1 else "one number"
    message = f"`{cells.given.name}` reads {what} of {cells.table.path.name}, the model's input is {show(wanted)}"
    name = cells.given.pointer.rpartition("/")[2]
    return None, None, [at(cells.document, cells.given.pointer, "E0704", message, help=f"write `input {name}: {show(shape)}`")]


def _read_image(cells: Cells) -> Read:
    wanted = cells.wanted if cells.wanted is not None and len(cells.wanted) == 3 else (None, None, 3)
    mode = cells.given.arguments.get("color_mode")
    channels = CHANNELS[mode] if mode else wanted[-1] or 3
    if channels not in (1, 3, 4):
        message = f"image files have 1, 3 or 4 channels, the model has {channels}"
        return None, None, [at(cells.document, cells.given.pointer, "E0704", message, help="write 3 channels")]
    column, wrong = _from_files(cells, Reader(channels, cells.want.resize, cells.want.method), (channels,), wanted)
    return column, None, wrong


def _read_mask(cells: Cells) -> Read:
    reader, names, wrong = mask_reader(cells.document, cells.given, cells.want)
    if reader is None:
        return None, None, wrong
    column, wrong = _from_files(cells, reader, (), cells.wanted or ())
    return column, names, wrong


def _from_files(cells: Cells, reader: Reader | MaskReader, behind: Shape, wanted: Shape) -> tuple[Column | None, list[Diagnostic]]:
    """The files that the cells name; `behind` is the shape of a value behind height and width."""
    files, refused, wrong = _files(cells)
    if wrong:
        return None, wrong
    names = tuple(f"{cells.where(i)}: {path}" for i, path in enumerate(files))
    listed = Listed(cells.given.pointer, files, names, f"{cells.given.name}s", refused)
    looked, wrong = looked_at(cells.document, listed, cells.want)
    if wrong:
        return None, wrong
    size, wrong = one_size(cells.document, listed, cells.want, looked, wanted)
    return (None, wrong) if wrong else (column_of(listed, looked, reader, (*size, *behind)), [])


def _files(cells: Cells) -> tuple[tuple[Path, ...], Mapping[int, str], list[Diagnostic]]:
    """The files that the cells name, and why some may not be opened, where these may be skipped. They lie in the folder of the table, or in
    the one that `folder` names, and nowhere else."""
    table, name = cells.table, cells.name
    if name not in table.header:
        return (), {}, [unknown_column(cells.document, cells.pointer, table, name)]
    given, suffix = cells.given.arguments.get("folder"), str(cells.given.arguments.get("suffix", ""))
    folder = path_of(cells.document, given) if given else table.path.parent
    root = Path(os.path.realpath(folder))
    files: list[Path] = []
    refused: dict[int, str] = {}
    for row, cell in enumerate(table.cells(name)):
        path = folder / f"{cell}{suffix}"
        if not cell:
            refused[row] = "the cell is empty"
        elif why := leads_out(path, root):
            refused[row] = f"{cell}: {why}"
        elif not path.is_file():
            refused[row] = f"there is no file {path}"
        files.append(path)
    if not refused or cells.want.skip:
        return tuple(files), refused, []
    outside = any("leads out" in why for why in refused.values())
    help = 'name the folder that holds the files: `folder="..."` in `image(...)`' if outside else _not_there(given, suffix)
    bad = [f"{cells.where(row)}: {why}" for row, why in refused.items()]
    return (), {}, [faults(cells.document, cells.given.pointer, "E0703", bad, f"cells of the column `{name}` name no image", help)]


def _not_there(folder: str | None, suffix: str) -> str:
    where = "the folder of the table" if folder is None else f"`{folder}`"
    return f"paths are relative to {where}" + ("" if suffix else '; write `suffix=".jpg"` where the cells leave it out')


_READERS: Final[Mapping[str, Callable[[Cells], Read]]] = {
    "image": _read_image,
    "mask": _read_mask,
    "number": _read_number,
    "category": _read_category,
    "columns": _read_columns,
}

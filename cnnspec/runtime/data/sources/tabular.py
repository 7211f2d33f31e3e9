"""The source `csv`: a table whose columns are the inputs and the targets of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document, escape
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.faults import faults
from cnnspec.runtime.data.items import Array, Column, Items, Shape
from cnnspec.runtime.data.offer import Offer, Opened, Want
from cnnspec.runtime.data.sources.cells import Cells, numbers, read_cells
from cnnspec.runtime.data.sources.grouping import numbered
from cnnspec.runtime.data.sources.table import Table, read_table, unknown_column

PARTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "val", "valid"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""What the cells of `part` may say."""


def open_csv(document: Document, source: Object, want: Want) -> Opened:
    """Every column is read and checked, all faults are told. Images are looked at as in a folder."""
    table, found = read_table(document, source)
    if table is None:
        return None, found
    want.told(f"reading {len(table.rows):,} rows of {table.path}")
    columns: dict[str, dict[str, Column]] = {"inputs": {}, "targets": {}}
    classes: dict[str, tuple[str, ...]] = {}
    for side, name, cells in _asked(document, source, want, table):
        column, names, wrong = read_cells(cells)
        found += wrong
        if column is not None:
            columns[side][name] = column
        if names is not None and side == "targets":
            classes[name] = names
    weights, wrong = _weights(document, source, table)
    parts, misnamed = _parts(document, source, table)
    groups, unknown = _groups(document, want, table)
    found += [*wrong, *misnamed, *unknown]
    if found:
        return None, found
    items = Items(columns["inputs"], columns["targets"], weights)
    if parts is None:
        return Offer(train=items, classes=classes, groups=groups), []
    chosen = {part: items.subset(rows) for part, rows in parts.items()}
    groups = groups[parts["train"]] if groups is not None else None
    return Offer(train=chosen["train"], validation=chosen.get("validation"), test=chosen.get("test"), classes=classes, groups=groups), []


def _asked(document: Document, source: Object, want: Want, table: Table) -> Iterator[tuple[str, str, Cells]]:
    """What the spec says of each input and of each output, in the order of the model."""
    shapes: Mapping[str, Mapping[str, Shape | None]] = {"inputs": want.inputs, "targets": want.outputs}
    for side, wanted in shapes.items():
        for name, shape in wanted.items():
            given = source.arguments[side][name]
            column = Object("column", given["column"], given.get("arguments", {}), f"{source.pointer}/arguments/{side}/{escape(name)}")
            yield side, name, Cells(document, table, want, column, shape)


def _weights(document: Document, source: Object, table: Table) -> tuple[Array | None, list[Diagnostic]]:
    """How much each row counts in the loss."""
    name, pointer = source.arguments.get("weights"), f"{source.pointer}/arguments/weights"
    if name is None:
        return None, []
    found, wrong = numbers(document, pointer, table, name)
    if found is None:
        return None, wrong
    below = [f"{table.at(i)}, column `{name}`: {found[i]:g} is below 0" for i in np.flatnonzero(found < 0).tolist()]
    if below:
        what = f"cells of the column `{name}` are below 0"
        return None, [faults(document, pointer, "E0703", below, what, "a weight is 0 or more; 0 leaves a row out of the loss")]
    return found, []


def _parts(document: Document, source: Object, table: Table) -> tuple[dict[str, Array] | None, list[Diagnostic]]:
    """The rows of each part, where a column says it."""
    name, pointer = source.arguments.get("part"), f"{source.pointer}/arguments/part"
    if name is None:
        return None, []
    if name not in table.header:
        return None, [unknown_column(document, pointer, table, name)]
    cells = [cell.lower() for cell in table.cells(name)]
    wrong = [f"{table.at(i)}, column `{name}`: `{cell}`" for i, cell in enumerate(cells) if cell not in PARTS]
    if wrong:
        help = "write `train`, `validation` or `test` in each of these lines"
        return None, [faults(document, pointer, "E0703", wrong, f"cells of the column `{name}` name no part", help)]
    rows = {part: np.array([i for i, cell in enumerate(cells) if PARTS[cell] == part], np.int64) for part in dict.fromkeys(PARTS.values())}
    if not len(rows["train"]):
        return None, [at(document, pointer, "E0706", f"no row of {table.path.name} has `train` in the column `{name}`", help="name some")]
    return {part: chosen for part, chosen in rows.items() if len(chosen)}, []


def _groups(document: Document, want: Want, table: Table) -> tuple[Array | None, list[Diagnostic]]:
    """The number of the group of each row, where the split asks for groups."""
    if want.group is None:
        return None, []
    if want.group not in table.header:
        return None, [unknown_column(document, "/data/split/by_group", table, want.group)]
    return numbered(table.cells(want.group)), []

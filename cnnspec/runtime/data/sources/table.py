"""A table of text with a header line, read whole: every row knows the line of the file where it begins."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.faults import faults
from cnnspec.runtime.data.sources.paths import missing_path
from cnnspec.suggest import nearest


@dataclass(frozen=True, slots=True)
class Table:
    """Cells without the blanks around them. `lines` has the line of each row, from 1."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def cells(self, column: str) -> list[str]:
        """The cells of a column, from the top."""
        number = self.header.index(column)
        return [row[number] for row in self.rows]

    def at(self, row: int) -> str:
        """Where a row is, for a message."""
        return f"{self.path.name}, line {self.lines[row]}"


def read_table(document: Document, source: Object) -> tuple[Table | None, list[Diagnostic]]:
    """The table of a `csv` source. Errors: E0702, E0703, and E0706 for one without rows."""
    pointer = f"{source.pointer}/arguments/path"
    path, separator = path_of(document, source.arguments["path"]), source.arguments.get("separator", ",")
    if not path.exists():
        return None, [missing_path(document, pointer, path, "file")]
    if path.is_dir():
        return None, [at(document, pointer, "E0703", f"{path} is a folder, not a file", help="name the table in it")]
    try:
        header, lines = _records(path, separator)
    except UnicodeDecodeError:
        return None, [at(document, pointer, "E0703", f"{path} is no text in UTF-8", help="save it as CSV in UTF-8")]
    except (csv.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return None, [at(document, pointer, "E0703", f"{path} cannot be read as a table: {reason}", help="save it as CSV in UTF-8")]
    table = Table(path, header, tuple(row for _, row in lines), tuple(line for line, _ in lines))
    found = _problems(document, pointer, table, separator)
    return (None, found) if found else (table, [])


def unknown_column(document: Document, pointer: str, table: Table, name: str) -> Diagnostic:
    near = nearest(name, table.header)
    listed = f"the columns are {', '.join(table.header[:12])}{', ...' if len(table.header) > 12 else ''}"
    help = f"did you mean `{near}`?" if near else listed
    return at(document, pointer, "E0703", f"{table.path.name} has no column `{name}`", label="no such column", help=help)


def _records(path: Path, separator: str) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    """The header, and every row that is not empty with the line where it begins."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader, found, line = csv.reader(file, delimiter=separator, strict=True), [], 1
        for row in reader:
            cells = tuple(map(str.strip, row))
            if any(cells):
                found.append((line, cells))
            line = reader.line_num + 1
    return (found[0][1], found[1:]) if found else ((), [])


def _problems(document: Document, pointer: str, table: Table, separator: str) -> list[Diagnostic]:
    if not table.header:
        return [at(document, pointer, "E0703", f"{table.path} is empty", help="the first line names the columns")]
    if twice := _twice(table.header):
        message = f"{table.path.name} has two columns `{twice}`"
        return [at(document, pointer, "E0703", message, help="give every column a name of its own in the first line")]
    if not table.rows:
        return [at(document, pointer, "E0706", f"{table.path} has no rows, only a header", help="add a line for each item")]
    count = len(table.header)
    uneven = [f"{table.at(i)} has {len(row)} cells, the header has {count}" for i, row in enumerate(table.rows) if len(row) != count]
    if uneven:
        help = "put a cell that has a `" + separator + '` in it between `"`'
        return [faults(document, pointer, "E0703", uneven, f"rows of {table.path.name} do not have the {count} cells of the header", help)]
    other = next((sign for sign in ";\t,|" if sign != separator and count == 1 and sign in table.header[0]), None)
    if other is not None:
        message = f"{table.path.name} has a single column, `{table.header[0]}`"
        written = "\\t" if other == "\t" else other
        return [at(document, pointer, "E0703", message, help=f'if other signs part the cells, write `separator="{written}"`')]
    return []


def _twice(names: Sequence[str]) -> str | None:
    return next((name for i, name in enumerate(names) if name in names[:i]), None)

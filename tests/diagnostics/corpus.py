"""Wrong specs with what must be said about them written in the file itself.

At the end of a line, `#! COLUMN CODE "part"` expects a diagnostic of that code at that column of the line; `part` stands in its
message, its labels, its notes or its help. A line may have several. Where the line cannot carry a comment (the end of a string is missing),
`#! LINE:COLUMN CODE "part"` stands on a line of its own. `#! --set PATH=VALUE` on a line of its own is an option of the command line, and
`#! set:COLUMN CODE "part"` a diagnostic in its text. A library is checked by its own expectations when a spec imports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnspec.diagnostics import Diagnostic

FOLDER = Path(__file__).parent
COMMAND_LINE = "<command line>"
MARK = re.compile(r"""#! (?:(set|\d+):)?(\d+) ([EW]\d{4}) ("[^"]*"|'[^']*')""")
SET = re.compile(r"^#! --set (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Expected:
    path: str
    line: int
    column: int
    code: str
    part: str

    @property
    def place(self) -> tuple[str, int, int, str]:
        return self.path, self.line, self.column, self.code


def specs() -> list[str]:
    """The names of the wrong specs."""
    return sorted(path.name for path in FOLDER.glob("*.cnn"))


def overrides(name: str) -> list[str]:
    return SET.findall((FOLDER / name).read_text(encoding="utf-8"))


def expected(name: str) -> Iterator[Expected]:
    """What a file expects."""
    for number, line in enumerate((FOLDER / name).read_text(encoding="utf-8").split("\n"), 1):
        for found in MARK.finditer(line):
            where, column, code, part = found.groups()
            path = COMMAND_LINE if where == "set" else name
            yield Expected(path, 1 if where == "set" else int(where or number), int(column), code, part[1:-1])


def place(d: Diagnostic) -> tuple[str, int, int, str]:
    assert d.span is not None, f"{d.code} has no place: {d.message}"
    return d.span.source.path, d.span.line, d.span.column, d.code


def words(d: Diagnostic) -> str:
    """Everything that a diagnostic says."""
    return " | ".join([d.message, d.label, *(label.text for label in d.labels), *d.notes, d.help or ""])


def mark(d: Diagnostic) -> str:
    """The expectation that a diagnostic fulfils, to be pasted into the file."""
    path, line, column, code = place(d)
    part = d.help or d.message
    quote = "'" if '"' in part else '"'
    return f"{path}:{line}  #! {column} {code} {quote}{part}{quote}"

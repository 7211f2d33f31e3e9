"""Wrong specs with what must be said about them written in the file itself.

At the end of a line, `#! COLUMN CODE "part"` expects a diagnostic of that code at that column of the line; `part` stands in its
message, its labels, its notes or its help. A line may have several. Where the line cannot carry a comment (the end of a string is missing),
`#! LINE:COLUMN CODE "part"` stands on a line of its own. `#! --set PATH=VALUE` on a line of its own is an option of the command line, and
`#! set:COLUMN CODE "part"` a diagnostic in its text. A library is checked by its own expectations when a spec imports it.

In `run/` lie the specs whose mistake only the data, the training or the machine shows. There `#! $ cnnspec ...` says which command shows
it (`cnnspec run FILE` where none stands), `#! at PLACE CODE "part"` expects the place as it is shown, and `#! nowhere CODE "part"` a
diagnostic without one. What cannot hold a comment (a JSON document, an empty file, a file that is not there) has its expectations beside
it, in `NAME.expect`. `scenes.py` makes the data of these specs.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from cnnspec.compiler import check_file
from cnnspec.diagnostics import Diagnostic

FOLDER = Path(__file__).parent
RUN = FOLDER / "run"
COMMAND_LINE = "<command line>"
MARK = re.compile(r"""#! (?:(?:(set|\d+):)?(\d+)|at (.+?)|nowhere) ([EW]\d{4}) ("[^"]*"|'[^']*')""")
SET = re.compile(r"^#! --set (.+)$", re.MULTILINE)
COMMAND = re.compile(r"^#! \$ cnnspec (.+)$", re.MULTILINE)


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


@cache
def checked(name: str) -> tuple[Diagnostic, ...]:
    """What `check` says of a spec, in this folder."""
    with chdir(FOLDER):
        return tuple(check_file(name, overrides(name))[1])


def expected(name: str) -> Iterator[Expected]:
    """What a file expects."""
    for number, line in enumerate((FOLDER / name).read_text(encoding="utf-8").split("\n"), 1):
        for found in MARK.finditer(line):
            where, column, _, code, part = found.groups()
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


@dataclass(frozen=True)
class Case:
    """A wrong file of `run/`, the command that shows its mistake, and what it must say."""

    name: str

    @property
    def files(self) -> list[Path]:
        return [path for path in RUN.glob(f"{self.name}.*") if path.suffix != ".expect"]

    @cached_property
    def text(self) -> str:
        """Where the expectations stand."""
        beside = RUN / f"{self.name}.expect"
        return (beside if beside.exists() else RUN / f"{self.name}.cnn").read_text(encoding="utf-8", errors="replace")

    @property
    def command(self) -> list[str]:
        given = COMMAND.search(self.text)
        return shlex.split(given[1]) if given else ["run", f"{self.name}.cnn"]

    @property
    def needs_keras(self) -> bool:
        return self.command[0] == "run" or "--verify" in self.command

    def expected(self) -> Iterator[tuple[str, str, str]]:
        """The place as it is shown, the code, and a part of the words."""
        for number, line in enumerate(self.text.split("\n"), 1):
            for found in MARK.finditer(line):
                row, column, shown, code, part = found.groups()
                yield shown or (f"{self.name}.cnn:{row or number}:{column}" if column else ""), code, part[1:-1]


def cases() -> list[Case]:
    return [Case(name) for name in sorted({path.stem for path in RUN.iterdir() if path.is_file()})]

"""A path becomes a `Source`: what can go wrong before the first character is read."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from cnnspec.diagnostics import Diagnostic
from cnnspec.resources import specs_path
from cnnspec.source import Source, Span
from cnnspec.suggest import nearest

MAX_BYTES: Final = 4 * 1024 * 1024
"""The largest file that is read. A spec of 10,000 layers is a tenth of it."""

STDIN: Final = "-"
"""The path that stands for standard input; messages call it `<stdin>`."""

_BEGINNINGS: Final = {
    b"PK\x03\x04": "a zip archive: a `.keras` model or `.npz` data, perhaps",
    b"\x89HDF": "an HDF5 file: saved weights, perhaps",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"\x80\x04": "a Python pickle",
}
"""How files begin that are given by mistake, and what they are."""

_WIDE_BEGINNINGS: Final = (b"\xff\xfe", b"\xfe\xff")
"""The byte order marks of UTF-16, which some editors on Windows write."""


_REMEDY: Final = "give the `.cnn` file, or the `.json` document that cnnspec wrote"


def read_source(path: str) -> tuple[Source | None, list[Diagnostic]]:
    """The text of the file `path` (`-` is standard input), decoded from UTF-8, with every end of line as `\\n`.

    A byte order mark is dropped. Only ends of line change, so lines and columns are those that an editor shows.
    Refuses a file that is not there or cannot be opened (E0001), is not UTF-8 text (E0002) or is larger than `MAX_BYTES` (E0003).
    """
    shown = "<stdin>" if path == STDIN else path
    try:
        data = _read(path)
    except (OSError, ValueError) as problem:  # ValueError: a NUL character in the path
        return None, [_cannot_open(path, problem)]
    return source_of(shown, data)


def source_of(shown: str, data: bytes | None) -> tuple[Source | None, list[Diagnostic]]:
    """The same for bytes that were read; None are too many of them."""
    if data is None or len(data) > MAX_BYTES:
        return None, [_too_large(shown)]
    data = data.removeprefix(b"\xef\xbb\xbf")
    refused = _not_text(shown, data)
    return (None, [refused]) if refused else (Source(shown, _plain_lines(data.decode())), [])


Reader: TypeAlias = Callable[[str], tuple[Source | None, list[Diagnostic]]]


@dataclass(frozen=True, slots=True)
class Files:
    """Where a spec finds the files that it names: on the disk, unless an editor has some that are not saved yet, or they are those of
    a revision. `prefix` stands before the path of a source that was read from there.
    """

    read: Reader = read_source
    is_file: Callable[[Path], bool] = Path.is_file
    read_bytes: Callable[[Path], bytes] = Path.read_bytes
    prefix: str = ""

    def path_of(self, source: Source) -> Path:
        """The path of a source of these files."""
        return Path(source.path.removeprefix(self.prefix))


DISK: Final = Files()


def _read(path: str) -> bytes | None:
    """All bytes of the file, or None if it is too large."""
    if path == STDIN:
        return _at_most(sys.stdin.buffer)
    with open(path, "rb") as file:  # noqa: PTH123 (the path is kept as it was typed, also for the error)
        facts = os.fstat(file.fileno())
        known_size = facts.st_size if stat.S_ISREG(facts.st_mode) else 0
        return _at_most(file) if known_size <= MAX_BYTES else None


def _at_most(file: BinaryIO) -> bytes | None:
    """What `file` holds, without reading on for ever: a pipe or a device says no size and may have no end."""
    data = file.read(MAX_BYTES + 1)
    return data if len(data) <= MAX_BYTES else None


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _too_large(shown: str) -> Diagnostic:
    return Diagnostic(
        code="E0003",
        message=f"`{shown}` is larger than {MAX_BYTES // 2**20} MiB",
        where=shown,
        notes=("a spec is a text that a person can read: 10,000 layers take about 0.4 MiB",),
        help="give the `.cnn` file, not its data; write repeated layers with `repeat`, `for` or a `block`",
    )


def _not_text(shown: str, data: bytes) -> Diagnostic | None:
    """The refusal of data that is not UTF-8 text, or None."""
    if data.startswith(_WIDE_BEGINNINGS):
        return _binary(shown, "it is text in UTF-16", 'save it as UTF-8: editors offer that under "Save with encoding"')
    kind = next((kind for start, kind in _BEGINNINGS.items() if data.startswith(start)), None)
    if kind:
        return _binary(shown, f"it begins like {kind}", _REMEDY)
    zero = data.find(0)
    if zero >= 0:
        line, byte = data.count(b"\n", 0, zero) + 1, zero - data.rfind(b"\n", 0, zero)
        return _binary(shown, f"line {line} has a NUL byte, its byte {byte}", _REMEDY)
    try:
        data.decode()
    except UnicodeDecodeError as problem:
        return _wrong_encoding(shown, data, problem.start)
    return None


def _binary(shown: str, why: str, remedy: str) -> Diagnostic:
    return Diagnostic(code="E0002", message=f"`{shown}` is not a text file", where=shown, notes=(why,), help=remedy)


def _wrong_encoding(shown: str, data: bytes, at: int) -> Diagnostic:
    """The place is shown in the text as far as it can be read, with U+FFFD for the bytes that cannot."""
    start = len(_plain_lines(data[:at].decode()))
    source = Source(shown, _plain_lines(data.decode(errors="replace")))
    return Diagnostic(
        code="E0002",
        message=f"`{shown}` is not UTF-8 text",
        span=Span(source, start, start + 1),
        label=f"the byte 0x{data[at]:02x} does not fit here",
        help='save the file as UTF-8: editors offer that under "Save with encoding"',
    )


def _cannot_open(path: str, problem: OSError | ValueError) -> Diagnostic:
    if isinstance(problem, ValueError):
        return Diagnostic(code="E0001", message=f"{path!r} is not a path: it holds a NUL character", help="give the path of a `.cnn` file")
    if not path:
        return Diagnostic(code="E0001", message="the path is empty", help="give the path of a `.cnn` file")
    if problem.errno == errno.ENOENT:
        return _missing(path)
    if Path(path).is_dir():
        specs = sorted(p.name for p in Path(path).glob("*.cnn"))[:3]
        found = ", ".join(f"`{Path(path, name)}`" for name in specs)
        remedy = f"name a file in it: {found}" if found else "give the path of a `.cnn` file; this folder holds none"
        return Diagnostic(code="E0001", message=f"`{path}` is a folder, not a file", where=path, help=remedy)
    reason = (problem.strerror or str(problem)).lower()
    return Diagnostic(
        code="E0001", message=f"`{path}` cannot be read: {reason}", where=path, help="give the path of a `.cnn` file that you may read"
    )


def _missing(path: str) -> Diagnostic:
    """Names the first part of the path that is not there, and what lies in its place that looks like it."""
    present, lost = _split_at_first_missing(Path(path))
    rest = Path(path).relative_to(present).parts[1:]
    guess = nearest(lost, _names(present, folders=bool(rest)))
    better = Path(present, guess, *rest) if guess else None
    examples = (specs_path() / Path(path).name, specs_path() / "zoo" / Path(path).name)
    example = next((file for file in examples if file.is_file()), None)
    if better and better.exists():
        remedy = f"did you mean `{better}`?"
    elif better:
        remedy = f"did you mean the folder `{Path(present, better.relative_to(present).parts[0])}`?"
    elif example:
        remedy = f"an example of that name came with cnnspec: `{example}`"
    else:
        remedy = "check the path; it is relative to the folder where you are" if not Path(path).is_absolute() else "check the path"
    notes = (f"there is no folder `{Path(present, lost)}`",) if rest else ()
    return Diagnostic(code="E0001", message=f"there is no file `{path}`", where=path, notes=notes, help=remedy)


def _split_at_first_missing(path: Path) -> tuple[Path, str]:
    """The longest beginning of `path` that is there, and the name after it that is not."""
    while not path.parent.exists():
        path = path.parent
    return path.parent, path.name


def _names(folder: Path, *, folders: bool) -> list[str]:
    """The names in `folder`, of folders or of files; none where it may not be listed."""
    try:
        return [p.name for p in folder.iterdir() if p.is_dir() == folders]
    except OSError:
        return []

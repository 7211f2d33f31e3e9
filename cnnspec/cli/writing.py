"""`-o PATH`: a file that is there is there completely."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cnnspec.diagnostics import Diagnostic


def write_output(content: str | bytes, path: str) -> list[Diagnostic]:
    """Writes `content` to `path`; `-` is standard output. Refuses what cannot be written (E1104)."""
    try:
        _write(content, path)
    except OSError as problem:
        if path == "-" and isinstance(problem, BrokenPipeError):  # `... | head` has read what it wanted: main knows
            raise
        return [_unwritable(path, problem)]
    return []


def _write(content: str | bytes, path: str) -> None:
    if path == "-":
        assert isinstance(content, str), "only text goes to a terminal"
        sys.stdout.write(content)
        return
    written = content.encode() if isinstance(content, str) else content
    target = Path(path)
    if target.exists() and not target.is_file():  # a device or a pipe cannot be replaced; a folder refuses by itself
        target.write_bytes(written)
        return
    if target.is_symlink():  # the file that it points to is replaced, not the link
        target = target.resolve()
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("xb") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            unfinished.chmod(target.stat().st_mode & 0o7777)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _unwritable(path: str, problem: OSError) -> Diagnostic:
    folder = Path(path).parent
    if not folder.is_dir():
        remedy = f"there is no folder `{folder}`: `mkdir -p {folder}`, or choose another with `-o`"
    elif Path(path).is_dir():
        remedy = f"name a file in it: `-o {Path(path, 'model.json')}`"
    else:
        remedy = "choose a file that you may write with `-o`"
    reason = (problem.strerror or str(problem)).lower()
    return Diagnostic(code="E1104", message=f"`{path}` cannot be written: {reason}", where=path, help=remedy)

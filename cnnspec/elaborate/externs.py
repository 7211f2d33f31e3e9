"""`extern NAME(...) from "module:Class"`: a Python object, known by its signature. Not imported here; its file is hashed if it is found."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from cnnspec.document.document import Json
from cnnspec.reading import Files
from cnnspec.syntax import tree

KINDS: Final = ("layer", "loss", "metric", "callback")
"""What may be written in Python."""


def declaration(statement: tree.Extern, folder: Path, base: Path, files: Files) -> dict[str, Json]:
    """The declaration as the document has it: its target, its parameters' types, and its file if that lies in `folder` or in `base`.

    The file's path is relative to `base`, the folder of the spec; `sha256` is the hash of its bytes. A module that lies in
    neither folder is installed, or missing: only an import can tell.
    """
    target = statement.target.value
    types = {p.name.text: p.type.text if p.type else "any" for p in statement.parameters}
    found: dict[str, Json] = {"from": target, "arguments": types}
    module = target.partition(":")[0]
    file = next((path for root in (folder, base) for path in _files(module, root) if files.is_file(path)), None)
    if file is not None:
        try:
            digest = hashlib.sha256(files.read_bytes(file)).hexdigest()
        except OSError:  # it cannot be imported either: the build says so
            return found
        found |= {"path": Path(os.path.relpath(file, base)).as_posix(), "sha256": digest}
    return found


def _files(module: str, folder: Path) -> tuple[Path, Path]:
    """Where a module may lie below `folder`: `a.b` is `a/b.py` or `a/b/__init__.py`."""
    path = folder.joinpath(*module.split("."))
    return path.with_suffix(".py"), path / "__init__.py"


def key_of(name: str, declared: dict[str, Json], known: dict[str, Json]) -> str:
    """The name of a declaration in the document: two libraries may give one name to different objects."""
    key, number = name, 1
    while key in known and known[key] != declared:
        number += 1
        key = f"{name}_{number}"
    return key

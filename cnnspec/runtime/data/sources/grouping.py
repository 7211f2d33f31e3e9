"""What stays together when data is split: files of one folder, or files in whose path something is the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.runtime.data.faults import faults
from cnnspec.runtime.data.images.stored import StrPath
from cnnspec.runtime.data.items import Array

_PLACE = "/data/split/by_group"


def groups_of_files(document: Document, asked: str | None, files: Sequence[StrPath]) -> tuple[Array | None, list[Diagnostic]]:
    """The number of the group of each file; None where the split asks for none.

    `asked` is `folder`, or a regular expression: what its first group finds in the path, else all that it finds.
    """
    if asked is None:
        return None, []
    if asked == "folder":
        return numbered([str(Path(path).parent) for path in files]), []
    try:
        pattern = re.compile(asked)
    except re.error as error:
        message = f"`{asked}` is no regular expression: {error}"
        return None, [at(document, _PLACE, "E0404", message, help='write `folder`, or a pattern such as `"patient[0-9]+"`')]
    matches = [pattern.search(Path(path).as_posix()) for path in files]
    without = [str(path) for path, match in zip(files, matches, strict=True) if match is None]
    if without:
        lines = without if len(without) > 1 else [f"`{asked}` finds nothing in {without[0]}"]
        help = "write a pattern that finds something in the path of every file"
        return None, [faults(document, _PLACE, "E0703", lines, f"files have no group: `{asked}` finds nothing in their paths", help)]
    return numbered([(match.group(1) if pattern.groups else match.group(0)) or "" for match in matches if match]), []


def numbered(names: Sequence[str]) -> Array:
    """A number for each name, the same for equal ones."""
    found: Array = np.unique(names, return_inverse=True)[1]
    return found

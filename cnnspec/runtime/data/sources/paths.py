"""What to say about a path that is not there: the part that exists, and the name that was probably meant."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.suggest import nearest


def missing_path(document: Document, pointer: str, path: Path, what: Literal["file", "folder"]) -> Diagnostic:
    """There is no `path`: E0702 with the nearest existing name, and with what a relative path is relative to."""
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    wrong = path.relative_to(there).parts[0] if there != path else path.name
    names = sorted(entry.name for entry in there.iterdir()) if there.is_dir() else []
    near = nearest(wrong, names)
    notes = [f"{there} is there, {wrong} in it is not"] if there != path.parent else []
    written = document.get(pointer)
    if isinstance(written, str) and not Path(written).expanduser().is_absolute():
        notes.append("a path is relative to the spec's file")
    listed = f"{there} holds {', '.join(names[:8])}{', ...' if len(names) > 8 else ''}" if names else None
    help = f"did you mean `{near}`?" if near else listed
    return at(document, pointer, "E0702", f"there is no {what} {path}", notes=tuple(notes), help=help)

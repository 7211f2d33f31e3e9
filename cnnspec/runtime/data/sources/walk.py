"""The files below a folder, in one order on every machine. Links are followed as long as they stay inside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cnnspec.runtime.data.images.decode import SUFFIXES

_LEFT_BEHIND = (".", "__")
"""How the names of hidden files begin, and of what archives leave behind."""


@dataclass(slots=True)
class Found:
    """Image files by their names; other files; links that may not be followed, with the reason."""

    images: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def images_below(folder: str, root: Path) -> Found:
    """The image files in a folder and below, sorted. Nothing outside `root`, which is resolved, is looked at. Raises OSError."""
    found = Found()
    _walk(folder, str(root), frozenset({os.path.realpath(folder)}), found)
    return found


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, sorted by name. Hidden ones and what archives leave behind do not count. Raises OSError."""
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir() and not entry.name.startswith(_LEFT_BEHIND))


def leads_out(path: str | Path, root: str | Path) -> str | None:
    """Why `path` may not be read as a part of `root`, which is resolved: it is a link to elsewhere, or has `..` in it."""
    target = os.path.realpath(path)
    return None if Path(target).is_relative_to(root) else f"it leads out of the data folder, to {target}"


def _walk(folder: str, root: str, above: frozenset[str], found: Found) -> None:
    for entry in _sorted(folder):
        if entry.is_symlink() and (why := _no_way(entry.path, root, above)):
            found.refused[entry.path] = why
        elif entry.is_dir():
            _walk(entry.path, root, above | {os.path.realpath(entry.path)}, found)
        elif entry.is_file() and os.path.splitext(entry.name)[1].lower() in SUFFIXES:  # noqa: PTH122 - a Path for each of many files takes as long as reading it
            found.images.append(entry.path)
        else:
            found.others.append(entry.path)


def _sorted(folder: str) -> Iterator[os.DirEntry[str]]:
    """Files first, then folders, each by name; what is hidden is left out."""
    with os.scandir(folder) as entries:
        seen = [entry for entry in entries if not entry.name.startswith(".")]
    return iter(sorted(seen, key=lambda entry: (entry.is_dir(), entry.name)))


def _no_way(path: str, root: str, above: frozenset[str]) -> str | None:
    """Why a link is not followed."""
    if not os.path.exists(path):  # noqa: PTH110
        return f"it is a link to {os.path.realpath(path)}, which is not there"
    target = os.path.realpath(path)
    if any(Path(folder).is_relative_to(target) for folder in above):
        return "it is a link to a folder around it, without an end"
    return leads_out(path, root)

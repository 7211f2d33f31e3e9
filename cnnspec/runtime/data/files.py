"""A list of image files as a column: each is looked at before anything is decoded, and what cannot be used is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.runtime.data.decode import Reader, Unreadable
from cnnspec.runtime.data.header import Header, header
from cnnspec.runtime.data.images import FileImages
from cnnspec.runtime.data.items import Shape
from cnnspec.runtime.data.offer import Want
from cnnspec.runtime.data.stored import Place

_NAMED: Final = 8
"""How many bad files one message names."""


def image_files(
    document: Document,
    pointer: str,
    want: Want,
    files: Sequence[Place],
    reader: Reader,
    refused: dict[int, str] | None = None,
) -> tuple[FileImages | None, list[Diagnostic]]:
    """The images of `files`, none of them decoded. `refused` says of some, by position, why they may not be opened.

    Errors: files that cannot be read (E0703), unless they may be skipped; different sizes without `resize` (E0704).
    """
    broken, fingerprints = dict(refused or {}), np.zeros(len(files), np.uint64)
    sizes: dict[tuple[int, int], list[int]] = {}
    for index, path in enumerate(files):
        found = broken.get(index) or _looked_at(path)
        if isinstance(found, str):
            broken[index] = found
            continue
        fingerprints[index] = found.fingerprint
        sizes.setdefault((found.height, found.width), []).append(index)
    if broken and not (want.skip and sizes):
        return None, [unreadable(document, pointer, [f"{files[index]}: {why}" for index, why in sorted(broken.items())], len(files))]
    if len(sizes) > 1 and reader.size is None:
        return None, [_of_different_sizes(document, pointer, want.shape, files, sizes)]
    shape = (*(reader.size or next(iter(sizes))), reader.channels)
    return FileImages(tuple(files), reader, shape, broken, fingerprints), []


def unreadable(document: Document, pointer: str, bad: Sequence[str], total: int) -> Diagnostic:
    """One diagnostic for all files that cannot be used; `bad` says of each what is wrong."""
    message = bad[0] if len(bad) == 1 else f"{len(bad):,} of {total:,} images cannot be read"
    help = 'replace or delete what cannot be read, or write `on_error = "skip"` in `data` to leave it out'
    return at(document, pointer, "E0703", message, notes=listed(bad) if len(bad) > 1 else (), help=help)


def listed(lines: Sequence[str]) -> tuple[str, ...]:
    """The first of many, and how many more there are."""
    return (*lines[:_NAMED], *([f"... and {len(lines) - _NAMED:,} more"] if len(lines) > _NAMED else []))


def _looked_at(path: Place) -> Header | str:
    try:
        return header(path)
    except Unreadable as error:
        return str(error)


def _of_different_sizes(
    document: Document, pointer: str, wanted: Shape, files: Sequence[Place], sizes: dict[tuple[int, int], list[int]]
) -> Diagnostic:
    common = max(sizes, key=lambda size: len(sizes[size]))
    other = next(size for size in sizes if size != common)
    target = wanted[:2] if len(wanted) == 3 and None not in wanted[:2] else common
    message = f"the images have {len(sizes):,} different sizes, and there is no `resize`"
    notes = tuple(f"{h}x{w}: {len(sizes[h, w]):,} images, the first is {files[sizes[h, w][0]]}" for h, w in (common, other))
    return at(document, pointer, "E0704", message, notes=notes, help=f"write `resize = ({target[0]}, {target[1]})` in `data`")

"""Image files that a source has listed, as a column: looked at by their headers, and decoded now where they are few."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.runtime.data.decode import Unreadable
from cnnspec.runtime.data.faults import faults
from cnnspec.runtime.data.header import header
from cnnspec.runtime.data.images import KEPT_BYTES, FileImages, KeptImages
from cnnspec.runtime.data.items import Column, Shape
from cnnspec.runtime.data.offer import Want


@dataclass(frozen=True, slots=True)
class Listed:
    """Image files for the setting at `pointer`. `names` says how each is called in a message; `what` is the word for them."""

    pointer: str
    files: tuple[Path, ...]
    names: tuple[str, ...]
    what: str = "images"


Sizes = Mapping[tuple[int, int], Sequence[int]]
"""The numbers of the files of each height and width."""


def sizes_of(document: Document, listed: Listed) -> tuple[Sizes, list[Diagnostic]]:
    """The size of every file by its header, or the files that cannot be read (E0703)."""
    sizes: dict[tuple[int, int], list[int]] = {}
    bad = []
    for number, (path, name) in enumerate(zip(listed.files, listed.names, strict=True)):
        try:
            found = header(path)
            sizes.setdefault((found.height, found.width), []).append(number)
        except Unreadable as error:
            bad.append(f"{name}: {error}")
    return sizes, _unreadable(document, listed, bad)


def one_size(document: Document, listed: Listed, want: Want, sizes: Sizes, wanted: Shape) -> tuple[tuple[int, int], list[Diagnostic]]:
    """The size that all files are read in: that of `resize`, or the one that they have (E0704 where they have several)."""
    if want.resize:
        return want.resize, []
    common = max(sizes, key=lambda size: len(sizes[size]))
    if len(sizes) == 1:
        return common, []
    other = next(size for size in sizes if size != common)
    notes = tuple(f"{h}x{w}: {len(sizes[h, w]):,}, the first is {listed.names[sizes[h, w][0]]}" for h, w in (common, other))
    height, width = wanted[:2] if len(wanted) == 3 and None not in wanted[:2] else common
    message = f"the {listed.what} have {len(sizes):,} different sizes, and there is no `resize`"
    help = f"write `resize = ({height}, {width})` in `data`"
    return common, [at(document, listed.pointer, "E0704", message, notes=notes, help=help)]


def read_in(document: Document, listed: Listed, want: Want, lazy: FileImages) -> tuple[Column, list[Diagnostic]]:
    """A small set is decoded now (E0703 for what cannot be); a large one batch by batch, and kept where the spec asks for it."""
    if math.prod(n or 1 for n in lazy.shape) * len(lazy) > KEPT_BYTES:
        return (KeptImages(lazy) if want.keep else lazy), []
    images, bad = lazy.decoded()
    names = dict(zip(listed.files, listed.names, strict=True))
    return images or lazy, _unreadable(document, listed, [f"{names[failure.path]}: {failure.reason}" for failure in bad])


def _unreadable(document: Document, listed: Listed, bad: Sequence[str]) -> list[Diagnostic]:
    what = f"of {len(listed.files):,} {listed.what} cannot be read"
    return [faults(document, listed.pointer, "E0703", bad, what, "replace or delete what cannot be read")] if bad else []

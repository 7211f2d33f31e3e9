"""Image files that a source has listed, as a column: looked at by their headers, before anything is decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.runtime.data.faults import faults
from cnnspec.runtime.data.images.columns import FileImages, Reads
from cnnspec.runtime.data.images.decode import Reader, Unreadable
from cnnspec.runtime.data.images.header import Header, header
from cnnspec.runtime.data.images.stored import Place
from cnnspec.runtime.data.items import Array, Shape
from cnnspec.runtime.data.offer import Want


@dataclass(frozen=True, slots=True)
class Listed:
    """Image files for the setting at `pointer`. `names` says how each is called in a message, if not by its path; `what` is the word for
    them. `refused` says of some, by position, why they may not be opened."""

    pointer: str
    files: tuple[Place, ...]
    names: tuple[str, ...] | None = None
    what: str = "images"
    refused: Mapping[int, str] = field(default_factory=dict)

    def name(self, index: int) -> str:
        return self.names[index] if self.names is not None else str(self.files[index])


Sizes: TypeAlias = Mapping[tuple[int, int], Sequence[int]]
"""The numbers of the files of each height and width."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the headers say: the sizes, why some files cannot be used, and the fingerprints of all."""

    sizes: Sizes
    broken: Mapping[int, str]
    fingerprints: Array


def pictures(document: Document, listed: Listed, want: Want, reader: Reader) -> tuple[FileImages | None, list[Diagnostic]]:
    """Images of one size, none of them decoded. Errors: E0703 for files that cannot be read, E0704 for different sizes."""
    looked, found = looked_at(document, listed, want)
    if found:
        return None, found
    size, found = one_size(document, listed, want, looked, want.shape)
    return (None, found) if found else (column_of(listed, looked, reader, (*size, reader.channels)), [])


def looked_at(document: Document, listed: Listed, want: Want) -> tuple[Looked, list[Diagnostic]]:
    """What the headers say, or the files that cannot be read (E0703). Where these may be skipped, some file has to be left."""
    broken, fingerprints = dict(listed.refused), np.zeros(len(listed.files), np.uint64)
    sizes: dict[tuple[int, int], list[int]] = {}
    for index, place in enumerate(listed.files):
        found = broken.get(index) or _header_of(place)
        if isinstance(found, str):
            broken[index] = found
            continue
        fingerprints[index] = found.fingerprint
        sizes.setdefault((found.height, found.width), []).append(index)
    wrong = [unreadable(document, listed.pointer, bad_lines(listed, broken), len(listed.files), listed.what)] if broken else []
    return Looked(sizes, broken, fingerprints), [] if want.skip and sizes else wrong


def one_size(document: Document, listed: Listed, want: Want, looked: Looked, wanted: Shape) -> tuple[tuple[int, int], list[Diagnostic]]:
    """The size that all files are read in: that of `resize`, or the one that they have (E0704 where they have several)."""
    sizes = looked.sizes
    if want.resize:
        return want.resize, []
    common = max(sizes, key=lambda size: len(sizes[size]))
    if len(sizes) == 1:
        return common, []
    other = next(size for size in sizes if size != common)
    notes = tuple(f"{h}x{w}: {len(sizes[h, w]):,}, the first is {listed.name(sizes[h, w][0])}" for h, w in (common, other))
    height, width = wanted[:2] if len(wanted) == 3 and None not in wanted[:2] else common
    message = f"the {listed.what} have {len(sizes):,} different sizes, and there is no `resize`"
    help = f"write `resize = ({height}, {width})` in `data`"
    return common, [at(document, listed.pointer, "E0704", message, notes=notes, help=help)]


def column_of(listed: Listed, looked: Looked, reader: Reads, shape: Shape) -> FileImages:
    """The files as a column; what cannot be used is marked in it."""
    return FileImages(listed.files, reader, shape, looked.broken, looked.fingerprints, listed.pointer, listed.names, listed.what)


def unreadable(document: Document, pointer: str, bad: Sequence[str], total: int, what: str = "images") -> Diagnostic:
    """One diagnostic for all files that cannot be used; `bad` says of each what is wrong."""
    help = 'replace or delete what cannot be read, or write `on_error = "skip"` in `data` to leave it out'
    return faults(document, pointer, "E0703", bad, f"of {total:,} {what} cannot be read", help)


def bad_lines(listed: Listed | FileImages, broken: Mapping[int, str]) -> list[str]:
    """A line for each file that cannot be used."""
    return [f"{listed.name(index)}: {why}" for index, why in sorted(broken.items())]


def _header_of(place: Place) -> Header | str:
    try:
        return header(place)
    except Unreadable as error:
        return str(error)

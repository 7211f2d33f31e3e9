"""What is odd about the parts of a data set once they are drawn: files left out, classes that a part lacks, one image in two parts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from itertools import combinations
from pathlib import Path

import numpy as np

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Data
from cnnspec.runtime.data.faults import listed
from cnnspec.runtime.data.images.header import HEAD
from cnnspec.runtime.data.items import Array, ArrayColumn, Items, Origins
from cnnspec.runtime.data.offer import LeftOut


def emptied(document: Document, data: Data, parts: Mapping[str, Items], left_out: tuple[LeftOut, ...]) -> list[Diagnostic]:
    """Parts of which nothing is left because none of their files can be read (E0706)."""
    notes = listed([f"{file.path}: {file.reason}" for file in left_out])
    return [
        at(document, _place(data, name), "E0706", f"none of the images of `{name}` can be read", notes=notes, help="replace the files")
        for name, items in parts.items()
        if not len(items)
    ]


def oddities(
    document: Document,
    data: Data,
    parts: Mapping[str, Items],
    classes: Mapping[str, tuple[str, ...]],
    left_out: tuple[LeftOut, ...],
) -> list[Diagnostic]:
    """The warnings about a data set: W0701, W0702, W0703."""
    return [
        *_left_out(document, data, left_out),
        *(found for output, names in classes.items() for found in _missing(document, data, parts, output, names)),
        *_twice(document, data, parts),
    ]


def _left_out(document: Document, data: Data, left_out: tuple[LeftOut, ...]) -> Iterator[Diagnostic]:
    if left_out:
        message = f"{len(left_out):,} {'file is' if len(left_out) == 1 else 'files are'} left out, as {_it(left_out)} cannot be read"
        notes = listed([f"{file.path}: {file.reason}" for file in left_out])
        yield at(document, "/data/on_error", "W0703", message, notes=notes, help="replace or delete what cannot be read")


def _it(several: tuple[LeftOut, ...]) -> str:
    return "it" if len(several) == 1 else "they"


def _missing(document: Document, data: Data, parts: Mapping[str, Items], output: str, names: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Classes of which a part has no image. A test part says less about them; a validation part and the training nothing."""
    for part, items in parts.items():
        column = items.targets[output]
        if not isinstance(column, ArrayColumn) or column.array.ndim != 1 or column.array.dtype.kind not in "iu":
            continue
        there = set(np.unique(column.array).tolist())
        missing = [name for number, name in enumerate(names) if number not in there]
        if not missing:
            continue
        shown = f"{', '.join(missing[:8])}{', ...' if len(missing) > 8 else ''}"
        message = f"`{part}` has no image of {len(missing):,} of the {len(names):,} classes: {shown}"
        help = "write `stratify = True` in `split`: every part then has the classes in the same proportions"
        if data.stratify or not isinstance(getattr(data, part, 0.5), float | int):
            help = "put images of these classes there" if part == "train" else "put images of these classes there, or take a larger part"
        yield at(document, _place(data, part), "W0701", message, help=help)


def _twice(document: Document, data: Data, parts: Mapping[str, Items]) -> Iterator[Diagnostic]:
    """Images that lie in two parts: what is measured on them has been learnt by heart."""
    for (one, first), (other, second) in combinations(parts.items(), 2):
        twins = _twins(first, second)
        if twins:
            images = "1 image is" if len(twins) == 1 else f"{len(twins):,} images are"
            message = f"{images} in `{one}` and in `{other}`, byte for byte"
            notes = listed([f"{a} and {b}" for a, b in twins])
            help = f"delete them in one of the two: `{other}` is to measure images that were never seen"
            yield at(document, _place(data, other), "W0702", message, notes=notes, help=help)


def _twins(first: Items, second: Items) -> list[tuple[str, str]]:
    """The names of items of which each part has one. Only those whose fingerprints are in both are looked at to the end."""
    if first.origins is None or second.origins is None:
        return []
    shared = np.intersect1d(first.origins.fingerprints, second.origins.fingerprints)
    ours, theirs = _by_content(first.origins, shared), _by_content(second.origins, shared)
    return [(name, theirs[content]) for content, name in ours.items() if content in theirs]


def _by_content(origins: Origins, shared: Array) -> dict[bytes, str]:
    """The first of the items with each content, among those with a fingerprint in `shared`."""
    found: dict[bytes, str] = {}
    for index in np.flatnonzero(np.isin(origins.fingerprints, shared)):
        name = origins.names[index]
        found.setdefault(_content(name) or origins.fingerprints[index].tobytes(), name)
    return found


def _content(name: str) -> bytes | None:
    """A digest of a file of which the fingerprint has not seen everything."""
    try:
        with Path(name).open("rb") as file:
            return file_digest(file, "blake2b").digest() if os.fstat(file.fileno()).st_size > HEAD else None
    except OSError:  # it has gone meanwhile: who reads it will say so
        return None


def _place(data: Data, part: str) -> str:
    return data.places.get(part, data.source.pointer)

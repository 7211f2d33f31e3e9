"""What the data of a run is, as one short text: equal data has an equal fingerprint, whatever its place on the disk."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.images.columns import FileImages, MappedImages
from cnnspec.runtime.data.images.stored import content_of
from cnnspec.runtime.data.items import ArrayColumn, Column, Items

READ_BYTES: Final = 512 * 2**20
"""So much of what lies in files is read for each column. Beyond it, the name, the length and the beginning of a file count."""


def fingerprint(dataset: Dataset) -> str:
    """SHA-256 over inputs and targets in their order, part by part, and over the names of the classes."""
    digest = hashlib.sha256(repr(dict(dataset.classes)).encode())
    for name, items in dataset.parts.items():
        digest.update(f"\n{name} {len(items)}\n".encode())
        _add_items(digest, items)
    return digest.hexdigest()


def _add_items(digest: Any, items: Items) -> None:
    for column in (*items.inputs.values(), *items.targets.values()):
        _add_column(digest, column)
    if items.weights is not None:
        _add_array(digest, items.weights)
    if items.origins is not None:
        digest.update("\n".join(PurePath(name).name for name in items.origins.names).encode())
        _add_array(digest, items.origins.fingerprints)


def _add_column(digest: Any, column: Column) -> None:
    if isinstance(column, ArrayColumn):
        _add_array(digest, column.array)
    elif isinstance(column, FileImages):
        _add_files(digest, column)
    elif isinstance(column, MappedImages):
        count = READ_BYTES // max(1, column.array[:1].nbytes)
        _add_array(digest, column.take(np.arange(min(len(column), count))))
    else:  # what resizes, changes or keeps the values of another
        _add_column(digest, getattr(column, "inner"))  # noqa: B009


def _add_array(digest: Any, array: np.ndarray[Any, Any]) -> None:
    digest.update(f"{array.dtype} {array.shape}\n".encode())
    digest.update(np.ascontiguousarray(array).data)


def _add_files(digest: Any, images: FileImages) -> None:
    left = READ_BYTES
    for index, place in enumerate(images.files):
        if left <= 0:
            return
        if index not in images.broken:
            content = content_of(place)
            digest.update(f"{len(content)}\n".encode())
            digest.update(content)
            left -= len(content)

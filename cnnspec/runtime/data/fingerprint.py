"""What the data of a run is, as one short text: equal data has an equal fingerprint, whatever its place on the disk."""

from __future__ import annotations

import hashlib
import os
from typing import Any, Final

import numpy as np

from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.images import FileImages, MappedImages
from cnnspec.runtime.data.items import Array, ArrayColumn, Column
from cnnspec.runtime.data.stored import content_of

READ_BYTES: Final = 512 * 2**20
"""Files of a part are read for the fingerprint up to this size in all; of more, only their beginnings and their sizes count."""


def fingerprint(dataset: Dataset) -> str:
    """SHA-256 over all columns and their order, part by part, and over the names of the classes."""
    digest = hashlib.sha256(repr(dict(dataset.classes)).encode())
    for part, items in dataset.parts.items():
        digest.update(f"\n{part} {len(items)}\n".encode())
        for name, column in [*items.inputs.items(), *items.targets.items()]:
            digest.update(f"{name}\n".encode())
            _add(digest, column)
        if items.weights is not None:
            _add_array(digest, items.weights)
        if items.origins is not None:
            _add_array(digest, items.origins.fingerprints)
    return digest.hexdigest()


def _add(digest: Any, column: Column) -> None:
    if isinstance(column, ArrayColumn):
        _add_array(digest, column.array)
    elif isinstance(column, FileImages):
        _add_files(digest, column)
    elif isinstance(column, MappedImages):  # the origins of the items tell such images apart
        digest.update(f"{column.array.dtype} {column.shape} {len(column)}\n".encode())
    else:  # what resizes, keeps or changes the values of another
        _add(digest, getattr(column, "inner"))  # noqa: B009


def _add_array(digest: Any, array: Array) -> None:
    digest.update(f"{array.dtype} {array.shape}\n".encode())
    digest.update(np.ascontiguousarray(array).data)


def _add_files(digest: Any, column: FileImages) -> None:
    """Files as a whole where they are few; pieces of larger files, and many files, by what was seen of them when they were checked."""
    paths = [file for file in column.files if isinstance(file, str | os.PathLike)]
    sizes = [os.stat(path).st_size for path in paths]  # noqa: PTH116 - a Path for each of many files takes its time
    if len(paths) < len(column) or sum(sizes) > READ_BYTES:
        if column.fingerprints is not None:
            _add_array(digest, column.fingerprints)
        return
    for path, size in zip(paths, sizes, strict=True):
        digest.update(f"{size}\n".encode())
        digest.update(content_of(path))

"""What the data of a run is, as one short text: equal data has an equal fingerprint, whatever its place on the disk."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.images import FileImages
from cnnspec.runtime.data.items import ArrayColumn, Column

READ_BYTES: Final = 512 * 2**20
"""Files of a part are read for the fingerprint up to this size in all; of more, only their names and sizes count."""


def fingerprint(dataset: Dataset) -> str:
    """SHA-256 over inputs and targets in their order, part by part, and over the names of the classes."""
    digest = hashlib.sha256(repr(dataset.classes).encode())
    for name, items in dataset.parts.items():
        digest.update(f"\n{name} {len(items)}\n".encode())
        for column in (*items.inputs.values(), *items.targets.values()):
            _add_column(digest, column)
        if items.weights is not None:
            _add_array(digest, items.weights)
    return digest.hexdigest()


def _add_column(digest: Any, column: Column) -> None:
    if isinstance(column, ArrayColumn):
        _add_array(digest, column.array)
    elif isinstance(column, FileImages):
        _add_files(digest, column.files)
    else:  # what resizes or keeps the values of another
        _add_column(digest, getattr(column, "inner"))  # noqa: B009


def _add_array(digest: Any, array: np.ndarray[Any, Any]) -> None:
    digest.update(f"{array.dtype} {array.shape}\n".encode())
    digest.update(np.ascontiguousarray(array).data)


def _add_files(digest: Any, files: tuple[Path, ...]) -> None:
    sizes = [path.stat().st_size for path in files]
    whole = sum(sizes) <= READ_BYTES
    for path, size in zip(files, sizes, strict=True):
        digest.update(f"{path.parent.name}/{path.name} {size}\n".encode())
        if whole:
            digest.update(path.read_bytes())

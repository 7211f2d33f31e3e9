"""What the data of a run is, as one short text: equal data has an equal fingerprint, whatever its place on the disk."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.images import ArrayImages, FileImages, Images

READ_BYTES: Final = 512 * 2**20
"""Files of a part are read for the fingerprint up to this size in all; of more, only their names and sizes count."""


def fingerprint(dataset: Dataset) -> str:
    """SHA-256 over the images, the labels and their order, part by part, and over the names of the classes."""
    digest = hashlib.sha256(repr(dataset.classes).encode())
    for name, items in dataset.parts.items():
        digest.update(f"\n{name} {len(items)}\n".encode())
        _add_array(digest, items.labels)
        _add_images(digest, items.images)
    return digest.hexdigest()


def _add_images(digest: Any, images: Images) -> None:
    if isinstance(images, ArrayImages):
        _add_array(digest, images.array)
    elif isinstance(images, FileImages):
        _add_files(digest, images.files)
    else:  # what resizes or keeps the images of another
        _add_images(digest, getattr(images, "inner"))  # noqa: B009


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

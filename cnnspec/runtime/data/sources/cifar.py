"""The archives of CIFAR-10 and CIFAR-100 as their authors publish them: pickled arrays, of which nothing but arrays is taken."""

from __future__ import annotations

import pickle
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Arrays: TypeAlias = tuple[Array, Array]

_TRAIN: Final = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "train")
_TEST: Final = ("test_batch", "test")


class BadArchive(Exception):
    """The file is no such archive; the text says why, in words for the user."""


def read_archive(path: Path, labels: str) -> tuple[Arrays, Arrays]:
    """Images (n, 32, 32, 3) and labels (n,) for training and for the test. `labels` is the key of the labels in the archive.

    Raises `BadArchive`.
    """
    found: dict[str, Arrays] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                file = archive.extractfile(member) if member.isfile() and name in (*_TRAIN, *_TEST) else None
                if file is not None:
                    found[name] = _batch(file, labels)
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise BadArchive(f"it is no whole .tar.gz archive: {error}") from error
    train, test = ([found[name] for name in names if name in found] for names in (_TRAIN, _TEST))
    if not train or not test:
        raise BadArchive("it does not hold the training and test batches of the Python version")
    return _joined(train), _joined(test)


class _ArraysOnly(pickle.Unpickler):
    """Refuses everything but what rebuilds a NumPy array."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype")}:
            return getattr(np, name)
        if (module, name) == ("numpy.core.multiarray", "_reconstruct"):
            return _reconstruct
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which could run code")


def _reconstruct(kind: type[Array], shape: tuple[int, ...], dtype: bytes) -> Array:
    """An empty array, which the pickle then fills."""
    return np.ndarray.__new__(np.ndarray, shape, np.dtype(dtype.decode("ascii")))


def _batch(file: IO[bytes], labels: str) -> Arrays:
    try:
        content = _ArraysOnly(file, encoding="bytes").load()
        pixels = np.asarray(content[b"data"], dtype=np.uint8).reshape(-1, 3, 32, 32)
        return pixels.transpose(0, 2, 3, 1), np.asarray(content[labels.encode()], dtype=np.int64)
    except Exception as error:  # a damaged pickle raises nearly anything
        raise BadArchive(f"a batch in it cannot be read: {error}") from error


def _joined(parts: list[Arrays]) -> Arrays:
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])

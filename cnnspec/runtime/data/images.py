"""Columns of images: resized as they are taken, decoded from files, kept once they were taken."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from cnnspec.runtime.data.decode import Unreadable
from cnnspec.runtime.data.items import Array, ArrayColumn, Column, Shape
from cnnspec.runtime.data.resize import resized_array

KEPT_BYTES: Final = 512 * 2**20
"""Decoded images of one part are kept in memory up to this size even if the spec does not ask for it."""

_AT_ONCE: Final = 64
"""Images that a thread decodes in one go where all are decoded."""

_DECODERS: Final = 8
"""Threads that decode files. Pillow releases the interpreter lock while it decodes, and waiting for a disk costs no core."""


class Reads(Protocol):
    """How a file becomes an array."""

    def read(self, path: Path) -> Array:
        """Raises `Unreadable`."""
        ...


class BadImage(Exception):
    """A file that passed the header check and cannot be decoded after all."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ResizedImages:
    """Images in memory that are resized as they are taken: for sets that would not fit into memory in their new size."""

    inner: Column
    size: tuple[int, int]
    method: str

    @property
    def shape(self) -> Shape:
        return (*self.size, self.inner.shape[-1])

    def __len__(self) -> int:
        return len(self.inner)

    def take(self, indices: Array) -> Array:
        return np.stack([resized_array(image, self.size, self.method) for image in self.inner.take(indices)])

    def subset(self, indices: Array) -> Column:
        return ResizedImages(self.inner.subset(indices), self.size, self.method)


@dataclass(frozen=True, slots=True)
class FileImages:
    """Image files, decoded as they are taken by a pool of threads, in order."""

    files: tuple[Path, ...]
    reader: Reads
    shape: Shape
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_DECODERS, "decode"), repr=False)

    def __len__(self) -> int:
        return len(self.files)

    def take(self, indices: Array) -> Array:
        pieces = np.array_split(indices, min(len(indices), _DECODERS))  # a task for each image would cost more than a small image
        return np.concatenate(list(self.pool.map(lambda piece: np.stack([self._read(i) for i in piece]), pieces)))

    def subset(self, indices: Array) -> Column:
        return FileImages(tuple(self.files[i] for i in indices), self.reader, self.shape, self.pool)

    def decoded(self) -> tuple[ArrayColumn | None, list[BadImage]]:
        """All of them in memory, or every file that cannot be decoded. The shape has to be known."""
        array = np.empty((len(self), *(n or 0 for n in self.shape)), np.uint8)

        def fill(start: int) -> list[BadImage]:
            bad = []
            for index in range(start, min(start + _AT_ONCE, len(self))):
                try:
                    array[index] = self._read(index)
                except BadImage as failure:
                    bad.append(failure)
            return bad

        bad = [failure for failures in self.pool.map(fill, range(0, len(self), _AT_ONCE)) for failure in failures]
        return (None, bad) if bad else (ArrayColumn(array), [])

    def _read(self, index: int) -> Array:
        path = self.files[index]
        try:
            return self.reader.read(path)
        except Unreadable as error:
            raise BadImage(path, str(error)) from error


@dataclass(slots=True)
class KeptImages:
    """Images that are kept in memory once they were taken. Memory is used as they come."""

    inner: Column
    _kept: Array | None = None
    _there: Array | None = None

    @property
    def shape(self) -> Shape:
        return self.inner.shape

    def __len__(self) -> int:
        return len(self.inner)

    def take(self, indices: Array) -> Array:
        if self._there is None or self._kept is None:
            self._there = np.zeros(len(self.inner), dtype=bool)
        missing = np.unique(indices[~self._there[indices]])
        if len(missing):
            found = self.inner.take(missing)
            if self._kept is None:
                self._kept = np.empty((len(self.inner), *found.shape[1:]), found.dtype)
            self._kept[missing] = found
            self._there[missing] = True
        assert self._kept is not None
        return self._kept[indices]

    def subset(self, indices: Array) -> Column:
        return KeptImages(self.inner.subset(indices))

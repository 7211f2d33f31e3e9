"""Columns of images: resized as they are taken, decoded from files, kept once they were taken."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import Final, Protocol

import numpy as np

from cnnspec.runtime.data.images.decode import Unreadable
from cnnspec.runtime.data.images.resize import resized_array
from cnnspec.runtime.data.images.stored import Place
from cnnspec.runtime.data.items import Array, Column, Shape

KEPT_BYTES: Final = 512 * 2**20
"""Decoded images of one part are kept in memory up to this size even if the spec does not ask for it."""

_AT_ONCE: Final = 64
_BYTES_AT_ONCE: Final = 16 * 2**20
"""So many images, or bytes of them if that is less, a thread decodes in one go where all are decoded."""

_DECODERS: Final = min(16, (os.cpu_count() or 1) + 2)
"""Threads that decode files. The decoders release the interpreter lock while they decode, and waiting for a disk costs no core."""

_QUICK: Final = 120e-6
"""Seconds. An image that is read in less is not worth a thread: waiting for the interpreter lock, two threads were half as fast as one
with photos of 32x32 pixels, and as fast with 96x96.
"""


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads that decode, for all columns together."""
    return ThreadPoolExecutor(_DECODERS, "decode")


class Reads(Protocol):
    """How a file becomes an array."""

    def read(self, place: Place) -> Array:
        """Raises `Unreadable`."""
        ...


@dataclass(slots=True)
class Pace:
    """The seconds that an image takes, once one was read."""

    seconds: float | None = None

    @property
    def quick(self) -> bool:
        return self.seconds is not None and self.seconds < _QUICK


class BadImage(Exception):
    """A file that passed the header check and cannot be decoded after all."""

    def __init__(self, path: str, reason: str) -> None:
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
    """Image files, decoded as they are taken, in order: by a pool of threads where that is worth it.

    `broken` says of a file, by position, why it cannot be used: it must not be taken. `fingerprints` (n,) are equal where files begin alike
    and are of one length. `pointer` is the setting that named the files, `names` and `what` are what messages
    call each and all of them.
    """

    files: tuple[Place, ...]
    reader: Reads
    shape: Shape
    broken: Mapping[int, str] = field(default_factory=dict)
    fingerprints: Array | None = None
    pointer: str = ""
    names: tuple[str, ...] | None = None
    what: str = "images"
    _pace: Pace = field(default_factory=Pace, compare=False)

    def __len__(self) -> int:
        return len(self.files)

    def take(self, indices: Array) -> Array:
        if not len(indices):
            return np.empty((0, *(n or 0 for n in self.shape)), np.uint8)
        begin, known = time.perf_counter(), self._pace.seconds is not None
        first = [] if known else [self._read(indices[0])[np.newaxis]]
        if not known:
            self._pace.seconds = time.perf_counter() - begin
        rest, quick = indices[len(first) :], self._pace.quick
        pieces = np.array_split(rest, 1 if quick else min(len(rest), _DECODERS)) if len(rest) else []

        def read(piece: Array) -> Array:  # a task for each image would cost more than a small image
            return np.stack([self._read(i) for i in piece])

        return np.concatenate([*first, *(map(read, pieces) if quick else _pool().map(read, pieces))])

    def subset(self, indices: Array) -> Column:
        broken = {new: self.broken[old] for new, old in enumerate(indices.tolist()) if old in self.broken} if self.broken else {}
        fingerprints = None if self.fingerprints is None else self.fingerprints[indices]
        names = None if self.names is None else tuple(self.names[i] for i in indices)
        return replace(self, files=tuple(self.files[i] for i in indices), broken=broken, fingerprints=fingerprints, names=names)

    def name(self, index: int) -> str:
        """What a message calls a file."""
        return self.names[index] if self.names is not None else str(self.files[index])

    @property
    def bytes(self) -> int:
        """What all of them take, decoded. Their shape has to be known."""
        return len(self) * math.prod(n or 0 for n in self.shape)

    def blocks(self) -> Iterator[Block]:
        """All of them in order, some at a time; where they take long, while the next ones are being decoded."""
        step = max(1, min(_AT_ONCE, _BYTES_AT_ONCE * len(self) // max(1, self.bytes)))
        starts = iter(range(0, len(self), step))
        begin, start = time.perf_counter(), next(starts, None)
        if start is None:
            return
        first = self._block(start, step)
        if read := sum(number not in self.broken for number in range(len(first.array))):
            self._pace.seconds = (time.perf_counter() - begin) / read
        yield first
        if self._pace.quick:
            yield from (self._block(start, step) for start in starts)
            return
        pending = deque(_pool().submit(self._block, start, step) for start in islice(starts, 2 * _DECODERS))
        try:
            while pending:
                yield pending.popleft().result()
                pending.extend(_pool().submit(self._block, start, step) for start in islice(starts, 1))
        finally:
            for future in pending:
                future.cancel()

    def _block(self, start: int, count: int) -> Block:
        positions = range(start, min(start + count, len(self)))
        array, broken = np.zeros((len(positions), *(n or 0 for n in self.shape)), np.uint8), {}
        for row, index in enumerate(positions):
            if index in self.broken:
                broken[index] = self.broken[index]
                continue
            try:
                array[row] = self._read(index)
            except BadImage as failure:
                broken[index] = failure.reason
        return Block(start, array, broken)

    def _read(self, index: int) -> Array:
        try:
            return self.reader.read(self.files[index])
        except Unreadable as error:
            raise BadImage(self.name(index), str(error)) from error


@dataclass(frozen=True, slots=True)
class Block:
    """Some images in a row. Those that cannot be decoded are black, and `broken` says why, by position in the whole."""

    start: int
    array: Array
    broken: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class MappedImages:
    """Decoded images in a file, which the system reads into memory as they are taken: those at `positions` of `array`."""

    array: Array
    positions: Array

    @property
    def shape(self) -> Shape:
        return tuple(self.array.shape[1:])

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, indices: Array) -> Array:
        return np.asarray(self.array[self.positions[indices]])

    def subset(self, indices: Array) -> Column:
        return MappedImages(self.array, self.positions[indices])


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

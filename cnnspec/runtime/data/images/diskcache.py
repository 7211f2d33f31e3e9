"""Decoded images on disk, for the runs to come: one file that is mapped into memory for each list of files and way of reading them.

An entry is made under another name and renamed when it is whole and on the disk, so that a crash leaves nothing that is taken for an
entry. Whoever makes one holds a lock, which the system takes back from a process that ends: a second run waits, and finds the entry.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from cnnspec.runtime.data.images.columns import FileImages
from cnnspec.runtime.data.images.stored import stamp_of
from cnnspec.runtime.data.items import Array

_FORMAT: Final = 1
"""Of an entry. Another one makes every entry anew."""

_IMAGES: Final = "images.npy"
_BROKEN: Final = "broken.json"
_DECODERS: Final = ("pillow", "simplejpeg")
"""Other versions of them may give other pixels."""


def cache_folder() -> Path:
    """Where the entries are: `CNNSPEC_CACHE`, else `cnnspec` in the system's folder for such files."""
    if own := os.environ.get("CNNSPEC_CACHE"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cnnspec"


def on_disk(lazy: FileImages, skip: bool, told: Callable[[str], None]) -> tuple[Array | None, Mapping[int, str]]:
    """The decoded images, mapped, and why some of them cannot be decoded, by position. With such ones and without `skip` there is no
    array and nothing is kept. Raises OSError."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / _key(lazy)
    if (found := _opened(place, lazy)) is not None:
        told(f"{len(lazy):,} decoded images were found in {place}")
        return found
    with _locked(folder / f"{place.name}.lock", told):
        if (found := _opened(place, lazy)) is not None:  # another run has made it meanwhile
            return found
        told(f"decoding {len(lazy):,} images into {place}, {lazy.bytes / 2**20:,.0f} MiB")
        broken = _make(place, lazy, skip)
    return (None, broken) if broken and not skip else _opened(place, lazy) or (None, broken)


def _key(lazy: FileImages) -> str:
    """What the pixels depend on."""
    digest = sha256(json.dumps([_FORMAT, repr(lazy.reader), lazy.shape, [version(name) for name in _DECODERS]]).encode())
    for index, place in enumerate(lazy.files):
        stamp = f"{place} broken" if index in lazy.broken else stamp_of(place)
        digest.update(f"{stamp}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:32]


def _opened(place: Path, lazy: FileImages) -> tuple[Array, Mapping[int, str]] | None:
    """What an entry holds; None where there is none, or none that is whole."""
    try:
        array = np.load(place / _IMAGES, mmap_mode="r", allow_pickle=False)
        broken = {int(index): reason for index, reason in json.loads((place / _BROKEN).read_text(encoding="utf-8")).items()}
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return (array, broken) if array.shape == (len(lazy), *lazy.shape) and array.dtype == np.uint8 else None


def _make(place: Path, lazy: FileImages, skip: bool) -> dict[int, str]:
    """Makes an entry; the lock is held. What another process has left behind, or what is damaged, goes."""
    part = place.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    free = shutil.disk_usage(place.parent).free
    if free < lazy.bytes:
        raise OSError(errno.ENOSPC, f"{lazy.bytes / 2**20:,.0f} MiB are needed, {free / 2**20:,.0f} MiB are free", str(place.parent))
    try:
        part.mkdir()
        broken = _written(part / _IMAGES, lazy)
        if broken and not skip:
            return broken
        with _synced(part / _BROKEN) as file:
            file.write(json.dumps(broken).encode())
        shutil.rmtree(place, ignore_errors=True)
        part.replace(place)
        _sync_folder(place.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return broken


def _written(path: Path, lazy: FileImages) -> dict[int, str]:
    """Decodes everything into a .npy file, block after block: a full disk is then an error, where it would be a crash in mapped memory."""
    broken: dict[int, str] = {}
    shape = (len(lazy), *(n or 0 for n in lazy.shape))
    with _synced(path) as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for block in lazy.blocks():
            file.write(block.array.data)
            broken |= block.broken
    return broken


@contextmanager
def _synced(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which is on the disk at the end."""
    with path.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _locked(path: Path, told: Callable[[str], None]) -> Iterator[None]:
    """Holds the lock of an entry; waits for another run that holds it."""
    try:
        import fcntl
    except ImportError as error:
        raise OSError(errno.ENOSYS, "this system has no file locks of the kind that a cache needs", str(path)) from error
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told("waiting for another run, which is decoding the same images")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield

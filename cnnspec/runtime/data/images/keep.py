"""Where decoded images are kept: small sets in memory, others as the spec says. What cannot be decoded is found on the way."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

import numpy as np

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.runtime.data.images.columns import KEPT_BYTES, FileImages, MappedImages
from cnnspec.runtime.data.images.diskcache import on_disk
from cnnspec.runtime.data.images.pictures import bad_lines, unreadable
from cnnspec.runtime.data.items import Array, ArrayColumn, Column, Items, Origins
from cnnspec.runtime.data.offer import LeftOut, Offer, Opened, Want

_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def kept_offer(document: Document, want: Want, offer: Offer) -> Opened:
    """An offer with its files decoded as far as they are kept. Items that cannot be used are marked in their origins.

    Errors: files that cannot be decoded (E0703), unless they may be skipped; a cache that cannot be written (E1104).
    """
    parts: dict[str, Any] = {}
    left_out: dict[str, LeftOut] = {}
    for name in ("train", "validation", "test"):
        items: Items | None = getattr(offer, name)
        if items is None:
            continue
        columns, bad, found = _columns(document, want, items)
        if found:
            return None, found
        left_out |= {file.path: file for _, file in bad}
        broken = np.zeros(len(items), bool)
        broken[[index for index, _ in bad]] = True
        parts[name] = Items(*columns, items.weights, _origins(items, broken))
    return replace(offer, **parts, left_out=tuple(left_out.values())), []


Columns: TypeAlias = tuple[Mapping[str, Column], Mapping[str, Column]]


def _columns(document: Document, want: Want, items: Items) -> tuple[Columns, list[tuple[int, LeftOut]], list[Diagnostic]]:
    """The inputs and the targets, kept; the files that cannot be used, with the positions of their items."""
    inputs, targets = dict(items.inputs), dict(items.targets)
    bad: list[tuple[int, LeftOut]] = []
    for part in (inputs, targets):
        for name, column in part.items():
            if isinstance(column, FileImages):
                part[name], broken, found = _kept(document, want, column)
                if found:
                    return (inputs, targets), [], found
                bad += [(index, LeftOut(column.name(index), why)) for index, why in sorted(broken.items())]
    return (inputs, targets), bad, []


def without_broken(items: Items) -> Items:
    """The items that can be used."""
    return items.subset(np.flatnonzero(~items.origins.broken)) if items.origins is not None and items.origins.broken.any() else items


def _origins(items: Items, broken: Array) -> Origins | None:
    """Where items come from by the files of their inputs, else by those of their targets, or None where they come from none."""
    parts = ([column for column in part.values() if isinstance(column, FileImages)] for part in (items.inputs, items.targets))
    columns = next((found for found in parts if found), None)
    if columns is None:
        return None
    fingerprints = np.zeros(len(items), np.uint64)
    for column in columns:
        assert column.fingerprints is not None, "a file is looked at when it is listed"
        fingerprints = fingerprints * _MIX + column.fingerprints
    return Origins(tuple(str(place) for place in columns[0].files), fingerprints, broken)


def _kept(document: Document, want: Want, lazy: FileImages) -> tuple[Column, Mapping[int, str], list[Diagnostic]]:
    if want.cache == "disk":
        try:
            array, bad = on_disk(lazy, want.skip, want.told)
        except OSError as error:
            return lazy, {}, [_no_cache(document, error)]
        column: Column = lazy if array is None else MappedImages(array, np.arange(len(lazy)))
    elif want.cache == "memory" or lazy.bytes <= KEPT_BYTES:
        if lazy.bytes > _memory():
            return lazy, {}, [_too_large(document, lazy)]
        want.told(f"decoding {len(lazy):,} {lazy.what} into memory, {_size(lazy)}")
        array, bad = _in_memory(lazy)
        column = ArrayColumn(array)
    else:
        want.told(f"{len(lazy):,} {lazy.what} take {_size(lazy)}, decoded: they are decoded in each epoch")
        column, bad = lazy, _tried(lazy, want) if want.skip else {}
    if bad and not want.skip:
        return lazy, {}, [unreadable(document, lazy.pointer, bad_lines(lazy, bad), len(lazy), lazy.what)]
    return column, bad, []


def _in_memory(lazy: FileImages) -> tuple[Array, dict[int, str]]:
    array: Array = np.empty((len(lazy), *(n or 0 for n in lazy.shape)), np.uint8)
    bad: dict[int, str] = {}
    for block in lazy.blocks():
        array[block.start : block.start + len(block.array)] = block.array
        bad |= block.broken
    return array, bad


def _size(lazy: FileImages) -> str:
    return f"{lazy.bytes / 2**20:,.1f} MiB" if lazy.bytes < 2**30 else f"{lazy.bytes / 2**30:,.1f} GiB"


def _tried(lazy: FileImages, want: Want) -> dict[int, str]:
    """What cannot be decoded, found by decoding everything once: a batch must not lose an image while it is trained."""
    want.told(f'reading all {len(lazy):,} images once to see which are to be left out; `cache = "disk"` would keep them')
    return {index: why for block in lazy.blocks() for index, why in block.broken.items()}


def _memory() -> int:
    """The bytes of memory that this machine has, as many as one likes where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return sys.maxsize


def _too_large(document: Document, lazy: FileImages) -> Diagnostic:
    size, there = lazy.bytes / 2**30, _memory() / 2**30
    message = f"{len(lazy):,} decoded images take {size:,.1f} GiB, and this machine has {there:,.1f} GiB of memory"
    return at(document, "/data/cache", "E0703", message, help='write `cache = "disk"`, or a smaller `resize`')


def _no_cache(document: Document, error: OSError) -> Diagnostic:
    message = f"the cache cannot be written: {error.filename or 'its folder'}: {error.strerror or error}"
    help = 'let `CNNSPEC_CACHE` name another folder, or write `cache = "memory"`'
    return at(document, "/data/cache", "E1104", message, help=help)

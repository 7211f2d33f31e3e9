"""The source `idx`: the format of MNIST's own files, a header of sizes and then plain numbers."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.items import Array
from cnnspec.runtime.data.offer import Opened, Want
from cnnspec.runtime.data.sources.arrays import Named, offer
from cnnspec.runtime.data.sources.paths import missing_path

_TYPES: Final[Mapping[int, str]] = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP: Final = b"\x1f\x8b"
_MOST_BYTES: Final = 2**34
"""A header that promises more is wrong, or was made to fill the memory."""


class BadIdx(Exception):
    """The file is no such array; the text says why, in words for the user."""


def open_idx(document: Document, source: Object, want: Want) -> Opened:
    """Images and labels, and those of the test where both are given."""
    found: list[Diagnostic] = []
    named: dict[str, Named] = {}
    asked = {key: path for key in ("images", "labels", "test_images", "test_labels") if (path := source.arguments.get(key)) is not None}
    if ("test_images" in asked) != ("test_labels" in asked):
        there, missing = ("images", "labels") if "test_images" in asked else ("labels", "images")
        message = f"there are `test_{there}`, but no `test_{missing}`"
        return None, [at(document, source.pointer, "E0305", message, help=f'add `test_{missing}="..."`')]
    for key, written in asked.items():
        path, pointer = path_of(document, written), f"{source.pointer}/arguments/{key}"
        if not path.exists():
            found.append(missing_path(document, pointer, path, "file"))
            continue
        try:
            named[key] = Named(path.name, read_idx(path))
        except BadIdx as error:
            help = "the files of MNIST are called `train-images-idx3-ubyte.gz` and so on"
            found.append(at(document, pointer, "E0703", f"{path} cannot be read: {error}", help=help))
    if found:
        return None, found
    test = (named["test_images"], named["test_labels"]) if "test_images" in named else None
    return offer(document, source, want, (named["images"], named["labels"]), test, None)


def read_idx(path: Path) -> Array:
    """The array of a file, packed by gzip or not. Raises `BadIdx`."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or not head[3]:
                raise BadIdx("it does not begin as an IDX file does")
            kind, sizes = np.dtype(_TYPES[head[2]]), file.read(4 * head[3])
            if len(sizes) < 4 * head[3]:
                raise BadIdx("it ends in the middle of its header")
            shape = tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
            length = math.prod(shape) * kind.itemsize
            if length > _MOST_BYTES:
                raise BadIdx(f"its header promises an array of {' x '.join(f'{n:,}' for n in shape)}")
            content = file.read(length + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged" if packed else str(error)
        raise BadIdx(reason) from error
    if len(content) != length:
        much = "ends too early" if len(content) < length else "goes on behind its array"
        raise BadIdx(f"it {much}: the header says {' x '.join(f'{n:,}' for n in shape)}")
    return np.frombuffer(content, kind).reshape(shape).astype(kind.newbyteorder("="))

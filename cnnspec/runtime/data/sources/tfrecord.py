"""The source `tfrecord`: files of records, each a `tf.train.Example`. TensorFlow is not asked: the format is a few lines long.

A record is its length (8 bytes), a check of that, the content, a check of the content. An `Example` is a protobuf message: fields with a
number, each a varint or some bytes. What is wanted of it is where the image lies, so that it can be read when its turn comes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.images.stored import Piece
from cnnspec.runtime.data.offer import Opened, Want
from cnnspec.runtime.data.sources.shards import BadShard, Label, Sample, offered, shards_of
from cnnspec.suggest import nearest

_HEADER: Final = 12
_FOOTER: Final = 4
_MASK: Final = 0xA282EAD8


def open_tfrecord(document: Document, source: Object, want: Want) -> Opened:
    """Images and labels by the names of their features."""
    paths, found = shards_of(document, source)
    if not paths:
        return None, found
    image, label = (str(source.arguments.get(name, default)) for name, default in _FEATURES.items())
    want.told(f"reading where the images lie in {len(paths):,} files of records")
    samples: list[Sample] = []
    for path in paths:
        try:
            samples += [_sample(path, record, image, label) for record in records(path)]
        except _NoFeature as missing:
            return None, [_unknown_feature(document, source, path, missing)]
        except (BadShard, OSError) as error:
            place = f"{source.pointer}/arguments/path"
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return None, [at(document, place, "E0703", f"{path} cannot be read as records: {reason}", help=_WRITTEN)]
    return offered(document, source, want, samples)


@dataclass(frozen=True, slots=True)
class Record:
    """The content of one record, where it begins in its file, and its number there."""

    content: bytes
    start: int
    number: int


def records(path: Path) -> Iterator[Record]:
    """The records of a file. Raises `BadShard`, OSError."""
    with path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            raise BadShard("it is compressed, and images are read from where they lie: unpack it with `gunzip`")
        file.seek(0)
        number = 0
        while header := file.read(_HEADER):
            yield Record(_content(file, header, number), file.tell() - _FOOTER - struct.unpack("<Q", header[:8])[0], number)
            number += 1


def _content(file: BinaryIO, header: bytes, number: int) -> bytes:
    if len(header) < _HEADER or _masked(crc32c(header[:8])) != int.from_bytes(header[8:], "little"):
        raise BadShard("it is no file of records" if number == 0 else f"it is damaged behind record {number:,}")
    length = int.from_bytes(header[:8], "little")
    content = file.read(length)
    if len(content) < length or len(file.read(_FOOTER)) < _FOOTER:
        raise BadShard(f"it is truncated: it ends within record {number + 1:,}")
    return content


def _sample(path: Path, record: Record, image: str, label: str) -> Sample:
    try:
        features = features_of(record.content)
        missing = next((name for name in (image, label) if name not in features), None)
        if missing:
            raise _NoFeature(missing, tuple(features))
        start, length = _only_bytes(record.content, *features[image])
        piece = Piece(str(path), record.start + start, length, f"record {record.number + 1:,}")
        return Sample(piece, _value(record.content, *features[label]))
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise BadShard(f"record {record.number + 1:,} is no `tf.train.Example`") from error


class _NoFeature(Exception):
    """A record does not have a feature; with the names of those that it has."""

    def __init__(self, name: str, there: tuple[str, ...]) -> None:
        self.name, self.there = name, there


def features_of(message: bytes) -> dict[str, tuple[int, int]]:
    """Where the value of each feature of an `Example` begins and ends. Raises IndexError and others for what is none."""
    found = {}
    for _, begin, stop in _fields(message, 0, len(message), 1):
        for _, first, last in _fields(message, begin, stop, 1):
            name, value = "", (0, 0)
            for number, start, end in _fields(message, first, last):
                if number == 1:
                    name = message[start:end].decode()
                elif number == 2:
                    value = (start, end)
            found[name] = value
    return found


def _only_bytes(message: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the first of a feature's byte strings lies, and its length."""
    for _, begin, stop in _fields(message, start, end, _BYTES):
        for _, first, last in _fields(message, begin, stop, 1):
            return first, last - first
    raise BadShard("the image of a record is no byte string")


def _value(message: bytes, start: int, end: int) -> Label:
    """The first value of a feature: a text, a number, or a whole number."""
    for kind, first, last in _fields(message, start, end):
        for _, a, b in _fields(message, first, last, 1):
            if kind == _BYTES:
                return message[a:b].decode()
            if kind == _FLOATS:
                return float(struct.unpack_from("<f", message, a)[0])
            number, _ = _varint(message, a)
            return number - 2**64 if number >= 2**63 else number
    raise BadShard("the label of a record is empty")


_BYTES, _FLOATS = 1, 2


def _fields(message: bytes, start: int, end: int, only: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of each field. Raises IndexError where the message ends too early."""
    while start < end:
        key, start = _varint(message, start)
        kind = key & 7
        if kind == 2:
            length, start = _varint(message, start)
            stop = start + length
        elif kind == 0:
            _, stop = _varint(message, start)
        elif kind in (1, 5):
            stop = start + (8 if kind == 1 else 4)
        else:
            raise IndexError(start)
        if stop > end:
            raise IndexError(stop)
        if only is None or only == key >> 3:
            yield key >> 3, start, stop
        start = stop


def _varint(message: bytes, start: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and where it ends."""
    value = shift = 0
    while True:
        byte = message[start]
        value |= (byte & 127) << shift
        start, shift = start + 1, shift + 7
        if byte < 128:
            return value, start


def crc32c(content: bytes) -> int:
    """Castagnoli's check sum. Python has another one; for the eight bytes of a length this is fast enough."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def _masked(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + _MASK) & 0xFFFFFFFF


def _unknown_feature(document: Document, source: Object, path: Path, missing: _NoFeature) -> Diagnostic:
    argument = next(name for name, default in _FEATURES.items() if source.arguments.get(name, default) == missing.name)
    place = f"{source.pointer}/arguments/{argument}" if argument in source.arguments else source.pointer
    near = nearest(missing.name, missing.there)
    notes: tuple[Any, ...] = (f"it has {', '.join(f'`{name}`' for name in sorted(missing.there)[:12])}",)
    help = f'write `{argument}="{near}"`' if near else f'say which feature it is: `{argument}="..."`'
    return at(document, place, "E0703", f"a record of {path} has no feature `{missing.name}`", notes=notes, help=help)


_FEATURES: Final = {"image": "image/encoded", "label": "image/class/label"}
_WRITTEN: Final = "`tf.io.TFRecordWriter` writes such a file"

"""The first look at an image file: its size, whether it is whole, and what tells it from others. The pixels stay where they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from typing import Final

import simplejpeg
from PIL import Image

from cnnspec.runtime.data.images.decode import (
    FAILURES,
    FORMATS,
    JPEG,
    Reader,
    Unreadable,
    jpeg_orientation,
    orientation,
    reason,
    refuse_huge,
    refuse_wide,
    turned,
)
from cnnspec.runtime.data.images.stored import Place

HEAD: Final = 2**16
"""So many bytes are looked at. Most small images lie within, so that two of them are told apart by all that they hold."""

_TAIL: Final = 16
_TAILS: Final = {"JPEG": (b"\xff\xd9",), "MPO": (b"\xff\xd9",), "PNG": (b"IEND\xaeB`\x82",), "GIF": (b"\x3b",)}
"""How a complete file of the format ends. MPO is a JPEG with further images behind it, as some cameras write them."""

_LENGTHS: Final = {"WEBP": (4, 8), "BMP": (2, 0)}
"""Where a format says how long its file is (four bytes, little end first), and how many bytes that leaves out."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first bytes of an image file promise, upright as it will be read.

    `fingerprint` is equal for files that begin alike and are of one length: those up to 64 KiB are then the same.
    """

    height: int
    width: int
    fingerprint: int


def header(place: Place) -> Header:
    """The size of an image, from its header; one that ends too early is found too. Raises `Unreadable`."""
    try:
        head, tail, length = _ends(place)
        height, width, kind = _size(place, head)
    except FAILURES as error:
        raise Unreadable(reason(error)) from error
    refuse_huge(height, width)
    if not _complete(kind, head, tail, length):
        Reader(3).read(place)
    fingerprint = blake2b(head, digest_size=8, salt=length.to_bytes(8, "little")).digest()
    return Header(height, width, int.from_bytes(fingerprint, "little"))


def _ends(place: Place) -> tuple[bytes, bytes, int]:
    """How an image begins and ends, and its length. Of a file the rest is not read; of anything else the beginning is all."""
    if not isinstance(place, str | os.PathLike):
        content = place.read()
        return content, content[-_TAIL:], len(content)
    file = os.open(place, os.O_RDONLY)
    try:
        length, head = os.fstat(file).st_size, os.read(file, HEAD)
        return head, head[-_TAIL:] if length <= len(head) else os.pread(file, _TAIL, length - _TAIL), length
    finally:
        os.close(file)


def _size(place: Place, head: bytes) -> tuple[int, int, str]:
    """Height and width of the upright image, and the format. A JPEG with its header in `head` needs no look by Pillow."""
    if head.startswith(JPEG):
        try:
            height, width, _, _ = simplejpeg.decode_jpeg_header(head)
            return *turned(height, width, jpeg_orientation(head)), "JPEG"
        except FAILURES:  # its header may be longer than the head, or damaged: Pillow tells
            pass
    source = place if isinstance(place, str | os.PathLike) and len(head) >= HEAD else BytesIO(head)
    with Image.open(source, formats=FORMATS) as image:
        refuse_huge(image.height, image.width)
        refuse_wide(image.mode)
        return *turned(image.height, image.width, orientation(image)), image.format or ""


def _complete(kind: str, head: bytes, tail: bytes, length: int) -> bool:
    """Whether the file surely ends where its format ends. False may be a harmless trailer: only decoding tells."""
    if kind in _TAILS:
        return tail.endswith(_TAILS[kind])
    if kind in _LENGTHS:
        place, more = _LENGTHS[kind]
        return int.from_bytes(head[place : place + 4], "little") + more == length
    return False

"""Image files as arrays: header check, decoding, channels, size. No file is trusted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
"""A file in a class folder counts as an image by its name."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What may be inside it."""

_MODES: Final = {1: "L", 3: "RGB", 4: "RGBA"}
_MAX_PIXELS: Final = 89_478_485
"""Pillow's own limit: more pixels than that in one image are an attack or a mistake."""

_TAILS: Final = {"JPEG": (b"\xff\xd9",), "MPO": (b"\xff\xd9",), "PNG": (b"IEND\xaeB`\x82",), "GIF": (b"\x3b",)}
"""How a complete file of the format ends. MPO is a JPEG with further images behind it, as some cameras write them."""


class Unreadable(Exception):
    """An image file that cannot be used; the text says why, in words for the user."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first bytes of an image file promise."""

    height: int
    width: int
    mode: str


@dataclass(frozen=True, slots=True)
class Reader:
    """How files become arrays of shape (height, width, channels), uint8.

    `size` is (height, width), or None to take images as they are. `method` is "stretch", "crop_to_aspect_ratio" or
    "pad_to_aspect_ratio", the latter with black bars. Resizing is bilinear and averages over the pixels that it merges.
    """

    channels: int
    size: tuple[int, int] | None = None
    method: str = "stretch"

    def read(self, path: Path) -> Array:
        """The image in `path`. Raises `Unreadable`."""
        try:
            with Image.open(BytesIO(path.read_bytes()), formats=_FORMATS) as image:
                image.load()
                return self._array(image)
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, MemoryError) as error:
            raise Unreadable(_reason(error)) from error

    def _array(self, image: Image.Image) -> Array:
        mode, plain = _MODES[self.channels], _eight_bits(image)
        if plain.mode != mode:
            plain = plain.convert(mode)
        array = np.asarray(resized(plain, self.size, self.method) if self.size else plain)
        return array[..., np.newaxis] if array.ndim == 2 else array


def header(path: Path) -> Header:
    """The size and mode of an image file, from its header; a file that ends too early is found too. Raises `Unreadable`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                found = Header(image.height, image.width, image.mode)
                kind = image.format or ""
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(f"its header says that it has more than {_MAX_PIXELS:,} pixels") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable(_reason(error)) from error
    if found.mode == "F":
        raise Unreadable("it holds floating-point pixels")
    if not _complete(path, kind):
        Reader(3).read(path)
    return found


def resized(image: Image.Image, size: tuple[int, int], method: str) -> Image.Image:
    """An image of (height, width) `size`."""
    height, width = size
    if image.size == (width, height):
        return image
    bilinear = Image.Resampling.BILINEAR
    if method == "crop_to_aspect_ratio":
        return ImageOps.fit(image, (width, height), bilinear)
    if method == "pad_to_aspect_ratio":
        return ImageOps.pad(image, (width, height), bilinear)
    return image.resize((width, height), bilinear)


def resized_array(array: Array, size: tuple[int, int], method: str) -> Array:
    """One image as an array (height, width, channels), resized; the dtype stays."""
    if array.dtype == np.uint8 and array.shape[-1] in _MODES:
        image = Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)
        found = np.asarray(resized(image, size, method))
        return found[..., np.newaxis] if found.ndim == 2 else found
    planes = [np.asarray(resized(Image.fromarray(array[..., c].astype(np.float32)), size, method)) for c in range(array.shape[-1])]
    stacked = np.stack(planes, axis=-1)
    return (np.rint(stacked) if np.issubdtype(array.dtype, np.integer) else stacked).astype(array.dtype)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Images of 16 bits a pixel on the scale of all others, 0 to 255; a palette with transparency as colours."""
    if image.mode.startswith("I"):
        wide = np.asarray(image).astype(np.float64)
        return Image.fromarray(np.clip(np.rint(wide / 257), 0, 255).astype(np.uint8))
    if image.mode == "P" and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _complete(path: Path, kind: str) -> bool:
    """Whether the file surely ends where its format ends. False may be a harmless trailer: only decoding tells."""
    tails = _TAILS.get(kind)
    if tails is None:
        return False
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 16))
        return file.read().endswith(tails)


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is not an image of a known format"
    if isinstance(error, PermissionError):
        return "it may not be read: permission denied"
    if isinstance(error, Image.DecompressionBombError):
        return f"its header says that it has more than {_MAX_PIXELS:,} pixels"
    text = str(error).lower()
    if isinstance(error, EOFError) or "truncated" in text or "unexpected end" in text or "incomplete" in text:
        return "it is truncated: the file ends in the middle of the image"
    return f"it cannot be decoded: {error}" if str(error) else "it cannot be decoded"

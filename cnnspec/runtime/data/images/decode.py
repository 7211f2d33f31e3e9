"""Image files as arrays: decoding, channels, orientation, size. No file is trusted.

JPEG is decoded by simplejpeg: a photo of 32x32 pixels takes it a fifth of the time that Pillow takes, which spends it in Python. The
pixels are the same, as both call libjpeg-turbo. Pillow decodes everything else, and has the last word on a JPEG that is odd.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, TypeAlias

import numpy as np
import simplejpeg
from PIL import ExifTags, Image, UnidentifiedImageError

from cnnspec.runtime.data.images.resize import resized_array
from cnnspec.runtime.data.images.stored import Place, content_of

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
"""A file in a class folder counts as an image by its name."""

FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What may be inside it."""

MAX_PIXELS: Final = 89_478_485
"""Pillow's own limit: more pixels than that in one image are an attack or a mistake."""

FAILURES: Final = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError, MemoryError, Image.DecompressionBombError,
)  # fmt: skip
"""What decoders raise at files that were damaged on purpose or by chance."""

JPEG: Final = b"\xff\xd8\xff"

_MODES: Final = {1: ("L", "GRAY"), 3: ("RGB", "RGB"), 4: ("RGBA", "RGBA")}
"""What Pillow and simplejpeg call the channels."""

_HUGE: Final = f"its header says that it has more than {MAX_PIXELS:,} pixels"

_GAP: Final = 2
"""A JPEG may be decoded smaller than it is, down to so many times the size that is wanted; what is left is averaged."""

_SIDEWAYS: Final = 5
"""From this orientation of EXIF on, height and width are exchanged."""

_EXIF_WITHIN: Final = 2**16
"""So many bytes from the beginning of a JPEG its EXIF data may start."""

# What is wrong with a file is said by us, with its name: nobody needs Pillow's warnings as well.
warnings.filterwarnings("ignore", module=r"PIL\.")


class Unreadable(Exception):
    """An image that cannot be used; the text says why, in words for the user."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How images become arrays of shape (height, width, channels), uint8.

    `size` is (height, width), or None to take images as they are. `method` is "stretch", "crop_to_aspect_ratio" or
    "pad_to_aspect_ratio", the latter with black bars. Resizing is bilinear and averages over the pixels that it merges.
    """

    channels: int
    size: tuple[int, int] | None = None
    method: str = "stretch"

    def read(self, place: Place) -> Array:
        """The image at a place. Raises `Unreadable`."""
        try:
            content = content_of(place)
        except FAILURES as error:
            raise Unreadable(reason(error)) from error
        return self.decode(content)

    def decode(self, content: bytes) -> Array:
        """The image in the content of a file. Raises `Unreadable`."""
        try:
            array = self._jpeg(content) if content.startswith(JPEG) else None
            if array is None:
                array = self._pillow(content)
            return resized_array(array, self.size, self.method) if self.size else array
        except FAILURES as error:
            raise Unreadable(reason(error)) from error

    def _jpeg(self, content: bytes) -> Array | None:
        """The pixels of a JPEG, upright; None for one that only Pillow can judge."""
        try:
            height, width, space, _ = simplejpeg.decode_jpeg_header(content)
            refuse_huge(height, width)
            if space not in ("YCbCr", "Gray", "RGB"):
                return None
            turn = jpeg_orientation(content)
            least = self._least(turn)
            array = simplejpeg.decode_jpeg(content, _MODES[self.channels][1], min_height=least[0], min_width=least[1], min_factor=_GAP)
        except ValueError as error:
            if "premature end" in str(error).lower():  # Pillow would fill what is missing with grey
                raise
            return None
        return upright(array, turn)

    def _least(self, turn: int) -> tuple[int, int]:
        """The size below which a JPEG that is decoded smaller would lose what the resized image shows; 0 for its own."""
        height, width = self.size or (0, 0)
        return (_GAP * width, _GAP * height) if turn >= _SIDEWAYS else (_GAP * height, _GAP * width)

    def _pillow(self, content: bytes) -> Array:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            refuse_huge(image.height, image.width)
            image.load()
            turn = orientation(image)
            plain, mode = _eight_bits(image), _MODES[self.channels][0]
            array = np.asarray(plain if plain.mode == mode else plain.convert(mode))
        return upright(array[..., np.newaxis] if array.ndim == 2 else array, turn)


def jpeg_orientation(content: bytes) -> int:
    """How a JPEG is to be turned, 1 to 8 as EXIF counts. Only photos that have EXIF data cost Pillow's look at them."""
    if b"Exif\0\0" not in content[:_EXIF_WITHIN]:
        return 1
    with Image.open(BytesIO(content), formats=("JPEG",)) as image:
        return orientation(image)


def orientation(image: Image.Image) -> int:
    """What the image's EXIF data says, 1 where it says nothing or nothing sensible. Pillow turns a TIFF itself."""
    if image.format == "TIFF":
        return 1
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except FAILURES:  # damaged EXIF data does not make the pixels worse
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def turned(height: int, width: int, turn: int) -> tuple[int, int]:
    """Height and width of an image once it is upright."""
    return (width, height) if turn >= _SIDEWAYS else (height, width)


def upright(array: Array, turn: int) -> Array:
    """An image as it is meant to be seen. EXIF's 1 to 8 are mirrored and turned; 5 to 8 exchange rows and columns first."""
    if turn == 1:
        return array
    if turn >= _SIDEWAYS:
        array = array.swapaxes(0, 1)
    if turn in (3, 4, 7, 8):
        array = array[::-1]
    if turn in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)


def refuse_huge(height: int, width: int) -> None:
    """Raises `Unreadable` where a header promises more pixels than anybody means."""
    if height * width > MAX_PIXELS:
        raise Unreadable(_HUGE)


def refuse_wide(mode: str) -> None:
    """Raises `Unreadable` for pixels of 32 bits, as Pillow calls them."""
    if mode in ("I", "F"):
        raise Unreadable(f"it holds {'whole' if mode == 'I' else 'floating-point'} numbers of 32 bits, which have no common scale")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Images of 16 bits a pixel on the scale of all others, 0 to 255; a palette with transparency as colours."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))  # as Pillow does for colours of 16 bits
    refuse_wide(image.mode)
    if image.mode == "P" and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def reason(error: Exception) -> str:
    """Why a decoder gave up, in words for the user."""
    if isinstance(error, UnidentifiedImageError):
        return "it is not an image of a known format"
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, PermissionError):
        return "it may not be read: permission denied"
    if isinstance(error, Image.DecompressionBombError):
        return _HUGE
    text = str(error).lower()
    if isinstance(error, EOFError) or any(sign in text for sign in ("truncated", "unexpected end", "incomplete", "premature end")):
        return "it is truncated: the file ends in the middle of the image"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read: {error.strerror}"
    return f"it cannot be decoded: {error}" if str(error) else "it cannot be decoded"

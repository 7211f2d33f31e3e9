"""Image files that hold the class of each pixel: values of grey, of a palette, or colours, as class numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.images.decode import FAILURES, JPEG, Unreadable, reason, refuse_huge, refuse_wide
from cnnspec.runtime.data.images.stored import Place, content_of
from cnnspec.runtime.data.items import Array
from cnnspec.runtime.data.offer import Want

_EXACT: Final = ("PNG", "BMP", "GIF", "TIFF", "WEBP")
_LARGEST: Final = 255


@dataclass(frozen=True, slots=True)
class Palette:
    """Which value, or which colour as 0xRRGGBB, is which class. `keys` are sorted; `ignore` is the number of all other pixels, if any."""

    keys: Array
    numbers: Array
    coloured: bool
    ignore: int | None

    def of(self, values: Array) -> Array:
        """The class numbers of values. Raises `Unreadable`."""
        nearest = np.searchsorted(self.keys, values).clip(max=len(self.keys) - 1)
        known = self.keys[nearest] == values
        if self.ignore is None and not known.all():
            raise Unreadable(f"it has pixels of {self._shown(int(values[~known][0]))}, which is no class")
        return np.where(known, self.numbers[nearest], self.ignore or 0).astype(np.uint8)

    def _shown(self, value: int) -> str:
        return f"the colour ({value >> 16}, {value >> 8 & 255}, {value & 255})" if self.coloured else f"the value {value}"


@dataclass(frozen=True, slots=True)
class MaskReader:
    """How files become masks (height, width) of class numbers, uint8. Without a palette a value is the number of its class.

    `size` and `method` are those of the images. A mask is resized without mixing pixels; what is padded gets the number `ignore`.
    """

    palette: Palette | None
    size: tuple[int, int] | None
    method: str
    ignore: int | None

    def read(self, place: Place) -> Array:
        """The mask at a place. Raises `Unreadable`."""
        try:
            content = content_of(place)
        except FAILURES as error:
            raise Unreadable(reason(error)) from error
        return self.decode(content)

    def decode(self, content: bytes) -> Array:
        """The mask in the content of a file. Raises `Unreadable`."""
        if content.startswith(JPEG):
            raise Unreadable("a JPEG does not keep values exactly: save masks as PNG")
        try:
            with Image.open(BytesIO(content), formats=_EXACT) as image:
                refuse_huge(image.height, image.width)
                image.load()
                numbers = self._numbers(image)
        except FAILURES as error:
            raise Unreadable(reason(error)) from error
        return numbers if self.size is None or numbers.shape == self.size else self._resized(numbers, self.size)

    def _numbers(self, image: Image.Image) -> Array:
        if self.palette is not None and self.palette.coloured:
            red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")).astype(np.int64), -1, 0)
            return self.palette.of(red << 16 | green << 8 | blue)
        values = _values(image)
        if self.palette is not None:
            return self.palette.of(values)
        if values.max() > _LARGEST:
            raise Unreadable(
                f"it has pixels of the value {values.max()}: without `classes` a value is the number of a class, up to {_LARGEST}"
            )
        return values.astype(np.uint8)

    def _resized(self, numbers: Array, size: tuple[int, int]) -> Array:
        image, (height, width), exact = Image.fromarray(numbers), size, Image.Resampling.NEAREST
        if self.method == "crop_to_aspect_ratio":
            return np.asarray(ImageOps.fit(image, (width, height), exact))
        if self.method == "pad_to_aspect_ratio":
            return np.asarray(ImageOps.pad(image, (width, height), exact, color=self.ignore or 0))
        return np.asarray(image.resize((width, height), exact))


def mask_reader(document: Document, given: Object, want: Want) -> tuple[MaskReader | None, tuple[str, ...] | None, list[Diagnostic]]:
    """The reader that `classes` and `ignore` of a source or column ask for, and the names of the classes."""
    classes, ignore = given.arguments.get("classes"), given.arguments.get("ignore")
    pointer = f"{given.pointer}/arguments"
    found = _contradictions(document, pointer, classes, ignore)
    if want.resize and want.method == "pad_to_aspect_ratio" and ignore is None:
        message = "the bars that `pad_to_aspect_ratio` adds are of no class, and the masks have no number for that"
        found.append(
            at(
                document,
                given.pointer,
                "E0809",
                message,
                help=f"write `ignore={_LARGEST}` in it, and the same as `ignore_class` of the loss",
            )
        )
    if found:
        return None, None, found
    reader = MaskReader(_palette(classes, ignore), want.resize, want.method, ignore)
    return reader, tuple(classes) if classes else None, []


def _contradictions(document: Document, pointer: str, classes: Any, ignore: int | None) -> list[Diagnostic]:
    if not classes:
        return []
    place = f"{pointer}/classes"
    if ignore is not None and ignore < len(classes):
        message = f"`ignore={ignore}` is the number of the class `{list(classes)[ignore]}`"
        help = f"write another number, such as `ignore={_LARGEST}`"
        return [at(document, f"{pointer}/ignore", "E0809", message, labels=((place, f"{len(classes)} classes"),), help=help)]
    if len(classes) > _LARGEST:
        return [at(document, place, "E0404", f"a mask has up to {_LARGEST} classes, not {len(classes)}", help="leave some out")]
    keys = [tuple(key) if isinstance(key, list) else key for key in classes.values()] if isinstance(classes, Mapping) else []
    if len({type(key) for key in keys}) > 1:
        help = "write a value for every class, or a colour for every class"
        return [at(document, place, "E0809", "some classes have a value, others a colour", help=help)]
    if twice := next((key for i, key in enumerate(keys) if key in keys[:i]), None):
        names = [name for name, key in zip(classes, keys, strict=True) if key == twice]
        message = f"the classes `{names[0]}` and `{names[1]}` have the same pixels: {twice}"
        return [at(document, place, "E0809", message, help="give each class a value or a colour of its own")]
    return []


def _palette(classes: Any, ignore: int | None) -> Palette | None:
    if not classes:
        return None
    given: list[Any] = list(classes.values()) if isinstance(classes, Mapping) else list(range(len(classes)))
    coloured = isinstance(given[0], list)
    keys = np.array([key[0] << 16 | key[1] << 8 | key[2] if coloured else key for key in given], np.int64)
    order = np.argsort(keys)
    return Palette(keys[order], order, coloured, ignore)


def _values(image: Image.Image) -> Array:
    """The values of grey or of a palette; those of a grey image that was saved in colours, too."""
    refuse_wide(image.mode)
    array = np.asarray(image)
    if array.ndim == 2:
        return array.astype(np.int64)
    if image.mode == "LA" or ((array[..., 0] == array[..., 1]).all() and (array[..., 0] == array[..., 2]).all()):
        return array[..., 0].astype(np.int64)
    raise Unreadable('it holds colours: say which is which class, `classes={"road": (128, 64, 128), ...}`')

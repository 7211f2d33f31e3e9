"""A batch as one picture: originals beside what augmentation makes of them, labels under them, masks laid over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnnspec.runtime.preview import Batch

_LEAST: Final = 96
_MOST: Final = 256
"""The longer side of an image in the picture, in pixels: small ones are enlarged by whole numbers, without smoothing."""
_GAP: Final = 8
_LINE: Final = 14
_ACROSS: Final = 1280
_OVER: Final = 0.45
"""How much of a mask's colour is seen."""
_BRIGHT: Final = 64
"""Images from 0 on that reach this value are taken for those that go to 255."""
_NAMED: Final = 3
"""Classes of a mixed label that are named."""


def picture(batch: Batch, count: int) -> tuple[Image.Image, str]:
    """The first `count` items as a picture, and a line that says how their values are shown."""
    shown = min(count, len(batch.before))
    low, high, how = _range(batch.before)
    masks = [name for name, targets in batch.targets.items() if targets.places == 2]
    tiles = []
    for i in range(shown):
        pair = []
        for images, learnt in ((batch.before, batch.learnt_before), (batch.after, batch.learnt)):
            image = _scaled(_rgb(images[i], low, high))
            for name in masks[:1]:
                image = _overlaid(image, learnt[name][i], batch.ignored.get(name))
            pair.append((image, _label(batch, learnt, i)))
        tiles.append(pair)
    return _grid(tiles), f"{shown} of {len(batch.before)} images, {how}"


def _range(images: np.ndarray[Any, Any]) -> tuple[float, float, str]:
    """Which values are black and white: those of the stored images, so that augmented ones are seen by the same measure."""
    low, high = float(np.nanmin(images)), float(np.nanmax(images))
    if low >= 0 and _BRIGHT <= high <= 255:
        return 0.0, 255.0, "0 to 255 from black to white"
    if low >= 0 and high <= 1:
        return 0.0, 1.0, "0 to 1 from black to white"
    high = high if high > low else low + 1
    return low, high, f"{low:.4g} to {high:.4g} from black to white, the range of the stored images"


def _rgb(image: np.ndarray[Any, Any], low: float, high: float) -> Image.Image:
    """What lies outside the range is cut off; of more than three channels the first three are shown, of two the first."""
    values = ((np.nan_to_num(image.astype(np.float64), nan=low) - low) / (high - low) * 255).clip(0, 255).round().astype(np.uint8)
    channels = values[..., :3] if values.shape[-1] >= 3 else np.repeat(values[..., :1], 3, -1)
    return Image.fromarray(np.ascontiguousarray(channels))


def _scaled(image: Image.Image) -> Image.Image:
    longest = max(image.size)
    if longest < _LEAST:
        times = -(-_LEAST // longest)
        return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    if longest > _MOST:
        return image.resize((max(1, image.width * _MOST // longest), max(1, image.height * _MOST // longest)), Image.Resampling.BOX)
    return image


def _overlaid(image: Image.Image, mask: np.ndarray[Any, Any], ignored: int | None) -> Image.Image:
    """The colours of the classes over the image; places of no class stay as they are."""
    numbers = mask if mask.ndim == 2 else mask[..., 0] if mask.shape[-1] == 1 else mask.argmax(-1)
    numbers = np.rint(numbers).astype(np.int64)
    left_out = numbers == ignored if ignored is not None else np.zeros(numbers.shape, bool)
    colours = np.array([_colour(int(number)) for number in range(int(numbers.max()) + 1)], np.uint8)[numbers.clip(0)]
    size, nearest = image.size, Image.Resampling.NEAREST
    over = np.asarray(Image.fromarray(colours).resize(size, nearest), np.float64)
    seen = np.asarray(Image.fromarray(np.where(left_out, 0, 255).astype(np.uint8)).resize(size, nearest))[..., None] / 255 * _OVER
    return Image.fromarray((np.asarray(image) * (1 - seen) + over * seen).round().astype(np.uint8))


def _colour(number: int) -> tuple[int, int, int]:
    """A colour for a class, far from those of its neighbours: the golden angle around the wheel of hues."""
    if number == 0:
        return (0, 0, 0)
    hue = number * 0.618034 % 1 * 6
    parts = [abs(hue - 3) - 1, 2 - abs(hue - 2), 2 - abs(hue - 4)]
    red, green, blue = (round(255 * min(1.0, max(0.0, part))) for part in parts)
    return red, green, blue


def _label(batch: Batch, learnt: Any, i: int) -> str:
    """What is to be learnt of an item: a class by its name, the shares of a mixed one, a number; nothing for a mask."""
    found = []
    for name, targets in batch.targets.items():
        value, names = learnt[name][i], batch.classes.get(name)
        if targets.places == 0:
            found.append(_one(np.asarray(value), targets.form, names))
    return ", ".join(found)


def _one(value: np.ndarray[Any, Any], form: str, names: Sequence[str] | None) -> str:
    def called(number: int) -> str:
        return names[number] if names and number < len(names) else str(number)

    if form == "number":
        return called(int(value))
    if form == "one_hot":
        largest = [int(k) for k in np.argsort(-value)[:_NAMED] if value[k] > 0.005]
        return called(largest[0]) if len(largest) == 1 else " + ".join(f"{value[k]:.0%} {called(k)}" for k in largest)
    return " ".join(f"{number:.4g}" for number in value.reshape(-1)[:_NAMED])


def _grid(tiles: Sequence[Sequence[tuple[Image.Image, str]]]) -> Image.Image:
    """Pairs side by side, as many in a row as fit."""
    font = ImageFont.load_default()
    width, height = max(image.width for pair in tiles for image, _ in pair), max(image.height for pair in tiles for image, _ in pair)
    wide, high = 2 * width + 3 * _GAP, height + _LINE + _GAP
    columns = max(1, min(len(tiles), _ACROSS // wide))
    rows = -(-len(tiles) // columns)
    found = Image.new("RGB", (columns * wide, rows * high + _GAP), "white")
    draw = ImageDraw.Draw(found)
    for i, pair in enumerate(tiles):
        left, top = i % columns * wide + _GAP, i // columns * high + _GAP
        for k, (image, label) in enumerate(pair):
            x = left + k * (width + _GAP // 2)
            found.paste(image, (x, top))
            while label and draw.textlength(label, font) > width:
                label = label[:-2].rstrip() + "…" if len(label) > 2 else ""
            draw.text((x, top + height + 1), label, "black", font)
    return found

"""One image brought to another size."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from PIL import Image, ImageOps

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_CHANNELS: Final = (1, 3, 4)
"""What Pillow resizes in one go; other images are resized plane by plane."""


def resized(image: Image.Image, size: tuple[int, int], method: str) -> Image.Image:
    """An image of (height, width) `size`. `method` is that of `Reader`."""
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
    if array.shape[:2] == size:
        return array
    if array.dtype == np.uint8 and array.shape[-1] in _CHANNELS:
        image = Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)
        found = np.asarray(resized(image, size, method))
        return found[..., np.newaxis] if found.ndim == 2 else found
    planes = [np.asarray(resized(Image.fromarray(array[..., c].astype(np.float32)), size, method)) for c in range(array.shape[-1])]
    stacked = np.stack(planes, axis=-1)
    return (np.rint(stacked) if np.issubdtype(array.dtype, np.integer) else stacked).astype(array.dtype)

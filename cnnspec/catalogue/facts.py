"""What is known of a data source before it is opened: the shape of its images, its classes, how many images it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any

DIGITS: Final = tuple("0123456789")
CLOTHING: Final = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
CIFAR10: Final = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

CHANNELS: Final[Mapping[str, int]] = {"grayscale": 1, "rgb": 3, "rgba": 4}
"""The channels of an image file by `color_mode`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """None is not known before the source is opened.

    `names` are the classes by number, `classes` how many there are; both None also where labels may be no classes at all.
    `tests` are the images that the source itself holds for the test. `parts` says whether it may hold a validation part of its own.
    `top` is the largest value that a pixel can have. `numbered` says that each image has one label, the number of its class.
    """

    shape: tuple[int, int, int] | None = None
    names: tuple[str, ...] | None = None
    classes: int | None = None
    images: int | None = None
    tests: int | None = None
    parts: bool = False
    top: int | None = None
    numbered: bool = False


NOTHING: Final = Facts()
_OF: Final[Mapping[str, Facts]] = {
    "digits": Facts((8, 8, 1), DIGITS, 10, 1_797, 0, top=16, numbered=True),
    "mnist": Facts((28, 28, 1), DIGITS, 10, 60_000, 10_000, top=255, numbered=True),
    "fashion_mnist": Facts((28, 28, 1), CLOTHING, 10, 60_000, 10_000, top=255, numbered=True),
    "cifar10": Facts((32, 32, 3), CIFAR10, 10, 50_000, 10_000, top=255, numbered=True),
    "cifar100": Facts((32, 32, 3), None, 100, 50_000, 10_000, top=255, numbered=True),
    "image_folder": Facts(parts=True, top=255, numbered=True),
    "image_mask_folder": Facts(parts=True, top=255),
    "csv": Facts(parts=True),
    "idx": Facts(tests=0),
}


def facts_of(source: Json) -> Facts:
    """The facts of a `source` as it stands in the document."""
    name, arguments = source.get("source"), source.get("arguments", {})
    known = _OF.get(name, NOTHING)
    if name == "image_folder" and (names := arguments.get("class_names")):
        return replace(known, names=tuple(names), classes=len(names))
    if name == "idx" and arguments.get("test_images"):
        return replace(known, tests=None)
    if name == "cifar100" and arguments.get("label_mode") == "coarse":
        return replace(known, classes=20)
    return known

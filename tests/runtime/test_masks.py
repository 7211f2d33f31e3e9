"""The source `image_mask_folder`: pairs by name, values and colours as classes, one geometry for both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.images.masks import Palette
from cnnspec.runtime.data.items import ArrayColumn

VALUES = np.array([[0, 1, 2, 2], [0, 1, 1, 7]], np.uint8)


@pytest.fixture
def opening(planned: Any, tmp_path: Path) -> Callable[..., tuple[Dataset | None, list[Diagnostic]]]:
    """Opens two images with masks, whose pixels are VALUES."""
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for i in range(2):
        Image.fromarray(np.full((2, 4, 3), i, np.uint8)).save(tmp_path / "images" / f"{i}.png")
        Image.fromarray(VALUES).save(tmp_path / "masks" / f"{i}.png")

    def make(data: Any = None, **arguments: Any) -> tuple[Dataset | None, list[Diagnostic]]:
        given = {"images": "images", "masks": "masks", **arguments}
        document, plan = planned({"source": "image_mask_folder", "arguments": given}, (2, 4, 3), data=data or {})
        return open_dataset(document, plan.data, {"x": (None, None, 3)}, {"y": (None, None, 3)})

    return make


def masks(dataset: Dataset | None, part: str = "train") -> Any:
    assert dataset is not None
    found = dataset.parts[part].targets["y"]
    assert isinstance(found, ArrayColumn) and found.array.dtype == np.uint8
    return found.array


def test_a_value_is_the_number_of_its_class(opening: Any) -> None:
    dataset, found = opening()
    assert found == []
    assert masks(dataset).tolist() == [VALUES.tolist()] * 2
    assert dataset.classes == {}


@pytest.mark.parametrize(
    ("classes", "ignore", "expected"),
    [
        (["a", "b", "c"], 255, [[0, 1, 2, 2], [0, 1, 1, 255]]),
        ({"none": 0, "odd": 7, "one": 1, "two": 2}, None, [[0, 2, 3, 3], [0, 2, 2, 1]]),
        ({"one": 1}, 9, [[9, 0, 9, 9], [9, 0, 0, 9]]),
    ],
)
def test_values_by_class(opening: Any, classes: Any, ignore: int | None, expected: Any) -> None:
    dataset, found = opening(classes=classes, **({"ignore": ignore} if ignore else {}))
    assert found == []
    assert masks(dataset)[0].tolist() == expected
    assert dataset.classes == {"y": tuple(classes)}


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA"])
def test_colours_by_class_also_of_a_palette(opening: Any, tmp_path: Path, mode: str) -> None:
    colours = np.array([[[255, 0, 0], [0, 0, 255], [0, 0, 255], [0, 0, 0]]] * 2, np.uint8)
    for path in (tmp_path / "masks").iterdir():
        image = Image.fromarray(colours)
        (image.quantize(4) if mode == "P" else image.convert(mode)).save(path)
    dataset, found = opening(classes={"sea": [0, 0, 255], "fire": [255, 0, 0]}, ignore=255)
    assert found == []
    assert masks(dataset)[0].tolist() == [[1, 0, 0, 255]] * 2


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("stretch", [[0, 1, 2, 2]] * 2 + [[0, 1, 1, 7]] * 2),
        ("crop_to_aspect_ratio", [[1, 1, 2, 2]] * 2 + [[1, 1, 1, 1]] * 2),
        ("pad_to_aspect_ratio", [[9] * 4, [0, 1, 2, 2], [0, 1, 1, 7], [9] * 4]),
    ],
)
def test_masks_are_resized_as_their_images_without_mixing(opening: Any, method: str, expected: Any) -> None:
    dataset, found = opening(data={"resize": [4, 4], "resize_method": method}, ignore=9)
    assert found == []
    assert masks(dataset)[0].tolist() == expected


def test_parts_by_a_star_and_names_with_an_ending(opening: Any, tmp_path: Path) -> None:
    for part, count in (("train", 2), ("val", 1)):
        for kind, ending in (("pictures", ""), ("labels", "_mask")):
            (tmp_path / part / kind / "town").mkdir(parents=True)
            for i in range(count):
                array = np.full((2, 4, 3) if kind == "pictures" else (2, 4), i, np.uint8)
                Image.fromarray(array).save(tmp_path / part / kind / "town" / f"{i}{ending}.png")
    dataset, found = opening(images="*/pictures", masks="*/labels", mask_suffix="_mask")
    assert found == []
    assert {name: len(items) for name, items in dataset.parts.items()} == {"train": 2, "validation": 1}
    assert masks(dataset)[:, 0, 0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("damage", "arguments", "code", "where", "words"),
    [
        ({"masks/1.png": None}, {}, "E0703", "arguments/masks", ("images/1.png has no mask", "same name")),
        ({"images/1.png": None}, {}, "E0703", "arguments/images", ("masks/1.png has no image",)),
        ({"masks/1.png": (3, 4)}, {}, "E0703", "arguments/masks", ("1.png is 3x4, its image is 2x4",)),
        ({"masks/1.png": b"no"}, {}, "E0703", "arguments/masks", ("1.png: it is not an image",)),
        ({"masks/1.png": (2, 4, 3)}, {}, "E0703", "arguments/masks", ("it holds colours", "classes={")),
        ({}, {"classes": ["a", "b", "c"]}, "E0703", "arguments/masks", ("cannot be read", "pixels of the value 7")),
        ({}, {"classes": {"a": [0, 0, 1]}}, "E0703", "arguments/masks", ("pixels of the colour (0, 0, 0)",)),
        ({}, {"classes": ["a", "b"], "ignore": 1}, "E0809", "arguments/ignore", ("is the number of the class `b`",)),
        ({}, {"classes": {"a": 1, "b": 1}}, "E0809", "arguments/classes", ("`a` and `b` have the same pixels: 1",)),
        ({}, {"classes": {"a": 1, "b": [1, 2, 3]}}, "E0809", "arguments/classes", ("some classes have a value, others a colour",)),
        ({}, {"masks": "msks"}, "E0702", "arguments/masks", ("did you mean `masks`?",)),
        ({}, {"images": "*/images"}, "E0702", "arguments/images", ("there is no folder",)),
    ],
)
def test_what_cannot_be_used(
    opening: Any, tmp_path: Path, damage: Any, arguments: Any, code: str, where: str, words: tuple[str, ...]
) -> None:
    rng = np.random.default_rng(0)
    for name, content in damage.items():
        path = tmp_path / name
        path.unlink()
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content:
            Image.fromarray(rng.integers(0, 200, content).astype(np.uint8)).save(path)
    dataset, (wrong,) = opening(**arguments)
    text = "\n".join([wrong.message, *wrong.notes, wrong.help or ""])
    assert (dataset, wrong.code, wrong.where.rpartition(": at ")[2]) == (None, code, f"/data/source/{where}"), text
    assert all(word in text for word in words), text


def test_a_mask_in_jpeg_is_refused(opening: Any, tmp_path: Path) -> None:
    (tmp_path / "masks" / "0.png").unlink()
    Image.fromarray(VALUES).save(tmp_path / "masks" / "0.jpg")
    _, (wrong,) = opening()
    assert wrong.message.endswith("0.jpg: a JPEG does not keep values exactly: save masks as PNG")


def test_bars_need_a_number_of_no_class(opening: Any) -> None:
    _, (wrong,) = opening(data={"resize": [4, 4], "resize_method": "pad_to_aspect_ratio"})
    assert (wrong.code, "`ignore=255`" in wrong.help) == ("E0809", True)


def test_links_out_of_the_folder_are_not_followed(opening: Any, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.png"
    Image.fromarray(VALUES).save(outside)
    (tmp_path / "masks" / "1.png").unlink()
    (tmp_path / "masks" / "1.png").symlink_to(outside)
    _, (wrong,) = opening()
    assert "leads out of the data folder" in wrong.message


@pytest.mark.parametrize(
    ("by_group", "groups"),
    [("folder", 2), ("a[0-9]", 4), ("[0-9]+_(b[0-9])", 2)],
)
def test_images_of_one_group_stay_together(opening: Any, tmp_path: Path, by_group: str, groups: int) -> None:
    for kind in ("pictures", "labels"):
        for i in range(16):
            path = tmp_path / kind / f"a{i % 4}" / f"{i}_b{i % 2}.png"
            path = path if by_group != "folder" else tmp_path / kind / f"n{i % 2}" / path.name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((2, 4, 3) if kind == "pictures" else (2, 4), i, np.uint8)).save(path)
    dataset, found = opening(images="pictures", masks="labels", data={"split": {"validation": 0.5, "by_group": by_group}})
    assert found == []
    train, held_out = ({int(m[0, 0]) % groups for m in masks(dataset, part)} for part in ("train", "validation"))
    assert train and held_out and not train & held_out


@pytest.mark.parametrize(("by_group", "code"), [("(", "E0404"), ("z+", "E0703")])
def test_a_pattern_that_finds_nothing(opening: Any, by_group: str, code: str) -> None:
    _, (wrong,) = opening(data={"split": {"validation": 0.5, "by_group": by_group}})
    assert (wrong.code, wrong.where.rpartition(": at ")[2]) == (code, "/data/split/by_group")


def test_a_palette_looks_up_every_value() -> None:
    palette = Palette(np.array([3, 10, 200]), np.array([2, 0, 1]), False, 255)
    assert palette.of(np.array([0, 3, 9, 10, 200, 65535])).tolist() == [255, 2, 255, 0, 1, 255]

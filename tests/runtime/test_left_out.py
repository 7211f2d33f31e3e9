"""`on_error = "skip"`, links that lead out, and what the parts of a folder are warned about."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.images import columns as images
from cnnspec.runtime.data.images import keep
from cnnspec.runtime.data.images.decode import Reader

Open = Callable[..., tuple[Dataset | None, list[Diagnostic]]]


@pytest.fixture
def opened(planned: Any) -> Open:
    def make(path: str = "pets", told: list[str] | None = None, **data: Any) -> tuple[Dataset | None, list[Diagnostic]]:
        document, plan = planned({"source": "image_folder", "arguments": {"path": path}}, (None, None, 3), data=data)
        lines = told if told is not None else []
        return open_dataset(document, plan.data, {"x": (None, None, 3)}, {"y": (2,)}, lines.append)

    return make


def parts(dataset: Dataset | None) -> dict[str, set[tuple[int, int]]]:
    """The red and the green value of every image, by part: they say which image it is."""
    assert dataset is not None
    found = {}
    for name, items in dataset.parts.items():
        pixels = items.inputs["x"].take(np.arange(len(items)))
        found[name] = {(int(red), int(green)) for red, green in pixels[:, 0, 0, :2]}
    return found


def spoil(path: Path) -> Path:
    """A PNG whose pixels are damaged, while its beginning and its end are whole."""
    content = bytearray(path.read_bytes())
    middle = content.index(b"IDAT") + 4
    content[middle : middle + 6] = bytes(6)
    path.write_bytes(content)
    return path


@pytest.fixture(params=["in memory", "on disk", "in files"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Settings for each place where decoded images may be."""
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path / "cache"))
    if request.param == "in files":
        monkeypatch.setattr(keep, "KEPT_BYTES", 0)
    return {"cache": "disk"} if request.param == "on disk" else {}


def test_where_the_images_are_is_told(opened: Open, folder: Any, kept: dict[str, Any], request: pytest.FixtureRequest) -> None:
    folder("pets", {"a": 4, "b": 4})
    told: list[str] = []
    dataset, _ = opened(told=told, **kept)
    assert dataset is not None
    where, words = {
        "in memory": ("memory", "decoding 8 images into memory, 0.0 MiB"),
        "on disk": ("disk", "decoding 8 images into "),
        "in files": (None, "they are decoded in each epoch"),
    }[request.node.callspec.params["kept"]]
    assert dataset.kept == where
    assert words in told[-1]


def test_what_cannot_be_read_is_left_out_and_named(opened: Open, folder: Any, kept: dict[str, Any]) -> None:
    path = folder("pets", {"a": 4, "b": 4})
    (path / "a" / "001.png").write_text("no image")
    spoil(path / "b" / "003.png")
    dataset, found = opened(on_error="skip", **kept)
    assert dataset is not None and not found
    assert parts(dataset)["train"] == {(0, 0), (0, 2), (0, 3), (40, 0), (40, 1), (40, 2)}
    assert dataset.train.targets["y"].take(np.arange(6)).tolist() == [0, 0, 0, 1, 1, 1]
    assert [Path(file.path).name for file in dataset.left_out] == ["001.png", "003.png"]
    (warning,) = dataset.warnings
    assert (warning.code, warning.message) == ("W0703", "2 files are left out, as they cannot be read")
    assert [str(path / "a" / "001.png") in note for note in warning.notes] == [True, False]


def test_without_skip_every_one_of_them_is_named(opened: Open, folder: Any) -> None:
    path = folder("pets", {"a": 14, "b": 4})
    for i in range(10):
        spoil(path / "a" / f"{i:03}.png")
    dataset, (wrong,) = opened()
    assert dataset is None
    assert wrong.message == "10 of 18 images cannot be read"
    assert (len(wrong.notes), wrong.notes[-1], '`on_error = "skip"`' in (wrong.help or "")) == (9, "... and 2 more", True)


def test_the_other_images_stay_in_their_parts(opened: Open, folder: Any, kept: dict[str, Any]) -> None:
    path = folder("pets", {"a": 20, "b": 20})
    data = {"split": {"validation": 10, "test": 0.2, "stratify": True}}
    before = parts(opened(**data)[0])
    gone = {(0, 3), (0, 17), (40, 8)}
    for red, green in gone:
        spoil(path / "ab"[red // 40] / f"{green:03}.png")
    after = parts(opened(on_error="skip", **data, **kept)[0])
    assert after == {name: there - gone for name, there in before.items()}


def test_the_same_file_in_two_targets_is_named_once(opened: Open, folder: Any) -> None:
    spoil(folder("pets", {"a": 2, "b": 2}) / "a" / "000.png")
    dataset, _ = opened(on_error="skip", validation={"source": "image_folder", "arguments": {"path": "pets"}})
    assert dataset is not None
    assert len({file.path for file in dataset.left_out}) == len(dataset.left_out)


def test_an_image_and_a_mask_go_together(planned: Any, tmp_path: Path, kept: dict[str, Any]) -> None:
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
        for i in range(5):
            Image.fromarray(np.full((6, 5, 3) if kind == "images" else (6, 5), i, np.uint8)).save(tmp_path / kind / f"{i}.png")
    broken = [tmp_path / "images" / "1.png", tmp_path / "masks" / "1.png", tmp_path / "masks" / "3.png"]
    for path in broken[1:]:
        spoil(path)
    broken[0].write_text("no image")
    source = {"source": "image_mask_folder", "arguments": {"images": "images", "masks": "masks"}}
    document, plan = planned(source, (6, 5, 3), data={"on_error": "skip", **kept})
    dataset, found = open_dataset(document, plan.data, {"x": (6, 5, 3)}, {"y": (6, 5, 5)})
    assert dataset is not None, found
    for column in (dataset.train.inputs["x"], dataset.train.targets["y"]):
        assert column.take(np.arange(3)).reshape(3, -1)[:, 0].tolist() == [0, 2, 4]
    assert [file.path for file in dataset.left_out] == [str(path) for path in broken]


@pytest.mark.parametrize("text", [True, False])
def test_nothing_that_can_be_read(opened: Open, folder: Any, text: bool) -> None:
    for image in folder("pets", {"a": 1, "b": 1}).rglob("*.png"):
        image.write_text("no image") if text else spoil(image)
    dataset, (wrong,) = opened(on_error="skip")
    assert dataset is None
    assert wrong.code == ("E0703" if text else "E0706")


def test_a_set_that_is_too_large_for_the_memory(opened: Open, folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder("pets", {"a": 1, "b": 1})
    monkeypatch.setattr(keep, "_memory", lambda: 100)
    _, (wrong,) = opened(cache="memory")
    assert wrong.code == "E0703" and 'cache = "disk"' in (wrong.help or "")


def test_blocks_come_in_order_however_many_there_are(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_AT_ONCE", 3)
    files = tuple(sorted(folder("pets", {"a": 100}).rglob("*.png")))
    lazy = images.FileImages(files, Reader(3), (6, 5, 3), {7: "it is a test"})
    blocks = list(lazy.blocks())
    assert [block.start for block in blocks] == list(range(0, 100, 3))
    green = np.concatenate([block.array for block in blocks])[:, 0, 0, 1]
    assert green.tolist() == [i if i != 7 else 0 for i in range(100)]
    assert [dict(block.broken) for block in blocks if block.broken] == [{7: "it is a test"}]


# ---------------------------------------------------------------- links and other files


def test_a_link_inside_is_followed(opened: Open, folder: Any) -> None:
    path = folder("pets", {"a": 2, "b": 2})
    (path / "a" / "also.png").symlink_to(path / "b" / "001.png")
    (path / "b" / "more").symlink_to(path / "a")
    dataset, found = opened()
    assert dataset is not None and not found
    assert (len(dataset.train), parts(dataset)["train"]) == (8, {(0, 0), (0, 1), (40, 0), (40, 1)})


@pytest.mark.parametrize("skip", [False, True])
def test_links_that_lead_out_or_nowhere_or_round_are_not_followed(opened: Open, folder: Any, skip: bool) -> None:
    secret = folder("secret", {"x": 1})
    path = folder("pets", {"a": 2, "b": 2})
    (path / "a" / "out.png").symlink_to(secret / "x" / "000.png")
    (path / "a" / "folder").symlink_to(secret)
    (path / "a" / "gone.png").symlink_to(path / "nothing.png")
    (path / "b" / "round").symlink_to(path / "b")
    dataset, found = opened(on_error="skip" if skip else "stop")
    if skip:
        assert dataset is not None and (len(dataset.train), len(dataset.left_out)) == (4, 4)
        notes = dataset.warnings[0].notes
    else:
        (wrong,) = found
        notes = wrong.notes
    for name, why in {"out.png": "leads out of", "folder": "leads out of", "gone.png": "is not there", "round": "without an end"}.items():
        assert [why in note for note in notes if f"/{name}:" in note] == [True]


def test_a_class_that_is_a_link_to_elsewhere(opened: Open, folder: Any) -> None:
    secret = folder("secret", {"x": 1})
    path = folder("pets", {"a": 2})
    (path / "b").symlink_to(secret / "x")
    _, (wrong,) = opened(on_error="skip")
    assert wrong.code == "E0703" and f"{path / 'b'}: it leads out of the data folder" in wrong.message


def test_the_data_folder_itself_may_be_a_link(opened: Open, folder: Any, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder("pets", {"a": 2, "b": 1}))
    dataset, found = opened("link")
    assert dataset is not None, found
    assert len(dataset.train) == 3


def test_files_that_are_no_images_are_told(opened: Open, folder: Any) -> None:
    path = folder("pets", {"a": 2, "b": 1})
    (path / "a" / "notes.txt").write_text("")
    os.mkfifo(path / "a" / "pipe.png")
    told: list[str] = []
    opened(told=told)
    assert f"{path}: 2 files are no images by their names and are not used, the first is {path / 'a' / 'notes.txt'}" in told


def test_a_folder_that_may_not_be_read(opened: Open, folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder("pets", {"a": 2, "b": 1})
    scandir = os.scandir

    def closed(place: Any) -> Any:
        if str(place).endswith("/a"):
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", closed)
    _, (wrong,) = opened(on_error="skip")
    assert (wrong.code, wrong.message) == ("E0703", f"{path / 'a'} cannot be read: Permission denied")


# ---------------------------------------------------------------- the parts


def codes(dataset: Dataset | None) -> list[str]:
    assert dataset is not None
    return [warning.code for warning in dataset.warnings]


def test_a_part_without_a_class(opened: Open, folder: Any) -> None:
    folder("pets/train", {"cat": 2, "dog": 2, "eel": 2})
    folder("pets/test", {"cat": 1})
    dataset, _ = opened()
    assert codes(dataset) == ["W0701", "W0702"] and dataset is not None
    assert dataset.warnings[0].message == "`test` has no image of 2 of the 3 classes: dog, eel"


def test_stratify_is_the_help_for_a_drawn_part_alone(opened: Open, folder: Any) -> None:
    folder("pets", {"cat": 30, "dog": 1})
    for split, helps in (({"validation": 3}, True), ({"validation": 3, "stratify": True}, False)):
        dataset, _ = opened(split=split)
        assert dataset is not None and codes(dataset) == ["W0701"]
        assert ("`stratify = True`" in (dataset.warnings[0].help or "")) is helps


def test_an_image_in_two_parts(opened: Open, folder: Any) -> None:
    path = folder("pets", {"cat": 8, "dog": 8})
    other = folder("unseen", {"cat": 2, "dog": 2})
    for image in other.rglob("*.png"):
        Image.effect_noise((5, 6), 80).convert("RGB").save(image)
    shutil.copy(path / "cat" / "003.png", other / "dog" / "001.png")
    dataset, _ = opened(test={"source": "image_folder", "arguments": {"path": "unseen"}})
    assert dataset is not None
    (warning,) = dataset.warnings
    assert (warning.code, warning.message) == ("W0702", "1 image is in `train` and in `test`, byte for byte")
    assert warning.notes == (f"{path / 'cat' / '003.png'} and {other / 'dog' / '001.png'}",)


def test_large_files_are_compared_to_their_end(opened: Open, folder: Any) -> None:
    path = folder("pets", {"cat": 1, "dog": 1})
    other = folder("unseen", {"cat": 1, "dog": 1})
    picture = np.zeros((200, 200, 3), np.uint8)
    for number, image in enumerate(sorted([*path.rglob("*.png"), *other.rglob("*.png")])):
        picture[0, 0] = number // 2 * 0  # a BMP has its last row first
        picture[0, 1] = number
        Image.fromarray(picture).save(image, "BMP")
    unseen = {"source": "image_folder", "arguments": {"path": "unseen"}}
    assert codes(opened(test=unseen)[0]) == []
    shutil.copy(path / "cat" / "000.png", other / "dog" / "000.png")
    assert codes(opened(test=unseen)[0]) == ["W0702"]

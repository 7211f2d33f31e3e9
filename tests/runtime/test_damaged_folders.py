"""Two hundred data folders, each damaged in its own way: no exception, and every fault is named or counted."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from PIL import Image

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.batches import order_of
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.images import keep
from cnnspec.runtime.data.images.columns import BadImage
from tests.runtime.test_decode import png

Random: TypeAlias = np.random.Generator
SUFFIXES = (".png", ".jpg", ".gif", ".bmp", ".webp", ".tif")


def picture(rng: Random, suffix: str, size: tuple[int, int] = (9, 8)) -> bytes:
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (*size, 3), dtype=np.uint8)).save(
        file, {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper())
    )
    return file.getvalue()


def intact(root: Path, rng: Random) -> list[Path]:
    """A folder of two or three classes, sometimes already split, in any format."""
    suffix = SUFFIXES[rng.integers(len(SUFFIXES))]
    parts = ["train", "test"] if rng.random() < 0.3 else [""]
    classes = ("a", "b", "c")[: rng.integers(2, 4)]
    files = [root / part / label / f"{i}{suffix}" for part in parts for label in classes for i in range(4)]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture(rng, suffix))
    return files


def truncate(file: Path, rng: Random) -> None:
    file.write_bytes(file.read_bytes()[: int(rng.integers(0, file.stat().st_size - 12))])


def text(file: Path, rng: Random) -> None:
    file.write_text("<html>not found</html>")


def empty(file: Path, rng: Random) -> None:
    file.write_bytes(b"")


def noise(file: Path, rng: Random) -> None:
    file.write_bytes(rng.bytes(500))


def bomb(file: Path, rng: Random) -> None:
    content = png(8, 2, [[0] * 3], 1)
    file.write_bytes(content[:16] + (40_000).to_bytes(4, "big") * 2 + content[24:])


def no_numbers(file: Path, rng: Random) -> None:
    Image.fromarray(np.ones((9, 8), np.float32)).save(file, "TIFF")


def away(file: Path, rng: Random) -> None:
    """A link to an image outside."""
    outside = file.parents[3] / "outside.png"
    outside.write_bytes(picture(rng, ".png"))
    file.unlink()
    file.symlink_to(outside)


def nowhere(file: Path, rng: Random) -> None:
    file.unlink()
    file.symlink_to("nothing.png")


BROKEN_FILES: tuple[Callable[[Path, Random], None], ...] = (truncate, text, empty, noise, bomb, no_numbers, away, nowhere)
"""Each makes one file one that cannot be used."""


def other_size(root: Path, file: Path, rng: Random) -> str:
    file.write_bytes(picture(rng, ".png", (20, 30)))
    return "different sizes"


def empty_class(root: Path, file: Path, rng: Random) -> str:
    for image in file.parent.iterdir():
        image.unlink()
    return "has no images"


def only_text(root: Path, file: Path, rng: Random) -> str:
    for image in file.parent.iterdir():
        image.rename(image.with_suffix(".txt"))
    return "other files"


def no_folders(root: Path, file: Path, rng: Random) -> str:
    shutil.rmtree(root)
    root.mkdir()
    return "no class folders"


def no_root(root: Path, file: Path, rng: Random) -> str:
    shutil.rmtree(root)
    return "there is no folder"


def a_file(root: Path, file: Path, rng: Random) -> str:
    shutil.rmtree(root)
    root.write_text("")
    return "is a file, not a folder"


def class_outside(root: Path, file: Path, rng: Random) -> str:
    outside = root.parent / "elsewhere"
    shutil.move(file.parent, outside)
    file.parent.symlink_to(outside)
    return "leads out of the data folder"


BROKEN_FOLDERS: tuple[Callable[[Path, Path, Random], str], ...] = (
    other_size, empty_class, only_text, no_folders, no_root, a_file, class_outside,
)  # fmt: skip
"""Each damages the folder itself, and says which words must be among the answer."""


def said(found: tuple[Diagnostic, ...] | list[Diagnostic]) -> str:
    return "\n".join("\n".join((diagnostic.message, *diagnostic.notes)) for diagnostic in found)


def every_batch(dataset: Dataset) -> int:
    """Takes every image of every part as an epoch does, and returns how many there were."""
    count = 0
    for items in dataset.parts.values():
        for positions in np.array_split(order_of(len(items), 0, 0, True), 3):
            count += len(items.inputs["x"].take(positions)) if len(positions) else 0
    return count


def opened(planned: Any, folder: Path, **data: Any) -> tuple[Dataset | None, list[Diagnostic]]:
    document, plan = planned({"source": "image_folder", "arguments": {"path": str(folder)}}, (None, None, 3), data=data)
    return open_dataset(document, plan.data, {"x": (None, None, 3)}, {"y": (3,)})


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, which only the commands turn off
@pytest.mark.parametrize("seed", range(40))
def test_damaged_folders(seed: int, planned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path / "cache"))
    for turn in range(5):
        rng = np.random.default_rng((seed, turn))
        root = tmp_path / str(turn) / "data"
        files = intact(root, rng)
        data: dict[str, Any] = [{}, {"cache": "memory"}, {"cache": "disk"}, {"resize": [4, 4]}][rng.integers(4)]
        if rng.random() < 0.3:
            damage = BROKEN_FOLDERS[rng.integers(len(BROKEN_FOLDERS))]
            words = damage(root, files[rng.integers(len(files))], rng)
            told_by_folder(planned, root, {**data, "resize": None} if damage is other_size else data, words)
        else:
            chosen = rng.choice(len(files), rng.integers(1, 4), replace=False)
            with monkeypatch.context() as patch:
                if rng.random() < 0.3:
                    patch.setattr(keep, "KEPT_BYTES", 0)
                told_by_file(planned, root, data, files, [files[i] for i in chosen], rng)


def told_by_folder(planned: Any, root: Path, data: dict[str, Any], words: str) -> None:
    for on_error in ("stop", "skip"):
        dataset, found = opened(planned, root, on_error=on_error, **data)
        assert dataset is None
        assert words in said(found)


def told_by_file(planned: Any, root: Path, data: dict[str, Any], files: list[Path], broken: list[Path], rng: Random) -> None:
    for file in broken:
        BROKEN_FILES[rng.integers(len(BROKEN_FILES))](file, rng)
    dataset, found = opened(planned, root, **data)
    if dataset is None:
        told = said(found)
    else:  # a set that is not kept: what only decoding shows is named as it occurs
        with pytest.raises(BadImage) as failure:
            every_batch(dataset)
        told = str(failure.value)
    assert any(str(file) in told for file in broken), told
    dataset, found = opened(planned, root, on_error="skip", **data)
    assert dataset is not None, found
    assert {file.path for file in dataset.left_out} == {str(file) for file in broken}
    assert f"{len(broken)} file" in dataset.warnings[0].message
    assert every_batch(dataset) == len(files) - len(broken)

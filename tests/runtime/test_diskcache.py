"""Decoded images on disk: found again, made anew when something changed, shared by processes, whole after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.images import diskcache
from cnnspec.runtime.data.images.columns import MappedImages

Open = Callable[..., tuple[Dataset | None, list[Diagnostic], list[str]]]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def opened(planned: Any) -> Open:
    """Opens the folder `pets` with its cache on disk: the data, the diagnostics, and what was told."""

    def make(**data: Any) -> tuple[Dataset | None, list[Diagnostic], list[str]]:
        told: list[str] = []
        given = {"cache": "disk", **data}
        document, plan = planned({"source": "image_folder", "arguments": {"path": "pets"}}, (None, None, 3), data=given)
        return *open_dataset(document, plan.data, {"x": (None, None, 3)}, {"y": (2,)}, told.append), told

    return make


def pixels(dataset: Dataset | None) -> Any:
    assert dataset is not None
    column = dataset.train.inputs["x"]
    assert isinstance(column, MappedImages)
    return column.take(np.arange(len(column)))


def entries(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.is_dir())


def test_what_was_decoded_is_found_again(opened: Open, folder: Any, cache: Path) -> None:
    folder("pets", {"a": 3, "b": 2})
    first, _, told = opened()
    assert any("decoding 5 images into" in line for line in told)
    again, _, told = opened()
    assert any("5 decoded images were found in" in line for line in told)
    np.testing.assert_array_equal(pixels(first), pixels(again))
    assert pixels(again)[:, 0, 0].tolist() == [[0, 0, 7], [0, 1, 7], [0, 2, 7], [40, 0, 7], [40, 1, 7]]
    assert len(entries(cache)) == 1


def test_parts_share_the_entry_of_their_source(opened: Open, folder: Any, cache: Path) -> None:
    folder("pets", {"a": 6, "b": 6})
    for share in (0.25, 0.5):
        dataset, _, _ = opened(validation=share)
        assert dataset is not None and dataset.validation is not None
        assert isinstance(dataset.validation.inputs["x"], MappedImages)
    assert len(entries(cache)) == 1


def test_another_size_another_method_or_another_file_is_another_entry(opened: Open, folder: Any, cache: Path) -> None:
    path = folder("pets", {"a": 2, "b": 1})
    opened()
    assert pixels(opened(resize=[3, 4])[0]).shape == (3, 3, 4, 3)
    opened(resize=[3, 4], resize_method="crop_to_aspect_ratio")
    assert len(entries(cache)) == 3
    Image.new("RGB", (5, 6), (1, 2, 3)).save(path / "a" / "001.png")
    assert pixels(opened()[0])[1, 0, 0].tolist() == [1, 2, 3]
    assert len(entries(cache)) == 4


def test_a_damaged_entry_is_made_anew(opened: Open, folder: Any, cache: Path) -> None:
    folder("pets", {"a": 2, "b": 1})
    before = pixels(opened()[0]).copy()
    (entry,) = (cache / name for name in entries(cache))
    for damage in (
        lambda: (entry / "images.npy").write_bytes((entry / "images.npy").read_bytes()[:-50]),
        lambda: (entry / "broken.json").write_text("{"),
        lambda: (entry / "images.npy").unlink(),
        lambda: shutil.rmtree(entry),
    ):
        damage()
        dataset, found, told = opened()
        assert not found and any("decoding" in line for line in told)
        np.testing.assert_array_equal(pixels(dataset), before)


def test_what_another_run_left_half_made_is_no_entry(opened: Open, folder: Any, cache: Path) -> None:
    folder("pets", {"a": 2, "b": 1})
    opened()
    (name,) = entries(cache)
    (cache / name).rename(cache / f"{name}.part")
    (cache / f"{name}.part" / "images.npy").write_bytes(b"half")
    dataset, _, _ = opened()
    assert len(pixels(dataset)) == 3
    assert entries(cache) == [name]


def test_nothing_is_kept_where_an_image_cannot_be_decoded(opened: Open, folder: Any, cache: Path) -> None:
    path = damaged(folder("pets", {"a": 2, "b": 1}))
    dataset, (wrong,), _ = opened()
    assert dataset is None
    assert (wrong.code, str(path) in wrong.message, entries(cache)) == ("E0703", True, [])


def test_what_is_left_out_is_remembered(opened: Open, folder: Any, cache: Path) -> None:
    path = damaged(folder("pets", {"a": 2, "b": 1}))
    for _ in range(2):
        dataset, found, _ = opened(on_error="skip")
        assert dataset is not None, found
        assert [file.path for file in dataset.left_out] == [str(path)]
        assert pixels(dataset)[:, 0, 0].tolist() == [[0, 0, 7], [40, 0, 7]]
    assert len(entries(cache)) == 1


def test_a_full_disk_before_and_while_the_images_are_written(
    opened: Open, folder: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder("pets", {"a": 2, "b": 1})
    usage = shutil.disk_usage(folder("more", {"a": 1}))
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
        _, (wrong,), _ = opened()
    assert (wrong.code, "are needed" in wrong.message, "CNNSPEC_CACHE" in (wrong.help or "")) == ("E1104", True, True)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "images.npy")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        _, (wrong,), _ = opened()
    assert (wrong.code, "No space left on device" in wrong.message) == ("E1104", True)
    assert entries(cache) == []


def test_a_cache_folder_that_cannot_be_made(opened: Open, folder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder("pets", {"a": 2, "b": 1})
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path / "file" / "cache"))
    _, (wrong,), _ = opened()
    assert (wrong.code, (wrong.where or "").rpartition(": at ")[2]) == ("E1104", "/data/cache")


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_CACHE", "/fast/disk")
    assert diskcache.cache_folder() == Path("/fast/disk")
    monkeypatch.delenv("CNNSPEC_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/caches")
    assert diskcache.cache_folder() == Path("/var/caches/cnnspec")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert diskcache.cache_folder() == Path.home() / ".cache" / "cnnspec"


def damaged(path: Path) -> Path:
    """Replaces one image by a PNG that begins and ends well."""
    image = path / "a" / "001.png"
    Image.effect_noise((5, 6), 80).convert("RGB").save(image)
    content = bytearray(image.read_bytes())
    middle = content.index(b"IDAT") + 4
    content[middle : middle + 40] = bytes(40)
    image.write_bytes(content)
    return image


PROGRAM = """
import sys, time
from pathlib import Path
import numpy as np
from cnnspec.runtime.data.images.decode import Reader
from cnnspec.runtime.data.images.diskcache import on_disk
from cnnspec.runtime.data.images.columns import FileImages

class Slow(Reader):
    def read(self, path):
        time.sleep(float(sys.argv[2]))
        return super().read(path)

files = tuple(sorted(str(path) for path in Path(sys.argv[1]).rglob("*.png")))
print("begun", flush=True)
array, broken = on_disk(FileImages(files, Slow(3), (6, 5, 3)), False, lambda line: print(line, flush=True))
print(int(array.sum(dtype=np.int64)), flush=True)
"""


def started(path: Path, pause: float) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", PROGRAM, str(path), str(pause)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_runs_at_once_and_one_is_killed(folder: Any, cache: Path) -> None:
    path = folder("pets", {"a": 100, "b": 100})
    total = str(sum(int(np.asarray(Image.open(file)).sum(dtype=np.int64)) for file in path.rglob("*.png")))
    first = started(path, 0.05)
    deadline = time.monotonic() + 60
    while not list(cache.glob("*.part/images.npy")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    second = started(path, 0.001)
    assert second.stdout is not None and second.stdout.readline() == "begun\n"
    assert "waiting for another run" in second.stdout.readline()
    assert first.poll() is None and entries(cache)[0].endswith(".part")
    first.send_signal(signal.SIGKILL)
    first.wait()
    output, errors = second.communicate(timeout=60)
    assert output.splitlines()[-1] == total, errors
    (entry,) = entries(cache)
    assert not entry.endswith(".part")
    third = started(path, 5.0)  # it would take minutes to decode
    output, errors = third.communicate(timeout=30)
    assert output.splitlines()[-1] == total, errors
    assert "were found in" in output

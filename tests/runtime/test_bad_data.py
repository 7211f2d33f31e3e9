"""Data that cannot be used: each case is told before training, at its place, with what to write instead."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.compiler import compile_source
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.resolve import resolve
from cnnspec.runtime.data.dataset import open_dataset
from cnnspec.source import Source

Refuse = Callable[..., Diagnostic]


@pytest.fixture
def refuse(planned: Any) -> Refuse:
    """The one diagnostic that opening this data gives."""

    def make(name: str, shape: tuple[int | None, ...] = (6, 5, 3), data: dict[str, Any] | None = None, **arguments: Any) -> Diagnostic:
        document, plan = planned({"source": name, "arguments": arguments}, shape, data=data or {})
        dataset, found = open_dataset(document, plan.data, {"x": shape}, {"y": None})
        assert dataset is None
        (diagnostic,) = found
        return diagnostic

    return make


def place(diagnostic: Diagnostic) -> str:
    return (diagnostic.where or "").rpartition(": at ")[2]


def says(diagnostic: Diagnostic, code: str, *words: str) -> None:
    """The code, and that message, notes and help together hold these words."""
    text = "\n".join([diagnostic.message, *diagnostic.notes, diagnostic.help or ""])
    assert diagnostic.code == code, text
    for word in words:
        assert word in text


def png(width: int, height: int) -> bytes:
    """A PNG file whose header promises this size; there are nearly no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


# ---------------------------------------------------------------- paths


def test_a_missing_folder_with_its_neighbour(refuse: Refuse, folder: Any) -> None:
    folder("data/pets", {"a": 1})
    wrong = refuse("image_folder", path="data/pest")
    says(wrong, "E0702", "there is no folder", "data/pest", "did you mean `pets`?", "relative to the spec's file")
    assert place(wrong) == "/data/source/arguments/path"


def test_a_missing_folder_further_up(refuse: Refuse, folder: Any) -> None:
    folder("data/pets", {"a": 1})
    says(refuse("image_folder", path="dta/pets"), "E0702", "dta in it is not", "did you mean `data`?")


def test_a_missing_file(refuse: Refuse, npz: Any) -> None:
    npz("digits.npz", x_train=np.zeros(1))
    says(refuse("npz", path="digit.npz"), "E0702", "there is no file", "did you mean `digits.npz`?")


def test_a_file_for_a_folder_and_a_folder_for_a_file(refuse: Refuse, npz: Any, folder: Any) -> None:
    npz(x_train=np.zeros(1))
    folder("pets", {"a": 1})
    says(refuse("image_folder", path="data.npz"), "E0703", "is a file, not a folder", "pets/cat/1.jpg")
    says(refuse("npz", path="pets"), "E0703", "is a folder, not a file", 'image_folder("pets")')


def test_the_place_is_the_line_of_the_spec(tmp_path: Path) -> None:
    text = 'cnn 1\nmodel m {\n  input x: (4, 4, 3)\n  Flatten()\n  Dense(2) as y\n}\ndata {\n  source = image_folder("nowhere")\n}\n'
    text += 'train {\n  optimizer = "adam"\n  loss = "mse"\n}\n'
    compiled, found = compile_source(Source(str(tmp_path / "m.cnn"), text))
    assert compiled is not None, found
    plan, _ = resolve(compiled.document)
    assert plan is not None
    _, (wrong,) = open_dataset(compiled.document, plan.data, {"image": (4, 4, 3)}, {"y": None})
    assert wrong.span is not None
    assert (wrong.code, wrong.span.line, wrong.span.column, wrong.span.text) == ("E0702", 8, 25, '"nowhere"')


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_a_download_that_fails_says_which_file_goes_where(
    refuse: Refuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, keras: Any
) -> None:
    def offline(*_: object) -> None:
        raise OSError("no network")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", offline)
    shape = (28, 28, 1) if "mnist" in name else (32, 32, 3)
    wrong = refuse(name, shape)
    says(wrong, "E0702", "cannot be downloaded", "no network", str(tmp_path / "datasets"), f'{name}(path="{name}.npz")')
    assert place(wrong) == "/data/source"


# ---------------------------------------------------------------- folders


def test_a_class_folder_without_images(refuse: Refuse, folder: Any) -> None:
    path = folder("pets", {"a": 1, "b": 0})
    says(refuse("image_folder", path=str(path)), "E0703", f"{path / 'b'} has no images", ".jpg")


def test_a_folder_without_class_folders(refuse: Refuse, folder: Any) -> None:
    path = folder("pets", {"a": 2})
    says(refuse("image_folder", path=str(path / "a")), "E0703", "no class folders, only images that belong to no class")
    (path / "empty").mkdir()
    says(refuse("image_folder", path=str(path / "empty")), "E0703", "has no class folders", "pets/cat/1.jpg")


def test_class_names_that_are_not_there(refuse: Refuse, folder: Any) -> None:
    path = str(folder("pets", {"cat": 1, "dog": 1}))
    wrong = refuse("image_folder", path=path, class_names=["cat", "dgo"])
    says(wrong, "E0703", "`dgo`", "did you mean `dog`?")
    assert place(wrong) == "/data/source/arguments/class_names"
    says(refuse("image_folder", path=path, class_names=["cat"]), "E0703", "`class_names` does not name: dog")


def test_a_test_part_with_classes_of_its_own(refuse: Refuse, folder: Any) -> None:
    folder("pets/train", {"cat": 1, "dog": 1})
    folder("pets/test", {"cat": 1, "eel": 1})
    says(refuse("image_folder", path="pets"), "E0703", "classes that the training images do not have: eel")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".gif", ".webp", ".bmp", ".tif"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_image_is_named(refuse: Refuse, folder: Any, suffix: str, share: float) -> None:
    path = folder("pets", {"a": 3}, size=(60, 50), suffix=suffix)
    image = path / "a" / f"001{suffix}"
    Image.effect_noise((50, 60), 80).convert("RGB").save(image)
    image.write_bytes(image.read_bytes()[: int(image.stat().st_size * share)])
    wrong = refuse("image_folder", (60, 50, 3), path=str(path))
    says(wrong, "E0703", str(image), "replace or delete")


def test_a_truncated_jpeg_is_called_truncated(refuse: Refuse, folder: Any) -> None:
    path = folder("pets", {"a": 1}, size=(60, 50), suffix=".jpg")
    image = path / "a" / "000.jpg"
    image.write_bytes(image.read_bytes()[:-20])
    says(refuse("image_folder", (60, 50, 3), path=str(path)), "E0703", f"{image}: it is truncated")


def test_several_bad_images_are_one_message(refuse: Refuse, folder: Any) -> None:
    path = folder("pets", {"a": 12})
    for i in range(10):
        (path / "a" / f"{i:03}.png").write_bytes(b"" if i else b"GIF89a")
    wrong = refuse("image_folder", path=str(path))
    says(wrong, "E0703", "10 of 12 images cannot be read", "000.png", "007.png", "... and 2 more")
    assert "008.png" not in str(wrong.notes)


def test_an_image_that_claims_to_be_huge_is_not_decoded(refuse: Refuse, folder: Any) -> None:
    path = folder("pets", {"a": 1})
    for edge in (10_000, 40_000):
        (path / "a" / "000.png").write_bytes(png(edge, edge))
        says(refuse("image_folder", path=str(path)), "E0703", "more than 89,478,485 pixels")


def test_text_in_an_image_s_clothes(refuse: Refuse, folder: Any) -> None:
    path = folder("pets", {"a": 1})
    (path / "a" / "000.png").write_text("<html>")
    says(refuse("image_folder", path=str(path)), "E0703", "not an image of a known format")


def test_different_sizes_without_resize(refuse: Refuse, folder: Any) -> None:
    folder("pets", {"a": 2}, size=(6, 5))
    path = folder("pets", {"b": 1}, size=(8, 9))
    wrong = refuse("image_folder", path=str(path))
    says(wrong, "E0704", "2 different sizes", "6x5: 2, the first is", "8x9: 1, the first is", "write `resize = (6, 5)` in `data`")


def test_an_input_that_no_file_can_fill(refuse: Refuse, folder: Any) -> None:
    wrong = refuse("image_folder", (6, 5, 2), path=str(folder("pets", {"a": 1})))
    says(wrong, "E0704", "2 channels")


# ---------------------------------------------------------------- sizes


def test_a_wrong_size_names_the_resize_to_write(refuse: Refuse, folder: Any, npz: Any) -> None:
    folder("pets", {"a": 1})
    says(refuse("image_folder", (12, 10, 3), path="pets"), "E0704", "(6, 5, 3)", "(12, 10, 3)", "`resize = (12, 10)`")
    npz(x_train=np.zeros((2, 6, 5, 3)), y_train=np.zeros(2, int))
    says(refuse("npz", (12, 10, 3), path="data.npz"), "E0704", "`resize = (12, 10)`")


def test_a_resize_that_misses_the_input(refuse: Refuse, folder: Any) -> None:
    folder("pets", {"a": 1})
    wrong = refuse("image_folder", (12, 10, 3), {"resize": [10, 12]}, path="pets")
    says(wrong, "E0704", "`resize = (12, 10)`")
    assert place(wrong) == "/data/resize"


def test_wrong_channels(refuse: Refuse, folder: Any) -> None:
    says(refuse("digits", (8, 8, 3)), "E0704", "(8, 8, 1)", "the images are grey: write `input x: (8, 8, 1)`")
    folder("pets", {"a": 1})
    says(refuse("image_folder", (6, 5, 3), path="pets", color_mode="rgba"), "E0704", 'color_mode="rgb"')


def test_a_flat_input(refuse: Refuse) -> None:
    says(refuse("digits", (64,)), "E0704", "write `input x: (8, 8, 1)` and `Flatten()` as the first layer")


# ---------------------------------------------------------------- arrays


def test_a_key_that_is_not_in_the_file(refuse: Refuse, npz: Any) -> None:
    npz(x_trains=np.zeros((2, 6, 5, 3)), y_train=np.zeros(2, int))
    wrong = refuse("npz", path="data.npz")
    says(wrong, "E0703", "no array `x_train`", "it holds `x_trains`, `y_train`", 'write `x="x_trains"`')
    wrong = refuse("npz", path="data.npz", x="x_trains", y="labels")
    says(wrong, "E0703", "no array `labels`")
    assert place(wrong) == "/data/source/arguments/y"


def test_a_test_array_that_was_named_must_be_there(refuse: Refuse, npz: Any) -> None:
    npz(x_train=np.zeros((2, 6, 5, 3)), y_train=np.zeros(2, int))
    says(refuse("npz", path="data.npz", x_test="xt", y_test="y_train"), "E0703", "no array `xt`")


def test_objects_are_never_unpickled(refuse: Refuse, npz: Any, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "exploded",)

    npz(x_train=np.zeros((1, 6, 5, 3)), y_train=np.array([Bomb()], dtype=object))
    says(refuse("npz", path="data.npz"), "E0703", "would need unpickling, which can run code")
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x80\x04K\x01.", bytes(100)])
def test_a_file_that_is_no_npz(refuse: Refuse, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.npz").write_bytes(content)
    says(refuse("npz", path="data.npz"), "E0703", "cannot be read as an .npz file", "numpy.savez")


def test_a_truncated_npz(refuse: Refuse, npz: Any) -> None:
    path = npz(x_train=np.random.default_rng(0).integers(0, 255, (20, 6, 5, 3)), y_train=np.zeros(20, int))
    path.write_bytes(path.read_bytes()[:-200])
    says(refuse("npz", path="data.npz"), "E0703", "cannot be read as an .npz file")


def test_an_npz_with_a_damaged_member(refuse: Refuse, tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez_compressed(path, x_train=np.random.default_rng(0).integers(0, 255, (20, 6, 5, 3)), y_train=np.zeros(20, int))
    damaged = bytearray(path.read_bytes())
    damaged[300:340] = bytes(40)
    path.write_bytes(damaged)
    says(refuse("npz", path="data.npz"), "E0703", "cannot be read as an .npz file")


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((2, 6, 5, 3)), np.zeros(3, int), ("2 images", "3 labels")),
        (np.zeros(2), np.zeros(2, int), ("no array of images", "shape (2,)")),
        (np.full((2, 6, 5, 3), "a"), np.zeros(2, int), ("no array of images", "dtype <U1")),
        (np.zeros((2, 6, 5, 3)), np.array(["cat", "dog"]), ("no array of labels", "dtype <U3")),
        (np.full((2, 6, 5, 3), np.nan), np.zeros(2, int), ("not numbers",)),
    ],
)
def test_arrays_that_are_no_images_with_labels(refuse: Refuse, npz: Any, x: Any, y: Any, words: tuple[str, ...]) -> None:
    npz(x_train=x, y_train=y)
    says(refuse("npz", path="data.npz"), "E0703", *words)


def test_no_images_at_all(refuse: Refuse, npz: Any) -> None:
    npz(x_train=np.zeros((0, 6, 5, 3)), y_train=np.zeros(0, int))
    says(refuse("npz", path="data.npz"), "E0706", "has no images")


# ---------------------------------------------------------------- splits


@pytest.mark.parametrize(
    ("data", "where", "words"),
    [
        ({"validation": 1797}, "/data/validation", ("nothing is left to train on", "`validation` takes 1,797")),
        ({"validation": 0.5, "test": 0.5}, "/data/test", ("`test` takes 898 and `validation` takes 898",)),
        ({"validation": 0.0001}, "/data/validation", ("`validation` would be empty", "validation = 179")),
        ({"split": {"test": 5000}}, "/data/split/test", ("nothing is left",)),
    ],
)
def test_a_split_that_leaves_nothing(refuse: Refuse, data: dict[str, Any], where: str, words: tuple[str, ...]) -> None:
    if data.get("test") == 0.5:
        data = {**data, "test": 0.501}
        words = ("`test` takes 900 and `validation` takes 898",)
    wrong = refuse("digits", (8, 8, 1), data)
    says(wrong, "E0706", *words)
    assert place(wrong) == where


def test_stratify_needs_classes(refuse: Refuse, npz: Any) -> None:
    npz(x_train=np.zeros((4, 6, 5, 3)), y_train=np.zeros((4, 2)))
    wrong = refuse("npz", data={"split": {"stratify": True, "validation": 1}}, path="data.npz")
    says(wrong, "E0704", "one class per image")


# ---------------------------------------------------------------- CIFAR's archive


def archive(path: Path, content: bytes) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return path


def test_an_archive_that_would_run_code(refuse: Refuse, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "exploded",)

    archive(tmp_path / "c.tar.gz", pickle.dumps({b"data": Bomb()}))
    says(refuse("cifar10", (32, 32, 3), path="c.tar.gz"), "E0703", "which could run code")
    assert not (tmp_path / "exploded").exists()


def test_an_archive_of_something_else(refuse: Refuse, tmp_path: Path) -> None:
    archive(tmp_path / "c.tar.gz", b"no pickle")
    says(refuse("cifar10", (32, 32, 3), path="c.tar.gz"), "E0703", "a batch in it cannot be read")
    (tmp_path / "c.tar.gz").write_bytes(b"no archive")
    says(refuse("cifar10", (32, 32, 3), path="c.tar.gz"), "E0703", "no whole .tar.gz archive")
    archive(tmp_path / "c.tar.gz", pickle.dumps({b"data": np.zeros((1, 3072), np.uint8), b"labels": [1]}))
    says(refuse("cifar10", (32, 32, 3), path="c.tar.gz"), "E0703", "cannot be read")

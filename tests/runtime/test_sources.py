"""Every source on small data: what arrives, in which order, under which labels. No Keras is loaded here."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.images.columns import FileImages, KeptImages, ResizedImages
from cnnspec.runtime.data.items import ArrayColumn, Column, Items


def source(name: str, **arguments: Any) -> dict[str, Any]:
    return {"source": name, "arguments": arguments}


@pytest.fixture
def opened(planned: Any) -> Callable[..., Dataset]:
    def make(given: dict[str, Any], shape: tuple[int | None, ...] = (6, 5, 3), **data: Any) -> Dataset:
        document, plan = planned(given, shape, data=data)
        dataset, found = open_dataset(document, plan.data, {"x": shape}, {"y": None})
        assert dataset is not None, found
        return dataset

    return make


def all_of(items: Items) -> Any:
    return items.inputs["x"].take(np.arange(len(items)))


def test_digits_are_8x8x1_from_0_to_16(opened: Callable[..., Dataset]) -> None:
    digits = opened(source("digits"), (8, 8, 1))
    assert digits.train.inputs["x"].shape == (8, 8, 1)
    assert (len(digits.train), digits.validation, digits.test) == (1797, None, None)
    assert (all_of(digits.train).min(), all_of(digits.train).max()) == (0, 16)
    assert digits.classes == {"y": tuple("0123456789")}


def test_sources_do_not_load_keras(python: Any) -> None:
    done = python("-c", "import cnnspec.runtime.data.dataset, sys; print({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules))")
    assert done.stdout == "set()\n", done.stderr


def test_npz_arrays_get_a_channel_axis_and_flat_labels(opened: Callable[..., Dataset], npz: Callable[..., Path]) -> None:
    x = np.arange(4 * 6 * 5, dtype=np.uint8).reshape(4, 6, 5)
    path = npz(x_train=x, y_train=np.array([[0], [1], [2], [1]]), x_test=x[:2], y_test=np.array([1, 0]))
    data = opened(source("npz", path=str(path)), (6, 5, 1))
    np.testing.assert_array_equal(all_of(data.train)[..., 0], x)
    assert data.train.targets["y"].array.tolist() == [0, 1, 2, 1]
    assert data.test is not None and data.test.targets["y"].array.tolist() == [1, 0]
    assert data.classes == {}


def test_npz_arrays_are_found_by_the_names_that_are_given(opened: Callable[..., Dataset], npz: Callable[..., Path]) -> None:
    path = npz(images=np.zeros((3, 6, 5, 3)), labels=np.arange(3))
    data = opened(source("npz", path=str(path), x="images", y="labels"))
    assert (len(data.train), data.test) == (3, None)


def test_a_path_is_relative_to_the_spec(opened: Callable[..., Dataset], npz: Callable[..., Path]) -> None:
    npz(x_train=np.zeros((2, 6, 5, 3)), y_train=np.arange(2))
    assert len(opened(source("npz", path="data.npz")).train) == 2


def test_mnist_by_path_has_a_test_set_and_classes(opened: Callable[..., Dataset], npz: Callable[..., Path]) -> None:
    x, y = np.zeros((4, 28, 28), np.uint8), np.arange(4)
    path = npz("mnist.npz", x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    data = opened(source("mnist", path=str(path)), (28, 28, 1))
    assert (len(data.train), data.test and len(data.test), data.classes) == (4, 1, {"y": tuple("0123456789")})


def test_mnist_in_keras_s_folder_is_read_even_if_it_was_packed_anew(
    opened: Callable[..., Dataset], npz: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "datasets").mkdir()
    x, y = np.zeros((4, 28, 28), np.uint8), np.arange(4)
    npz("datasets/mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert len(opened(source("mnist"), (28, 28, 1)).train) == 4


def test_real_mnist(opened: Callable[..., Dataset], data_folder: Path) -> None:
    data = opened(source("mnist", path=str(data_folder / "mnist.npz")), (28, 28, 1), validation=0.2)
    assert {part: len(items) for part, items in data.parts.items()} == {"train": 48_000, "validation": 12_000, "test": 10_000}
    assert np.bincount(data.test.targets["y"].array if data.test else []).tolist() == [
        980,
        1135,
        1032,
        1010,
        982,
        892,
        958,
        1028,
        974,
        1009,
    ]


def test_a_folder_has_its_classes_by_sorted_name(opened: Callable[..., Dataset], folder: Any) -> None:
    path = folder("pets", {"dog": 2, "cat": 3})
    data = opened(source("image_folder", path=str(path)))
    assert data.classes == {"y": ("cat", "dog")}
    assert data.train.targets["y"].array.tolist() == [0, 0, 0, 1, 1]
    assert [tuple(image[0, 0]) for image in all_of(data.train)] == [(40, 0, 7), (40, 1, 7), (40, 2, 7), (0, 0, 7), (0, 1, 7)]


def test_class_names_give_the_order(opened: Callable[..., Dataset], folder: Any) -> None:
    path = folder("pets", {"dog": 2, "cat": 3})
    data = opened(source("image_folder", path=str(path), class_names=["dog", "cat"]))
    assert (data.classes, data.train.targets["y"].array.tolist()) == ({"y": ("dog", "cat")}, [0, 0, 1, 1, 1])


@pytest.mark.parametrize("names", [("train", "val", "test"), ("train", "validation", "testing")])
def test_a_folder_that_is_already_split(opened: Callable[..., Dataset], folder: Any, names: tuple[str, str, str]) -> None:
    for name, count in zip(names, (4, 2, 1), strict=True):
        path = folder(f"pets/{name}", {"cat": count, "dog": count}).parent
    data = opened(source("image_folder", path=str(path)))
    assert {part: len(items) for part, items in data.parts.items()} == {"train": 8, "validation": 4, "test": 2}
    assert data.classes == {"y": ("cat", "dog")}


def test_a_class_may_be_called_train(opened: Callable[..., Dataset], folder: Any) -> None:
    data = opened(source("image_folder", path=str(folder("vehicles", {"car": 1, "train": 2}))))
    assert (data.classes, len(data.train)) == ({"y": ("car", "train")}, 3)


@pytest.mark.parametrize(("channels", "shape"), [(1, (6, 5, 1)), (3, (6, 5, 3)), (4, (6, 5, 4))])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA"])
def test_channels_follow_the_model_s_input(opened: Callable[..., Dataset], folder: Any, channels: int, shape: Any, mode: str) -> None:
    data = opened(source("image_folder", path=str(folder("pets", {"a": 1}, mode=mode))), shape)
    assert all_of(data.train).shape == (1, *shape)


def test_color_mode_decides_over_the_input(opened: Callable[..., Dataset], folder: Any) -> None:
    path = folder("pets", {"a": 1})
    data = opened(source("image_folder", path=str(path), color_mode="grayscale"), (None, None, 1))
    assert data.train.inputs["x"].shape == (6, 5, 1)


def test_sixteen_bits_are_brought_to_eight(opened: Callable[..., Dataset], tmp_path: Path) -> None:
    (tmp_path / "x" / "a").mkdir(parents=True)
    Image.fromarray(np.array([[0, 257, 65535]], np.uint16)).save(tmp_path / "x" / "a" / "0.png")
    data = opened(source("image_folder", path=str(tmp_path / "x")), (1, 3, 1))
    assert all_of(data.train).ravel().tolist() == [0, 1, 255]


@pytest.mark.parametrize("method", ["stretch", "crop_to_aspect_ratio", "pad_to_aspect_ratio"])
def test_resize_of_files_and_of_arrays(opened: Callable[..., Dataset], folder: Any, npz: Callable[..., Path], method: str) -> None:
    files = opened(source("image_folder", path=str(folder("pets", {"a": 2}))), (3, 4, 3), resize=[3, 4], resize_method=method)
    pixels = np.broadcast_to(np.array([0, 1, 7], np.uint8), (1, 6, 5, 3))
    path = npz(x_train=np.concatenate([pixels, pixels]), y_train=np.zeros(2, int))
    arrays = opened(source("npz", path=str(path)), (3, 4, 3), resize=[3, 4], resize_method=method)
    assert all_of(files.train).shape == all_of(arrays.train).shape == (2, 3, 4, 3)
    np.testing.assert_array_equal(all_of(files.train)[1], all_of(arrays.train)[1])
    assert (all_of(files.train)[1, :, 0] == 0).all() == (method == "pad_to_aspect_ratio"), "padding is black"


def test_resize_of_float_arrays_keeps_their_dtype(opened: Callable[..., Dataset], npz: Callable[..., Path]) -> None:
    x = np.linspace(0, 1, 2 * 4 * 4 * 2, dtype=np.float32).reshape(2, 4, 4, 2)
    data = opened(source("npz", path=str(npz(x_train=x, y_train=np.zeros(2, int)))), (2, 2, 2), resize=[2, 2])
    assert all_of(data.train).dtype == np.float32
    np.testing.assert_allclose(all_of(data.train).mean(), x.mean(), rtol=1e-5)


@pytest.mark.parametrize(("dtype", "fed"), [("uint8", "uint8"), ("bool", "uint8"), ("uint16", "float32"), ("float64", "float32")])
def test_arrays_are_fed_in_types_that_every_backend_has(opened: Callable[..., Dataset], npz: Any, dtype: str, fed: str) -> None:
    npz(x_train=np.ones((2, 6, 5, 3), dtype), y_train=np.zeros(2, int))
    images = all_of(opened(source("npz", path="data.npz")).train)
    assert (images.dtype, images.min(), images.max()) == (fed, 1, 1)


def test_hidden_files_and_other_files_are_no_images(opened: Callable[..., Dataset], folder: Any) -> None:
    path = folder("pets", {"a": 2})
    for name in ("a/.hidden.png", "a/notes.txt", ".git/x.png", "__MACOSX/x.png"):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("no image")
    data = opened(source("image_folder", path=str(path)))
    assert (len(data.train), data.classes) == (2, {"y": ("a",)})


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".gif", ".tif"])
def test_formats(opened: Callable[..., Dataset], folder: Any, suffix: str) -> None:
    data = opened(source("image_folder", path=str(folder("pets", {"a": 1, "b": 1}, suffix=suffix))))
    np.testing.assert_allclose(all_of(data.train)[1, 0, 0].astype(int), [40, 0, 7], atol=12)


def test_images_in_files_equal_those_in_memory(folder: Any) -> None:
    from cnnspec.runtime.data.images.decode import Reader

    files = tuple(sorted(folder("pets", {"a": 5}).rglob("*.png")))
    lazy = FileImages(files, Reader(3), (6, 5, 3))
    blocks = list(lazy.blocks())
    everything, bad = ArrayColumn(np.concatenate([block.array for block in blocks])), [block.broken for block in blocks if block.broken]
    assert everything is not None and not bad
    some = np.array([3, 0, 3])
    kinds: list[Column] = [lazy, KeptImages(lazy), ArrayColumn(everything.array), ResizedImages(everything, (6, 5), "stretch")]
    for images in kinds:
        np.testing.assert_array_equal(images.take(some)[:, 0, 0, 1], [3, 0, 3])
        np.testing.assert_array_equal(images.take(some)[:, 0, 0, 1], [3, 0, 3])
        np.testing.assert_array_equal(images.subset(np.array([4, 1])).take(np.array([1]))[:, 0, 0, 1], [1])
        assert (len(images), images.shape) == (5, (6, 5, 3))


class Python2(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings."""

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, bytes):
            self.write(b"T" + struct.pack("<i", len(obj)) + obj)
        else:
            super().save(obj, save_persistent_id)


def cifar(path: Path, batches: dict[str, Any]) -> Path:
    """An archive as CIFAR's authors made it: pickled by Python 2, with NumPy's names of that time."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in batches.items():
            file = io.BytesIO()
            Python2(file, protocol=2).dump(content)
            data = file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_cifar_s_own_archive(opened: Callable[..., Dataset], tmp_path: Path) -> None:
    pixels = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072)
    batches = {f"data_batch_{i}": {b"data": pixels + i, b"labels": [i, 9]} for i in range(1, 6)}
    path = cifar(tmp_path / "cifar-10-python.tar.gz", {**batches, "test_batch": {b"data": pixels, b"labels": [3, 4]}})
    data = opened(source("cifar10", path=str(path)), (32, 32, 3))
    assert (data.train.targets["y"].array.tolist(), data.test.targets["y"].array.tolist() if data.test else None) == (
        [1, 9, 2, 9, 3, 9, 4, 9, 5, 9],
        [3, 4],
    )
    assert all_of(data.train).shape == (10, 32, 32, 3)
    assert all_of(data.train)[0, 0, 1].tolist() == [2, 1025 % 256 + 1, 2049 % 256 + 1], "red, green and blue planes one after another"
    assert data.classes["y"][0] == "airplane"

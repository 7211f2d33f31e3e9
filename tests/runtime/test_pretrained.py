"""The weights that a backbone begins with: files of every kind, right and wrong, and Keras's own downloads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.compiler import compile_source
from cnnspec.diagnostics import Diagnostic
from cnnspec.source import Source

pytestmark = pytest.mark.slow
Build = Callable[..., tuple[Any, list[Diagnostic]]]

FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_96_no_top.h5"
SPEC = """cnn 1
model net {{
  input image: (96, 96, 3)
  MobileNetV2(weights={weights}, include_top=False, alpha={alpha}) as base
  GlobalAveragePooling2D()
  Dense(3) as label
}}
"""


@pytest.fixture
def build(keras: Any, tmp_path: Path) -> Build:
    """Builds the model with these weights of its backbone."""

    def make(weights: str, alpha: float = 0.35, seed: int = 0) -> tuple[Any, list[Diagnostic]]:
        from cnnspec.runtime.model.build import build_model

        compiled, found = compile_source(Source(str(tmp_path / "net.cnn"), SPEC.format(weights=weights, alpha=alpha)))
        assert compiled is not None, found
        return build_model(compiled.document, compiled.graph, seed)

    return make


@pytest.fixture(scope="module")
def whole(keras: Any) -> Any:
    """A model with such a backbone, of other weights than seed 0 gives."""
    from cnnspec.runtime.model.build import build_model

    compiled, _ = compile_source(Source("net.cnn", SPEC.format(weights="None", alpha=0.35)))
    assert compiled is not None
    model, _ = build_model(compiled.document, compiled.graph, 5)
    return model


def equal(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def refused(found: list[Diagnostic], *words: str) -> None:
    (diagnostic,) = found
    text = f"{diagnostic.message}\n{diagnostic.help}"
    assert diagnostic.code == "E0906" and diagnostic.span is not None and diagnostic.span.line == 4
    assert all(word in text for word in words), text


@pytest.mark.parametrize("name", ["base.weights.h5", "base.keras", "whole.keras"])
def test_a_file_gives_the_backbone_its_weights(build: Build, whole: Any, tmp_path: Path, name: str) -> None:
    part = whole if name.startswith("whole") else whole.get_layer("base")
    (part.save_weights if name.endswith(".h5") else part.save)(tmp_path / name)
    model, found = build(f'"{name}"')
    assert found == []
    assert equal(model.get_layer("base"), whole.get_layer("base"))


@pytest.mark.parametrize("name", ["base.weights.h5", "base.keras"])
def test_weights_of_other_shapes(build: Build, whole: Any, tmp_path: Path, name: str) -> None:
    base = whole.get_layer("base")
    (base.save_weights if name.endswith(".h5") else base.save)(tmp_path / name)
    refused(build(f'"{name}"', alpha=0.5)[1], name, "has other weights", "name a file of the same layers")


def test_a_file_of_fewer_or_of_more_layers(keras: Any, build: Build, whole: Any, tmp_path: Path) -> None:
    keras.Sequential([keras.Input((96, 96, 3)), keras.layers.Conv2D(8, 3)]).save_weights(tmp_path / "few.weights.h5")
    refused(build('"few.weights.h5"')[1], "has other weights")
    top = keras.applications.MobileNetV2(weights=None, alpha=0.35, input_shape=(96, 96, 3))
    top.save_weights(tmp_path / "more.weights.h5")
    refused(build('"more.weights.h5"')[1], "has other weights", f"{top.count_params():,} numbers")


@pytest.mark.parametrize("name", ["base.weights.h5", "base.keras"])
def test_a_truncated_file(build: Build, whole: Any, tmp_path: Path, name: str) -> None:
    base = whole.get_layer("base")
    (base.save_weights if name.endswith(".h5") else base.save)(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    refused(build(f'"{name}"')[1], name, "cannot be read", "incomplete")


def test_a_file_of_another_kind_and_no_file(build: Build, tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("weights")
    refused(build('"base.txt"')[1], "no file of weights", "`.weights.h5` or a `.keras`")
    refused(build('"none.keras"')[1], "there is no weights file", "none.keras")


# ---------------------------------------------------------------- downloads


@pytest.fixture
def cache(keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras's folder, empty, and a network that is not there."""
    import urllib.error

    from keras.src.utils import file_utils

    def no_network(*arguments: Any) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path / "keras"))
    monkeypatch.setattr(file_utils, "urlretrieve", no_network)
    (tmp_path / "keras" / "models").mkdir(parents=True)
    return tmp_path / "keras" / "models"


def save_old(whole: Any, path: Path) -> None:
    """In the older format, in which Keras offers its files."""
    import h5py  # type: ignore[import-untyped]
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, whole.get_layer("base"))


def test_without_a_network_the_file_and_its_place_are_named(build: Build, cache: Path) -> None:
    refused(build('"imagenet"')[1], "no network", f"put the file `{FILE}` into `{cache}`", "https://", "--set model.base.weights=None")
    assert list(cache.iterdir()) == []


def test_a_download_is_there_whole(build: Build, cache: Path, whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from keras.src.utils import file_utils

    places = []

    def download(origin: str, target: str, progress: Any) -> None:
        places.append(Path(target).name)
        save_old(whole, Path(target))

    monkeypatch.setattr(file_utils, "urlretrieve", download)
    model, found = build('"imagenet"')
    assert found == [] and equal(model.get_layer("base"), whole.get_layer("base"))
    assert [path.name for path in cache.iterdir()] == [FILE] and places != [FILE]


def test_a_file_in_the_cache_is_used(build: Build, cache: Path, whole: Any) -> None:
    save_old(whole, cache / FILE)
    model, found = build('"imagenet"')
    assert found == [] and equal(model.get_layer("base"), whole.get_layer("base"))


def test_a_damaged_file_in_the_cache_is_named(build: Build, cache: Path) -> None:
    (cache / FILE).write_bytes(b"half of it")
    refused(build('"imagenet"')[1], f"{cache / FILE} cannot be loaded", "delete it")
    assert (cache / FILE).exists()


def test_a_file_with_another_hash_is_not_lost(cache: Path) -> None:
    """Keras would delete it when it cannot download another."""
    from keras.src.utils import file_utils

    from cnnspec.runtime.model.pretrained import NotLoaded, downloads_kept_whole

    (cache / "mine.h5").write_bytes(b"mine")
    with downloads_kept_whole(), pytest.raises(NotLoaded, match="incomplete, or another version"):
        file_utils.get_file("mine.h5", "https://there", cache_subdir="models", file_hash="0" * 32)
    assert (cache / "mine.h5").read_bytes() == b"mine"
    right = hashlib.md5(b"mine").hexdigest()
    with downloads_kept_whole():
        assert file_utils.get_file("mine.h5", "https://there", cache_subdir="models", file_hash=right)

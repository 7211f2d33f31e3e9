"""Runs on real data: as good as by hand, from arrays and from image files."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.results import result_of

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.slow

HAND_WRITTEN = """
import os, sys
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras, numpy as np
from keras import layers
with np.load(sys.argv[1]) as data:
    x, y, x_test, y_test = (data[key] for key in ("x_train", "y_train", "x_test", "y_test"))
scores = []
for seed in (0, 1):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, (3, 3), activation="relu"), layers.MaxPooling2D((2, 2)),
                              layers.Flatten(), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[..., None] / 255.0, y, batch_size=32, epochs=3, validation_split=0.2, verbose=0)
    scores.append(model.evaluate(x_test[..., None] / 255.0, y_test, verbose=0)[1])
print(sum(scores) / len(scores))
"""


def test_mnist_is_learned_as_well_as_by_hand(cnnspec_command: Run, python: Run, tmp_path: Path, root: Path, data_folder: Path) -> None:
    archive = data_folder / "mnist.npz"
    settings = ("--set", f'data.source=npz("{archive}")', "--set", "train.epochs=3")
    command = ("run", str(root / "specs/mnist_cnn.cnn"), *settings, "--json")
    results = [result_of(cnnspec_command(*command, "--set", f"run.seed={seed}", cwd=tmp_path)) for seed in (1, 2)]
    by_hand = python("-c", HAND_WRITTEN, str(archive), timeout=600)
    assert by_hand.returncode == 0, by_hand.stderr
    assert [result["params"] for result in results] == [54_410] * 2
    accuracy = sum(result["test"]["accuracy"] for result in results) / 2  # one run is luck: the program by hand is run twice, too
    assert accuracy >= 0.98
    assert accuracy >= float(by_hand.stdout) - 0.003


def test_cifar10_as_jpeg_files(cnnspec_command: Run, tmp_path: Path, root: Path, data_folder: Path) -> None:
    """ResNet-20 on some of the images, with the test images from a folder of their own."""
    some_of_cifar10(data_folder / "cifar10.tar.xz", tmp_path, each=20)
    settings = [
        'data.source=image_folder("train")', 'data.test=image_folder("test")', "data.validation=40", "train.epochs=1", "data.batch=32",
    ]  # fmt: skip
    words = [word for setting in settings for word in ("--set", setting)]
    result = result_of(cnnspec_command("run", str(root / "specs/resnet20_cifar10.cnn"), *words, "--json", cwd=tmp_path, timeout=900))
    assert result["params"] == 274_042
    assert len(result["epochs"]) == 1


def some_of_cifar10(archive: Path, folder: Path, each: int) -> None:
    """The first `each` images of every class of both parts."""
    taken: dict[str, int] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            parts = Path(member.name).parts[-3:]
            if not member.isfile() or len(parts) < 3 or parts[0] not in ("train", "test"):
                continue
            kind = "/".join(parts[:2])
            taken[kind] = taken.get(kind, 0) + 1
            if taken[kind] > each:
                continue
            file = tar.extractfile(member)
            assert file is not None
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read())

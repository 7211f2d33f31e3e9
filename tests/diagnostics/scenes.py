"""What the specs of `run/` find on their machine: images, arrays, a backend that does not start. A scene is called as its spec is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnspec.shapes.table import RULES

Scene = Callable[[Path, pytest.MonkeyPatch], None]

SCENES: dict[str, Scene] = {}
"""A spec that is not here finds 40 images of 6 x 5 pixels in three classes, in `data.npz`."""

OWN_PROCESS = {"E1102_broken"}
"""These start another backend than the one that the tests have loaded."""


def scene(make: Scene) -> Scene:
    SCENES[make.__name__] = make
    return make


def prepare(name: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Makes what the spec `name` finds in its folder and on its machine."""
    SCENES.get(name, arrays)(folder, patch)


def arrays(folder: Path, _: pytest.MonkeyPatch, labels: type = int) -> None:
    x = np.random.default_rng(0).integers(0, 255, (40, 6, 5, 3)).astype(np.uint8)
    np.savez(folder / "data.npz", x_train=x, y_train=(np.arange(40) % 3).astype(labels))


def pets(folder: Path) -> list[Path]:
    """Two images of noise in each of two classes."""
    made = [folder / "pets" / label / f"{i}.png" for label in ("cat", "dog") for i in range(2)]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((50, 60), 80).convert("RGB").save(path)
    return made


@scene
def E0003_large(folder: Path, _: pytest.MonkeyPatch) -> None:
    (folder / "E0003_large.cnn").write_text("# data\n" * 2**20, encoding="utf-8")


@scene
def E0008_no_git(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PATH", str(folder))


@scene
def E0702_folder(folder: Path, _: pytest.MonkeyPatch) -> None:
    pets(folder)


@scene
def W0803_width(folder: Path, _: pytest.MonkeyPatch) -> None:
    pets(folder)


@scene
def E0807_class(folder: Path, _: pytest.MonkeyPatch) -> None:
    pets(folder)


@scene
def E0703_truncated(folder: Path, _: pytest.MonkeyPatch) -> None:
    image = pets(folder)[1]
    image.write_bytes(image.read_bytes()[:200])


@scene
def E0703_cells(folder: Path, _: pytest.MonkeyPatch) -> None:
    files = [path.relative_to(folder).as_posix() for path in pets(folder)]
    ages = [f"{files[0]},3.5", f'{files[1]},"2,5"', f"{files[2]},", f"{files[3]},old", "pets/cow.png,1", "cat.png,1"]
    (folder / "pets.csv").write_text("\n".join(["file,age", *ages]), encoding="utf-8")


@scene
def W0701_class(folder: Path, _: pytest.MonkeyPatch) -> None:
    pets(folder)


@scene
def W0702_twice(folder: Path, _: pytest.MonkeyPatch) -> None:
    first, *_others, last = pets(folder)
    for image in (first, last):
        path = folder / "unseen" / image.parent.name / "new.png"
        path.parent.mkdir(parents=True)
        Image.effect_noise((50, 60), 80).convert("RGB").save(path)
    path.write_bytes(last.read_bytes())


@scene
def W0703_skipped(folder: Path, patch: pytest.MonkeyPatch) -> None:
    E0703_truncated(folder, patch)


@scene
def E0802_targets(folder: Path, patch: pytest.MonkeyPatch) -> None:
    arrays(folder, patch, labels=float)


CODE = """
import keras

class Scaled(keras.Layer):
    def __init__(self, by=2.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, x):
        return x * self.by

class Needy(Scaled):
    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)

def half(y_true, y_pred):
    return y_pred / 2
"""


def python_code(folder: Path, _: pytest.MonkeyPatch) -> None:
    (folder / "my_code.py").write_text(CODE, encoding="utf-8")
    (folder / "broken_code.py").write_text("raise ValueError('not today')\n", encoding="utf-8")


for name in ("E0908_not_allowed", "E0909_import", "E0910_declared", "E0910_kind", "E0911_changed"):
    SCENES[name] = python_code


@scene
def E0907_deep(folder: Path, _: pytest.MonkeyPatch) -> None:
    for i in range(1, 26):
        text = f'cnn 1\n\nimport "deep_{i + 1}.cnn" as deep\nlet width = 3\n'
        (folder / f"deep_{i}.cnn").write_text(text, encoding="utf-8")


@scene
def E1101_not_installed(_: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("KERAS_BACKEND", "torch")
    patch.setattr("cnnspec.runtime.backend.choice.is_installed", lambda name: name == "tensorflow")


@scene
def E1102_broken(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "jax").mkdir()
    (folder / "jax" / "__init__.py").write_text("raise ImportError('no driver was found')\n", encoding="utf-8")
    patch.setenv("KERAS_HOME", str(folder))


@scene
def E1105_keras(_: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cnnspec.runtime.backend.choice.installed_versions", lambda: {"keras": "2.15.0"})


SPEC = """cnn 1
model net {
  input image: (6, 5, 3)
  Flatten()
  Dense(3, activation="softmax") as label
}
data { source = npz("data.npz") }
train {
  epochs = 2
  optimizer = "sgd"
  loss = "sparse_categorical_crossentropy"
}
"""


def former_run(folder: Path) -> Path:
    """A complete run in the folder `runs/old`."""
    from cnnspec.cli.main import main

    arrays(folder, pytest.MonkeyPatch())
    (folder / "net.cnn").write_text(SPEC, encoding="utf-8")
    assert main(["run", str(folder / "net.cnn"), "--runs", str(folder / "runs")]) == 0
    (made,) = (folder / "runs").iterdir()
    return made.rename(folder / "runs" / "old")


@scene
def E1106_complete(folder: Path, _: pytest.MonkeyPatch) -> None:
    (folder / "old").mkdir()
    for name in ("document.json", "lock.json", "result.json"):
        (folder / "old" / name).write_text("{}", encoding="utf-8")


@scene
def E1106_no_run(folder: Path, _: pytest.MonkeyPatch) -> None:
    (folder / "runs").mkdir()


@scene
def E0810_weights(folder: Path, _: pytest.MonkeyPatch) -> None:
    """A run with another version of Keras, which came to other weights."""
    old = former_run(folder)
    for name, key, value in (("lock.json", "versions", {"keras": "3.14.0"}), ("result.json", "weights", "0")):
        found = json.loads((old / name).read_text(encoding="utf-8"))
        found[key] = {**found[key], **value} if isinstance(value, dict) else value
        (old / name).write_text(json.dumps(found), encoding="utf-8")


@scene
def E1002_differs(_: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cnnspec.shapes.table.RULES", {**RULES, "Dense": lambda use: use.gives((4,))})

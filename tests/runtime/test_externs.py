"""Python objects of the user's own: what is imported, from where, and what a run does with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CODE = """
import keras
from keras import ops


class GeM(keras.Layer):
    def __init__(self, p=3.0, **kwargs):
        super().__init__(**kwargs)
        self.p = p

    def call(self, x):
        return ops.power(ops.mean(ops.power(ops.maximum(x, 1e-6), self.p), axis=(1, 2)), 1 / self.p)


def focal(y_true, y_pred, gamma=2.0):
    p = ops.sum(y_true * y_pred, axis=-1)
    return -ops.power(1 - p, gamma) * ops.log(p + 1e-7)


def confidence(y_true, y_pred):
    return ops.max(y_pred, axis=-1)


class Note(keras.callbacks.Callback):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch, logs=None):
        with open(self.path, "a") as file:
            file.write(f"{epoch}\\n")
"""

LIBRARY = """cnn 1

extern GeM(p: float = 3.0) from "pooling:GeM"

block pooled() {
  input x
  x -> GeM(p=2.0): (8,)
}
"""

SPEC = """cnn 1

import "lib/blocks.cnn" as blocks
extern GeM(p: float = 1.0) from "mine:GeM"
extern focal(gamma: float = 2.0) from "mine:focal"
extern confidence() from "mine:confidence"
extern Note(path: str) from "mine:Note"

model net {
  input image: (8, 8, 1)
  layer shared = GeM(p=3)
  Rescaling(1 / 16)
  Conv2D(8, 3, activation="relu") as features
  a = features -> shared
  b = features -> shared
  c = features -> blocks.pooled()
  [a, b, c] -> Concatenate()
  Dense(10, activation="softmax")
}

data {
  source = digits()
}

train {
  epochs = 2
  optimizer = "adam"
  loss = focal(gamma=1.0)
  metrics = ["accuracy", confidence()]
  callbacks = [Note("NOTES")]
}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """The spec, its module, and a library with a module of its own."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "blocks.cnn").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "lib" / "pooling.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "mine.py").write_text(CODE, encoding="utf-8")
    file = tmp_path / "spec.cnn"
    file.write_text(SPEC.replace("NOTES", str(tmp_path / "notes")), encoding="utf-8")
    return file


def test_the_document_names_each_file_and_its_hash(spec: Path) -> None:
    from cnnspec.compiler import compile_file

    found, diagnostics = compile_file(str(spec))
    assert found is not None, diagnostics
    digest = hashlib.sha256(CODE.encode()).hexdigest()
    externs = found.document.json["extern"]
    assert externs["GeM"] == {"from": "pooling:GeM", "arguments": {"p": "float"}, "path": "lib/pooling.py", "sha256": digest}
    assert externs["GeM_2"] == {"from": "mine:GeM", "arguments": {"p": "float"}, "path": "mine.py", "sha256": digest}
    made = [layer["extern"] for layer in found.document.json["model"]["layers"] if "extern" in layer]
    assert made == ["GeM_2", "GeM"]


@pytest.mark.slow
def test_a_run_uses_a_layer_a_loss_a_metric_and_a_callback(
    spec: Path, keras: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnspec.cli.main import main

    monkeypatch.chdir(spec.parent)
    assert main(["run", "spec.cnn", "--json", "--allow-extern", "mine", "--allow-extern", "pooling"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"loss", "accuracy", "confidence"} <= set(result["epochs"][0])
    assert (spec.parent / "notes").read_text() == "0\n1\n"


def test_a_promise_about_parameters_that_only_keras_knows_is_checked_before_training(
    spec: Path, keras: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnspec.cli.main import main

    monkeypatch.chdir(spec.parent)
    spec.write_text(spec.read_text(encoding="utf-8") + "\nexpect {\n  params <= 100\n}\n", encoding="utf-8")
    assert main(["check", "spec.cnn"]) == 0
    assert main(["run", "spec.cnn", "--allow-extern", "mine", "--allow-extern", "pooling"]) == 1
    assert "error[E0805]: promised params <= 100, found 330: missed by 230\n" in capsys.readouterr().err
    assert not (spec.parent / "notes").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("loss = focal(gamma=1.0)", 'loss = Note("x")'), "it is no loss"),
        (lambda text: text.replace("confidence()]", 'Note("x")]'), "it is no metric"),
        (lambda text: text.split("callbacks = ")[0] + "callbacks = [GeM()]\n}\n", "it is no `keras.callbacks.Callback`"),
    ],
    ids=["loss", "metric", "callback"],
)
def test_an_object_of_another_kind_is_refused(
    spec: Path, keras: Any, capsys: pytest.CaptureFixture[str], change: Callable[[str], str], said: str
) -> None:
    from cnnspec.cli.main import main

    spec.write_text(change(spec.read_text(encoding="utf-8")), encoding="utf-8")
    assert main(["run", str(spec), "--runs", str(spec.parent), "--allow-extern", "mine", "--allow-extern", "pooling"]) == 1
    shown = capsys.readouterr().err
    assert "error[E0910]" in shown
    assert said in shown

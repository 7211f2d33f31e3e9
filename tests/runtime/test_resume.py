"""A run that is killed between any two steps goes on as if nothing had happened: bit for bit the same weights, figures and files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.cli.main import main
from cnnspec.runtime.record.run_folder import RunFolder
from tests.conftest import ROOT

HEAD = """cnn 1
model tiny {
  input x: (6, 5, 3)
  Rescaling(1 / 255)
  Conv2D(4, 3, activation="relu") as conv
  BatchNormalization()
  Dropout(30%)
  GlobalAveragePooling2D()
  Dense(3, activation="softmax") as label
}
data {
  source = npz("data.npz")
  validation = 25%
  batch = 8
}
"""
LOSS = '  loss = "sparse_categorical_crossentropy"\n  metrics = ["accuracy"]\n'

FLIPPED = 'augment {\n  RandomFlip("horizontal")\n  RandomRotation(20deg)\n}\n'
SLOWER = "  accumulate = 3\n  clip = 0.5\n  optimizer = SGD(CosineDecay(0.1, decay_steps=3epochs), momentum=0.9, use_ema=True)\n"
PHASES = """  checkpoint { monitor = "val_accuracy" }
  phase head {
    epochs = 2
    freeze = ["conv"]
  }
  phase all {
    epochs = 2
    optimizer = SGD(1e-2)
  }
"""
CALLBACKS = """  callbacks = [
    EarlyStopping(monitor="loss", patience=1, min_delta=0.05, restore_best_weights=True),
    ReduceLROnPlateau(monitor="loss", patience=1, min_delta=0.1),
    CSVLogger("log.csv")
  ]
"""


def train(epochs: int, *more: str, optimizer: str = "Adam(1e-2)") -> str:
    return f"train {{\n  epochs = {epochs}\n" + (f"  optimizer = {optimizer}\n" if optimizer else "") + LOSS + "".join(more) + "}\n"


SPECS = {
    "plain": train(3),
    "augmented": FLIPPED + train(3),
    "schedule": train(3, SLOWER, optimizer=""),
    "phases": train(2, PHASES),
    "callbacks": train(6, CALLBACKS),
    "half precision": 'run { precision = "mixed_bfloat16" }\n' + train(3),
}
KILLS = [
    ("plain", 1),
    ("plain", 2),
    ("plain", 5),
    ("augmented", 3),
    ("schedule", 3),
    ("phases", 3),
    ("phases", 4),
    ("callbacks", 3),
    ("half precision", 3),
]
"""After how many states the run is killed. They are written in the middle of each epoch and at its end."""
OFTEN = "--set", "run.save_every=0.000001", "--set", "run.steps_per_execution=2"


class Killed(BaseException):
    """What the process does not live to see."""


@pytest.fixture
def place(keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with data.npz: 40 images of three classes, each brightest in its own channel. States are written after every step."""
    from cnnspec.runtime.training import saver

    rng = np.random.default_rng(0)
    y = np.arange(40) % 3
    x = rng.integers(0, 100, (40, 6, 5, 3)).astype(np.uint8)
    x[np.arange(40), :, :, y] += 120
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_test=x[:8], y_test=y[:8])
    monkeypatch.setattr(saver, "_SHARE", 0)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    keras.config.set_dtype_policy("float32")


@contextmanager
def killed(count: int) -> Iterator[None]:
    """The process dies when it has written its state `count` times, and a part of the next one."""
    from cnnspec.runtime.training import saver

    written = 0

    def write(path: Path, state: Any) -> None:
        nonlocal written
        written += 1
        if written > count:
            path.with_name(".1-state.npz").write_bytes(b"PK half of a sta")
            raise Killed
        whole(path, state)

    whole = saver.write_state
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saver, "write_state", write)
        yield


def begin(place: Path, spec: str, name: str, *options: str) -> int:
    (place / "net.cnn").write_text(HEAD + SPECS[spec], encoding="utf-8")
    return main(["run", "net.cnn", "--runs", name, *OFTEN, *options])


def only(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def result(folder: Path) -> dict[str, Any]:
    """What a run found, without its times and its place."""
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    epochs = [{k: v for k, v in epoch.items() if k not in ("seconds", "images_per_second")} for epoch in found["epochs"]]
    return {"epochs": epochs, "test": found["test"], "weights": found["weights"]}


@pytest.mark.slow
@pytest.mark.parametrize(("spec", "count"), KILLS)
def test_a_killed_run_ends_like_one_that_was_not(place: Path, spec: str, count: int) -> None:
    assert begin(place, spec, "whole") == 0
    whole, log = result(only(place / "whole")), place / "log.csv"
    logged = log.read_text() if log.exists() else None
    with killed(count), pytest.raises(Killed):
        begin(place, spec, "killed")
    folder = only(place / "killed")
    assert not (folder / "result.json").exists()
    assert main(["run", "--resume", str(folder)]) == 0
    assert result(folder) == whole
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == list(range(1, len(whole["epochs"]) + 1))
    assert len(list(folder.glob("checkpoints/*"))) == (2 if spec == "phases" else 0)  # the best, and the last
    assert not (folder / "state.npz").exists()
    assert (log.read_text() if log.exists() else None) == logged


def edit(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


@pytest.fixture
def stopped(place: Path) -> Path:
    """The folder of a run that was killed in its second epoch."""
    with killed(2), pytest.raises(Killed):
        begin(place, "plain", "runs")
    return only(place / "runs")


def refused(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    capsys.readouterr()
    assert main(list(command)) == 1
    return capsys.readouterr().err


def test_a_run_does_not_go_on_with_other_data(stopped: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with np.load(place / "data.npz") as file:
        arrays = dict(file)
    arrays["x_train"][0, 0, 0, 0] ^= 1
    np.savez(place / "data.npz", **arrays)
    text = refused(capsys, "run", "--resume", str(stopped))
    assert "E1106" in text and "the run cannot go on: data differs" in text


def test_a_version_that_changed_is_told(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(stopped / "lock.json", versions={**json.loads((stopped / "lock.json").read_text())["versions"], "numpy": "1.0"})
    capsys.readouterr()
    assert main(["run", "--resume", str(stopped)]) == 0
    assert "W1106" in (text := capsys.readouterr().err) and "numpy was 1.0, now" in text


def test_a_damaged_state_is_told(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = stopped / "state.npz"
    state.write_bytes(state.read_bytes()[:-200])
    assert "state.npz is damaged" in refused(capsys, "run", "--resume", str(stopped))


def test_a_run_is_not_finished_twice_at_once(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunFolder(stopped).claimed() as alone:
        assert alone
        assert "this run is still going on" in refused(capsys, "run", "--resume", str(stopped))


def test_a_run_that_is_not_complete_is_not_repeated(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"to finish it, write `cnnspec run --resume {stopped}`" in refused(capsys, "run", "--locked", str(stopped))


def test_a_repeated_run_is_equal(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert begin(place, "augmented", "first") == 0
    capsys.readouterr()
    assert main(["run", "--locked", str(only(place / "first")), "--runs", "second"]) == 0
    assert capsys.readouterr().err == ""
    assert result(only(place / "second")) == result(only(place / "first"))


def test_ctrl_c_finishes_the_step_and_saves(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnspec.runtime.training.watch import Watch

    def once(watch: Watch, batch: int, logs: Any = None) -> None:
        ended(watch, batch, logs)
        if watch.step == 2:
            signal.raise_signal(signal.SIGINT)

    assert begin(place, "plain", "whole") == 0
    ended = Watch.on_train_batch_end
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Watch, "on_train_batch_end", once)
        assert begin(place, "plain", "stopped") == 130
    folder = only(place / "stopped")
    assert f"stopped in epoch 1 after step 2 of 4; `cnnspec run --resume stopped/{folder.name}` goes on" in capsys.readouterr().err
    assert main(["run", "--resume", str(folder)]) == 0
    assert result(folder) == result(only(place / "whole"))


@pytest.mark.slow
def test_a_full_disk_ends_the_run_and_loses_nothing(place: Path) -> None:
    assert begin(place, "plain", "whole") == 0
    limited = f"ulimit -f 4; exec {sys.executable} -m cnnspec run net.cnn --runs full {' '.join(OFTEN)}"
    done = subprocess.run(["bash", "-c", limited], cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    folder = only(place / "full")
    assert done.returncode == 1 and "cannot be written: File too large" in done.stderr
    assert f"`cnnspec run --resume full/{folder.name}` goes on" in done.stderr
    assert main(["run", "--resume", str(folder)]) == 0
    assert result(folder) == result(only(place / "whole"))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["run"], "there is no FILE"),
        (["run", "a.cnn", "--resume", "runs/a"], "`FILE` does not go with `--resume`"),
        (["run", "--locked", "runs/a", "--set", "train.epochs=3"], "`--set` does not go with `--locked`"),
        (["run", "--resume", "runs/a", "--locked", "runs/a"], "not allowed with argument"),
    ],
)
def test_wrong_usage(command: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    assert words in capsys.readouterr().err

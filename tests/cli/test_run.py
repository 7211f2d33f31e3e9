"""`cnnspec run`: what it prints, its exit status and what it leaves behind. How it trains is tested with the runtime."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest

from cnnspec.cli.main import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SPEC = dedent("""\
    cnn 1

    model net {
      input image: (8, 8, 1)
      Rescaling(1 / 16)
      Flatten()
      Dense(10, activation="softmax")
    }

    data {
      source = digits()
      validation = 10%
      test = 10%
    }

    train {
      epochs = 2
      optimizer = "adam"
      loss = "sparse_categorical_crossentropy"
      metrics = ["accuracy"]
    }
    """)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    Path("net.cnn").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_json_is_one_object_and_the_only_output(cnnspec_command: Run, backend: str, folder: Path) -> None:
    end = cnnspec_command("run", "net.cnn", "--json", "--backend", backend, "--runs", "out", cwd=folder)
    assert end.returncode == 0, end.stderr
    found = json.loads(end.stdout)
    assert list(found) == ["run_dir", "model", "backend", "params", "epochs", "test", "seconds", "weights"]
    assert (found["model"], found["backend"], found["params"]) == ("net", backend, 650)
    assert [epoch["epoch"] for epoch in found["epochs"]] == [1, 2]
    assert {"seconds", "images_per_second", "loss", "accuracy", "val_loss", "val_accuracy"} <= set(found["epochs"][0])
    assert set(found["test"]) == {"loss", "accuracy"}
    assert (folder / found["run_dir"] / "model.keras").exists()
    assert Path(found["run_dir"]).parts[0] == "out"
    lines = end.stderr.splitlines()
    assert [line.split()[0] for line in lines] == ["epoch", "epoch", "test", "saved"], end.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
def test_progress_goes_to_standard_output_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "net.cnn", "--set", "train.epochs=1"]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["epoch", "test", "saved"]
    assert err == ""


@pytest.mark.usefixtures("keras")
def test_what_only_the_data_shows_is_told_before_the_first_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress and warnings go to two streams: here into one, in the order in which they are written."""
    import numpy as np
    from PIL import Image

    for i in range(8):
        path = Path("pets", "cat" if i % 2 else "dog", f"{i}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), i, np.uint8)).save(path)
    both = StringIO()
    monkeypatch.setattr(sys, "stdout", both)
    monkeypatch.setattr(sys, "stderr", both)
    assert (
        main(["run", "net.cnn", "--set", 'data.source=image_folder("pets")', "--set", "data.test=None", "--set", "data.validation=2"]) == 0
    )
    warned, trained = (both.getvalue().find(text) for text in ("W0803", "epoch 1/2"))
    assert 0 <= warned < trained, both.getvalue()
    assert both.getvalue().count("W0803]") == 1


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
def test_a_promise_that_is_not_kept_has_its_own_status(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cnn").write_text(SPEC + "\nexpect {\n  test.accuracy >= 100%\n}\n", encoding="utf-8")
    assert main(["run", "net.cnn", "--json"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["model"] == "net"
    assert "error[E0805]: " in err
    assert " --> net.cnn:24:3\n" in err
    assert list(folder.rglob("model.keras"))


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (("digits()", 'image_folder("fotos")'), "E0702", (11, 25)),
        (("Dense(10", "Dense(9"), "E0705", (7, 9)),
        (("  loss =", "  # loss ="), "E0801", (16, 1)),
        (("Flatten", "Flaten"), "E0301", (6, 3)),
    ],
)
@pytest.mark.usefixtures("keras")
def test_what_cannot_be_trained_is_told_and_leaves_nothing(
    change: tuple[str, str], code: str, place: tuple[int, int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("net.cnn").write_text(SPEC.replace(*change), encoding="utf-8")
    assert main(["run", "net.cnn", "--json"]) == 1
    out, _ = capsys.readouterr()
    [d] = json.loads(out)["diagnostics"]
    assert (d["code"], (d["line"], d["column"])) == (code, place)
    assert not (folder / "runs").exists()


def test_a_missing_backend_is_explained_before_anything_is_loaded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnspec.runtime.backend.choice.is_installed", lambda name: name == "jax")
    assert main(["run", "net.cnn"]) == 1
    err = capsys.readouterr().err
    assert "error[E1101]: the backend `tensorflow` is not installed\n --> <environment>:1:15\n" in err
    assert "`pip install tensorflow`; or use `jax`, which is installed: `export KERAS_BACKEND=jax`" in err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_an_interrupt_leaves_no_model(folder: Path, root: Path) -> None:
    command = [sys.executable, "-u", "-m", "cnnspec", "run", "net.cnn", "--set", "train.epochs=100000"]
    environ = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("epoch 1/")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(r"\nstopped (in|after) epoch .*; `cnnspec run --resume .*` goes on from there\n", err), err
    assert [path.name for path in folder.rglob("*.jsonl")] == ["metrics.jsonl"]
    assert not list(folder.rglob("*.keras"))

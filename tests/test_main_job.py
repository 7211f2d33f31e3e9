"""The main job as a user sees it: a spec becomes a trained model, on every backend, the same way twice."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.results import result_of

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.slow

WITHOUT_TENSORFLOW = """
import sys
from cnnspec.cli.main import main
status = main(sys.argv[1:])
backend = sys.argv[sys.argv.index("--backend") + 1]
sys.exit(status or ("TensorFlow was imported" if backend != "tensorflow" and "tensorflow" in sys.modules else 0))
"""

WEIGHTS = """
import hashlib, sys
from cnnspec.compiler import compile_file
from cnnspec.runtime.backend.choice import Choice, activate
compiled, _ = compile_file(sys.argv[1])
activate(Choice("tensorflow", ""))
from cnnspec.runtime.model.build import build_model
model, _ = build_model(compiled.document, compiled.graph, int(sys.argv[2]))
for weight in model.weights:
    print(weight.path, hashlib.sha256(weight.numpy().tobytes()).hexdigest())
print(model.to_json())
"""


def test_digits_reach_their_accuracy(cnnspec_command: Run, tmp_path: Path, root: Path) -> None:
    result = result_of(cnnspec_command("run", str(root / "specs/digits.cnn"), "--json", cwd=tmp_path))
    assert result["test"]["accuracy"] >= 0.985
    assert result["model"] == "digits"
    assert result["backend"] == "tensorflow"
    assert len(result["epochs"]) == 25
    assert result["epochs"][-1].keys() >= {"epoch", "seconds", "images_per_second", "loss", "accuracy", "val_loss", "val_accuracy"}
    folder = tmp_path / result["run_dir"]
    assert {path.name for path in folder.iterdir()} >= {"document.json", "settings.json", "metrics.jsonl", "model.keras", "test.json"}
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 25


def test_every_backend_trains_digits_alone(backend: str, python: Run, tmp_path: Path, root: Path) -> None:
    """JAX and torch do so without TensorFlow."""
    arguments = ("run", str(root / "specs/digits.cnn"), "--backend", backend, "--set", "train.epochs=3", "--json")
    result = result_of(python("-c", WITHOUT_TENSORFLOW, *arguments, cwd=tmp_path, timeout=600))
    assert result["backend"] == backend
    assert result["test"]["accuracy"] >= 0.85


@pytest.mark.parametrize("spec", ["digits", "resnet20_cifar10", "mnist_functional"])
def test_the_same_spec_and_seed_give_the_same_model_in_two_processes(spec: str, python: Run, root: Path) -> None:
    first, second = (python("-c", WEIGHTS, str(root / f"specs/{spec}.cnn"), "7").stdout for _ in range(2))
    assert first.count("\n") > 3
    assert first == second
    assert first != python("-c", WEIGHTS, str(root / f"specs/{spec}.cnn"), "8").stdout


@pytest.mark.parametrize("backbone", ["resnet50", "vgg16"])
def test_transfer_runs_on_a_local_folder_without_weights(backbone: str, cnnspec_command: Run, tmp_path: Path, root: Path) -> None:
    """Two phases on 24 small images: enough to see that freezing, phases and the folder source fit together."""
    image_folder(tmp_path / "photos", classes=("cat", "dog"), each=12, size=40)
    settings = [
        'data.source=image_folder("photos")', "model.base.weights=None", "size=32", "classes=2", "data.batch=8",
        "data.validation=4", "data.test=4", "train.head.epochs=1", "train.fine_tune.epochs=1",
    ]  # fmt: skip
    words = [word for setting in settings for word in ("--set", setting)]
    result = result_of(cnnspec_command("run", str(root / f"specs/{backbone}_transfer.cnn"), *words, "--json", cwd=tmp_path, timeout=900))
    assert [epoch["phase"] for epoch in result["epochs"]] == ["head", "fine_tune"]
    assert result["test"].keys() >= {"loss", "accuracy"}


def test_a_written_document_runs_like_its_spec(cnnspec_command: Run, tmp_path: Path, root: Path) -> None:
    settings = ("--set", "train.epochs=1")
    document = tmp_path / "digits.json"
    end = cnnspec_command("compile", str(root / "specs/digits.cnn"), *settings, "--emit", "document", "-o", str(document), cwd=tmp_path)
    assert end.returncode == 0, end.stderr
    from_spec = result_of(cnnspec_command("run", str(root / "specs/digits.cnn"), *settings, "--json", cwd=tmp_path))
    from_document = result_of(cnnspec_command("run", str(document), "--json", cwd=tmp_path))
    assert from_document["test"] == from_spec["test"]
    assert from_document["epochs"][0]["loss"] == from_spec["epochs"][0]["loss"]


def image_folder(path: Path, classes: tuple[str, ...], each: int, size: int) -> None:
    """A folder of random images, one folder per class."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for name in classes:
        (path / name).mkdir(parents=True)
        for number in range(each):
            Image.fromarray(random.integers(0, 256, (size, size, 3), dtype=np.uint8)).save(path / name / f"{number}.jpg")

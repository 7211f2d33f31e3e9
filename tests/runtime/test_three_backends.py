"""The same small run on every backend, each in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.layers_probe import LAYERS

PROBE, DIGITS = (str(Path(__file__).with_name(name)) for name in ("backend_probe.py", "digits_probe.py"))


@pytest.fixture(scope="session")
def probe(python: Any) -> Any:
    found: dict[tuple[str, str], Any] = {}

    def make(backend: str, what: str) -> Any:
        if (backend, what) not in found:
            done = python(DIGITS, backend) if what == "digits" else python(PROBE, backend, what)
            assert done.returncode == 0, done.stderr
            assert done.stderr == "", "no framework writes to the user's terminal"
            found[backend, what] = json.loads(done.stdout)
        return found[backend, what]

    return make


@pytest.mark.slow
def test_a_run_trains_and_saves(probe: Any, backend: str) -> None:
    report = probe(backend, "plain")
    assert report["backend"] == backend
    assert report["test"]["accuracy"] > 0.7
    assert report["reloaded"]


@pytest.mark.slow
def test_only_its_own_framework_is_loaded(probe: Any, backend: str) -> None:
    loaded = probe(backend, "plain")["modules"]
    assert backend in loaded
    assert backend == "tensorflow" or "tensorflow" not in loaded


@pytest.mark.slow
def test_losses_agree_with_tensorflow(probe: Any, backend: str) -> None:
    """Same spec and same seed mean the same initial weights and the same batches: only rounding differs."""
    ours, theirs = (probe(name, "plain")["epochs"] for name in (backend, "tensorflow"))
    for mine, its in zip(ours, theirs, strict=True):
        assert mine["loss"] == pytest.approx(its["loss"], rel=1e-4)
        assert mine["val_loss"] == pytest.approx(its["val_loss"], rel=1e-4)


@pytest.mark.slow
def test_augmentation_is_random_and_cuts_whole_windows(probe: Any, backend: str) -> None:
    report = probe(backend, "augment")
    assert report["windows"] and report["different"]
    assert report["test"]["accuracy"] > 0.5


@pytest.mark.slow
def test_augmentation_does_not_switch_jax_s_compiler_off(probe: Any, backend: str) -> None:
    if backend == "jax":
        assert probe(backend, "augment")["jit"]


@pytest.mark.slow
def test_the_same_start_and_nearly_the_same_epoch(probe: Any, backend: str) -> None:
    """`specs/digits.cnn` without augmentation and dropout: weights and batches to the bit, then only rounding differs."""
    ours, theirs = (probe(name, "digits") for name in (backend, "tensorflow"))
    assert ours["weights"] == theirs["weights"] and len(set(ours["weights"])) == 1
    assert ours["batch"] == theirs["batch"]
    assert ours["step"] == pytest.approx(theirs["step"], rel=1e-5)
    for name in ("loss", "val_loss", "accuracy"):
        assert ours["epoch"][name] == pytest.approx(theirs["epoch"][name], rel=1e-3)


ALWAYS_THE_SAME = {"AutoContrast", "Equalization"}
"""Layers that change an image without drawing anything."""


@pytest.mark.slow
def test_every_layer_augments_in_a_compiled_step(python: Any, backend: str) -> None:
    done = python(str(Path(__file__).with_name("layers_probe.py")), backend, timeout=600)
    assert done.returncode == 0, done.stderr
    expected = {name: "the same again" if name in ALWAYS_THE_SAME else "changed" for name in LAYERS}
    if backend == "jax":
        expected["RandomElasticTransform"] = "JAX cannot compile this layer; it works on TensorFlow and torch"
    assert json.loads(done.stdout.splitlines()[-1]) == expected

"""What the sections `train` and `run` do in a training: averages, loss scaling, callbacks that save, weights that are kept."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runtime.test_run import DATA, MODEL, Run, run, wrong  # noqa: F401

pytestmark = pytest.mark.slow
LOSS = 'loss = "sparse_categorical_crossentropy"\n  metrics = ["accuracy"]'
AVERAGED = "SGD(0.1, use_ema=True, ema_momentum=0.9)"


def train(optimizer: str, *lines: str, epochs: int = 2) -> str:
    return "\n  ".join(["train {", f"epochs = {epochs}", f"optimizer = {optimizer}", LOSS, *lines]) + "\n}\n"


def losses(done: Any, name: str = "val_loss") -> list[float]:
    assert done.result is not None, done.found
    return [epoch.metrics[name] for epoch in done.result.epochs]


def measured(done: Any, keras: Any, path: Path, part: str = "x_test") -> float:
    """The loss of a saved model on the test images."""
    with np.load(done.runs.parent / "data.npz") as data:
        model = keras.models.load_model(path, compile=False)
        model.compile(loss="sparse_categorical_crossentropy")
        return float(model.evaluate(data["x_test"], data["y_test"], verbose=0))


@pytest.mark.parametrize("early", [False, True])
def test_the_averages_are_measured_kept_tested_and_saved(run: Run, keras: Any, early: bool) -> None:  # noqa: F811
    """Also where early stopping ends the training: Keras alone would then end with the weights of the last step."""
    stop = ", EarlyStopping(patience=1, min_delta=10.0)" if early else ""
    swap = train(AVERAGED, f"callbacks = [SwapEMAWeights(swap_on_epoch=True){stop}]", epochs=4 if early else 2)
    averaged, plain = run(MODEL, DATA, swap), run(MODEL, DATA, train("SGD(0.1)"))
    assert len(losses(averaged)) == 2
    assert losses(averaged, "loss") == pytest.approx(losses(plain, "loss"), rel=1e-5), "the training itself does not know of them"
    assert all(a > b for a, b in zip(losses(averaged), losses(plain), strict=True)), "they lag behind"
    assert averaged.result.test["loss"] > plain.result.test["loss"]
    assert measured(averaged, keras, averaged.result.run_dir / "model.keras") == pytest.approx(averaged.result.test["loss"])


def test_the_optimizer_ends_with_the_averages(run: Run) -> None:  # noqa: F811
    averaged, plain = run(MODEL, DATA, train(AVERAGED)), run(MODEL, DATA, train("SGD(0.1)"))
    assert losses(averaged) == losses(plain), "during the training the weights are those of the steps"
    assert averaged.result.test["loss"] > plain.result.test["loss"]


def test_loss_scaling_clips_and_accumulates_the_gradients_themselves(run: Run) -> None:  # noqa: F811
    """In `mixed_float16` the optimizer is wrapped. Clipped as they are scaled, the gradients would not move the weights at all."""
    lines = "clip = 1.0", "accumulate = 2"
    mixed = run(MODEL, DATA, train("Adam(1e-2)", *lines), 'run { precision = "mixed_float16" }\n')
    given = run(MODEL, DATA, train("LossScaleOptimizer(Adam(1e-2))", *lines))
    plain = run(MODEL, DATA, train("Adam(1e-2)", *lines))
    assert type(mixed.model.optimizer).__name__ == type(given.model.optimizer).__name__ == "LossScaleOptimizer"
    inner = given.model.optimizer.inner_optimizer
    assert (inner.global_clipnorm, inner.gradient_accumulation_steps) == (1.0, 2)
    assert losses(given) == pytest.approx(losses(plain), rel=1e-5)
    assert losses(mixed) == pytest.approx(losses(plain), rel=1e-2)


def test_groups_of_batches_go_on_in_the_next_epoch(run: Run) -> None:  # noqa: F811
    """Four batches an epoch in groups of two: after two epochs there were four updates, and a schedule has counted eight batches."""
    done = run(MODEL, DATA, train("SGD(ExponentialDecay(0.1, decay_steps=1epochs, decay_rate=0.5))", "accumulate = 2"))
    steps = math.ceil(30 / 8)
    assert int(done.model.optimizer.iterations) == 2 * steps // 2
    assert float(done.model.optimizer.learning_rate) == pytest.approx(0.1 * 0.5**2)


def test_callbacks_write_below_the_spec_and_save_what_can_be_used(run: Run, keras: Any, tmp_path: Path) -> None:  # noqa: F811
    """With augmentation too, which is no part of the model that is saved. Folders are made."""
    callbacks = 'callbacks = [CSVLogger("logs/a/log.csv"), ModelCheckpoint("kept/{epoch}.keras")]'
    done = run(MODEL, DATA, 'augment { RandomFlip("horizontal") }\n', train("SGD(0.1)", callbacks))
    assert done.found == []
    assert (tmp_path / "logs/a/log.csv").read_text().splitlines()[0] == "epoch,accuracy,loss,val_accuracy,val_loss"
    assert measured(done, keras, tmp_path / "kept" / "2.keras") == pytest.approx(done.result.test["loss"])


def test_the_last_weights_are_kept_beside_the_best(run: Run) -> None:  # noqa: F811
    done = run(MODEL, DATA, train("SGD(0.9)", "checkpoint { }", epochs=3))
    plain = run(MODEL, DATA, train("SGD(0.9)", epochs=3))
    done.model.load_weights(done.result.run_dir / "checkpoints" / "last.weights.h5")
    assert all(np.array_equal(a, b) for a, b in zip(done.model.get_weights(), plain.model.get_weights(), strict=True))


def test_an_infinite_loss_ends_the_run_where_that_is_asked_for(run: Run) -> None:  # noqa: F811
    spec = train("SGD(1e25)", "callbacks = [TerminateOnNaN()]", epochs=3).replace('"sparse_categorical_crossentropy"', '"mse"')
    model = MODEL.replace('Dense(3, activation="softmax")', "Dense(1)")
    done = run(model, DATA, spec.replace('\n  metrics = ["accuracy"]', ""))
    assert done.result is None and "E0804" in [d.code for d in done.found]


def test_a_callback_that_needs_another_package(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from cnnspec.runtime.training import compiled

    monkeypatch.setattr(compiled, "find_spec", lambda name: None if name == "tensorboard" else object())
    done = run(MODEL, DATA, train("SGD(0.1)", 'callbacks = [TensorBoard("logs")]'))
    wrong(done, "E0801", 19, "TensorBoard", "pip install tensorboard")
    assert not done.runs.exists(), "it is said before the run begins"


def test_the_names_of_the_classes_are_in_the_run_folder(run: Run) -> None:  # noqa: F811
    done = run(MODEL, DATA, train("SGD(0.1)"))
    assert "classes" in json.loads((done.folder / "settings.json").read_text())


@pytest.mark.parametrize(
    ("backend", "name", "value"),
    [("jax", "XLA_FLAGS", "--xla_gpu_deterministic_ops=true"), ("torch", "CUBLAS_WORKSPACE_CONFIG", ":4096:8")],
)
def test_what_a_gpu_is_told_before_it_starts(monkeypatch: pytest.MonkeyPatch, backend: str, name: str, value: str) -> None:
    from cnnspec.runtime.backend.choice import _be_deterministic

    monkeypatch.setenv(name, "")
    monkeypatch.delenv(name)
    _be_deterministic(backend)
    import os

    assert os.environ[name] == value
    monkeypatch.setenv(name, "--xla_gpu_deterministic_ops=false")
    _be_deterministic(backend)
    assert os.environ[name] == "--xla_gpu_deterministic_ops=false"

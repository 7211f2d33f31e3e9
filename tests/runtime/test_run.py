"""Whole runs on tiny data: what is trained, frozen, kept, tested and saved, and how a run ends that goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.compiler import compile_source
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.plan import Object
from cnnspec.plan.resolve import resolve
from cnnspec.runtime.observer import Silent
from cnnspec.source import Source

MODEL = """cnn 1
model tiny {
  input x: (6, 5, 3)
  Rescaling(1 / 255)
  Conv2D(4, 3, activation="relu") as conv
  GlobalAveragePooling2D()
  Dense(3, activation="softmax") as label
}
"""
DATA = 'data {\n  source = npz("data.npz")\n  validation = 25%\n  batch = 8\n}\n'
TRAIN = 'train {\n  epochs = 2\n  optimizer = Adam(1e-2)\n  loss = "sparse_categorical_crossentropy"\n  metrics = ["accuracy"]\n}\n'


@dataclass(frozen=True)
class Done:
    result: Any
    found: list[Diagnostic]
    model: Any
    runs: Path

    @property
    def folder(self) -> Path:
        """The one run folder."""
        (folder,) = self.runs.iterdir()
        return folder


Run = Callable[..., Done]


@pytest.fixture
def run(keras: Any, tmp_path: Path) -> Run:
    """Runs a spec in a folder with data.npz: 40 images of three classes, each brightest in its own channel; 8 of them for the test."""
    rng = np.random.default_rng(0)
    y = np.arange(40) % 3
    x = rng.integers(0, 100, (40, 6, 5, 3)).astype(np.uint8)
    x[np.arange(40), :, :, y] += 120
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_test=x[:8], y_test=y[:8])

    def make(*parts: str, observer: Any = None, meanwhile: Callable[[Any], None] = lambda model: None) -> Done:
        from cnnspec.runtime.backend.settings import set_up
        from cnnspec.runtime.model.build import build_model
        from cnnspec.runtime.run import execute

        compiled, found = compile_source(Source(str(tmp_path / "tiny.cnn"), "".join(parts)))
        assert compiled is not None, found
        plan, found = resolve(compiled.document)
        assert plan is not None, found
        set_up(plan.run, "tensorflow")
        model, found = build_model(compiled.document, compiled.graph, plan.run.seed)
        assert model is not None, found
        meanwhile(model)
        result, found = execute(compiled.document, compiled.graph, plan, model, "tensorflow", tmp_path / "runs", observer or Silent())
        keras.config.set_dtype_policy("float32")
        return Done(result, found, model, tmp_path / "runs")

    return make


def wrong(done: Done, code: str, line: int, *words: str) -> None:
    """The run was refused for one reason, at this line, in these words."""
    assert done.result is None
    (diagnostic,) = done.found
    text = "\n".join([diagnostic.message, *diagnostic.notes, diagnostic.help or ""])
    assert diagnostic.span is not None
    assert (diagnostic.code, diagnostic.span.line) == (code, line), text
    assert all(word in text for word in words), text


# ---------------------------------------------------------------- what a run leaves


def test_a_run_trains_tests_and_saves(run: Run, keras: Any) -> None:
    done = run(MODEL, DATA, TRAIN, "run { seed = 3 }\n")
    assert done.found == []
    report = done.result.to_json()
    assert list(report) == ["run_dir", "model", "backend", "params", "epochs", "test", "seconds", "weights"]
    assert (report["model"], report["backend"], report["params"]) == ("tiny", "tensorflow", 4 * (27 + 1) + 3 * 5)
    assert [list(epoch) for epoch in report["epochs"]] == [
        ["epoch", "seconds", "images_per_second", "loss", "accuracy", "val_loss", "val_accuracy"]
    ] * 2
    assert sorted(path.name for path in done.folder.iterdir()) == [
        "document.json",
        "lock.json",
        "metrics.jsonl",
        "model.keras",
        "result.json",
        "settings.json",
        "test.json",
    ]
    lines = [json.loads(line) for line in (done.folder / "metrics.jsonl").read_text().splitlines()]
    assert lines == report["epochs"]
    assert json.loads((done.folder / "test.json").read_text()) == report["test"]
    settings = json.loads((done.folder / "settings.json").read_text())
    assert settings["images"] == {"train": 30, "validation": 10, "test": 8}
    assert settings["run"]["seed"] == 3 and settings["run"]["backend"] == "tensorflow"
    assert settings["versions"]["keras"] == keras.__version__


@pytest.mark.slow
def test_the_saved_model_is_the_one_that_was_tested(run: Run, keras: Any, tmp_path: Path) -> None:
    done = run(MODEL, DATA, 'augment {\n  RandomFlip("horizontal")\n}\n', TRAIN)
    loaded = keras.models.load_model(done.folder / "model.keras")
    with np.load(tmp_path / "data.npz") as data:
        again = loaded.evaluate(data["x_test"], data["y_test"], return_dict=True, verbose=0)
    assert again == pytest.approx(done.result.test, rel=1e-5)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in done.model.layers], "without the augmentation"
    assert int(loaded.optimizer.iterations) == 2 * 4


@pytest.mark.slow
def test_two_runs_are_equal(run: Run) -> None:
    augment = 'augment {\n  RandomFlip("horizontal")\n  RandomTranslation(10%, 10%)\n}\n'
    first, second = (run(MODEL, DATA, augment, TRAIN, "run { seed = 9 }\n") for _ in range(2))
    assert first.result.run_dir != second.result.run_dir
    assert first.result.test == second.result.test
    assert all((a == b).all() for a, b in zip(first.model.get_weights(), second.model.get_weights(), strict=True))


@pytest.mark.slow
def test_a_run_equals_plain_keras(run: Run, keras: Any, tmp_path: Path) -> None:
    """The same network written by hand, fed with the same batches in the same order."""
    from cnnspec.runtime.data.batches import order_of
    from cnnspec.runtime.data.split import draw

    start: list[Any] = []
    done = run(MODEL, DATA, TRAIN, "run { seed = 4 }\n", meanwhile=lambda model: start.extend(model.get_weights()))
    layers = keras.layers
    hand = keras.Sequential([keras.Input((6, 5, 3)), layers.Rescaling(1 / 255), layers.Conv2D(4, 3, activation="relu")])
    hand.add(layers.GlobalAveragePooling2D())
    hand.add(layers.Dense(3, activation="softmax"))
    hand.set_weights(start)
    hand.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
    with np.load(tmp_path / "data.npz") as data:
        x, y = data["x_train"], data["y_train"]
    _, kept = draw(y, 10, (0, 1), stratify=False)
    for epoch in range(2):
        order = kept[order_of(30, 4, epoch, shuffle=True)]
        hand.fit(x[order], y[order], batch_size=8, shuffle=False, verbose=0)
    for ours, theirs in zip(done.model.get_weights(), hand.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_exports_are_written_beside_the_spec(run: Run, keras: Any, tmp_path: Path) -> None:
    done = run(MODEL, DATA, TRAIN, 'export {\n  keras = "out/m.keras"\n  weights = "out/m.weights.h5"\n}\n')
    assert done.found == []
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["m.keras", "m.weights.h5"]
    assert keras.models.load_model(tmp_path / "out" / "m.keras").count_params() == done.result.params


# ---------------------------------------------------------------- augmentation, phases, weights


@pytest.mark.slow
def test_augmentation_runs_in_training_alone(run: Run) -> None:
    """Every training image is made black, so that no kernel can learn from it; validation sees the images as they are."""
    start: list[Any] = []
    black = "augment {\n  RandomBrightness((-1.0, -1.0))\n}\n"
    done = run(MODEL, DATA, black, TRAIN, meanwhile=lambda model: start.extend(model.get_weights()))
    assert (done.model.get_weights()[0] == start[0]).all()
    assert done.result.epochs[-1].metrics["loss"] != pytest.approx(done.result.epochs[-1].metrics["val_loss"], rel=1e-3)
    images = np.random.default_rng(1).integers(0, 255, (9, 6, 5, 3))
    assert np.ptp(done.model.predict(images, verbose=0), axis=0).max() > 0.01


@pytest.mark.slow
def test_padding_before_a_random_crop_is_no_part_of_the_model(run: Run) -> None:
    done = run(MODEL, DATA, "augment {\n  ZeroPadding2D(2)\n  RandomCrop(6, 5)\n}\n", TRAIN)
    assert done.found == []
    assert not {"ZeroPadding2D", "RandomCrop"} & {type(layer).__name__ for layer in done.model.layers}
    from cnnspec.runtime.augment.build import Augmented, stage_of
    from cnnspec.runtime.data.targets import Targets

    pad = Object("layer", "ZeroPadding2D", {"padding": 2}, "/augment/0")
    crop = Object("layer", "RandomCrop", {"height": 6, "width": 5}, "/augment/1")
    learner, stage = Augmented(done.model), stage_of([pad, crop], 0, None, {"label": Targets("number", 3)}, {"label": None})
    learner.use(stage)
    x = np.random.default_rng(1).integers(0, 255, (4, 6, 5, 3)).astype("float32")
    np.testing.assert_allclose(learner(x, training=False), done.model(x, training=False), rtol=1e-6)
    assert not np.allclose(stage((x, np.zeros(4, np.int32)), 0)[0], x)


PHASES = """train {
  loss = "sparse_categorical_crossentropy"
  phase head {
    epochs = 1
    freeze = [conv]
    optimizer = Adam(1e-2)
  }
  phase all {
    epochs = 2
    optimizer = Adam(1e-3)
  }
}
"""


@pytest.mark.slow
def test_a_phase_freezes_what_it_names_and_nothing_else(run: Run) -> None:
    start: list[Any] = []
    done = run(MODEL, DATA, PHASES.split("  phase all")[0] + "}\n", meanwhile=lambda model: start.extend(model.get_weights()))
    kernel, bias, dense, _ = done.model.get_weights()
    assert (kernel == start[0]).all() and (bias == start[1]).all() and not (dense == start[2]).all()
    start.clear()
    done = run(MODEL, DATA, PHASES, meanwhile=lambda model: start.extend(model.get_weights()))
    assert [epoch.to_json()["phase"] for epoch in done.result.epochs] == ["head", "all", "all"]
    assert [epoch.number for epoch in done.result.epochs] == [1, 2, 3]
    assert not (done.model.get_weights()[0] == start[0]).all(), "the second phase trains it"


NESTED = """cnn 1
model nested {
  input x: (32, 32, 3)
  MobileNetV2(weights=None, include_top=False, alpha=0.35) as base
  GlobalAveragePooling2D()
  Dense(8, trainable=False) as fixed
  Dense(3, activation="softmax") as label
}
"""


@pytest.mark.slow
def test_selections_inside_a_backbone(keras: Any) -> None:
    from cnnspec.runtime.model.build import build_model
    from cnnspec.runtime.model.freeze import Trainable, frozen_layers

    freeze = 'freeze = [layers(base, upto="block_2_add"), layers(base, type="BatchNormalization")]'
    train = 'train {\n  optimizer = "sgd"\n  loss = "mse"\n  FREEZE\n}\n'
    compiled, found = compile_source(Source("n.cnn", NESTED + 'data {\n  source = npz("data.npz")\n}\n' + train.replace("FREEZE", freeze)))
    assert compiled is not None, found
    plan, _ = resolve(compiled.document)
    assert plan is not None
    model, _ = build_model(compiled.document, compiled.graph, 0)
    layers, problems = frozen_layers(compiled.document, plan.phases[0], model)
    assert problems == []
    Trainable(model).freeze(layers)
    base = model.get_layer("base")
    names = [layer.name for layer in base.layers]
    cut = names.index("block_2_add")
    for i, layer in enumerate(base.layers):
        assert layer.trainable == (i > cut and type(layer).__name__ != "BatchNormalization"), layer.name
    assert not model.get_layer("fixed").trainable, "the spec itself says that it is not"
    assert model.get_layer("label").trainable and base.trainable
    Trainable(model).freeze([])


@pytest.mark.slow
def test_a_layer_inside_a_backbone_that_there_is_not(run: Run) -> None:
    """Only Keras knows them. Other names are checked before."""
    nested = NESTED.replace("x: (32, 32, 3)", "x: (6, 5, 3)").replace("  MobileNetV2", "  Resizing(32, 32)\n  MobileNetV2")
    freeze = 'freeze = [layers("base", upto="block_1_expnd")]'
    done = run(nested, DATA, TRAIN.replace("epochs = 2", freeze))
    wrong(done, "E0803", 16, "`base` has no layer `block_1_expnd`", "did you mean `block_1_expand`?")
    assert not done.runs.exists(), "nothing is written before every check has passed"


@pytest.mark.slow
def test_epochs_of_a_schedule_are_batches(run: Run) -> None:
    """Also with `accumulate`: Keras looks a schedule up by the number of batches. 30 images are 4 batches of 8."""
    train = TRAIN.replace("Adam(1e-2)", "SGD(PolynomialDecay(1e-2, decay_steps=4epochs, end_learning_rate=0.0))")
    for more in ("epochs = 2", "epochs = 2\n  accumulate = 2"):
        done = run(MODEL, DATA, train.replace("epochs = 2", more))
        assert float(done.model.optimizer.learning_rate) == pytest.approx(5e-3), more


def test_freezing_everything_and_nothing(run: Run) -> None:
    """Which layers have weights, only Keras knows."""
    done = run(MODEL, DATA, TRAIN.replace("epochs = 2", "freeze = [conv, label]"))
    wrong(done, "E0801", 15, "every layer with weights is frozen", "take a layer out of `freeze`")
    done = run(MODEL, DATA, TRAIN.replace("epochs = 2", "freeze = [conv, rescaling_1, label]"))
    assert [(problem.code, problem.message) for problem in done.found] == [
        ("W0801", "nothing is frozen by this: it has no weights"),
        ("E0801", "every layer with weights is frozen, so nothing learns"),
    ]


@pytest.mark.slow
def test_the_best_weights_are_tested_and_saved(run: Run, keras: Any) -> None:
    """A learning rate that is far too high spoils the weights again after they were best."""
    train = TRAIN.replace("epochs = 2", 'epochs = 6\n  checkpoint {\n    monitor = "val_loss"\n    keep = 2\n  }').replace(
        "1e-2", "PiecewiseConstantDecay(boundaries=[3epochs], values=[0.05, 5.0])"
    )
    done = run(MODEL, DATA, train, "expect {\n  validation.loss <= 100\n}\n")
    assert done.found == []
    losses = [epoch.metrics["val_loss"] for epoch in done.result.epochs]
    best = int(np.argmin(losses)) + 1
    assert best < len(losses), "the last epoch is not the best, or this test shows nothing"
    kept = sorted(path.name for path in (done.folder / "checkpoints").iterdir())
    assert kept == [*sorted(f"epoch-{i + 1:04d}.weights.h5" for i in np.argsort(losses)[:2]), "last.weights.h5"]
    before = done.model.get_weights()
    done.model.load_weights(done.folder / "checkpoints" / f"epoch-{best:04d}.weights.h5")
    assert all((a == b).all() for a, b in zip(before, done.model.get_weights(), strict=True))


@pytest.mark.slow
def test_early_stopping(run: Run) -> None:
    callbacks = 'callbacks = [EarlyStopping(monitor="val_accuracy", baseline=2.0, patience=1)]'
    done = run(MODEL, DATA, TRAIN.replace("epochs = 2", f"epochs = 9\n  {callbacks}"))
    assert len(done.result.epochs) < 9


@pytest.mark.slow
def test_class_weights_clip_and_accumulation_reach_keras(run: Run) -> None:
    done = run(MODEL, DATA, TRAIN.replace("epochs = 2", 'class_weight = "balanced"\n  clip = 0.5\n  accumulate = 2'))
    assert done.found == []
    assert (done.model.optimizer.global_clipnorm, done.model.optimizer.gradient_accumulation_steps) == (0.5, 2)


@pytest.mark.slow
def test_a_schedule_in_epochs(run: Run) -> None:
    done = run(MODEL, DATA, TRAIN.replace("Adam(1e-2)", "SGD(CosineDecay(0.1, decay_steps=2epochs))"))
    assert done.found == []
    assert done.model.optimizer._learning_rate.decay_steps == 2 * 4


@pytest.mark.slow
def test_mixed_precision(run: Run) -> None:
    done = run(MODEL, DATA, TRAIN, 'augment {\n  RandomFlip("horizontal")\n}\nrun {\n  precision = "mixed_bfloat16"\n}\n')
    assert done.found == []
    assert done.model.get_layer("conv").compute_dtype == "bfloat16"


# ---------------------------------------------------------------- promises


@pytest.mark.slow
def test_promises_that_are_not_kept_come_with_the_result(run: Run) -> None:
    expect = "expect {\n  params <= 1_000\n  test.loss <= 0\n  validation.loss <= 1000\n  label.shape == (3,)\n}\n"
    done = run(MODEL, DATA, TRAIN, expect)
    assert done.result is not None
    assert [(d.code, d.span.line) for d in done.found if d.span] == [("E0805", 22)]
    assert "promised test.loss <= 0, found" in done.found[0].message and "missed by" in done.found[0].message


# ---------------------------------------------------------------- what is refused before training


OWN_PARTS = 'data {\n  source = image_folder("pets")\n  batch = 8\n}\n'


@pytest.mark.parametrize(
    ("model", "train", "expect", "line", "code", "words"),
    [
        ("", "callbacks = [EarlyStopping()]", "", 14, "E0806", ("there is no validation data", "`validation = 10%`")),
        ("", 'checkpoint { monitor = "val_accuracy" }', "", 14, "E0806", ("no validation data", 'monitor = "accuracy"')),
        ("", 'class_weight = {"red": 1.0}', "", 14, "E0807", ("no class `red`", "the classes are a, b, c")),
        ("Dense(2", "epochs = 2", "", 7, "E0705", ("the head has 2 outputs, but there are 3 classes", "Dense(3")),
        ("", "epochs = 2", "expect {\n  test.accuracy >= 1%\n}\n", 20, "E0808", ("there is no test data", "`test = 10%`")),
    ],
)
def test_what_only_the_data_shows_is_told_as_check_tells_it(
    run: Run, pets: Path, model: str, train: str, expect: str, line: int, code: str, words: tuple[str, ...]
) -> None:
    """A folder may hold validation and test images, and its classes are its folders."""
    done = run(MODEL.replace("Dense(3", model or "Dense(3"), OWN_PARTS, TRAIN.replace("epochs = 2", train), expect)
    wrong(done, code, line, *words)
    assert not done.runs.exists()


@pytest.mark.slow
def test_a_warning_that_only_the_data_shows_comes_with_the_result(run: Run, pets: Path) -> None:
    done = run(MODEL.replace("Dense(3", "Dense(7"), OWN_PARTS, TRAIN)
    assert done.result is not None
    assert [(d.code, d.span.line) for d in done.found if d.span] == [("W0803", 7)]


def test_what_keras_refuses_is_at_its_line(run: Run) -> None:
    done = run(MODEL, DATA, TRAIN.replace("Adam(1e-2)", "Adam(1e-2, clipnorm=1.0, clipvalue=1.0)"))
    wrong(done, "E0801", 16, "Keras refuses `Adam`", "clip")


def test_labels_beyond_the_head(run: Run, tmp_path: Path) -> None:
    done = run(MODEL.replace("Dense(3", "Dense(2"), DATA, TRAIN)
    wrong(done, "E0705", 7, "the head has 2 outputs", "label 2 occurs", "Dense(3")
    assert not done.runs.exists()


# ---------------------------------------------------------------- runs that go wrong


@pytest.mark.slow
def test_a_loss_that_becomes_nan_stops_the_run(run: Run) -> None:
    done = run(MODEL.replace("1 / 255", "1e30"), DATA, TRAIN.replace("Adam(1e-2)", "SGD(1e30)"))
    wrong(done, "E0804", 17, "the loss became NaN in epoch 1", "smaller learning rate")
    assert not (done.folder / "model.keras").exists()


@pytest.mark.slow
def test_an_interrupt_goes_through_and_leaves_no_model(run: Run, tmp_path: Path) -> None:
    class Interrupt(Silent):
        over = 0

        def epoch_ended(self, epoch: Any, best: bool) -> None:
            raise KeyboardInterrupt

        def ended(self) -> None:
            self.over += 1

    observer = Interrupt()
    with pytest.raises(KeyboardInterrupt):
        run(MODEL, DATA, TRAIN, observer=observer)
    assert observer.over == 1, "the display is always put away"
    (folder,) = (tmp_path / "runs").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["document.json", "lock.json", "metrics.jsonl", "settings.json"]


@pytest.mark.slow
def test_a_save_that_fails_leaves_nothing_behind(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keras: Any) -> None:
    def half(self: Any, path: Path) -> None:
        path.write_bytes(b"half a model")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(keras.Model, "save", half)
    done = run(MODEL, DATA, TRAIN)
    assert done.result is None
    assert (done.found[0].code, "No space left on device" in done.found[0].message) == ("E1104", True)
    assert sorted(path.name for path in done.folder.iterdir()) == [
        "document.json",
        "lock.json",
        "metrics.jsonl",
        "settings.json",
        "state.npz",
    ]


@pytest.mark.slow
def test_a_full_disk_during_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cnnspec.runtime.record.run_folder.RunFolder.append_metrics", full)
    done = run(MODEL, DATA, TRAIN)
    assert (done.result, [d.code for d in done.found]) == (None, ["E1104"])
    assert "No space left on device" in done.found[0].message


def test_what_keras_raises_is_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch, keras: Any) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("Graph execution error:\n\nDetected at node ...")

    monkeypatch.setattr(keras.Model, "fit", broken)
    wrong(run(MODEL, DATA, TRAIN), "E0804", 14, "Keras stopped: Graph execution error:")
    monkeypatch.setenv("CNNSPEC_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        run(MODEL, DATA, TRAIN)


FILES = 'data {\n  source = image_folder("pets")\n  validation = 25%\n  test = 25%\n  batch = 8\n  SETTING\n}\n'


@pytest.fixture
def pets(folder: Any) -> Path:
    path: Path = folder("pets", {"a": 16, "b": 16, "c": 16})
    return path


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["", 'cache = "memory"', "prefetch = 0"])
def test_images_in_files(run: Run, pets: Path, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    """Whether images are decoded before the run, batch by batch, or batch by batch and kept: the weights are the same."""
    data = FILES.replace("SETTING", setting)
    at_once = run(MODEL, data, TRAIN)
    monkeypatch.setattr("cnnspec.runtime.data.images.keep.KEPT_BYTES", 0)
    lazily = run(MODEL, data, TRAIN)
    assert (at_once.found, lazily.found) == ([], [])
    for ours, theirs in zip(at_once.model.get_weights(), lazily.model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)
    settings = json.loads((lazily.result.run_dir / "settings.json").read_text())
    assert list(settings["classes"].values()) == [["a", "b", "c"]]


@pytest.mark.slow
@pytest.mark.parametrize("kept", [2**29, 0])
def test_an_image_whose_pixels_are_damaged(run: Run, pets: Path, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """Header and end are all right, so only decoding tells: before a small set is trained, and as it occurs in a large one."""
    monkeypatch.setattr("cnnspec.runtime.data.images.keep.KEPT_BYTES", kept)
    image = pets / "b" / "007.png"
    content = bytearray(image.read_bytes())
    start = content.index(b"IDAT") + 4
    content[start : start + 12] = bytes(12)
    image.write_bytes(content)
    done = run(MODEL, FILES.replace("SETTING", ""), TRAIN)
    wrong(done, "E0703", 10, str(image), "replace or delete")
    assert not list(done.runs.glob("*/model.keras"))


def test_a_runs_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file is in the way")
    done = run(MODEL, DATA, TRAIN)
    assert (done.result, done.found[0].code) == (None, "E1104")
    assert "--runs" in (done.found[0].help or "")

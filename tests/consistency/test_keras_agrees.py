"""What is refused really fails in Keras, or cannot come to anything: a small program for each kind of mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.catalogue.facts import facts_of
from cnnspec.consistency import losses
from cnnspec.consistency.metrics import unlike_labels
from cnnspec.consistency.naming import metric_names
from cnnspec.consistency.spec import Objective
from cnnspec.document.document import Document

pytestmark = pytest.mark.slow

REQUIRED = {"num_classes": 2, "target_class_ids": [0], "recall": 0.5, "precision": 0.5, "sensitivity": 0.5, "specificity": 0.5}
EMPTY = Document(json={}, path="net.json", base=Path())
Fit = Callable[..., Any]


@pytest.fixture(scope="module")
def fit(keras: Any) -> Fit:
    """Trains a head on 64 images of ten classes, as Keras users do."""
    x = np.random.default_rng(0).random((64, 8, 8, 1)).astype("float32")
    y = np.arange(64) % 10

    def train(
        head: Any, loss: Any, labels: Any = y, *, optimizer: Any = "adam", metrics: Any = (), callbacks: Any = (), **options: Any
    ) -> Any:
        image = keras.Input((8, 8, 1))
        model = keras.Model(image, head(keras.layers.Flatten()(image)))
        model.compile(optimizer, loss, metrics=list(metrics))
        history = model.fit(x, labels, callbacks=list(callbacks), verbose=0, **{"epochs": 2, **options})
        return model, history.history

    return train


def softmax(keras: Any, units: int = 10) -> Any:
    return keras.layers.Dense(units, activation="softmax")


SPARSE = "sparse_categorical_crossentropy"


# ---------------------------------------------------------------- errors


def test_fewer_outputs_than_classes(keras: Any, fit: Fit) -> None:
    """E0705."""
    with pytest.raises(Exception, match="SparseSoftmaxCrossEntropyWithLogits"):
        fit(softmax(keras, 5), SPARSE)


def test_a_loss_over_classes_with_one_output(keras: Any, fit: Fit) -> None:
    """E0802: class numbers are refused, and rows of one number always give the loss 0."""
    with pytest.raises(Exception, match="SparseSoftmaxCrossEntropyWithLogits"):
        fit(keras.layers.Dense(1), SPARSE)
    for loss in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        _, history = fit(keras.layers.Dense(1, activation="sigmoid"), loss, (np.arange(64) % 2)[:, None])
        assert max(history["loss"]) < 1e-3


def test_softmax_over_one_output(keras: Any, fit: Fit) -> None:
    """E0802: it says 1 whatever it sees."""
    model, _ = fit(softmax(keras, 1), "binary_crossentropy", (np.arange(64) % 2)[:, None])
    assert (model.predict(np.random.default_rng(1).random((9, 8, 8, 1)), verbose=0) == 1).all()


def test_an_image_for_one_class_each(keras: Any) -> None:
    """E0704."""
    image = keras.Input((8, 8, 1))
    model = keras.Model(image, keras.layers.Conv2D(10, 1, activation="softmax")(image))
    model.compile("adam", SPARSE)
    with pytest.raises(ValueError, match=r"rank|shape"):
        model.fit(np.zeros((64, 8, 8, 1)), np.arange(64) % 10, verbose=0)


@pytest.mark.parametrize("callback", ["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"])
def test_a_name_that_is_not_measured(keras: Any, fit: Fit, callback: str, tmp_path: Path) -> None:
    """E0806: with `mode="auto"` Keras stops, also a ModelCheckpoint that saves every time."""
    given = {"filepath": str(tmp_path / "m.keras")} if callback == "ModelCheckpoint" else {}
    watching = getattr(keras.callbacks, callback)(monitor="val_acc", **given)
    with pytest.raises(ValueError, match="maximized or minimized"):
        fit(softmax(keras), SPARSE, metrics=["accuracy"], callbacks=[watching], validation_split=0.2)


def test_what_is_never_measured_never_stops(keras: Any, fit: Fit) -> None:
    """E0806: without validation data Keras only warns."""
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=0)
    with pytest.warns(UserWarning, match="not available"):
        _, history = fit(softmax(keras), SPARSE, callbacks=[stop], epochs=4)
    assert len(history["loss"]) == 4


def test_a_metric_that_is_several_numbers(keras: Any, fit: Fit) -> None:
    """E0806."""
    stop, rows = keras.callbacks.EarlyStopping(monitor="f1_score"), np.eye(10)[np.arange(64) % 10]
    with pytest.raises(ValueError, match="ambiguous"):
        fit(softmax(keras), "categorical_crossentropy", rows, metrics=[keras.metrics.F1Score()], callbacks=[stop])


def test_a_path_that_names_what_is_not_measured(keras: Any, fit: Fit, tmp_path: Path) -> None:
    """E0806."""
    saving = keras.callbacks.ModelCheckpoint(str(tmp_path / "{val_acc:.2f}.keras"))
    with pytest.raises(KeyError, match="val_acc"):
        fit(softmax(keras), SPARSE, metrics=["accuracy"], callbacks=[saving])


def test_settings_that_contradict_each_other(keras: Any, fit: Fit) -> None:
    """E0809."""
    schedule = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100))
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=0, min_delta=100)
    with pytest.raises(TypeError, match="not settable"):
        fit(softmax(keras), SPARSE, optimizer=schedule, callbacks=[plateau], epochs=4)
    with pytest.raises(ValueError, match="use_ema=True"):
        fit(softmax(keras), SPARSE, callbacks=[keras.callbacks.SwapEMAWeights()], validation_split=0.2)
    with pytest.raises(ValueError, match="Only one of"):
        keras.optimizers.SGD(clipnorm=1.0, global_clipnorm=1.0)


def test_angles_and_augmentation(keras: Any) -> None:
    """E0404 and E0603."""
    with pytest.raises(ValueError, match="range"):
        keras.layers.RandomRotation(20)
    layers = keras.layers
    for layer in (layers.RandomFlip(), layers.RandomRotation(0.1), layers.RandomContrast(0.1), layers.AutoContrast()):
        for shape in ((2, 12), (2, 4, 8, 8, 3)):
            with pytest.raises((ValueError, IndexError)):
                layer(np.zeros(shape, "float32"), training=True)


# ---------------------------------------------------------------- warnings


def test_what_has_no_effect(keras: Any, fit: Fit) -> None:
    """W0801: the same weights come out with it and without."""

    def trained(**given: Any) -> list[Any]:
        keras.utils.set_random_seed(1)
        weights: list[Any] = fit(softmax(keras), SPARSE, optimizer=keras.optimizers.SGD(0.1, **given), shuffle=False)[0].get_weights()
        return weights

    plain = trained()
    for given in ({"nesterov": True}, {"ema_momentum": 0.5}, {"ema_overwrite_frequency": 1}):
        assert all((a == b).all() for a, b in zip(plain, trained(**given), strict=True)), given
    rate = keras.optimizers.schedules.CosineDecay
    assert float(rate(0.1, 100, warmup_steps=50)(10)) == float(rate(0.1, 100)(10))
    image = np.random.default_rng(1).random((2, 8, 8, 1)).astype("float32")
    assert (np.asarray(keras.layers.RandomCrop(8, 8)(image, training=True)) == image).all()


def test_a_schedule_counts_batches(keras: Any, fit: Fit) -> None:
    """W0804: also where several batches make one update."""
    rate = keras.optimizers.schedules.PolynomialDecay(1e-3, 8, 0.0)
    optimizer = keras.optimizers.SGD(rate, gradient_accumulation_steps=2)
    fit(softmax(keras), SPARSE, optimizer=optimizer, epochs=3)
    assert float(optimizer.learning_rate) == pytest.approx(1e-3 * 2 / 8), "2 batches an epoch"


def test_patience_that_is_never_used_up(keras: Any, fit: Fit) -> None:
    """W0804: nothing improves, and still there is no stop in five epochs; one less stops in the last."""
    for patience, baseline, stopped in ((5, None, False), (4, None, True), (6, 1e-9, False), (5, 1e-9, True)):
        stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=100, patience=patience, baseline=baseline)
        fit(softmax(keras), SPARSE, callbacks=[stop], epochs=5)
        assert (stop.stopped_epoch > 0) == stopped, (patience, baseline)


def test_a_loss_that_expects_probabilities_learns_nothing_from_logits(keras: Any, fit: Fit) -> None:
    """W0803: with the right `from_logits` the same network learns its 64 images far better."""
    keras.utils.set_random_seed(1)
    wrong = fit(keras.layers.Dense(10), SPARSE, epochs=40, optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])[1]
    keras.utils.set_random_seed(1)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    right = fit(keras.layers.Dense(10), loss, epochs=40, optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])[1]
    assert right["accuracy"][-1] > wrong["accuracy"][-1] + 0.2


# ---------------------------------------------------------------- names and tables


def test_metrics_are_called_as_keras_calls_them(keras: Any, fit: Fit) -> None:
    catalogue = load_catalogue()
    for name in catalogue.names("metric"):
        entry = catalogue.entry("metric", name)
        assert entry is not None
        if entry.code:
            continue
        keras.backend.clear_session()
        made = getattr(keras.metrics, name)(**{parameter: REQUIRED[parameter] for parameter in entry.required})
        assert metric_names([{"metric": name, "arguments": {}}]) == [made.name]
        assert (getattr(made, "_direction", None) is None) == (name in losses.NO_DIRECTION), name
    strings = ["acc", "accuracy", "CategoricalAccuracy", "mae", "mae", "sparse_top_k_categorical_accuracy"]
    _, history = fit(softmax(keras), "mse", np.eye(10)[np.arange(64) % 10], metrics=strings[:5])
    assert list(history) == sorted(["loss", *(str(name) for name in metric_names(strings[:5]))])


def test_several_outputs_have_their_names_in_front(keras: Any) -> None:
    image = keras.Input((8,))
    outputs = [keras.layers.Dense(4, activation="softmax", name="kind")(image), keras.layers.Dense(1, name="age")(image)]
    model = keras.Model(image, outputs)
    model.compile("adam", {"kind": SPARSE, "age": "mse"}, metrics={"kind": ["accuracy"], "age": []})
    history = model.fit(np.zeros((8, 8)), {"kind": np.zeros(8), "age": np.zeros(8)}, verbose=0).history
    assert sorted(history) == ["age_loss", "kind_accuracy", "kind_loss", "loss"]


def test_the_facts_about_digits() -> None:
    from sklearn.datasets import load_digits

    digits, facts = load_digits(), facts_of({"source": "digits", "arguments": {}})
    assert (len(digits.images), (*digits.images.shape[1:], 1), digits.images.max()) == (facts.images, facts.shape, facts.top)
    assert sorted(set(digits.target)) == list(range(facts.classes or 0))


def test_metrics_of_class_numbers_are_those_that_keras_can_compute(keras: Any, fit: Fit) -> None:
    """E0802: every other metric stops when its labels are class numbers, or always says 0."""
    catalogue = load_catalogue()
    for name in catalogue.names("metric"):
        entry = catalogue.entry("metric", name)
        assert entry is not None
        if entry.code:
            continue
        arguments = {parameter: REQUIRED[parameter] for parameter in entry.required}
        arguments |= {"num_classes": 10} if "num_classes" in arguments else {}
        written = {"metric": name, "arguments": arguments}
        objective = Objective("", SPARSE, "/train/loss", ((written, "/train/metrics/0"),))
        refused = bool(unlike_labels(EMPTY, objective, "SparseCategoricalCrossentropy", 10))
        assert refused == (not _computes(keras, fit, name, arguments)), name


def _computes(keras: Any, fit: Fit, name: str, arguments: dict[str, Any]) -> bool:
    try:
        fit(softmax(keras), SPARSE, metrics=[getattr(keras.metrics, name)(**arguments)], epochs=1)
    except Exception:
        return False
    return name not in ("OneHotIoU", "OneHotMeanIoU", "CategoricalAccuracy")  # these take the largest number for a class

"""Labels as the loss and the head want them, and what is said where the three do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.items import ArrayColumn, Items
from cnnspec.runtime.data.targets import Head, Targets, targets_of
from cnnspec.runtime.training.weights import class_weights

VOID = {"loss": "SparseCategoricalCrossentropy", "arguments": {"ignore_class": 255}}
CCE = {"loss": "CategoricalCrossentropy", "arguments": {}}


def dataset(labels: Any, classes: tuple[str, ...] | None = None) -> Dataset:
    array = np.asarray(labels)
    items = Items({"x": ArrayColumn(np.zeros((len(array), 6, 5, 3)))}, {"y": ArrayColumn(array)})
    return Dataset(train=items, validation=None, test=None, classes={"y": classes} if classes else {})


@pytest.fixture
def fit(planned: Any) -> Any:
    def make(labels: Any, width: Any, loss: Any, metrics: Any = (), **train: Any) -> tuple[Targets | None, list[Diagnostic]]:
        settings = {"optimizer": "sgd", "loss": loss, "metrics": list(metrics), **train}
        document, plan = planned({"source": "digits", "arguments": {}}, train=settings)
        shape = width if isinstance(width, tuple) else (width,)
        return targets_of(document, plan.phases[0].goals[0], Head(shape, "/model/layers/3"), dataset(labels))

    return make


@pytest.mark.parametrize(
    ("labels", "width", "loss", "expected"),
    [
        ([0, 2, 1], 3, "sparse_categorical_crossentropy", [0, 2, 1]),
        ([0, 2, 1], 3, {"loss": "SparseCategoricalCrossentropy", "arguments": {"from_logits": True}}, [0, 2, 1]),
        ([0, 2, 1], 3, CCE, [[1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ([0, 2, 1], 3, "mse", [[1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ([0, 1, 1], 1, "binary_crossentropy", [[0], [1], [1]]),
        ([0, 1, 1], 1, "hinge", [[0], [1], [1]]),
        ([0, 5, 9], 1, "mae", [[0], [5], [9]]),
        ([0.5, 1.5, 2.5], 1, "mse", [[0.5], [1.5], [2.5]]),
        ([[0.5, 1], [1.5, 2]], 2, "mse", [[0.5, 1], [1.5, 2]]),
        ([[1, 0, 1], [0, 0, 1]], 3, "binary_crossentropy", [[1, 0, 1], [0, 0, 1]]),
        ([[[0, 1]], [[1, 1]]], (1, 2, 2), "sparse_categorical_crossentropy", [[[0, 1]], [[1, 1]]]),
        ([[[0, 255]], [[1, 1]]], (1, 2, 2), VOID, [[[0, 255]], [[1, 1]]]),
        ([0, -1, 1], 2, {"loss": "SparseCategoricalCrossentropy", "arguments": {"ignore_class": -1}}, [0, -1, 1]),
    ],
)
def test_the_form_follows_the_loss_and_the_head(fit: Any, labels: Any, width: Any, loss: Any, expected: Any) -> None:
    targets, found = fit(labels, width, loss)
    assert targets is not None, found
    made = targets.of(np.asarray(labels))
    np.testing.assert_array_equal(made, expected)
    assert made.dtype == (np.int32 if targets.form == "number" else np.float32)


@pytest.mark.parametrize(
    ("labels", "width", "loss", "code", "where", "words"),
    [
        ([0, 9, 9], 9, "sparse_categorical_crossentropy", "E0705", "/model/layers/3", ("label 9 occurs 2 times", "`Dense(10, ...)`")),
        ([-1, 0], 3, CCE, "E0705", "/model/layers/3", ("label -1 occurs 1 times", "number the classes from 0")),
        ([0, 1, 2], 1, "binary_crossentropy", "E0705", "/model/layers/3", ("one output", "label 2", '`Dense(3, activation="softmax")`')),
        ([0, 1], 1, "sparse_categorical_crossentropy", "E0802", "/train/loss", ("single one", "`BinaryCrossentropy()`")),
        ([0, 2], 1, CCE, "E0802", "/train/loss", ("single one", '`Dense(3, activation="softmax")`')),
        ([0, 1], (4, 4, 2), CCE, "E0704", "/model/layers/3", ("one class per image", "(4, 4, 2)", "GlobalAveragePooling2D")),
        ([0.5, 1.5], 2, "mse", "E0704", "/model/layers/3", ("each label is (1,)", "gives (2,)")),
        ([0.5, 1.5], 1, "sparse_categorical_crossentropy", "E0802", "/train/loss", ("wants class numbers", "float64")),
        ([[[0, 3]], [[1, 1]]], (1, 2, 3), "sparse_categorical_crossentropy", "E0705", "/model/layers/3", ("label 3", "make it 4")),
        ([0, 255, 1], 2, "sparse_categorical_crossentropy", "E0705", "/model/layers/3", ("(ignore_class=255)`",)),
        ([0, 7, 1], 2, VOID, "E0705", "/model/layers/3", ("label 7", "(ignore_class=7)`")),
        ([0, 1], 2, "ctc", "E0802", "/train/loss", ("`CTC`", "sequences")),
    ],
)
def test_what_does_not_fit(fit: Any, labels: Any, width: Any, loss: Any, code: str, where: str, words: tuple[str, ...]) -> None:
    targets, (wrong,) = fit(labels, width, loss)
    assert targets is None
    assert (wrong.code, wrong.where.rpartition(": at ")[2]) == (code, where)
    text = "\n".join([wrong.message, *wrong.notes, wrong.help or ""])
    assert all(word in text for word in words), text


@pytest.mark.parametrize(
    ("loss", "metric", "instead"),
    [
        ("sparse_categorical_crossentropy", {"metric": "CategoricalAccuracy", "arguments": {}}, "`SparseCategoricalAccuracy`"),
        ("sparse_categorical_crossentropy", "top_k_categorical_accuracy", "`SparseTopKCategoricalAccuracy`"),
        ("sparse_categorical_crossentropy", "auc", "the loss `CategoricalCrossentropy`"),
        ("categorical_crossentropy", "sparse_categorical_accuracy", "`CategoricalAccuracy`"),
    ],
)
def test_a_metric_that_wants_other_labels_than_the_loss(fit: Any, loss: str, metric: Any, instead: str) -> None:
    _, (wrong,) = fit([0, 1], 2, loss, ["accuracy", metric])
    assert (wrong.code, wrong.where.rpartition(": at ")[2]) == ("E0802", "/train/metrics/1")
    assert instead in wrong.help


def test_classes_that_have_names_are_counted_by_them(planned: Any) -> None:
    """Also where no image of the last one is left in the training part: the head must fit the data, not the draw."""
    document, plan = planned({"source": "image_folder", "arguments": {"path": "pets"}})
    _, (wrong,) = targets_of(document, plan.phases[0].goals[0], Head((2,), ""), dataset([0, 1, 1], ("cat", "dog", "eel")))
    assert (wrong.code, wrong.message) == ("E0705", "the head has 2 outputs, but there are 3 classes")
    targets, (wide,) = targets_of(document, plan.phases[0].goals[0], Head((4,), ""), dataset([0, 1, 1], ("cat", "dog", "eel")))
    assert targets is not None
    assert (wide.code, wide.message) == ("W0803", "the head has 4 outputs, but there are 3 classes")


def test_what_check_has_told_is_not_told_again(planned: Any) -> None:
    document, plan = planned({"source": "digits", "arguments": {}})
    targets, found = targets_of(document, plan.phases[0].goals[0], Head((12,), ""), dataset([0, 1, 9], tuple("0123456789")))
    assert (targets, found) == (Targets("number", 12), [])


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("balanced", {0: 4 / 6, 1: 4 / 2}),
        ({"cat": 2.0, "1": 3}, {0: 2.0, 1: 3}),
        ({}, {}),
        (None, None),
    ],
)
def test_class_weights(planned: Any, weight: Any, expected: Any) -> None:
    train = {"optimizer": "sgd", "loss": "mse", "class_weight": weight}
    document, plan = planned({"source": "digits", "arguments": {}}, train=train)
    assert class_weights(document, plan.phases[0].goals[0], Targets("number", 2), dataset([0, 0, 0, 1], ("cat", "dog"))) == (expected, [])


def test_a_weight_for_a_class_that_there_is_not(planned: Any) -> None:
    train = {"optimizer": "sgd", "loss": "mse", "class_weight": {"dgo": 1.0, "7": 1.0}}
    document, plan = planned({"source": "digits", "arguments": {}}, train=train)
    _, found = class_weights(document, plan.phases[0].goals[0], Targets("number", 2), dataset([0, 1], ("cat", "dog")))
    assert [(d.code, d.help) for d in found] == [("E0807", "did you mean `dog`?"), ("E0807", "the classes are cat, dog")]

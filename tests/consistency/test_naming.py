"""Names and tables that stand for what Keras knows, against the catalogue. Against Keras itself: test_keras_agrees.py."""

from __future__ import annotations

import re

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.catalogue.facts import facts_of
from cnnspec.consistency import ends, losses, schedules
from cnnspec.consistency.naming import argument, canonical, metric_names

TOP5 = {"metric": "SparseTopKCategoricalAccuracy", "arguments": {}}


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        (["accuracy", "acc", "mae"], ["accuracy", "acc", "mae"]),
        ([TOP5, {"metric": "AUC", "arguments": {"name": "area"}}], ["sparse_top_k_categorical_accuracy", "area"]),
        ([{"metric": "AUC", "arguments": {}}, {"metric": "AUC", "arguments": {}}, "auc"], ["auc", "auc_1", "auc_2"]),
        ([{"extern": "Mine", "arguments": {}}, {"extern": "Mine", "arguments": {"name": "mine"}}], [None, "mine"]),
    ],
)
def test_the_names_of_metrics(metrics: list[object], expected: list[str | None]) -> None:
    assert metric_names(metrics) == expected


def test_a_name_and_an_object_are_the_same_thing() -> None:
    assert canonical("loss", "mse") == canonical("loss", {"loss": "MeanSquaredError", "arguments": {}}) == "MeanSquaredError"
    assert canonical("activation", "swish") == "silu"
    assert argument("loss", "sparse_categorical_crossentropy", "from_logits") is False
    assert argument("callback", {"callback": "EarlyStopping", "arguments": {"patience": 3}}, "patience") == 3


def test_every_name_in_the_tables_is_one_of_keras() -> None:
    known = {kind: set(load_catalogue().names(kind)) for kind in ("loss", "metric", "layer", "schedule")}
    named = losses.NUMBERED | losses.BINARY | losses.CATEGORICAL | losses.REGRESSION | losses.FROM_LOGITS | set(losses.UNFIT)
    assert named <= known["loss"]
    by_shape = {"accuracy", "crossentropy"}
    measured = {*losses.SPARSE_OF, *losses.OVERLAP_OF, *losses.OF_NUMBERS, *losses.THRESHOLDS, *losses.NO_DIRECTION, *losses.AT_MOST_ONE}
    assert measured - by_shape <= known["metric"]
    assert known["layer"] >= ends.PASSING
    assert {*schedules._DECAYS, *schedules._STAIRS} <= known["schedule"]


def test_from_logits_is_an_argument_of_these_losses_and_no_others() -> None:
    catalogue = load_catalogue()
    entries = [catalogue.entry("loss", name) for name in catalogue.names("loss")]
    assert {entry.name for entry in entries if entry and entry.parameter("from_logits")} == losses.FROM_LOGITS


@pytest.mark.parametrize("name", ["digits", "mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_the_facts_are_those_of_the_vocabulary(name: str) -> None:
    entry, facts = load_catalogue().entry("source", name), facts_of({"source": name, "arguments": {}})
    assert entry is not None and facts.shape and facts.images is not None and facts.tests is not None
    total, shape, classes = re.findall(r"[\d,]*\d(?:x\d+x\d+)?", entry.doc)[:3]
    assert int(total.replace(",", "")) == facts.images + facts.tests
    assert shape == "x".join(map(str, facts.shape))
    assert int(classes) == facts.classes
    assert facts.names is None or len(facts.names) == facts.classes

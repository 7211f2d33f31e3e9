"""Document -> plan: defaults, phases, what is missing, what is not executed yet."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from cnnspec.document.document import Document
from cnnspec.plan.plan import Object, Plan
from cnnspec.plan.resolve import resolve

SPEC: dict[str, Any] = {
    "cnn": 1,
    "model": {
        "name": "m",
        "input": [{"name": "x", "shape": [8, 8, 1]}],
        "layers": [{"name": "y", "layer": "Dense", "arguments": {"units": 10, "activation": "softmax"}, "inputs": ["x"]}],
        "output": ["y"],
    },
    "data": {"source": {"source": "digits", "arguments": {}}},
    "train": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"},
}


def document(**sections: Any) -> Document:
    json = copy.deepcopy(SPEC)
    for name, value in sections.items():
        json[name] = value
    return Document({key: value for key, value in json.items() if value is not None}, "m.json", Path())


def plan_of(**sections: Any) -> Plan:
    plan, found = resolve(document(**sections))
    assert plan is not None, found
    return plan


def refused(**sections: Any) -> list[tuple[str, str]]:
    """Code and place of each error."""
    plan, found = resolve(document(**sections))
    assert plan is None
    assert all(d.help for d in found), "every error says what to write"
    return [(d.code, (d.where or "").rpartition(": at ")[2]) for d in found if d.severity == "error"]


def test_defaults_are_those_of_the_catalogue() -> None:
    plan = plan_of()
    assert (plan.data.batch, plan.data.shuffle, plan.data.validation, plan.data.resize_method) == (32, True, None, "stretch")
    assert (plan.phases[0].epochs, plan.phases[0].goals[0].metrics, plan.phases[0].accumulate) == (1, (), 1)
    assert (plan.run.seed, plan.run.precision, plan.run.deterministic, plan.run.steps_per_execution) == (0, "float32", True, "auto")
    assert plan.augment == () and plan.checkpoint is None and plan.exports == () and plan.promises == ()


def test_settings_hold_the_plan_as_json() -> None:
    settings = plan_of(data={**SPEC["data"], "validation": 0.1}).settings
    assert settings["data"]["source"] == {"source": "digits", "arguments": {}}
    assert settings["data"]["validation"] == 0.1
    assert settings["train"][0]["goals"][0]["loss"] == "sparse_categorical_crossentropy"


def test_a_train_section_without_phases_is_one_phase_without_a_name() -> None:
    (phase,) = plan_of().phases
    assert (phase.name, phase.pointer) == ("", "/train")


def test_what_a_phase_leaves_out_is_taken_from_train_except_freeze() -> None:
    sgd = {"optimizer": "SGD", "arguments": {}}
    phases = {"head": {"freeze": ["y"], "optimizer": sgd}, "all": {"epochs": 5}}
    train = {**SPEC["train"], "epochs": 3, "metrics": ["accuracy"], "phase": phases}
    head, rest = plan_of(train=train).phases
    assert (head.name, head.epochs, head.freeze, head.goals[0].metrics) == ("head", 3, ("y",), ("accuracy",))
    assert head.optimizer == Object("optimizer", "SGD", {}, "/train/phase/head/optimizer")
    assert (rest.name, rest.epochs, rest.freeze, rest.optimizer) == ("all", 5, (), "adam")
    assert head.places["optimizer"] == "/train/phase/head/optimizer"
    assert rest.places["optimizer"] == "/train/optimizer"


def test_freeze_beside_phases_is_an_error_because_it_would_have_no_effect() -> None:
    assert refused(train={**SPEC["train"], "freeze": ["y"], "phase": {"a": {}}}) == [("E0801", "/train/freeze")]


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"data": None}, [("E0801", "the top")]),
        ({"train": None}, [("E0801", "the top")]),
        ({"train": {"optimizer": "adam"}}, [("E0801", "/train")]),
        ({"train": {"loss": "mse"}}, [("E0801", "/train")]),
        ({"train": {"loss": "mse", "phase": {"a": {"optimizer": "sgd"}, "b": {}}}}, [("E0801", "/train/phase/b")]),
    ],
)
def test_what_is_missing(sections: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert refused(**sections) == expected


@pytest.mark.parametrize(
    ("arguments", "loss"),
    [
        ({"units": 10, "activation": "softmax"}, '"sparse_categorical_crossentropy"'),
        ({"units": 1, "activation": "sigmoid"}, '"binary_crossentropy"'),
        ({"units": 10}, "SparseCategoricalCrossentropy(from_logits=True)"),
        ({"units": 10, "activation": {"activation": "softmax", "arguments": {}}}, '"sparse_categorical_crossentropy"'),
    ],
)
def test_the_loss_that_is_proposed_fits_the_last_layer(arguments: dict[str, Any], loss: str) -> None:
    model = copy.deepcopy(SPEC["model"])
    model["layers"][0]["arguments"] = arguments
    _, found = resolve(document(model=model, train={"optimizer": "adam"}))
    assert loss in (found[0].help or "")


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({"run": {"distribution": {"distribution": "data_parallel", "arguments": {}}}}, "/run/distribution"),
        ({"run": {"tracking": "wandb"}}, "/run/tracking"),
    ],
)
def test_a_setting_that_would_change_the_result_is_refused_at_its_place(sections: dict[str, Any], place: str) -> None:
    assert refused(**sections) == [("E0890", place)]


@pytest.mark.parametrize(
    "sections",
    [
        {"tune": {"trials": 3}},
        {"export": {"onnx": "a.onnx"}},
        {"expect": [{"quantity": "y", "op": "==", "value": [10]}]},
    ],
)
def test_a_setting_that_changes_nothing_is_a_warning(sections: dict[str, Any]) -> None:
    plan, found = resolve(document(**sections))
    assert plan is not None
    assert [d.code for d in found] == ["W0890"]


def test_exports_and_promises_that_are_executed() -> None:
    promises = [{"quantity": "test.accuracy", "op": ">=", "value": 0.9}, {"quantity": "params", "op": "<=", "value": 10}]
    plan = plan_of(export={"keras": "m.keras", "weights": "m.weights.h5", "onnx": None}, expect=promises)
    assert [(e.kind, e.path, e.pointer) for e in plan.exports] == [
        ("keras", "m.keras", "/export/keras"),
        ("weights", "m.weights.h5", "/export/weights"),
    ]
    assert [(p.quantity, p.pointer) for p in plan.promises] == [("test.accuracy", "/expect/0"), ("params", "/expect/1")]


def test_shuffle_can_be_turned_off() -> None:
    assert plan_of(data={**SPEC["data"], "shuffle": False}).data.shuffle is False


def test_parts_may_be_given_in_split() -> None:
    data = plan_of(data={**SPEC["data"], "split": {"validation": 0.1, "test": 100, "stratify": True, "seed": 3}}).data
    assert (data.validation, data.test, data.stratify, data.split_seed) == (0.1, 100, True, 3)
    assert data.places["validation"] == "/data/split/validation"

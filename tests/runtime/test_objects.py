"""Values of the document as Keras takes them."""

from __future__ import annotations

from typing import Any

import pytest

CASES: list[tuple[dict[str, Any], str, Any]] = [
    ({"optimizer": "Adam", "arguments": {"learning_rate": 1}}, "learning_rate", 1.0),
    ({"optimizer": "SGD", "arguments": {"learning_rate": 0.1, "momentum": 0}}, "momentum", 0.0),
    ({"metric": "Precision", "arguments": {"thresholds": [0.5, 0.7]}}, "thresholds", [0.5, 0.7]),
    ({"metric": "FBetaScore", "arguments": {"beta": 2}}, "beta", 2.0),
    ({"layer": "Reshape", "arguments": {"target_shape": [2, 2]}}, "target_shape", (2, 2)),
    ({"layer": "Dropout", "arguments": {"rate": 0}}, "rate", 0.0),
]


@pytest.mark.parametrize(("value", "attribute", "expected"), CASES, ids=lambda case: str(case)[:60])
def test_arguments_have_the_types_that_keras_looks_at(keras: Any, value: dict[str, Any], attribute: str, expected: Any) -> None:
    from cnnspec.runtime.model.objects import Context, to_keras

    found = getattr(to_keras(value, Context()), attribute)
    found = float(found) if attribute == "learning_rate" else found
    assert found == expected
    assert isinstance(found, type(expected))


def test_a_dictionary_with_a_kind_as_a_key_is_no_object(keras: Any) -> None:
    from cnnspec.runtime.model.objects import Context, to_keras

    assert to_keras({"layer": 2.0}, Context()) == {"layer": 2.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Input 0 is incompatible.\n\nArguments received:\n  x", "Input 0 is incompatible."),
        (
            'Graph execution error:\n\nDetected at node a/b defined at (most recent call last):\n  File "x.py", line 5, in f\n\n'
            '  File "y.py", line 6, in g\n\nReceived a label value of 7.\n\t [[{{node a/b}}]] [Op:x]',
            "Received a label value of 7.",
        ),
        ("Graph execution error:", "Graph execution error:"),
        ("", ""),
    ],
)
def test_of_a_long_message_the_sentence_is_kept_that_says_what_is_wrong(keras: Any, text: str, expected: str) -> None:
    from cnnspec.runtime.model.objects import first_sentence

    assert first_sentence(ValueError(text)) == expected


SCHEDULES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("CosineDecay", {"initial_learning_rate": 0.0, "warmup_target": 1.0}, {"decay_steps": 4, "warmup_steps": 2}),
    ("CosineDecayRestarts", {"initial_learning_rate": 1.0, "t_mul": 2.0}, {"first_decay_steps": 2}),
    ("ExponentialDecay", {"initial_learning_rate": 1.0, "decay_rate": 0.5, "staircase": True}, {"decay_steps": 2}),
    ("InverseTimeDecay", {"initial_learning_rate": 1.0, "decay_rate": 0.5}, {"decay_steps": 3}),
    ("PolynomialDecay", {"initial_learning_rate": 1.0, "power": 2.0}, {"decay_steps": 5}),
]


@pytest.mark.parametrize(("name", "plain", "in_epochs"), SCHEDULES, ids=[name for name, _, _ in SCHEDULES])
def test_a_schedule_is_keras_own_counted_in_epochs(keras: Any, name: str, plain: dict[str, Any], in_epochs: dict[str, int]) -> None:
    from cnnspec.runtime.model.objects import Context, to_keras

    arguments = {**plain, **{key: {"epochs": count} for key, count in in_epochs.items()}}
    found = to_keras({"schedule": name, "arguments": arguments}, Context(steps_per_epoch=3))
    expected = getattr(keras.optimizers.schedules, name)(**plain, **{key: 3 * count for key, count in in_epochs.items()})
    assert [float(found(step)) for step in range(25)] == [float(expected(step)) for step in range(25)]


def test_the_boundaries_of_a_schedule_are_counted_in_epochs(keras: Any) -> None:
    from cnnspec.runtime.model.objects import Context, to_keras

    arguments = {"boundaries": [{"epochs": 1}, {"epochs": 2}], "values": [3.0, 2.0, 1.0]}
    found = to_keras({"schedule": "PiecewiseConstantDecay", "arguments": arguments}, Context(steps_per_epoch=2))
    assert [float(found(step)) for step in range(7)] == [3, 3, 3, 2, 2, 1, 1]

"""What an optimizer keeps for its weights: Keras is asked."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.cost.slots import SLOTS, slot_values

SHAPES = [(3, 3, 4, 8), (8,), (32, 10), (10,), (5, 5, 2), (7, 1)]
CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in SLOTS),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("RMSprop", {"momentum": 0.5}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {"amsgrad": True}),
    ("Adam", {"use_ema": True}),
    ("SGD", {"gradient_accumulation_steps": 4}),
    ("Adafactor", {"gradient_accumulation_steps": 4, "use_ema": True}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=str)
def test_keras_keeps_as_much(name: str, arguments: dict[str, Any], keras: Any) -> None:
    optimizer = getattr(keras.optimizers, name)(**arguments)
    optimizer.build([keras.Variable(keras.ops.zeros(shape)) for shape in SHAPES])
    kept = sum(prod(variable.shape) for variable in optimizer.variables if len(variable.shape))
    assert slot_values(name, arguments, SHAPES) == kept


def test_an_optimizer_around_another() -> None:
    arguments = {"inner_optimizer": {"optimizer": "Adam", "arguments": {}}}
    assert slot_values("LossScaleOptimizer", arguments, [(3, 4)]) == 24


def test_every_optimizer_but_two_is_known() -> None:
    assert {*load_catalogue().names("optimizer")} - {*SLOTS} == {"LossScaleOptimizer", "Muon"}

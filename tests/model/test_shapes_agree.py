"""Our shape rules say what Keras says: which layers it refuses, and the shape of what it gives."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.shapes import Refusal, Shape, infer
from cnnspec.shapes.families import RULES
from tests.model.shape_cases import Case, cases


def keras_shape(keras: Any, case: Case) -> Shape | None:
    """The shape without the batch axis, None where Keras refuses."""
    arguments = {key: tuple(value) if isinstance(value, list) else value for key, value in case.arguments.items()}
    inputs = [keras.KerasTensor((None, *shape), name=f"x{i}") for i, shape in enumerate(case.inputs)]
    try:
        layer = getattr(keras.layers, case.layer)(**arguments)
        output = layer(inputs if len(inputs) > 1 else inputs[0])
    except Exception:
        return None
    return tuple(output.shape[1:])


@pytest.mark.parametrize("name", RULES)
def test_rule_says_what_keras_says(name: str, keras: Any) -> None:
    for case in cases(PER_LAYER):
        if case.layer != name:
            continue
        ours = infer({"layer": case.layer, "arguments": dict(case.arguments)}, case.inputs)
        theirs = keras_shape(keras, case)
        if isinstance(ours, Refusal):
            assert theirs is None, f"{case}: we refuse ({ours.message}), Keras gives {theirs}"
        elif ours[0] is not None:
            assert theirs is not None, f"{case}: we say {ours[0]}, Keras refuses"
            assert ours[0] == theirs, f"{case}: we say {ours[0]}, Keras {theirs}"


PER_LAYER = 6

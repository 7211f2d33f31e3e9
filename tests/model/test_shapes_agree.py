"""Our shape rules say what Keras says. (`tests/tools/shapes_against_keras.py` compares many more calls.)"""

from __future__ import annotations

from typing import Any

import pytest

from tests.model.calls import FAMILIES
from tests.model.keras_word import difference
from tests.model.shape_cases import cases


@pytest.mark.slow
@pytest.mark.parametrize("family", [*FAMILIES, "image"])
def test_rules_say_what_keras_says(family: str, keras: Any) -> None:
    assert [found for case in cases(30, seed=7, family=family) if (found := difference(case))] == []

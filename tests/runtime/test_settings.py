"""What "auto" means, and what a backend does not have."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.plan.plan import Run

RUN: dict[str, Any] = {"backend": None, "seed": 0, "precision": "float32", "deterministic": True}


def settings(**given: Any) -> Run:
    return Run(**{**RUN, "steps_per_execution": "auto", "jit_compile": "auto", "save_every": 60.0, **given})


@pytest.fixture(scope="session")
def networks(keras: Any) -> dict[str, Any]:
    """A small one: 54,000 + 195,000 multiplications an image; and one with a thousand times as many."""
    layers = keras.layers
    small = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10)])
    large = keras.Sequential([keras.Input((224, 224, 3)), layers.Conv2D(64, 3), layers.Conv2D(64, 3), layers.GlobalAveragePooling2D()])
    nested = keras.Sequential([keras.Input((224, 224, 3)), large, layers.Dense(10)])
    return {"small": small, "large": large, "nested": nested}


def test_multiplications(keras: Any, networks: dict[str, Any]) -> None:
    from cnnspec.runtime.backend.settings import multiplications

    assert multiplications(networks["small"]) == 26 * 26 * 9 * 32 + 13 * 13 * 32 * 10
    assert multiplications(networks["nested"]) == multiplications(networks["large"]) + 64 * 10


@pytest.mark.parametrize(
    ("backend", "network", "steps", "expected"),
    [
        ("tensorflow", "small", 1000, 32),
        ("tensorflow", "small", 7, 7),
        ("tensorflow", "large", 1000, 1),
        ("tensorflow", "nested", 1000, 1),
        ("jax", "small", 1000, 1),
        ("torch", "small", 1000, 1),
    ],
)
def test_steps_per_execution(keras: Any, networks: dict[str, Any], backend: str, network: str, steps: int, expected: int) -> None:
    from cnnspec.runtime.backend.settings import execution

    assert execution(settings(jit_compile=False), backend, networks[network], 32, steps).steps_per_execution == expected


def test_what_the_spec_says_stands(keras: Any, networks: dict[str, Any]) -> None:
    from cnnspec.runtime.backend.settings import execution

    chosen = execution(settings(steps_per_execution=5, jit_compile=True), "tensorflow", networks["small"], 32, 1000)
    assert (chosen.steps_per_execution, chosen.jit_compile) == (5, True)


def test_torch_has_one_step_in_a_call(keras: Any, planned: Any) -> None:
    from cnnspec.runtime.backend.settings import refused_by

    document, _ = planned({"source": "digits", "arguments": {}})
    (wrong,) = refused_by("torch", document, settings(steps_per_execution=8))
    assert (wrong.code, wrong.where) == ("E0801", "m.json: at /run/steps_per_execution")
    assert refused_by("torch", document, settings()) == refused_by("jax", document, settings(steps_per_execution=8)) == []

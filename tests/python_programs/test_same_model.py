"""The model of a Python program and that of the spec that it is told compute the same."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.compiler import compile_source
from cnnspec.source import Source
from tests.python_programs.test_programs import FOLLOWED, told

KERAS_3 = [name for name, (program, spec) in FOLLOWED.items() if spec and not any(old in program for old in ("nb_filter", "lr=", "load"))]


@pytest.mark.slow
@pytest.mark.parametrize("name", KERAS_3)
def test_the_spec_computes_what_the_program_computes(name: str) -> None:
    keras = pytest.importorskip("keras")
    from cnnspec.runtime.model.build import build_model

    program, fix = FOLLOWED[name][0], told(FOLLOWED[name][0]).fix
    assert fix is not None
    names: dict[str, Any] = {
        "keras": keras,
        "layers": keras.layers,
        **vars(keras.layers),
        "Model": keras.Model,
        "Sequential": keras.Sequential,
    }
    exec(program, names)
    (wanted,) = {id(value): value for value in names.values() if isinstance(value, keras.Model)}.values()
    compiled, problems = compile_source(Source("spec.cnn", fix.replacement))
    assert compiled is not None, problems
    found, _ = build_model(compiled.document, compiled.graph, 1)
    assert found is not None
    images = [keras.random.uniform((2, *(size or 6 for size in tensor.shape[1:])), seed=3) for tensor in wanted.inputs]
    assert _outputs(keras, found, images) == pytest.approx(_outputs(keras, wanted, images))


def _outputs(keras: Any, model: Any, images: list[Any]) -> list[float]:
    """All numbers that a model gives where all its weights are the same."""
    for weight in model.weights:
        weight.assign(keras.ops.full(weight.shape, 0.1))
    outputs = keras.tree.flatten(model(images if len(images) > 1 else images[0]))
    return [float(number) for output in outputs for number in keras.ops.convert_to_numpy(output).flatten()]

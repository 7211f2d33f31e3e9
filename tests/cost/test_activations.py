"""What an architecture leaves in memory: the outputs of Keras's own layers."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from cnnspec.compiler import compile_source
from cnnspec.cost import measure
from cnnspec.shapes.held import IN_PLACE
from cnnspec.source import Source


@pytest.mark.slow
@pytest.mark.parametrize("name", ["MobileNetV2", "NASNetMobile", "ResNet50V2", "Xception"])
def test_keras_has_as_much(name: str, keras: Any) -> None:
    body = f"input image: (96, 96, 3)\n{name}(weights=None, include_top=False, preprocess=False)"
    compiled, diagnostics = compile_source(Source("net.cnn", f"cnn 1\n\nmodel net {{\n{body}\n}}\n"))
    assert compiled is not None, diagnostics
    model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(96, 96, 3))
    layers = [layer for layer in model.layers if type(layer).__name__ not in {*IN_PLACE, "InputLayer"}]
    costs = measure(compiled.graph)
    assert costs.activation_bytes == sum(4 * prod(layer.output.shape[1:]) for layer in layers)
    assert costs.parameter_bytes == 4 * model.count_params()

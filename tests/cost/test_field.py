"""Receptive fields against the numbers: which pixels of the input change a value of the output."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cnnspec.compiler import Compiled, compile_source
from cnnspec.cost import Field, measure
from cnnspec.cost.field import reaches
from cnnspec.source import Source

LENGTH = 96
CONV = 'use_bias=False, kernel_initializer="ones"'
LAYERS = (
    'Conv1D(1, {k}, padding="{p}", {c})',
    'Conv1D(1, {k}, strides={s}, padding="{p}", {c})',
    'Conv1D(1, {k}, dilation_rate=2, padding="{q}", {c})',
    'AveragePooling1D({s}, padding="{p}")',
    "AveragePooling1D(3, strides={s})",
    "UpSampling1D({s})",
    'Conv1DTranspose(1, {t}, strides={s}, padding="{p}", {c})',
    "ZeroPadding1D(({k}, 1))",
    "ReLU()",
)


def compiled(body: str) -> Compiled:
    found, diagnostics = compile_source(Source("net.cnn", f"cnn 1\n\nmodel net {{\n{body}\n}}\n"))
    assert found is not None, diagnostics
    return found


def drawn(seed: int) -> str:
    """A network of four to seven layers, or two such branches that meet."""
    draw = random.Random(seed)

    def layer() -> str:
        text = draw.choice(LAYERS)
        words = {"k": draw.randint(1, 5), "s": draw.randint(1, 3), "p": draw.choice(("same", "valid"))}
        return text.format(**words, t=draw.randint(3, 5), q=draw.choice(("same", "valid", "causal")), c=CONV)

    lines = [f"input image: ({LENGTH}, 1)", *(layer() for _ in range(draw.randint(2, 4)))]
    if draw.random() < 0.5:
        s, k, other = draw.randint(1, 3), draw.randint(1, 5), draw.randint(1, 4)
        ends = f'Conv1DTranspose(1, {max(k, s)}, strides={s}, padding="same", {CONV})', f"UpSampling1D({s})"
        lines += [
            "ReLU() as trunk",
            f'down = trunk -> AveragePooling1D({s}, padding="same") -> Conv1D(1, {k}, padding="same", {CONV}) -> {draw.choice(ends)}',
            f'side = trunk -> Conv1D(1, {other}, padding="same", {CONV}) -> AveragePooling1D({s}, padding="same") -> UpSampling1D({s})',
            "[down, side] -> Add()",
        ]
    return "\n".join([*lines, *(layer() for _ in range(draw.randint(1, 3)))])


def built(body: str) -> tuple[Compiled, Any]:
    from cnnspec.runtime.model.build import build_model

    found = compiled(body)
    model, diagnostics = build_model(found.document, found.graph, 0)
    assert model is not None, diagnostics
    return found, model


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("seed", range(60))
def test_exactly_these_pixels_change_a_value(seed: int) -> None:
    """All weights are positive, and each image has one pixel: a value that it has an influence on is not 0."""
    import numpy as np

    body = drawn(seed)
    gaps = "dilation" in body and ("Transpose" in body or "UpSampling" in body)  # places that are stepped over
    found, model = built(body)
    influence = np.asarray(model(np.eye(LENGTH, dtype="float32")[..., None]))[..., 0] != 0
    reach = reaches(found.graph)[found.graph.nodes[-1].name]
    assert reach is not None, body
    (axis,) = reach
    for number, column in enumerate(influence.T):
        first, last = axis.reads(number)
        pixels = np.flatnonzero(column)
        if first >= 0 and last < LENGTH and pixels.size:
            assert first <= pixels[0] and pixels[-1] <= last, (body, number)
            assert gaps or (first, last) == (pixels[0], pixels[-1]), (body, number)


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos3"])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_an_image_that_is_enlarged(interpolation: str, factor: int) -> None:
    import numpy as np

    body = f'input image: (24, 1, 1)\nUpSampling2D(({factor}, 1), interpolation="{interpolation}") as big'
    found, model = built(body)
    outputs = np.asarray(model(np.eye(24, dtype="float32")[:, :, None, None]))[:, :, 0, 0]
    reach = reaches(found.graph)["big"]
    assert reach is not None
    most = 0
    for number, column in enumerate(outputs.T):
        first, last = reach[0].reads(number)
        pixels = np.flatnonzero(abs(column) > 1e-6)
        if first >= 0 and last < 24:
            assert first <= pixels[0] and pixels[-1] <= last, number
            most = max(most, int(pixels[-1] - pixels[0]) + 1)
    assert reach[0].size - most <= (factor % 2 and reach[0].size > 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('Conv2D(4, (3, 5), padding="same")', Field((3, 5), (1, 1), (-1, -2))),
        ("Conv2D(4, 3)\nMaxPooling2D(2)\nConv2D(4, 3)", Field((8, 8), (2, 2), (0, 0))),
        ('UpSampling2D(2)\nConv2D(4, 3, padding="same")', Field((2, 2), (0.5, 0.5), (-1, -1))),
        ("Conv2D(4, 3)\nGlobalAveragePooling2D()", Field((3, 3), (1, 1), (0, 0))),
    ],
)
def test_the_field_of_a_network(body: str, field: Field) -> None:
    assert measure(compiled(f"input image: (32, 32, 3)\n{body}").graph).receptive_field == field

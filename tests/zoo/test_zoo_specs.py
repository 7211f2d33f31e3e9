"""The networks of specs/zoo without Keras: nothing is wrong in them, every shape is known, and U-Net has those of its paper."""

from __future__ import annotations

import pytest

from cnnspec.formatting import format_source
from cnnspec.source import Source
from tests.zoo.networks import NAMES, ZOO, compiled, promised

FIGURE_1 = [
    ("conv 3x3", 570, 64), ("conv 3x3", 568, 64),
    ("max pool", 284, 64), ("conv 3x3", 282, 128), ("conv 3x3", 280, 128),
    ("max pool", 140, 128), ("conv 3x3", 138, 256), ("conv 3x3", 136, 256),
    ("max pool", 68, 256), ("conv 3x3", 66, 512), ("conv 3x3", 64, 512),
    ("max pool", 32, 512), ("conv 3x3", 30, 1024), ("conv 3x3", 28, 1024),
    ("up-conv 2x2", 56, 512), ("copy and crop", 56, 1024), ("conv 3x3", 54, 512), ("conv 3x3", 52, 512),
    ("up-conv 2x2", 104, 256), ("copy and crop", 104, 512), ("conv 3x3", 102, 256), ("conv 3x3", 100, 256),
    ("up-conv 2x2", 200, 128), ("copy and crop", 200, 256), ("conv 3x3", 198, 128), ("conv 3x3", 196, 128),
    ("up-conv 2x2", 392, 64), ("copy and crop", 392, 128), ("conv 3x3", 390, 64), ("conv 3x3", 388, 64),
    ("conv 1x1", 388, 2),
]  # fmt: skip
"""The arrows of figure 1 of Ronneberger et al. 2015, from 572x572 pixels on, each with the height and the channels of what it gives."""

ARROWS = {"Conv2D": "conv", "MaxPooling2D": "max pool", "Conv2DTranspose": "up-conv", "Concatenate": "copy and crop"}


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_is_known(name: str) -> None:
    graph = compiled(name).graph
    assert [node.name for node in graph.nodes if node.shapes[0] is None or None in node.shapes[0]] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_formatted_and_says_its_counts(name: str) -> None:
    source = Source(name, (ZOO / f"{name}.cnn").read_text(encoding="utf-8"))
    assert format_source(source)[0] == source.text
    assert "arXiv:" in source.text.partition("cnn 1")[0]
    assert "params" in promised(name)


def test_unet_is_figure_1_of_its_paper() -> None:
    found = []
    for node in compiled("unet").graph.nodes:
        if node.layer in ARROWS:
            size = node.arguments.get("kernel_size")
            arrow = f"{ARROWS[node.layer]} {size}x{size}" if size else ARROWS[node.layer]
            found.append((arrow, node.shapes[0]))
    assert found == [(arrow, (size, size, channels)) for arrow, size, channels in FIGURE_1]


def test_unet_has_the_convolutions_and_the_parameters_of_the_figure() -> None:
    """23 convolutions, says section 2. Each has a weight for every input channel and place of its kernel, and a bias."""
    kernels = {"conv 3x3": 9, "conv 1x1": 1, "up-conv 2x2": 4}
    before = [1, *(channels for _, _, channels in FIGURE_1)]
    weights = [
        kernels[arrow] * inputs * channels + channels
        for (arrow, _, channels), inputs in zip(FIGURE_1, before, strict=False)
        if arrow in kernels
    ]
    assert len(weights) == 23
    assert promised("unet") == {"params": sum(weights)} == {"params": 31_030_658}

"""Each architecture of `keras.applications` as Keras builds it: shape and counts for any image, with its top and without, and as a spec."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.compiler import compile_source
from cnnspec.shapes import Shape
from cnnspec.source import Source
from tests.model.backbone_word import Word, difference, drawn, word

NAMES = load_catalogue().names("application")


def size_of(name: str) -> int:
    entry = load_catalogue().entry("application", name)
    assert entry is not None and entry.backbone is not None
    return entry.backbone.size


def of_spec(line: str, image: Shape) -> Word:
    """What we say of a model that is one line."""
    spec, diagnostics = compile_source(Source("m.cnn", f"cnn 1\nmodel m {{\n  input image: {image}\n  {line}\n}}\n"))
    assert not diagnostics, diagnostics
    assert spec is not None and spec.graph is not None
    (node,) = spec.graph.nodes
    (shape,) = node.shapes
    return Word(shape or (), spec.graph.params or 0, node.facts.trainable_params or 0)


def test_these_are_all_that_keras_has(keras: Any) -> None:
    made = {name for name, value in vars(keras.applications).items() if callable(value)}
    assert set(NAMES) == made
    assert len(NAMES) == 40


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_architecture_is_what_keras_builds(name: str, keras: Any) -> None:
    assert difference(name, *drawn(name, random.Random(name))) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_spec_of_one_line_is_what_keras_builds(name: str, keras: Any) -> None:
    size = size_of(name)
    assert of_spec(f"{name}()", (size, size, 3)) == word(name, {"weights": None}, (size, size, 3))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_spec_of_a_backbone_is_what_keras_builds(name: str, keras: Any) -> None:
    pooling = random.Random(name).choice(("avg", "max"))
    expected = word(name, {"weights": None, "include_top": False, "pooling": pooling}, (160, 128, 3))
    assert of_spec(f'{name}(include_top=False, pooling="{pooling}")', (160, 128, 3)) == expected

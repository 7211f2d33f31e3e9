"""Each architecture of `keras.applications` as Keras builds it: shape and counts for any image, with and without its top."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cnnspec.catalogue import load_catalogue
from tests.model.backbone_word import difference, drawn

NAMES = load_catalogue().names("application")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_architecture_is_what_keras_builds(name: str, keras: Any) -> None:
    entry = load_catalogue().entry("application", name)
    assert entry is not None and entry.backbone is not None
    size, draw = entry.backbone.size, random.Random(name)
    assert difference(name, {}, (size, size, 3)) is None
    assert difference(name, *drawn(name, draw)) is None

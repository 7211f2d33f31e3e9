"""Small data on disk, and specs around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.document.document import Document
from cnnspec.plan.plan import Plan
from cnnspec.plan.resolve import resolve

MakeImages = Callable[..., Path]
Planned = Callable[..., tuple[Document, Plan]]


@pytest.fixture
def folder(tmp_path: Path) -> MakeImages:
    """Writes `count` images of each class below `tmp_path / name`: the red part says the class, the green one which image it is."""

    def make(name: str, classes: Mapping[str, int], size: tuple[int, int] = (6, 5), mode: str = "RGB", suffix: str = ".png") -> Path:
        for number, (label, count) in enumerate(classes.items()):
            place = tmp_path / name / label
            place.mkdir(parents=True)
            for i in range(count):
                Image.new("RGB", (size[1], size[0]), (40 * number, i, 7)).convert(mode).save(place / f"{i:03}{suffix}")
        return tmp_path / name

    return make


@pytest.fixture
def npz(tmp_path: Path) -> Callable[..., Path]:
    """Writes an .npz file with these arrays."""

    def make(name: str = "data.npz", **arrays: Any) -> Path:
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return make


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """A document and its plan around `source`, for images of `shape`; sections are added or replaced by name."""

    def make(source: Mapping[str, Any], shape: tuple[int | None, ...] = (6, 5, 3), **sections: Any) -> tuple[Document, Plan]:
        data = {"source": dict(source), **sections.pop("data", {})}
        model = {"name": "m", "input": [{"name": "x", "shape": list(shape)}], "layers": [], "output": ["y"]}
        train = {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}
        document = Document({"cnn": 1, "model": model, "data": data, "train": train, **sections}, "m.json", tmp_path)
        plan, found = resolve(document)
        assert plan is not None, found
        return document, plan

    return make

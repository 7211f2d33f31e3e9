"""Data sets of other libraries, made here: what arrives, and what is told. Skipped where a library is not installed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.sources import hub

Open = Callable[..., tuple[Dataset | None, list[Diagnostic]]]
with_tfds = pytest.mark.skipif(find_spec("tensorflow_datasets") is None, reason="TensorFlow Datasets is not installed")
with_huggingface = pytest.mark.skipif(find_spec("datasets") is None, reason="Hugging Face's datasets is not installed")


@pytest.fixture
def opened(planned: Any) -> Open:
    def make(source: str, data: dict[str, Any] | None = None, **arguments: Any) -> tuple[Dataset | None, list[Diagnostic]]:
        document, plan = planned({"source": source, "arguments": arguments}, (6, 5, 3), data=data or {})
        return open_dataset(document, plan.data, {"x": (6, 5, 3)}, {"y": (2,)})

    return make


def content(dataset: Dataset | None) -> dict[str, list[tuple[int, int]]]:
    """Red value and label of every image, by part."""
    assert dataset is not None
    found = {}
    for name, items in dataset.parts.items():
        everything = np.arange(len(items))
        reds = items.inputs["x"].take(everything)[:, 0, 0, 0].tolist()
        found[name] = list(zip(reds, items.targets["y"].take(everything).tolist(), strict=True))
    return found


@pytest.mark.parametrize(("name", "module"), [("tfds", "tensorflow_datasets"), ("huggingface", "datasets")])
def test_a_library_that_is_not_there(opened: Open, monkeypatch: pytest.MonkeyPatch, name: str, module: str) -> None:
    monkeypatch.setattr(hub, "find_spec", lambda asked: None)
    _, (wrong,) = opened(name, name="mnist")
    assert module in wrong.message
    assert wrong.help == f'run `pip install "cnnspec[{name}]"`'


MAKE_TFDS = """
import sys
import numpy as np
import tensorflow_datasets as tfds
features = tfds.features.FeaturesDict({
    "image": tfds.features.Image(shape=(6, 5, 3)), "label": tfds.features.ClassLabel(names=["cat", "dog"]), "id": tfds.features.Text()})
rows = [(i, {"image": np.full((6, 5, 3), i, np.uint8), "label": ["cat", "dog"][i % 2], "id": str(i)}) for i in range(6)]
tfds.dataset_builders.store_as_tfds_dataset(
    name="pets", version="1.0.0", features=features, split_datasets={"train": rows[:4], "test": rows[4:]}, data_dir=sys.argv[1],
    file_format="array_record")
"""


@with_tfds
@pytest.mark.slow
def test_a_data_set_of_tensorflow_datasets(opened: Open, tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", MAKE_TFDS, str(tmp_path / "kept")], env=environ, check=True, capture_output=True)
    dataset, found = opened("tfds", name="pets", folder="kept")
    assert dataset is not None, found
    assert {part: sorted(pairs) for part, pairs in content(dataset).items()} == {
        "train": [(0, 0), (1, 1), (2, 0), (3, 1)],
        "test": [(4, 0), (5, 1)],
    }
    assert dataset.classes == {"y": ("cat", "dog")}
    _, (wrong,) = opened("tfds", name="pets", folder="kept", image="picture")
    assert wrong.message == "it has no column `picture`"
    _, (wrong,) = opened("tfds", name="cats_that_nobody_knows", folder="kept")
    assert wrong.code == "E0702"


@pytest.fixture
def pets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the hub has it: a Parquet file for each part."""
    import pyarrow as arrow
    from pyarrow import parquet

    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    features = {
        "photo": {"_type": "Image"},
        "kind": {"names": ["cat", "dog"], "_type": "ClassLabel"},
        "weight": {"dtype": "float32", "_type": "Value"},
    }
    schema = {"huggingface": json.dumps({"info": {"features": features}})}
    for part, numbers in (("train", range(4)), ("test", range(4, 6))):
        rows = []
        for i in numbers:
            file = io.BytesIO()
            Image.new("RGB", (5, 6), (i, 0, 0)).save(file, "PNG")
            rows.append({"bytes": file.getvalue(), "path": f"{i}.png"})
        table = arrow.table({"photo": rows, "kind": [i % 2 for i in numbers], "weight": [0.5 * i for i in numbers]})
        place = tmp_path / "pets" / "data" / f"{part}-00000-of-00001.parquet"
        place.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table.replace_schema_metadata(schema), place)
    return tmp_path / "pets"


@with_huggingface
@pytest.mark.slow
def test_a_data_set_of_hugging_face(opened: Open, pets: Path) -> None:
    dataset, found = opened("huggingface", name="pets", path="pets")
    assert dataset is not None, found
    assert content(dataset) == {"train": [(0, 0), (1, 1), (2, 0), (3, 1)], "test": [(4, 0), (5, 1)]}
    assert dataset.classes == {"y": ("cat", "dog")}
    dataset, found = opened("huggingface", name="pets", path="pets", label="weight")
    assert content(dataset)["train"] == [(0, 0.0), (1, 0.5), (2, 1.0), (3, 1.5)]
    _, (wrong,) = opened("huggingface", name="pets", path="pets", label="wieght")
    assert wrong.help == 'write `label="weight"`, or another of them'
    _, (wrong,) = opened("huggingface", name="pets", path="pest")
    assert (wrong.code, wrong.help) == ("E0702", "did you mean `pets`?")
    _, (wrong,) = opened("huggingface", name="nobody/knows-this")
    assert wrong.code == "E0702"


@with_huggingface
@pytest.mark.slow
def test_what_cannot_be_read_and_what_is_kept(opened: Open, pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path / "cache"))
    for _ in range(2):
        dataset, _ = opened("huggingface", {"cache": "disk"}, name="pets", path="pets")
        assert content(dataset)["test"] == [(4, 0), (5, 1)]
    assert len([path for path in os.scandir(tmp_path / "cache") if path.is_dir()]) == 2

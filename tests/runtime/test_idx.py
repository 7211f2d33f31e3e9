"""The source `idx`: MNIST's own files, packed or not, and damaged ones."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.runtime.data.dataset import open_dataset
from cnnspec.runtime.data.items import ArrayColumn
from cnnspec.runtime.data.sources.idx import BadIdx, read_idx


def content(array: Any, code: int = 8) -> bytes:
    kind = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}[code]
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(kind).tobytes()


IMAGES = np.arange(4 * 6 * 5).reshape(4, 6, 5)


@pytest.mark.parametrize("packed", [False, True])
def test_images_and_labels(planned: Any, tmp_path: Path, packed: bool) -> None:
    for name, array in (("x", IMAGES), ("y", np.array([3, 0, 1, 3])), ("tx", IMAGES[:2]), ("ty", np.array([1, 0]))):
        (tmp_path / name).write_bytes(gzip.compress(content(array)) if packed else content(array))
    arguments = {"images": "x", "labels": "y", "test_images": "tx", "test_labels": "ty"}
    document, plan = planned({"source": "idx", "arguments": arguments}, (6, 5, 1))
    dataset, found = open_dataset(document, plan.data, {"x": (6, 5, 1)}, {"y": (4,)})
    assert dataset is not None and dataset.test is not None, found
    images, labels = dataset.train.inputs["x"], dataset.train.targets["y"]
    assert isinstance(images, ArrayColumn) and isinstance(labels, ArrayColumn)
    np.testing.assert_array_equal(images.array[..., 0], IMAGES)
    assert (labels.array.tolist(), len(dataset.test)) == ([3, 0, 1, 3], 2)


@pytest.mark.parametrize("code", [8, 9, 11, 12, 13, 14])
def test_every_type_of_number(tmp_path: Path, code: int) -> None:
    (tmp_path / "a").write_bytes(content(np.array([[1, 2], [3, 4]]), code))
    found = read_idx(tmp_path / "a")
    assert (found.tolist(), found.dtype.isnative) == ([[1, 2], [3, 4]], True)


WHOLE = content(IMAGES)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not begin as an IDX file"),
        (b"PK\3\4" + bytes(50), "does not begin as an IDX file"),
        (WHOLE[:9], "ends in the middle of its header"),
        (WHOLE[:-1], "ends too early: the header says 4 x 6 x 5"),
        (WHOLE + b"x", "goes on behind its array"),
        (b"\0\0\x08\3" + b"\xff" * 12, "its header promises an array of 4,294,967,295"),
        (gzip.compress(WHOLE, mtime=0)[:-20], "damaged"),
        (gzip.compress(WHOLE, mtime=0)[:10] + bytes(40), "damaged"),
    ],
)
def test_files_that_are_none(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(BadIdx, match=words):
        read_idx(tmp_path / "a")


def test_test_images_without_labels(planned: Any, tmp_path: Path) -> None:
    document, plan = planned({"source": "idx", "arguments": {"images": "x", "labels": "y", "test_images": "z"}}, (6, 5, 1))
    _, (wrong,) = open_dataset(document, plan.data, {"x": (6, 5, 1)}, {"y": (4,)})
    assert (wrong.code, wrong.help) == ("E0305", 'add `test_labels="..."`')

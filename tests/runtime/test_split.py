"""How parts are drawn: sizes, seeds, proportions; and that no image is in two parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.consistency.split import drawn
from cnnspec.document.document import Document
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.split import draw


@pytest.fixture
def parts(planned: Any, npz: Any) -> Any:
    """Splits 100 images whose only pixel is their number; 80 are of class 0, 20 of class 1. Gives the numbers in each part."""
    x = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    npz(x_train=x, y_train=(np.arange(100) % 5 == 0).astype(int), x_test=x[:7], y_test=np.zeros(7, int))

    def make(**data: Any) -> dict[str, list[int]]:
        document, plan = planned({"source": "npz", "arguments": {"path": "data.npz"}}, (1, 1, 1), data=data)
        dataset, found = open_dataset(document, plan.data, {"x": (1, 1, 1)}, {"y": None})
        assert dataset is not None, found
        return numbers(dataset)

    return make


def numbers(dataset: Dataset) -> dict[str, list[int]]:
    return {part: items.inputs["x"].take(np.arange(len(items))).ravel().tolist() for part, items in dataset.parts.items()}


def test_a_share_is_rounded_and_a_count_is_taken_as_it_is() -> None:
    for part, size in ((0.1, 180), (0.2, 359), (100, 100), (1, 1)):
        document = Document(json={"data": {"validation": part}}, path="m.json", base=Path())
        assert drawn(document, 1797) == {"validation": size}


def test_without_parts_there_is_no_validation_and_the_source_s_own_test(parts: Any) -> None:
    found = parts()
    assert (len(found["train"]), found.keys(), found["test"]) == (100, {"train", "test"}, [0, 1, 2, 3, 4, 5, 6])


def test_validation_is_drawn_from_the_training_images(parts: Any) -> None:
    found = parts(validation=0.25)
    assert (len(found["train"]), len(found["validation"]), len(found["test"])) == (75, 25, 7)
    assert sorted(found["train"] + found["validation"]) == list(range(100))
    assert found["validation"] != list(range(75, 100)), "they are drawn at random"


def test_both_parts_are_shares_of_all(parts: Any) -> None:
    found = parts(validation=0.1, test=0.2)
    assert {name: len(part) for name, part in found.items()} == {"train": 70, "validation": 10, "test": 20}
    assert sorted(found["train"] + found["validation"] + found["test"]) == list(range(100))


def test_the_test_part_does_not_depend_on_the_validation_part(parts: Any) -> None:
    assert parts(test=0.2)["test"] == parts(test=0.2, validation=0.3)["test"]


def test_the_seed_of_the_split_decides(parts: Any) -> None:
    assert parts(split={"validation": 10, "seed": 3}) == parts(split={"validation": 10, "seed": 3})
    assert parts(split={"validation": 10, "seed": 3}) != parts(split={"validation": 10, "seed": 4})


def test_a_part_can_be_a_source_of_its_own(parts: Any, npz: Any) -> None:
    npz("own.npz", x_train=np.full((3, 1, 1, 1), 200, np.uint8), y_train=np.zeros(3, int))
    found = parts(validation={"source": "npz", "arguments": {"path": "own.npz"}})
    assert (found["validation"], len(found["train"])) == ([200, 200, 200], 100)


@pytest.mark.parametrize("size", [1, 5, 20, 33, 99])
def test_stratified_parts_have_the_classes_in_proportion(size: int) -> None:
    labels = (np.arange(100) % 5 == 0).astype(int)
    for seed in range(5):
        chosen, others = draw(labels, size, (seed,), stratify=True)
        assert (len(chosen), len(others)) == (size, 100 - size)
        assert abs(labels[chosen].sum() - size / 5) <= 1
        assert sorted([*chosen, *others]) == list(range(100))


def test_a_draw_is_the_same_on_every_machine() -> None:
    assert draw(np.zeros(12, int), 4, (7, 1), stratify=False)[0].tolist() == [6, 7, 10, 11]


def test_a_part_s_own_folder_keeps_the_class_numbers_of_the_training_images(planned: Any, folder: Any) -> None:
    folder("train", {"cat": 1, "dog": 1, "eel": 1})
    folder("held_out", {"eel": 2, "dog": 1})
    own = {"source": "image_folder", "arguments": {"path": "held_out"}}
    document, plan = planned({"source": "image_folder", "arguments": {"path": "train"}}, data={"validation": own})
    dataset, found = open_dataset(document, plan.data, {"x": (6, 5, 3)}, {"y": None})
    assert dataset is not None and dataset.validation is not None, found
    assert (dataset.classes, dataset.validation.targets["y"].array.tolist()) == ({"y": ("cat", "dog", "eel")}, [1, 2, 2])


def test_a_part_s_own_folder_with_an_unknown_class(planned: Any, folder: Any) -> None:
    folder("train", {"cat": 1, "dog": 1})
    folder("held_out", {"cat": 1, "cow": 1})
    own = {"source": "image_folder", "arguments": {"path": "held_out"}}
    document, plan = planned({"source": "image_folder", "arguments": {"path": "train"}}, data={"validation": own})
    _, (wrong,) = open_dataset(document, plan.data, {"x": (6, 5, 3)}, {"y": None})
    assert (wrong.code, wrong.where) == ("E0704", "m.json: at /data/validation")
    assert wrong.message.endswith("do not have: cow")

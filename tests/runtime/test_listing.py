"""Parts that a text file names: `test = listed("test.txt")`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.dataset import Dataset, open_dataset

Opening = Callable[..., tuple[Dataset | None, list[Diagnostic]]]


@pytest.fixture
def opening(planned: Any, tmp_path: Path) -> Opening:
    """Opens pets/cat/0.png to 5.png and pets/dog/0.png to 5.png with lists by the name of their part."""
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(6):
            Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(tmp_path / "pets" / name / f"{i}.png")

    def make(shares: Any = None, **lists: str) -> tuple[Dataset | None, list[Diagnostic]]:
        for part, text in lists.items():
            (tmp_path / f"{part}.txt").write_text(text, encoding="utf-8")
        listed = {part: {"source": "listed", "arguments": {"path": f"{part}.txt"}} for part in lists}
        document, plan = planned({"source": "image_folder", "arguments": {"path": "pets"}}, (2, 2, 3), data={**listed, **(shares or {})})
        return open_dataset(document, plan.data, {"x": (2, 2, 3)}, {"y": (2,)})

    return make


def names(dataset: Dataset | None, part: str) -> list[str]:
    assert dataset is not None
    origins = dataset.parts[part].origins
    assert origins is not None
    return ["/".join(Path(name).parts[-2:]) for name in origins.names]


@pytest.mark.parametrize(
    "text",
    [
        "cat/1.png\ndog/5.png\n",
        "dog/5\n\n  cat/1  \n",
        "\ufeffpets/cat/1.png\r\n./pets/dog/5.png\r\n",
        "cat\\1.png\ndog/5.png\ndog/5\n",
        "../pets/cat/1.png\n{0}/pets/dog/5.png\n",
    ],
)
def test_a_line_names_an_image_by_its_path_or_the_end_of_it(opening: Opening, tmp_path: Path, text: str) -> None:
    dataset, found = opening(test=text.format(tmp_path))
    assert found == []
    assert names(dataset, "test") == ["cat/1.png", "dog/5.png"]
    assert names(dataset, "train") == [
        f"{pet}/{i}.png" for pet in ("cat", "dog") for i in range(6) if (pet, i) not in (("cat", 1), ("dog", 5))
    ]


def test_other_parts_are_drawn_from_what_is_left(opening: Opening) -> None:
    dataset, found = opening({"validation": 0.5}, test="cat/0\ncat/1\n")
    assert found == []
    assert dataset is not None
    assert {part: len(items) for part, items in dataset.parts.items()} == {"train": 5, "validation": 5, "test": 2}
    assert not {"cat/0.png", "cat/1.png"} & {*names(dataset, "train"), *names(dataset, "validation")}


@pytest.mark.parametrize(
    ("lists", "code", "message"),
    [
        ({"test": "cat/7.png\n"}, "E0703", "test.txt, line 1: `cat/7.png` fits no image"),
        ({"test": "cat/1\n\n3.png"}, "E0703", "test.txt, line 3: `3.png` fits 2 images, such as {0}/pets/cat/3.png and {0}/pets/dog/3.png"),
        ({"test": "a\nb\n"}, "E0703", "2 lines of {0}/test.txt do not fit"),
        ({"test": "\n"}, "E0706", "{0}/test.txt names no image"),
        ({"test": "cat/1\n", "validation": "cat/2\ncat/1.png\n"}, "E0703", "{0}/pets/cat/1.png is in both lists"),
        ({"test": "".join(f"{pet}/{i}\n" for pet in ("cat", "dog") for i in range(6))}, "E0706", "the lists name all 12 items"),
    ],
)
def test_a_list_that_does_not_fit(opening: Opening, tmp_path: Path, lists: dict[str, str], code: str, message: str) -> None:
    dataset, (wrong,) = opening(**lists)
    assert dataset is None
    assert wrong.code == code
    assert message.format(tmp_path) in wrong.message


def test_a_list_that_is_not_there(opening: Opening, tmp_path: Path) -> None:
    _, (wrong,) = opening({"validation": {"source": "listed", "arguments": {"path": "tset.txt"}}}, test="cat/1\n")
    assert (wrong.code, wrong.help) == ("E0702", "did you mean `test.txt`?")


def test_a_list_that_is_no_text(opening: Opening, tmp_path: Path) -> None:
    (tmp_path / "val.txt").write_bytes(b"\xff\xfe\x00")
    _, (wrong,) = opening({"validation": {"source": "listed", "arguments": {"path": "val.txt"}}})
    assert (wrong.code, "cannot be read" in wrong.message) == ("E0703", True)


def test_an_exact_name_comes_before_one_without_its_ending(opening: Opening, tmp_path: Path) -> None:
    (tmp_path / "pets/cat/0.png").rename(tmp_path / "pets/cat/1.png.png")
    dataset, found = opening(test="cat/1.png\n")
    assert (found, names(dataset, "test")) == ([], ["cat/1.png"])


@pytest.mark.parametrize(("text", "codes"), [("cat/0\ndog/0\n", []), ("cat/0\n", ["E0703"])])
def test_a_list_holds_whole_groups(opening: Opening, text: str, codes: list[str]) -> None:
    _, found = opening({"split": {"validation": 0.5, "by_group": "([0-9])[.]png"}}, test=text)
    assert [problem.code for problem in found] == codes

"""The source `csv`: what arrives from each kind of column, and what is said about cells that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.items import ArrayColumn

INPUTS = {"photo": (4, 4, 3), "record": (2,)}
OUTPUTS = {"kind": (3,), "age": (1,)}
TABLE = """file,f_a,f_b,kind,age,who,weight,set
a.png,1,2,cat,3.5,x,1,train
b.png,3,4,dog,2,x,0.5,train

c.png,5,6,cat,1,y,2,val
d.png,7,8,"eel",0,z,1,test
"""


def column(kind: str, *given: str, **arguments: Any) -> dict[str, Any]:
    return {"column": kind, "arguments": {("pattern" if kind == "columns" else "column"): given[0], **arguments}}


@pytest.fixture
def opening(planned: Any, tmp_path: Path) -> Callable[..., tuple[Dataset | None, list[Diagnostic]]]:
    """Opens `table`, beside four images, each of one colour."""
    for i, name in enumerate("abcd"):
        Image.new("RGB", (4, 4), (i, 0, 9)).save(tmp_path / f"{name}.png")

    def make(table: str = TABLE, data: Any = None, outputs: Any = None, **arguments: Any) -> tuple[Dataset | None, list[Diagnostic]]:
        (tmp_path / "t.csv").write_text(table, encoding="utf-8")
        given = {
            "path": "t.csv",
            "inputs": {"photo": column("image", "file"), "record": column("columns", "f_*")},
            "targets": {"kind": column("category", "kind"), "age": column("number", "age")},
            **arguments,
        }
        document, plan = planned({"source": "csv", "arguments": given}, data=data or {})
        return open_dataset(document, plan.data, INPUTS, outputs or OUTPUTS)

    return make


def in_memory(found: Any) -> Any:
    assert isinstance(found, ArrayColumn)
    return found.array


def test_each_column_arrives_under_its_name(opening: Any) -> None:
    dataset, found = opening()
    assert dataset is not None, found
    photo, record = (in_memory(dataset.train.inputs[name]) for name in ("photo", "record"))
    kind, age = (in_memory(dataset.train.targets[name]) for name in ("kind", "age"))
    assert (photo.shape, photo[:, 0, 0, 0].tolist()) == ((4, 4, 4, 3), [0, 1, 2, 3])
    assert (record.dtype, record.tolist()) == (np.float32, [[1, 2], [3, 4], [5, 6], [7, 8]])
    assert (kind.tolist(), age.tolist()) == ([0, 1, 0, 2], [3.5, 2, 1, 0])
    assert (dataset.classes, dataset.train.weights) == ({"kind": ("cat", "dog", "eel")}, None)


def test_a_column_of_weights_and_one_of_parts(opening: Any) -> None:
    dataset, found = opening(weights="weight", part="set")
    assert dataset is not None, found
    assert {name: len(items) for name, items in dataset.parts.items()} == {"train": 2, "validation": 1, "test": 1}
    assert [items.weights.tolist() for items in dataset.parts.values()] == [[1, 0.5], [2], [1]]
    assert in_memory(dataset.validation.targets["age"]).tolist() == [1]


@pytest.mark.parametrize(
    ("words", "names", "numbers"),
    [
        ("10 9 2 9", None, [2, 1, 0, 1]),
        ("b a b a", None, [1, 0, 1, 0]),
        ("b a b a", ["b", "a", "c"], [0, 1, 0, 1]),
    ],
)
def test_categories_are_numbered_by_sorted_name_or_as_given(opening: Any, words: str, names: Any, numbers: list[int]) -> None:
    rows = "".join(f"{file}.png,1,2,{word},0\n" for file, word in zip("abcd", words.split(), strict=True))
    dataset, found = opening(
        "file,f_a,f_b,kind,age\n" + rows, targets={"kind": column("category", "kind", names=names), "age": column("number", "age")}
    )
    assert dataset is not None, found
    assert in_memory(dataset.train.targets["kind"]).tolist() == numbers


def test_other_separators_a_byte_order_mark_blanks_and_commas_inside(opening: Any, tmp_path: Path) -> None:
    table = '\ufefffile; f_a;f_b;kind;age\n a.png ;1;2;"x;y";1\nb.png;3;4;z;2\n'
    dataset, found = opening(table, separator=";")
    assert dataset is not None, found
    assert dataset.classes == {"kind": ("x;y", "z")}


def test_images_in_another_folder_without_their_ending(opening: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (4, 4), (77, 0, 0)).save(tmp_path / "in" / "e.png")
    photo = column("image", "file", folder="in", suffix=".png")
    dataset, found = opening("file,f_a,f_b,kind,age\ne,1,2,a,0\ne,1,2,b,0\n", inputs={"photo": photo, "record": column("columns", "f_*")})
    assert dataset is not None, found
    assert in_memory(dataset.train.inputs["photo"])[:, 0, 0, 0].tolist() == [77, 77]


@pytest.mark.parametrize(
    ("change", "code", "where", "words"),
    [
        (("3.5", "3,5"), "E0703", "path", ("line 2 has 9 cells, the header has 8",)),
        (("3.5", '"3,5"'), "E0703", "targets/age/arguments/column", ("line 2, column `age`: `3,5` is no number", "with a point")),
        (("3.5", ""), "E0703", "targets/age/arguments/column", ("line 2, column `age`: the cell is empty",)),
        (("3.5", "inf"), "E0703", "targets/age/arguments/column", ("`inf` is no number",)),
        (("3.5", "x"), "E0703", "targets/age/arguments/column", ("`x` is no number",)),
        (("6,cat", "6,"), "E0703", "targets/kind/arguments/column", ("line 5, column `kind`: the cell is empty",)),
        (("c.png", "cc.png"), "E0703", "inputs/photo", ("line 5, column `file`: there is no file", "relative to the folder of the table")),
        (("c.png", "../c.png"), "E0703", "inputs/photo", ("line 5", "leads out of the data folder", 'folder="..."')),
        (("c.png", "/etc/c.png"), "E0703", "inputs/photo", ("line 5", "leads out of the data folder")),
        (("c.png", "t.csv"), "E0703", "inputs/photo", ("line 5", "not an image")),
        (("f_a", "g_a"), "E0704", "inputs/record", ("reads one number", "`input record: (1,)`")),
        (("f_a,f_b", "g_a,g_b"), "E0703", "inputs/record/arguments/pattern", ("no columns `f_*`", "the columns are file, g_a")),
        ((",age,", ",agee,"), "E0703", "targets/age/arguments/column", ("no column `age`", "did you mean `agee`?")),
        (("who", "kind"), "E0703", "path", ("two columns `kind`",)),
    ],
)
def test_what_cannot_be_used(opening: Any, change: tuple[str, str], code: str, where: str, words: tuple[str, ...]) -> None:
    dataset, found = opening(TABLE.replace(*change, 1))
    assert dataset is None
    text = "\n".join(t for d in found for t in (d.message, *d.notes, d.help or ""))
    assert [(d.code, d.where.rpartition(": at ")[2]) for d in found] == [(code, f"/data/source/arguments/{where}")], text
    assert all(word in text for word in words), text


@pytest.mark.parametrize(
    ("table", "code", "words"),
    [
        ("", "E0703", ("is empty",)),
        ("file,f_a,f_b,kind,age\n", "E0706", ("no rows",)),
        ("file;f_a;kind;age\na;1;2;3\n", "E0703", ("a single column", 'separator=";"')),
        ('a,b\n"x,1\n', "E0703", ("cannot be read as a table",)),
    ],
)
def test_tables_that_are_none(opening: Any, table: str, code: str, words: tuple[str, ...]) -> None:
    dataset, (wrong,) = opening(table)
    assert (dataset, wrong.code) == (None, code)
    assert all(word in f"{wrong.message} {wrong.help}" for word in words), wrong


def test_many_faults_are_one_message_per_column(opening: Any) -> None:
    rows = "".join("a.png,x,y,cat,old,x,1,train\n" for _ in range(30))
    _, found = opening(TABLE + rows)
    assert [d.message for d in found] == [
        "30 cells of the column `f_a` are no numbers",
        "30 cells of the column `f_b` are no numbers",
        "30 cells of the column `age` are no numbers",
    ]
    assert (found[2].notes[0], found[2].notes[-1]) == ("t.csv, line 7, column `age`: `old` is no number", "... and 22 more")


def test_a_category_that_is_not_among_the_names(opening: Any) -> None:
    names = column("category", "kind", names=["cat", "dogs", "eel"])
    _, (wrong,) = opening(targets={"kind": names, "age": column("number", "age")})
    assert (wrong.code, wrong.message) == ("E0703", "t.csv, line 3, column `kind`: `dog` is none of its `names`")
    assert "did you mean `dogs`?" in wrong.help


def test_weights_below_zero_and_parts_that_are_none(opening: Any) -> None:
    _, found = opening(TABLE.replace("x,1,train", "x,-1,tarin"), weights="weight", part="set")
    assert [d.message for d in found] == [
        "t.csv, line 2, column `weight`: -1 is below 0",
        "t.csv, line 2, column `set`: `tarin`",
    ]


def test_groups_stay_in_one_part(opening: Any) -> None:
    rows = "".join(f"{'abcd'[i % 4]}.png,{i},0,cat,{i},p{i // 5},1,train\n" for i in range(100))
    split = {"validation": 0.2, "test": 0.1, "by_group": "who", "seed": 4}
    dataset, found = opening(TABLE.partition("\n")[0] + "\n" + rows, data={"split": split})
    assert dataset is not None, found
    groups = {name: {int(age) // 5 for age in in_memory(items.targets["age"])} for name, items in dataset.parts.items()}
    assert {name: len(items) for name, items in dataset.parts.items()} == {"train": 70, "validation": 20, "test": 10}
    assert sum(map(len, groups.values())) == 20, "no group is in two parts"


@pytest.mark.parametrize(
    ("split", "code", "words"),
    [
        ({"validation": 0.5, "by_group": "whom"}, "E0703", ("no column `whom`", "did you mean `who`?")),
        ({"validation": 0.5, "stratify": "kinds"}, "E0807", ("no output `kinds`", "did you mean `kind`?")),
        ({"validation": 0.5, "stratify": "age"}, None, ()),
        ({"validation": 0.5, "stratify": True}, None, ()),
    ],
)
def test_what_a_split_of_a_table_needs(opening: Any, split: Any, code: str | None, words: tuple[str, ...]) -> None:
    dataset, found = opening(data={"split": split})
    assert [d.code for d in found] == ([code] if code else []), found
    assert all(word in f"{found[0].message} {found[0].help}" for word in words), found
    assert (dataset is None) == (code is not None)


def test_one_group_cannot_be_cut(opening: Any) -> None:
    _, (wrong,) = opening(TABLE.replace(",y,", ",x,").replace(",z,", ",x,"), data={"split": {"validation": 0.5, "by_group": "who"}})
    assert (wrong.code, "there are 1, the largest has 4 items" in wrong.message) == ("E0706", True)

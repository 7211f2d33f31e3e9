"""Names follow from the spec alone, and a line changes only the names that it must."""

from __future__ import annotations

from cnnspec.compiler import compile_source
from cnnspec.source import Source


def names(*lines: str, before: str = "") -> list[str]:
    text = "\n".join(("cnn 1", before, "model net {", "  input v: (8, 8, 3)", *lines, "}"))
    compiled, diagnostics = compile_source(Source("spec.cnn", text))
    assert compiled is not None, diagnostics
    return [node.name for node in compiled.graph.nodes]


def test_two_readings_give_the_same_names() -> None:
    lines = ("Conv2D(3, 3)", "repeat 2 { ReLU() as r }", "Flatten() as flat")
    assert names(*lines) == names(*lines) == ["conv2d_1", "r_1", "r_2", "flat"]


def test_a_layer_of_another_kind_changes_no_name() -> None:
    plain = names("Conv2D(3, 1)", "ReLU()", "Conv2D(3, 1)")
    assert [name for name in names("Conv2D(3, 1)", "ReLU()", "Dropout(10%)", "Conv2D(3, 1)") if name != "dropout_1"] == plain


def test_a_layer_in_a_block_changes_no_name_outside() -> None:
    block = "block b() {{ \n input x \n {} Conv2D(3, 1) \n }}"
    lines = ("Conv2D(3, 1)", "b()", "Conv2D(3, 1) as last")
    inside = [name for name in names(*lines, before=block.format("Conv2D(3, 1) \n")) if name.startswith("b_1__")]
    assert inside == ["b_1__conv2d_1", "b_1__conv2d_2"]
    assert [n for n in names(*lines, before=block.format("")) if "__" not in n] == ["conv2d_1", "last"]


def test_a_generated_name_avoids_those_of_the_author() -> None:
    assert names("Conv2D(3, 1) as conv2d_1", "Conv2D(3, 1)", "Conv2D(3, 1) as conv2d_3", "Conv2D(3, 1)") == [
        "conv2d_1",
        "conv2d_2",
        "conv2d_3",
        "conv2d_4",
    ]


def test_a_name_further_down_is_avoided_too() -> None:
    assert names("ReLU()", "ReLU() as re_lu_1") == ["re_lu_2", "re_lu_1"]


def test_a_name_in_a_loop_is_numbered() -> None:
    assert names("for n in [1, 2, 3] { ReLU() as act }") == ["act_1", "act_2", "act_3"]


def test_a_block_is_named_after_its_line() -> None:
    block = "block b() {\n input x\n Conv2D(3, 1)\n ReLU() as act\n}"
    assert names("b()", "b() as stage", "b()", before=block) == [
        "b_1__conv2d_1",
        "b_1__act",
        "stage__conv2d_1",
        "stage__act",
        "b_2__conv2d_1",
        "b_2__act",
    ]


def test_names_are_unique_where_block_and_layer_meet() -> None:
    block = "block conv2d() {\n input x\n Conv2D(3, 1) as one\n}"
    found = names("Conv2D(3, 1)", "conv2d()", "Conv2D(3, 1)", "conv2d()", before=block)
    assert len(set(found)) == len(found)

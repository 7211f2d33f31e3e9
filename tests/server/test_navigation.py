"""From a use to its definition, to all uses, and the outline of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.compiler import analyse
from cnnspec.server.hints import hints
from cnnspec.server.navigation import definition, references
from cnnspec.server.outline import Symbol, folds, outline
from cnnspec.source import Source
from tests.server.marked import MODEL, at_cursor, in_model, in_section


def lines_of(marked: str) -> list[tuple[int, str]]:
    analysis, offset = at_cursor(marked)
    return [(span.line, span.text) for span in references(analysis, offset)]


@pytest.mark.parametrize(
    ("marked", "line", "column"),
    [
        (in_model("[st|em, image] -> Concatenate()"), 17, 18),
        (in_model("[stem, ima|ge] -> Concatenate()"), 16, 9),
        (in_model("stem -> he|ad"), 18, 9),
        (in_model("co|nv(width)"), 9, 7),
        (in_model("conv(wid|th)"), 5, 5),
        (in_model("conv(wid|th)").replace("ReLU()", "ReLU("), 5, 5),
        (in_model("conv(8, str|ide=2)"), 9, 26),
        (in_model("vis|ion.conv_bn(8)"), 3, 28),
        (in_model("if quick { ReLU() } else { conv(wid|th) }"), 5, 5),
        (in_model("repeat 0 { co|nv(8) }"), 9, 7),
        (in_model("output st|em"), 17, 18),
        (in_model("[st|em, image] -> Conv2D("), 17, 18),
        (in_section("train { epochs = wid|th }"), 5, 5),
        (in_section("train {\n  freeze = [st|em]\n}"), 17, 18),
        (in_section('train {\n  freeze = ["la|bel"]\n}'), 20, 15),
        (in_section('train {\n  freeze = ["st|em__conv2d_1"]\n}'), 17, 18),
        (in_section('train {\n  phase a { freeze = [layers(st|em, upto="label")] }\n}'), 17, 18),
        (in_section("train {\n  head la|bel { loss = \"mse\" }\n}"), 20, 15),
    ],
)  # fmt: skip
def test_a_name_leads_to_its_definition(marked: str, line: int, column: int) -> None:
    found = definition(*at_cursor(marked))
    assert found is not None
    assert (found.line, found.column, found.source.path) == (line, column, "net.cnn")


@pytest.mark.parametrize(
    "marked", [in_model("Conv|2D(8, 3)"), in_model("# st|em"), in_section("tr|ain { }"), in_model("nobo|dy -> ReLU()")]
)
def test_what_the_file_does_not_define_leads_nowhere(marked: str) -> None:
    assert definition(*at_cursor(marked)) is None


def test_a_member_leads_into_its_library() -> None:
    found = definition(*at_cursor(in_model("vision.squeeze|_excite()")))
    assert found is not None
    assert (Path(found.source.path).name, found.text) == ("vision.cnn", "squeeze_excite")
    found = definition(*at_cursor(in_model("vision.conv_bn(8, st|ride=2)")))
    assert found is not None
    assert (Path(found.source.path).name, found.text) == ("vision.cnn", "stride")


def test_the_path_of_an_import_opens_the_library() -> None:
    found = definition(*at_cursor(MODEL.replace("lib/vision.cnn", "lib/vis|ion.cnn")))
    assert found is not None
    assert (Path(found.source.path).name, found.line) == ("vision.cnn", 1)


def test_all_uses_of_a_name() -> None:
    assert lines_of(in_model("co|nv(8)")) == [(9, "conv"), (17, "conv"), (19, "conv")]
    assert lines_of(MODEL.replace("strides=str|ide", "strides=stride").replace("stride: int", "str|ide: int")) == [
        (9, "stride"),
        (11, "stride"),
    ]
    assert lines_of(in_model("repeat 0 { [st|em, stem] -> Add() }")) == [(17, "stem"), (19, "stem"), (19, "stem")]


def test_the_branches_of_an_if_define_one_name() -> None:
    branches = "if quick {\n s = stem -> ReLU()\n } else {\n s = stem\n }\n [s|, stem] -> Add()"
    assert lines_of(in_model(branches)) == [(20, "s"), (22, "s"), (24, "s")]
    nested = "if quick {\n s = stem\n } else if width > 3 {\n s| = stem\n } else {\n s = image\n }\n [s, stem] -> Add()"
    assert lines_of(in_model(nested)) == [(20, "s"), (22, "s"), (24, "s"), (26, "s")]


def test_the_same_name_in_two_loops_is_two_names() -> None:
    loops = "repeat 2 { Conv2D(4, 1) as a\n [a|, a] -> Add() }\n repeat 2 { Conv2D(4, 1) as a\n [a, a] -> Add() }"
    assert lines_of(in_model(loops)) == [(19, "a"), (20, "a"), (20, "a")]


def test_an_input_of_a_block_by_name() -> None:
    block = "block up(n: int) {\n  input x\n  input sk|ip\n  [x, skip] -> Add()\n}\n"
    text = f"cnn 1\n{block}model net {{\n  input a: (8,)\n  [a, skip=a] -> up(2)\n}}\n"
    assert lines_of(text) == [(4, "skip"), (5, "skip"), (9, "skip")]


def test_the_outline() -> None:
    analysis, _ = at_cursor(in_section("train {\n  epochs = 3\n  phase a { epochs = 1 }\n}|"))
    found = outline(analysis.file)
    assert [(symbol.name, symbol.kind) for symbol in found] == [
        ("vision", "library"), ("width", "let"), ("quick", "let"), ("conv", "block"), ("model net", "model"), ("train", "section"),
    ]  # fmt: skip
    assert names(found[4]) == [("image", "(32, 32, 3)"), ("stem", "conv"), ("head", "Dense"), ("label", "Dense")]
    assert names(found[3]) == [("x", "")]
    assert [symbol.name for symbol in found[5].inside] == ["epochs", "phase a"]
    assert found[3].name_span.text == "conv"


def names(symbol: Symbol) -> list[tuple[str, str]]:
    return [(inner.name, inner.detail) for inner in symbol.inside]


def test_bodies_and_brackets_fold() -> None:
    analysis, _ = at_cursor(in_model("Conv2D(\n    8,\n    3,\n  )|"))
    assert folds(analysis.file) == ((9, 12), (15, 24), (19, 21))


def hinted(line: str) -> list[tuple[int, str]]:
    analysis, offset = at_cursor(in_model(line))
    text = analysis.source.text
    return [(text.count("\n", 0, hint.offset) + 1, hint.text) for hint in hints(analysis, 0, len(text)) if hint.offset <= offset]


def test_each_line_has_its_shape() -> None:
    analysis, _ = at_cursor(in_model("Conv2D(8, 3)|"))
    text = analysis.source.text
    found = [(text.count("\n", 0, hint.offset) + 1, hint.text) for hint in hints(analysis, 0, len(text))]
    assert found == [
        (11, "(32, 32, 16)"), (12, "(32, 32, 16)"), (17, "(32, 32, 16)"), (19, "(30, 30, 8)"), (20, "(8,)"), (21, "(5,)"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("Conv2D(8, 3): (30, 30, 8)|", None),
        ("a = stem|", None),
        ("a = stem -> ReLU() -> Conv2D(4, 3)|", "(30, 30, 4)"),
        ("for f in [8, 16] {\n Conv2D(f, 3)|\n }", "(28..30, 28..30, 8..16)"),
        ("LSTM(3)|", None),
        ("Conv2D(nowhere, 3)|", None),
    ],
)
def test_a_hint_stands_where_it_says_something_new(line: str, hint: str | None) -> None:
    last = next((text for number, text in hinted(line)[::-1] if number >= 19), None)
    assert last == hint


def test_only_the_lines_that_are_seen_have_hints() -> None:
    analysis, offset = at_cursor(in_model("Conv2D(8, 3)|"))
    assert len(hints(analysis, offset - 3, offset + 1)) == 1


def test_a_block_that_nothing_calls_has_no_shapes() -> None:
    analysis = analyse(Source("lib.cnn", "cnn 1\nblock b() {\n  input x\n  ReLU() as r\n  [r, r] -> Add()\n}\n"))
    assert analysis.diagnostics == []
    assert hints(analysis, 0, 100) == []
    assert definition(analysis, analysis.source.text.index("r, r")) is not None

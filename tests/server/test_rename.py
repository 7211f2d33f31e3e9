"""Rename: every use in its scope, and refusals that say why."""

from __future__ import annotations

import pytest

from cnnspec.compiler import analyse
from cnnspec.reading import read_source
from cnnspec.server.rename import Refusal, name_at, rename
from cnnspec.source import Source
from tests.server.marked import MODEL, at_cursor, in_model, in_section

NO_NAME = "is not a name: write letters, digits and single `_`, and no digit first"


def renamed(marked: str, new: str) -> str:
    """The whole text after a rename."""
    analysis, offset = at_cursor(marked)
    places = rename(analysis, offset, new, read_source)
    assert not isinstance(places, Refusal), places
    text = analysis.source.text
    for place in reversed(places):
        text = text[: place.start] + new + text[place.end :]
    return text


def refused(marked: str, new: str) -> str:
    """Why a rename is refused."""
    analysis, offset = at_cursor(marked)
    found = rename(analysis, offset, new, read_source)
    assert isinstance(found, Refusal)
    return found.reason


@pytest.mark.parametrize(
    ("marked", "new", "words"),
    [
        (in_model("[st|em, image] -> Concatenate()"), "trunk", ("stem", "trunk")),
        (in_model("repeat 0 { [st|em, stem] -> Add() }"), "trunk", ("stem", "trunk")),
        (in_model("co|nv(8)"), "convolution", ("conv(", "convolution(")),
        (in_model("conv(wid|th)"), "filters_of_all", ("width", "filters_of_all")),
        (in_model("v|ision.conv_bn(8)"), "eye", ("vision", "eye")),
        (in_model("stem -> he|ad").replace("Dense(5)", "head"), "top", ("head", "top")),
        (in_model("for f in [8] { Conv2D(|f, 3) }"), "size", (" f ", " size ")),
        (in_section("train {\n  freeze = [st|em]\n}"), "trunk", ("stem", "trunk")),
        (in_section('train {\n  freeze = ["stem", "st|em__conv2d_1"]\n}'), "trunk", ("stem", "trunk")),
        (in_section("train {\n  head la|bel { loss = \"mse\" }\n}"), "answer", ("label", "answer")),
    ],
)  # fmt: skip
def test_every_use_is_renamed(marked: str, new: str, words: tuple[str, str]) -> None:
    after = renamed(marked, new)
    before = marked.replace("|", "")
    if marked.count("(|f, 3)"):
        assert "for size in [8] { Conv2D(size, 3) }" in after
    elif words[0] == "vision":
        assert 'import "lib/vision.cnn" as eye' in after
        assert "eye.conv_bn(8)" in after
    else:
        assert after == before.replace(*words)
    worse = {d.code for d in analyse(Source("net.cnn", after)).diagnostics} - {
        d.code for d in analyse(Source("net.cnn", before)).diagnostics
    }
    assert worse == set()


def test_a_parameter_is_renamed_in_its_block_and_where_it_is_given() -> None:
    after = renamed(in_model("conv(8, str|ide=2)"), "step")
    assert "block conv(filters: int, step: int = 1) {" in after
    assert 'Conv2D(filters, 3, strides=step, padding="same")' in after
    assert "conv(8, step=2)" in after


def test_the_branches_of_an_if_are_renamed_together() -> None:
    marked = in_model("if quick {\n s = stem -> ReLU()\n } else {\n s = stem\n }\n [s|, stem] -> Add()")
    assert "if quick {\n t = stem -> ReLU()\n } else {\n t = stem\n }\n [t, stem] -> Add()" in renamed(marked, "t")


@pytest.mark.parametrize(
    ("marked", "new", "why"),
    [
        (in_model("Conv|2D(8, 3)"), "Foo", "`Conv2D` is not a name that this file defines"),
        (in_model("repe|at 2 { ReLU() }"), "foo", "`repeat` is not a name that this file defines"),
        (in_section("train { ep|ochs = 3 }"), "foo", "`epochs` is not a name that this file defines"),
        (in_model("Conv2D(8,  | 3)"), "foo", "there is no name here"),
        (in_model("[st|em, image] -> Concatenate()"), "image", "`image` is defined already, in line 16"),
        (in_model("[st|em, image] -> Concatenate()"), "for", "`for` is a word of the language"),
        (in_model("[st|em, image] -> Concatenate()"), "1a", f"`1a` {NO_NAME}"),
        (in_model("[st|em, image] -> Concatenate()"), "a__b", f"`a__b` {NO_NAME}"),
        (in_model("[st|em, image] -> Concatenate()"), "é", f"`é` {NO_NAME}"),
        (in_model("[st|em, image] -> Concatenate()"), "Dense", "`Dense` cannot be used here: `Dense` has a meaning already"),
        (in_model("if quick { ReLU() } else { a = stem -> ReLU()\n [a, st|em] -> Add() }"), "a", "`a` is defined already, in line 19"),
        (in_model("Concat(stem,").replace("as stem", "as st|em"), "t", "line 19 has a syntax error and may use `stem`: correct it first"),
        (in_model("[st|em, image] -> Concat("), "trunk", "line 19 has a syntax error and may use `stem`: correct it first"),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_given_is_refused(marked: str, new: str, why: str) -> None:
    assert refused(marked, new) == why


def test_a_member_of_a_library_is_renamed_in_its_own_file() -> None:
    why = refused(in_model("vision.conv|_bn(8)"), "foo")
    assert why.startswith("`conv_bn` is defined in `")
    assert why.endswith("lib/vision.cnn`: rename it there")


def test_what_can_be_renamed_is_known_before() -> None:
    place = name_at(*at_cursor(in_model("[st|em, image] -> Concatenate()")))
    assert not isinstance(place, Refusal)
    assert place.text == "stem"
    assert isinstance(name_at(*at_cursor(in_model("Conv|2D(8, 3)"))), Refusal)


def test_the_same_name_changes_nothing() -> None:
    analysis, offset = at_cursor(MODEL.replace("as stem", "as st|em").replace("  LINE\n", ""))
    assert rename(analysis, offset, "stem", read_source) == []

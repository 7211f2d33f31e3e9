"""The drawn picture: nothing lies on anything else, whatever the network, and the file is what every reader of SVG takes."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.report.picture.gaps import Gap
from cnnspec.report.picture.measure import TEXT, cut, width_of
from cnnspec.report.picture.routing import without_bends
from cnnspec.report.picture.scene import Box, Cluster, Edge, Scene
from cnnspec.report.picture.svg import svg
from tests.report.picture.geometry import faults, picture_of
from tests.report.picture.networks import ALL, INCEPTION, ONE_BLOCK, RESIDUAL, U_NET, WORDS, hostile, scene

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawn: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("depth", [None, 0, 1])
def test_nothing_lies_on_anything_else(name: str, depth: int | None) -> None:
    assert list(faults(scene(ALL[name], depth))) == []


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Any network: boxes in order, each reading some before it, and nested ranges of them as clusters."""
    count = draw(st.integers(2, 14))
    edges = []
    for target in range(1, count):
        sources = draw(st.lists(st.integers(0, target - 1), min_size=1, max_size=3))
        near = draw(st.booleans())
        for source in [target - 1, *sources[1:]] if near else sources:
            port = draw(st.integers(0, 1))
            edges.append(Edge(source, target, f"t{source}:{port}", ""))
    boxes = tuple(Box("other", "Layer", shape=draw(st.sampled_from(["", "8×8×4"]))) for _ in range(count))
    return Scene("any", boxes, tuple(edges), Cluster("", 0, count, draw(clusters(0, count, 3))))


@st.composite
def clusters(draw: st.DrawFn, start: int, stop: int, depth: int) -> tuple[Cluster, ...]:
    found = []
    while depth and start < stop and draw(st.booleans()):
        first = draw(st.integers(start, stop - 1))
        last = draw(st.integers(first + 1, stop))
        title = draw(st.sampled_from(["block(8)", "a_block_with_a_long_name(filters=64, stride=2)"]))
        found.append(Cluster(title, first, last, draw(clusters(first, last, depth - 1))))
        start = last
    return tuple(found)


@settings(max_examples=150)
@given(scenes())
def test_nothing_lies_on_anything_else_in_any_network(found: Scene) -> None:
    assert list(faults(found)) == []


def test_wires_that_swap_their_places_do_not_run_on_each_other() -> None:
    gap = Gap()
    gap.take(0, 0.0, 100.0)
    gap.take(1, 100.0, 0.0)
    gap.assign()
    assert gap.corners(0, 0.0, 100.0) == [(0.0, 0), (50.0, 0), (50.0, 2), (100.0, 2)]
    assert without_bends([(x, float(y)) for x, y in gap.corners(1, 100.0, 0.0)]) == ((100.0, 1.0), (0.0, 1.0))
    assert len(gap.lanes) == 3


def test_the_trunk_goes_straight_down() -> None:
    found = picture_of(scene(RESIDUAL))
    assert len({(box.left, box.right) for box in found.boxes.values()}) == 1
    tops = [found.boxes[number].top for number in sorted(found.boxes)]
    assert tops == sorted(tops)


def test_branches_stand_side_by_side_in_the_order_of_the_author() -> None:
    found = picture_of(scene(INCEPTION))
    a, b, _, c, _, d, _ = (found.boxes[number] for number in range(1, 8))
    assert a.top == b.top == c.top == d.top
    assert a.right < b.left < b.right < c.left < c.right < d.left


def test_long_skips_lie_within_each_other() -> None:
    lines = [corners for corners, _ in picture_of(scene(U_NET, 0)).lines if len(corners) > 2]
    (inner, inner_top, inner_end), (outer, outer_top, outer_end) = sorted(
        (max(x for x, _ in corners), corners[0][1], corners[-1][1]) for corners in lines
    )
    assert inner < outer
    assert outer_top < inner_top < inner_end < outer_end


def test_the_file_has_all_texts() -> None:
    assert texts(svg(scene(ONE_BLOCK))) == [
        "residual(4)",
        "image Input",
        "8×8×4",
        "Conv2D 3×3, 4, relu",
        "main Conv2D 3×3, 4",
        "Add",
        "GlobalAveragePooling2D",
        "4",
        "digit Dense 10, softmax",
        "10",
        "digit Output",
    ]


def test_the_file_stands_for_itself() -> None:
    drawn = svg(scene(ONE_BLOCK))
    root = ElementTree.fromstring(drawn)
    assert root.tag == f"{SVG}svg"
    width, height = (float(root.attrib[side]) for side in ("width", "height"))
    assert root.attrib["viewBox"].split() == ["0", "0", root.attrib["width"], root.attrib["height"]]
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "style", "g", "rect", "text", "tspan", "path"}
    for rect in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
    assert "http" not in drawn.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_tensors_by_name_are_labelled_once() -> None:
    assert texts(svg(scene(ALL["several"]))).count("initial_state") == 1


def test_hostile_texts_are_text() -> None:
    found = hostile()
    drawn = svg(found)
    titles = [title.text for title in ElementTree.fromstring(drawn).iter(f"{SVG}title")]
    assert found.whole.clusters[0].title in titles
    assert WORDS.replace("\n", "\ufffd").replace("\r", "\ufffd").replace("\x07", "\ufffd") in titles
    ElementTree.fromstring(svg(Scene("\x00\x07\ufffe\ud800<", (Box("other", "a\x01b", "]]>"),), (), Cluster("", 0, 1))).encode())


def test_a_picture_is_the_same_each_time() -> None:
    assert svg(scene(ALL["several"])) == svg(scene(ALL["several"]))


def test_long_texts_are_cut_to_the_box() -> None:
    assert cut("short", TEXT, 100) == "short"
    long = "a very long text that fits into no box"
    short = cut(long, TEXT, 100)
    assert short.endswith("…") and long.startswith(short[:-1])
    assert 80 < width_of(short, TEXT) <= 100
    assert cut(long, TEXT, 1) == "…"


@pytest.mark.slow
def test_the_time_grows_with_the_network() -> None:
    def seconds(blocks: int) -> float:
        found = scene(RESIDUAL.replace("repeat 2", f"repeat {blocks}"))
        start = process_time()
        svg(found)
        return process_time() - start

    assert min(seconds(3200) for _ in range(2)) < 8 * min(seconds(800) for _ in range(3))  # 4 would be linear


def test_deep_blocks() -> None:
    blocks = "".join(f"block b{i + 1}() {{\n  input x\n  b{i}()\n  ReLU()\n}}\n" for i in range(45))
    text = f"cnn 1\nblock b0() {{\n  input x\n  ReLU()\n}}\n{blocks}model m {{\n  input x: (4, 4, 2)\n  b45()\n}}\n"
    assert list(faults(scene(text))) == []
    assert "b45() · 46 layers" in texts(svg(scene(text, 0)))


def test_a_model_without_layers() -> None:
    found = Scene("m", (Box("input", "Input"), Box("output", "Output")), (Edge(0, 1, "x", ""),), Cluster("", 0, 2))
    assert list(faults(found)) == []
    assert texts(svg(found)) == ["Input", "Output"]


def test_a_fold_with_many_results() -> None:
    lines = "\n".join(f"  y{i} = x -> ReLU()" for i in range(30))
    names = ", ".join(f"y{i}" for i in range(30))
    block = f"block b() {{\n  input x\n{lines}\n  output {names}\n}}\n"
    text = f"cnn 1\n{block}model m {{\n  input x: (4,)\n  {names} = x -> b()\n  [{names}] -> Add()\n}}\n"
    assert list(faults(scene(text))) == []
    assert list(faults(scene(text, 0))) == []

"""What every picture of a network has: its boxes, its edges and its clusters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cnnspec.report.picture.scene import Cluster, Scene
from tests.report.picture.networks import ALL, RESIDUAL, SEVERAL, U_NET, scene


def boxes(found: Scene) -> list[str]:
    return [f"{box.name}: {box.text}" if box.name else box.text for box in found.boxes]


def edges(found: Scene) -> list[tuple[int, int, str]]:
    return [(edge.source, edge.target, edge.shape) for edge in found.edges]


def clusters(found: Cluster) -> Iterator[tuple[str, int, int]]:
    for cluster in found.clusters:
        yield cluster.title, cluster.start, cluster.stop
        yield from clusters(cluster)


def test_a_network_in_full() -> None:
    found = scene(RESIDUAL)
    assert boxes(found) == [
        "image: Input",
        "Conv2D 3×3, 4, relu",
        "main: Conv2D 3×3, 4",
        "Add",
        "Conv2D 3×3, 4, relu",
        "main: Conv2D 3×3, 4",
        "Add",
        "GlobalAveragePooling2D",
        "digit: Dense 10, softmax",
        "digit: Output",
    ]
    image = "8×8×4"
    assert edges(found) == [
        (0, 1, image),
        (1, 2, image),
        (2, 3, image),
        (0, 3, image),
        (3, 4, image),
        (4, 5, image),
        (5, 6, image),
        (3, 6, image),
        (6, 7, image),
        (7, 8, "4"),
        (8, 9, "10"),
    ]
    assert list(clusters(found.whole)) == [("residual(4) · repeat 1 of 2", 1, 4), ("residual(4) · repeat 2 of 2", 4, 7)]
    assert [box.changes for box in found.boxes] == [True, False, False, False, False, False, False, True, True, True]
    assert found.boxes[2].full == "residual_1__main"


def test_folded_blocks_are_boxes() -> None:
    found = scene(RESIDUAL, 0)
    assert boxes(found)[:4] == [
        "image: Input",
        "residual(4) · repeat 1 of 2 · 3 layers",
        "residual(4) · repeat 2 of 2 · 3 layers",
        "GlobalAveragePooling2D",
    ]
    assert edges(found) == [(0, 1, "8×8×4"), (1, 2, "8×8×4"), (2, 3, "8×8×4"), (3, 4, "4"), (4, 5, "10")]
    assert list(clusters(found.whole)) == []


def test_only_what_lies_deeper_is_folded() -> None:
    assert list(clusters(scene(SEVERAL, 1).whole)) == [("tower(4)", 3, 6), ("tower(8)", 7, 10)]
    assert boxes(scene(SEVERAL, 1))[3:6] == ["repeat 1 of 2 · 1 layer", "repeat 2 of 2 · 1 layer", "Flatten"]
    assert scene(SEVERAL, 2) == scene(SEVERAL) == scene(SEVERAL, 99)


def test_shared_layers_several_outputs_and_tensors_by_name() -> None:
    found = scene(SEVERAL)
    shown = boxes(found)
    assert shown[0] == "photo: Input uint8"
    assert "scanned: Dense 32, weights of shared" in shown
    assert shown[-3:] == ["kind: Output", "age: Output", "lstm_1:1: Output"]
    last = shown.index("last: LSTM 32")
    into = [(edge.tensor, edge.label) for edge in found.edges if edge.target == last]
    assert into == [("lstm_1", ""), ("lstm_1:1", "initial_state"), ("lstm_1:2", "initial_state")]


def test_a_fold_keeps_each_tensor_once() -> None:
    found = scene(U_NET, 0)
    shown = boxes(found)
    d2, d1 = shown.index("up(16) as d2 · 3 layers"), shown.index("up(8) · 3 layers")
    assert [edge.source for edge in found.edges if edge.target == d2] == [
        shown.index("bottom: Conv2D 3×3, 32"),
        shown.index("e2: Conv2D 3×3, 16"),
    ]
    assert [edge.source for edge in found.edges if edge.target == d1] == [d2, shown.index("e1: Conv2D 3×3, 8")]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("depth", [None, 0, 1])
def test_every_edge_points_forward(name: str, depth: int | None) -> None:
    found = scene(ALL[name], depth)
    assert all(edge.source < edge.target for edge in found.edges)
    fed = {edge.target for edge in found.edges}
    assert [number for number, box in enumerate(found.boxes) if number not in fed and box.family != "input"] == []


def test_a_fold_has_the_shapes_that_are_read_outside() -> None:
    block = "block b() {\n  input x\n  y = x -> Dense(3)\n  z = x -> Dense(5)\n  output z, y\n}\n"
    text = f"cnn 1\n{block}model m {{\n  input x: (4,)\n  z, y = x -> b()\n  output y, z\n}}\n"
    assert [box.shape for box in scene(text, 0).boxes if box.family == "group"] == ["3, 5"]

"""DOT: the whole text for a small network, and what pydot reads in it and in others."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from cnnspec.report.picture.dot import dot
from tests.report.picture.networks import ALL, ONE_BLOCK, WORDS, hostile, pairs, scene


def test_dot_in_full() -> None:
    assert dot(scene(ONE_BLOCK)) == dedent("""\
        digraph "small" {
          rankdir=TB;
          bgcolor="transparent";
          node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, fontcolor="#1b1f24", height=0.3];
          edge [fontname="Helvetica", fontsize=9, color="#767676", fontcolor="#767676", arrowsize=0.6];
          graph [fontname="Helvetica", fontsize=10, color="#767676", fontcolor="#767676", style=rounded, labeljust=l];
          n0 [label="image\\nInput", tooltip="input image", fillcolor="#ffffff", color="#57606a"];
          subgraph cluster_1_4_2 {
            label="residual(4)";
            n1 [label="Conv2D 3×3, 4, relu", tooltip="residual_1__conv2d_1", fillcolor="#fbe4b8", color="#b27b00"];
            n2 [label="main\\nConv2D 3×3, 4", tooltip="residual_1__main", fillcolor="#fbe4b8", color="#b27b00"];
            n3 [label="Add", tooltip="residual_1__add_1", fillcolor="#f7d3bd", color="#b84f00"];
          }
          n4 [label="GlobalAveragePooling2D", tooltip="global_average_pooling2d_1", fillcolor="#d3ebf8", color="#2f8dc0"];
          n5 [label="digit\\nDense 10, softmax", tooltip="digit", fillcolor="#bcd9ec", color="#005f95"];
          n6 [label="digit\\nOutput", tooltip="output digit", fillcolor="#ffffff", color="#57606a"];
          n0 -> n1 [label="8×8×4"];
          n1 -> n2 [label="8×8×4"];
          n2 -> n3 [label="8×8×4"];
          n0 -> n3 [label="8×8×4"];
          n3 -> n4 [label="8×8×4"];
          n4 -> n5 [label="4"];
          n5 -> n6 [label="10"];
        }
        """)


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pydot's own parser


def read_dot(text: str) -> tuple[set[str], set[tuple[int, int]], dict[str, str]]:
    """The nodes, the edges and the labels of clusters and nodes."""
    pydot = pytest.importorskip("pydot", reason="pydot reads what was written: `pip install .[test]`")
    (graph,) = pydot.graph_from_dot_data(text)
    labels: dict[str, str] = {}
    todo, nodes = [graph], set()
    while todo:
        part = todo.pop()
        for node in part.get_nodes():
            if re.fullmatch(r"n\d+", node.get_name()):
                nodes.add(node.get_name())
                labels[node.get_name()] = node.get("label")
        for inner in part.get_subgraphs():
            labels[inner.get_name()] = inner.get_label()
            todo.append(inner)
    edges = {(int(edge.get_source()[1:]), int(edge.get_destination()[1:])) for edge in graph.get_edges()}
    return nodes, edges, labels


@pytest.mark.parametrize("name", ALL)
def test_dot_is_read_back(name: str) -> None:
    found = scene(ALL[name])
    nodes, edges, _ = read_dot(dot(found))
    assert nodes == {f"n{number}" for number in range(len(found.boxes))}
    assert edges == set(pairs(found))


def test_hostile_texts_are_labels_in_dot() -> None:
    found = hostile()
    _, edges, labels = read_dot(dot(found))
    assert edges == set(pairs(found))
    assert read(labels["cluster_1_4_2"]) == found.whole.clusters[0].title
    plain = WORDS.replace("\r", " ").replace("\x07", " ")
    assert read(labels["n0"]) == f"{plain}\nInput"
    assert read(labels["n6"]) == f"digit\n{plain} {plain}"


def read(label: str) -> str:
    """What Graphviz shows for a label in quotes."""
    assert label[0] == label[-1] == '"'
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], label[1:-1]).replace("&amp;", "&")

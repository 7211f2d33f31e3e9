"""The tree of blocks and loops over a graph, as a person would indent it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cnnspec.compiler import Compiled, compile_source
from cnnspec.document.load import dump_document
from cnnspec.graph import Graph, Group, group_nodes
from cnnspec.source import Source

SPEC = """\
cnn 1

block conv(filters: int, size: int = 3, act: any = "relu") {
  input x
  Conv2D(filters, size, padding="same")
  Activation(act)
}

block residual(filters: int) {
  input x
  conv(filters)
  conv(filters, size=1) as last
  [x, last] -> Add()
}

model net {
  input image: (8, 8, 4)
  conv(4, act=LeakyReLU(0.1)) as stem
  for filters, n in [(4, 2), (4, 0)] {
    Dropout(0.1)
    repeat n { residual(filters) }
  }
  repeat 2 { ReLU() }
  for size in [1, 3] {
    repeat 1 { conv(4, size=size) }
  }
  Flatten()
}
"""


def compiled(text: str, path: str = "net.cnn") -> Compiled:
    found, diagnostics = compile_source(Source(path, text))
    assert found is not None, diagnostics
    return found


def outline(graph: Graph, group: Group, indent: str = "") -> Iterator[str]:
    for part in group.parts():
        if isinstance(part, Group):
            yield f"{indent}{part.title} [{part.name}]"
            yield from outline(graph, part, indent + "  ")
        else:
            yield indent + graph.nodes[part].layer


def test_groups_are_the_blocks_and_turns_as_they_were_written() -> None:
    found = compiled(SPEC)
    assert list(outline(found.graph, group_nodes(found.document, found.graph))) == [
        "conv(4, act=LeakyReLU(...)) as stem [stem]",
        "  Conv2D",
        "  Activation",
        "filters = 4, n = 2 (1 of 2) []",
        "  Dropout",
        "  residual(4) · repeat 1 of 2 [residual_1]",
        "    conv(4) [residual_1__conv_1]",
        "      Conv2D",
        "      Activation",
        "    conv(4, size=1) as last [residual_1__last]",
        "      Conv2D",
        "      Activation",
        "    Add",
        "  residual(4) · repeat 2 of 2 [residual_2]",
        "    conv(4) [residual_2__conv_1]",
        "      Conv2D",
        "      Activation",
        "    conv(4, size=1) as last [residual_2__last]",
        "      Conv2D",
        "      Activation",
        "    Add",
        "filters = 4, n = 0 (2 of 2) []",
        "  Dropout",
        "repeat 1 of 2 []",
        "  ReLU",
        "repeat 2 of 2 []",
        "  ReLU",
        "conv(4, size=1) · repeat 1 of 1 · size = 1 (1 of 2) [conv_1]",
        "  Conv2D",
        "  Activation",
        "conv(4, size=3) · repeat 1 of 1 · size = 3 (2 of 2) [conv_2]",
        "  Conv2D",
        "  Activation",
        "Flatten",
    ]


def test_a_group_is_a_range_within_the_one_around_it() -> None:
    found = compiled(SPEC)
    todo = [group_nodes(found.document, found.graph)]
    assert (todo[0].start, todo[0].stop) == (0, len(found.graph.nodes))
    while todo:
        group = todo.pop()
        edges = [group.start, *(edge for inner in group.groups for edge in (inner.start, inner.stop)), group.stop]
        assert edges == sorted(edges)
        assert all(inner.start < inner.stop for inner in group.groups)
        todo += group.groups


def test_one_block_called_twice_in_a_chain_is_two_groups() -> None:
    found = compiled(SPEC.split("model")[0] + "model m {\n  input x: (4, 4, 2)\n  conv(2) -> conv(2)\n}\n")
    assert [group.name for group in group_nodes(found.document, found.graph).groups] == ["conv_1", "conv_2"]


def test_a_document_in_json_has_no_groups() -> None:
    text = dump_document(compiled(SPEC).document)
    assert json.loads(text)["model"]["layers"]
    found = compiled(text, "net.json")
    whole = group_nodes(found.document, found.graph)
    assert whole == Group("", "", 0, len(found.graph.nodes))
    assert list(whole.parts()) == list(range(len(found.graph.nodes)))

"""Document to graph: what only the whole network shows, also for a document that no spec wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnspec.compiler import compile_source
from cnnspec.document.document import Document
from cnnspec.graph import Graph, build_graph
from cnnspec.shapes import Tensor
from cnnspec.source import Source


def document(*layers: dict[str, Any], output: list[str], **more: Any) -> Document:
    model = {"name": "m", "input": [{"name": "x", "shape": [8, 8, 3], "dtype": "float32"}], "layers": list(layers), "output": output}
    return Document({"cnn": 1, "model": model, **more}, "m.json", Path())


def layer(name: str, kind: str, *inputs: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "layer": kind, "arguments": arguments, "inputs": list(inputs)}


RELU = layer("r", "ReLU", "x")


@pytest.mark.parametrize(
    ("wrong", "code", "where", "part"),
    [
        (document(RELU | {"name": "relu"}, output=["rleu"]), "E0201", "/model/output/0", "did you mean `relu`?"),
        (document(RELU, layer("s", "ReLU", "y"), output=["s"]), "E0201", "/model/layers/1/inputs/0", "there is no tensor `y`"),
        (document(layer("s", "ReLU", "s"), output=["s"]), "E0201", "/model/layers/0/inputs/0", "there is no tensor `s`"),
        (document(RELU, RELU, output=["r"]), "E0203", "/model/layers/1", "stands twice"),
        (document(layer("x", "ReLU", "x"), output=["x"]), "E0203", "/model/layers/0", "stands twice"),
        (document({"name": "u", "reuse": "t", "inputs": ["x"]}, output=["u"]), "E0201", "/model/layers/0", "no layer `t` to use again"),
        (document(layer("d", "Dense", "x", "x", units=3), output=["d"]), "E0506", "/model/layers/0", "`Dense` reads one tensor, not 2"),
        (
            document(RELU | {"call": {"mask; import os": "x"}}, output=["r"]),
            "E0302",
            "/model/layers/0/call/mask; import os",
            "takes no tensor called",
        ),
        (
            document({"name": "g", "extern": "G", "arguments": {}, "inputs": ["x"]}, output=["g"]),
            "E0901",
            "/extern/G",
            "a class in a module",
        ),
        (document(layer("p", "MaxPooling2D", "x", pool_size=9), output=["p"]), "E0604", "/model/layers/0", "does not fit in 8x8"),
        (document(RELU | {"shape": [8, 8, 4]}, output=["r"]), "E0602", "/model/layers/0", "the layer gives (8, 8, 3)"),
        (
            document(layer("f", "Reshape", "x", target_shape=[64, 3]), layer("s", "LSTM", "f", units=4, return_state=True), output=["s"]),
            "E0506",
            "/model/layers/1",
            "`LSTM` gives 3 tensors, and nothing reads the others",
        ),
        (document(RELU, output=["r", "r:1"]), "E0506", "/model/layers/0", "`ReLU` gives 1 tensor, this line names 2"),
        (
            document(layer("c", "Conv2D", "x", filters=2, kernel_size=1), {"name": "u", "reuse": "c", "inputs": ["c"]}, output=["u"]),
            "E0601",
            "/model/layers/1",
            "has a kernel of (1, 1, 3, 2), for this call it would be (1, 1, 2, 2)",
        ),
        (document(RELU, output=[]), "E0502", "/model/output", "the model has no output"),
    ],
)
def test_a_wrong_document_is_refused_at_its_place(wrong: Document, code: str, where: str, part: str) -> None:
    graph, (found,) = build_graph(wrong)
    assert graph is None
    assert (found.code, found.where) == (code, f"m.json: at {where}")
    assert part in f"{found.message} {found.label} {found.help}"


def test_an_extern_target_with_code_in_it_is_refused() -> None:
    wrong = document(
        {"name": "g", "extern": "G", "arguments": {}, "inputs": ["x"]},
        output=["g"],
        extern={"G": {"from": "os; print(1):G", "arguments": {}}},
    )
    graph, (found,) = build_graph(wrong)
    assert graph is None
    assert found.code == "E0901"


@pytest.mark.parametrize(
    "broken", [{}, {"model": 3}, {"model": {"input": 3, "layers": "a", "output": [3]}}, {"model": {"layers": [3, {}]}}]
)
def test_a_malformed_document_is_passed_over(broken: dict[str, Any]) -> None:
    graph, _ = build_graph(Document({"cnn": 1, **broken}, "m.json", Path()))
    assert graph is None


def compiled(text: str) -> Graph:
    found, diagnostics = compile_source(Source("spec.cnn", text))
    assert found is not None, diagnostics
    return found.graph


def test_shapes_go_through_the_network() -> None:
    graph = compiled(
        """cnn 1
extern G() from "g:G"
model m {
  input x: (8, 8, 3)
  layer shared = Conv2D(4, 3, padding="same")
  a = x -> Conv2D(4, 3, padding="same")
  b = a -> shared
  c = b -> shared
  [a, c] -> Add() as sum
  G(): (?, 4)
  Dense(5) as d: (2, ?)
  Flatten() as flat
}
"""
    )
    shapes = {node.name: node.shapes[0] for node in graph.nodes}
    assert shapes == {
        "a": (8, 8, 4),
        "shared": (8, 8, 4),
        "c": (8, 8, 4),
        "sum": (8, 8, 4),
        "g_1": (None, 4),
        "d": (2, 5),
        "flat": (10,),
    }
    assert graph.node("c") is not None
    assert graph.producer("flat").name == "flat"
    assert graph.producer("x").name == "x"
    assert graph.externs == {"G": "g:G"}


def test_every_reference_leads_to_something_above() -> None:
    graph = compiled(
        """cnn 1
model m {
  input s: (4, 3)
  h, a, b = s -> LSTM(3, return_state=True)
  t = [a, b] -> Add()
  output h, t
}
"""
    )
    above = {found.name for found in graph.inputs}
    for node in graph.nodes:
        assert {reference.partition(":")[0] for reference in node.inputs} <= above
        above.add(node.name)
    assert graph.nodes[1].inputs == ("lstm_1:1", "lstm_1:2")


def test_a_shared_layer_has_its_weights_once() -> None:
    graph = compiled(
        """cnn 1
model m {
  input x: (8, 8, 3)
  layer shared = Conv2D(3, 3, padding="same")
  a = x -> shared
  b = a -> shared
  [a, b] -> Add()
  BatchNormalization(trainable=False)
}
"""
    )
    assert [(node.facts.params, node.facts.trainable_params) for node in graph.nodes] == [(84, 84), (84, 84), (0, 0), (12, 0)]
    assert graph.params == 96


def test_precision_is_the_dtype_of_the_layers() -> None:
    graph = compiled('cnn 1\nmodel m {\n  input x: (4,)\n  Dense(3)\n}\nrun { precision = "mixed_float16" }\n')
    (node,) = graph.nodes
    assert node.facts.outputs == (Tensor((3,), "float16"),)

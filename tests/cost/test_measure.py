"""The figures of small networks, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.compiler import compile_file, compile_source
from cnnspec.cost import Costs, Field, Memory, measure, training_memory
from cnnspec.graph import Graph
from cnnspec.source import Source

ROOT = Path(__file__).resolve().parents[2]


def graph_of(body: str, more: str = "") -> Graph:
    compiled, diagnostics = compile_source(Source("net.cnn", f"cnn 1\n\n{more}\n\nmodel net {{\n{body}\n}}\n"))
    assert compiled is not None, diagnostics
    return compiled.graph


def costs_of(body: str, more: str = "") -> Costs:
    return measure(graph_of(body, more))


NET = """
  input image: (8, 8, 3)
  Conv2D(4, 3) as conv
  BatchNormalization() as norm
  ReLU() as relu
  MaxPooling2D(2) as pool
  Flatten() as flat
  Dense(10) as digit
"""


def test_each_call() -> None:
    rows = [(n.name, n.params, n.trainable_params, n.activation_bytes, n.parameter_bytes) for n in costs_of(NET).nodes]
    assert rows == [
        ("conv", 112, 112, 4 * 144, 448),
        ("norm", 16, 8, 4 * 144, 64),
        ("relu", 0, 0, 0, 0),
        ("pool", 0, 0, 4 * 36, 0),
        ("flat", 0, 0, 0, 0),
        ("digit", 370, 370, 40, 1480),
    ]


def test_the_totals_are_the_sums() -> None:
    found = costs_of(NET)
    assert (found.params, found.trainable_params, found.activation_bytes, found.parameter_bytes) == (498, 490, 1336, 1992)
    assert found.macs == sum(node.macs or 0 for node in found.nodes)
    assert found.receptive_field == Field((4, 4), (2, 2), (0, 0))


def test_what_is_seen() -> None:
    body = """
      input image: (8, 8, 3)
      input age: (1,)
      image -> Conv2D(4, 3) as conv
      conv -> Flatten() as flat
      age -> Dense(2) as old
      [flat, old] -> Concatenate() as both
    """
    assert [node.sees for node in costs_of(body).nodes] == [Field((3, 3), (1, 1), (0, 0)), "all", "none", "all"]


def test_a_shared_layer_is_counted_once_and_works_at_each_call() -> None:
    found = costs_of("""
      input a: (8, 8, 3)
      input b: (8, 8, 3)
      layer conv = Conv2D(4, 3)
      x = a -> conv
      y = b -> conv
      [x, y] -> Add() as z
    """)
    first, second, _ = found.nodes
    assert (first.params, second.params, found.params) == (112, 0, 112)
    assert first.macs == second.macs == (found.macs or 0) // 2
    assert (first.activation_bytes, second.activation_bytes) == (576, 576)


def test_a_layer_in_python_is_not_known() -> None:
    found = costs_of("input image: (8, 8, 3)\nGeM() as gem\nConv2D(4, 3) as conv", 'extern GeM() from "my_layers:GeM"')
    assert [(n.params, n.macs, n.sees) for n in found.nodes] == [(None, None, None), (None, None, None)]
    assert (found.params, found.macs, found.activation_bytes, found.receptive_field) == (None, None, None, None)


def test_a_size_that_is_not_fixed() -> None:
    found = costs_of('input image: (?, ?, 3)\nConv2D(4, 3, strides=2, padding="same") as conv')
    assert (found.params, found.macs, found.activation_bytes) == (112, None, None)
    assert found.receptive_field == Field((3, 3), (2, 2), (None, None))


@pytest.mark.parametrize(
    ("precision", "parameters", "activations"),
    [("float32", 1992, 1336), ("mixed_float16", 1992, 668), ("bfloat16", 996, 668), ("float64", 3984, 2672)],
)
def test_precision(precision: str, parameters: int, activations: int) -> None:
    found = measure(graph_of(NET, f'run {{ precision = "{precision}" }}'), precision)
    assert (found.parameter_bytes, found.activation_bytes) == (parameters, activations)


@pytest.mark.parametrize(
    ("optimizer", "arguments", "values"),
    [
        ("SGD", {}, 0),
        ("SGD", {"momentum": 0.9}, 490),
        ("Adam", {}, 980),
        ("Adam", {"amsgrad": True, "gradient_accumulation_steps": 2}, 4 * 490),
    ],
)
def test_memory_of_a_training(optimizer: str, arguments: dict[str, object], values: int) -> None:
    graph = graph_of(NET)
    assert training_memory(graph, measure(graph), 32, optimizer, arguments) == Memory(32, 1992, 1960, 4 * values, 32 * 1336)


def test_an_optimizer_that_is_not_known_gives_no_estimate() -> None:
    graph = graph_of(NET)
    assert training_memory(graph, measure(graph), 32, "Muon", {}) is None


@pytest.mark.parametrize("name", ["densenet121", "inceptionv3", "mobilenetv2", "resnet50", "vgg16", "xception"])
def test_an_architecture_costs_what_its_layers_cost_that_are_written_by_hand(name: str) -> None:
    written, _ = compile_file(str(ROOT / "specs" / "zoo" / f"{name}.cnn"))
    assert written is not None
    application = next(known for known in load_catalogue().names("application") if known.lower() == name)
    sizes = ", ".join(map(str, written.graph.inputs[0].shape))
    whole, hand = costs_of(f"input image: ({sizes})\n{application}(weights=None)"), measure(written.graph)
    for quantity in ("params", "trainable_params", "macs", "activation_bytes", "parameter_bytes"):
        assert getattr(whole, quantity) == getattr(hand, quantity), quantity


@pytest.mark.parametrize(("name", "size"), [("resnet50", 483), ("vgg16", 212), ("inceptionv3", 1311)])
def test_a_network_that_is_written_by_hand_sees_what_is_published(name: str, size: int) -> None:
    written, _ = compile_file(str(ROOT / "specs" / "zoo" / f"{name}.cnn"))
    assert written is not None
    field = measure(written.graph).receptive_field
    assert field is not None and (field.size, field.stride) == ((size, size), (32, 32))

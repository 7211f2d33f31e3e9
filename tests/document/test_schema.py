"""The schema: valid, up to date, and of one mind with our own validator."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cnnspec.catalogue import load_catalogue
from cnnspec.document.check import document_schema, explained, faults
from cnnspec.document.quick import ANNOTATIONS, RULES, Reader
from cnnspec.document.schema import NAME, build_schema, to_text
from cnnspec.resources import grammar_path

DOCUMENT: dict[str, Any] = {
    "cnn": 1,
    "model": {
        "name": "net",
        "input": [{"name": "image", "shape": [None, None, 3], "dtype": "float32"}],
        "layers": [
            {"name": "base", "application": "ResNet50", "arguments": {"include_top": False}, "inputs": ["image"]},
            {
                "name": "conv2d_1",
                "layer": "Conv2D",
                "arguments": {"filters": 32, "kernel_size": 3, "kernel_regularizer": {"regularizer": "L2", "arguments": {"l2": 0.0001}}},
                "inputs": ["base"],
                "shape": [26, 26, 32],
            },
            {
                "name": "att",
                "layer": "MultiHeadAttention",
                "arguments": {"num_heads": 2, "key_dim": 4},
                "inputs": ["q", "kv"],
                "call": {"attention_mask": "m"},
            },
            {"name": "visual", "extern": "GeM", "arguments": {"p": 3.0}, "inputs": ["att"], "shape": [7]},
            {"name": "tower", "reuse": "tower", "inputs": ["att:1"]},
        ],
        "output": ["tower"],
    },
    "data": {"source": {"source": "mnist", "arguments": {}}, "validation": 0.1, "batch": 128, "split": {"seed": 7}},
    "augment": [{"layer": "RandomRotation", "arguments": {"factor": 0.0278}}],
    "train": {
        "epochs": 3,
        "optimizer": {"optimizer": "Adam", "arguments": {"learning_rate": 0.001}},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "checkpoint": {"monitor": "val_loss"},
        "phase": {"head": {"epochs": 2, "freeze": ["base", {"selection": "layers", "arguments": {"base": "base"}}]}},
        "head": {"digit": {"loss_weight": 0.5, "class_weight": {"nv": 0.3}}},
    },
    "run": {"seed": 7, "jit_compile": "auto"},
    "tune": {"method": {"tuner": "hyperband", "arguments": {"max_epochs": 9}}},
    "export": {"keras": "out.keras"},
    "expect": [{"quantity": "test.accuracy", "op": ">=", "value": 0.98}, {"quantity": "digit.shape", "op": "==", "value": [10]}],
    "search": {"width": {"search": "choice", "arguments": {"values": [16, 32]}, "default": 16}},
    "extern": {"GeM": {"from": "my_layers:GeM", "arguments": {"p": "float"}}},
    "overrides": {"train.epochs": "3"},
}
WRONG: list[tuple[str, Any]] = [
    ("/cnn", 2),
    ("/trian", {}),
    ("/model/layers/1/layer", "Conv2d"),
    ("/model/layers/1/layer", None),
    ("/model/layers/1/arguments/filters", "a"),
    ("/model/layers/1/arguments/filters", True),
    ("/model/layers/1/arguments/filtres", 3),
    ("/model/layers/1/arguments/kernel_size", [3, 3, 3]),
    ("/model/layers/1/arguments/kernel_regularizer/arguments/l3", 1),
    ("/model/layers/1/arguments/kernel_regularizer/regularizer", "L3"),
    ("/model/layers/1/arguments/kernel_regularizer/loss", "Huber"),
    ("/model/layers/1/extra", 1),
    ("/model/layers/1/shape", [0]),
    ("/model/layers/4/arguments", {}),
    ("/model/layers/2/call/attention_mask", 3),
    ("/model/output", "tower"),
    ("/data/source", "mnist"),
    ("/data/validation", 1.5),
    ("/data/split/seed", -1),
    ("/augment/0/layer", "L2"),
    ("/augment/0/name", "x"),
    ("/train/metrics/0", "acuracy"),
    ("/train/phase/head/epoch", 1),
    ("/train/checkpoint", 3),
    ("/train/head/digit/class_weight/nv", -1),
    ("/expect/0/op", "=>"),
    ("/search/width/search", "chice"),
    ("/search/width/arguments/values", 3),
    ("/extern/GeM/from", 3),
]


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The document with another value at `pointer`."""
    document = copy.deepcopy(DOCUMENT)
    *path, last = pointer.split("/")[1:]
    parent: Any = document
    for part in path:
        parent = parent[int(part)] if isinstance(parent, list) else parent[part]
    parent[int(last) if isinstance(parent, list) else last] = value
    return document


@pytest.mark.slow
def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(document_schema())


def test_the_committed_schema_is_that_of_the_catalogue() -> None:
    again = "run `python -m cnnspec.document.schema`"
    assert grammar_path(NAME).read_text(encoding="utf-8") == to_text(build_schema(load_catalogue())), again


def test_every_reference_leads_somewhere() -> None:
    definitions = document_schema()["$defs"]
    text = json.dumps(document_schema())
    named = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert named - definitions.keys() == set()
    assert {name for name in definitions if name not in named} == set(), "a definition that nothing uses"


def test_a_whole_document_is_valid_everywhere() -> None:
    assert faults(DOCUMENT) == []
    assert list(Draft202012Validator(document_schema()).iter_errors(DOCUMENT)) == []


@pytest.mark.parametrize(("pointer", "value"), WRONG, ids=[f"{p}={v!r}" for p, v in WRONG])
def test_our_validator_and_jsonschema_refuse_the_same(pointer: str, value: Any) -> None:
    document = changed(pointer, value)
    assert len(faults(document)) == 1
    assert not Reader(document_schema()).accepts(document_schema(), document)
    assert not Draft202012Validator(document_schema()).is_valid(document)


@pytest.mark.parametrize("value", [3.0, float("inf"), float("nan")])
def test_ours_is_stricter_about_numbers(value: float) -> None:
    """jsonschema takes 3.0 for an integer; Keras does not. JSON has no infinity; Python's parser has."""
    assert [fault.path[-1] for fault in faults(changed("/model/layers/1/arguments/filters", value))] == ["filters"]


def test_settings_are_documented() -> None:
    silent = [
        f"{name}.{key}"
        for name, definition in document_schema()["$defs"].items()
        if name.startswith("section.")
        for key, schema in definition.get("properties", {}).items()
        if "description" not in schema
    ]
    assert silent == []


def keywords(schema: Any) -> set[str]:
    """Every keyword in a schema and in the schemas inside it."""
    if not isinstance(schema, dict):
        return set()
    inner = [part for key in ("properties", "$defs") for part in schema.get(key, {}).values()]
    inner += [part for key in ("anyOf", "oneOf", "prefixItems") for part in schema.get(key, [])]
    inner += [schema[key] for key in ("items", "additionalProperties") if key in schema]
    return set(schema).union(*(keywords(part) for part in inner))


def test_the_quick_reader_knows_every_keyword() -> None:
    assert keywords(document_schema()) - RULES.keys() - ANNOTATIONS == set()


POINTERS = [pointer for pointer, _ in WRONG] + ["/model", "/model/layers/2", "/data", "/train/metrics", "/search/width", "/extern"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["same", "relu", "L2", "adam", "x", ""])
KEYS = st.sampled_from(["layer", "regularizer", "arguments", "filters", "l2", "name", "inputs", "epochs", "deg"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)


@given(st.sampled_from(POINTERS), VALUES)
def test_the_quick_reader_and_the_thorough_one_give_one_verdict(pointer: str, value: Any) -> None:
    document = changed(pointer, value)
    assert Reader(document_schema()).accepts(document_schema(), document) == (explained(document) == [])

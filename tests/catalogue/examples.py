"""Values at the edges of a type, and a call of every entry that Keras takes."""

from __future__ import annotations

from typing import Any

from cnnspec.catalogue import Entry
from cnnspec.catalogue.types import ListOf, Number, ObjectOf, Plain, Text, TupleOf, Type, Union

OBJECTS: dict[str, Any] = {
    "layer": {"layer": "Dense", "arguments": {"units": 2}},
    "regularizer": {"regularizer": "L2", "arguments": {}},
    "initializer": {"initializer": "Zeros", "arguments": {}},
    "constraint": {"constraint": "NonNeg", "arguments": {}},
    "optimizer": {"optimizer": "SGD", "arguments": {}},
    "schedule": {"schedule": "CosineDecay", "arguments": {"initial_learning_rate": 0.1, "decay_steps": 3}},
}
CELL = {"layer": "LSTMCell", "arguments": {"units": 2}}
BASE: dict[str, dict[str, Any]] = {
    "layer.Bidirectional": {"layer": {"layer": "LSTM", "arguments": {"units": 2}}},
    "layer.CategoryEncoding": {"num_tokens": 3},
    "layer.Discretization": {"num_bins": 3},
    "layer.EinsumDense": {"equation": "ab,bc->ac"},
    "layer.GroupQueryAttention": {"num_query_heads": 6},
    "layer.Permute": {"dims": [1]},
    "layer.Pipeline": {"layers": [{"layer": "Flatten", "arguments": {}}]},
    "layer.RNN": {"cell": CELL},
    "layer.StackedRNNCells": {"cells": [CELL]},
    "layer.Conv1D": {"filters": 6},
    "layer.Conv2D": {"filters": 6},
    "layer.Conv3D": {"filters": 6},
    "callback.ModelCheckpoint": {"filepath": "x.keras"},
    "schedule.PiecewiseConstantDecay": {"boundaries": [3], "values": [0.1, 0.2]},
}
"""Arguments that hold beside the one under test, where the first example of each required one does not."""


def examples(type_: Type) -> list[Any]:
    """Values at the edges of a type."""
    match type_:
        case Plain(name):
            plain: dict[str, list[Any]] = {"None": [None], "bool": [True, False], "dtype": ["float32"], "angle": [0.1], "steps": [10]}
            return plain.get(name, ["x.keras"] if name in ("str", "path") else [])
        case Number():
            return numbers(type_)
        case Text(value, folded):
            return [value, value.upper()] if folded else [value]
        case ListOf(item):
            return [[example] for example in examples(item)[:2]]
        case TupleOf(items):
            each = [examples(item) for item in items]
            return [[found[0] for found in each], [found[-1] for found in each]]
        case ObjectOf(kind):
            return [OBJECTS[kind]] if kind in OBJECTS else []
        case Union(parts):
            return [example for part in parts for example in examples(part)]
    return []


def numbers(type_: Number) -> list[Any]:
    step = 1 if type_.integral else 0.25
    found = [-1, 0, 2] if type_.low is None and type_.high is None else []
    if type_.low is not None:
        found.append(type_.low + step if type_.low_open else type_.low)
    if type_.high is not None:
        found.append(type_.high - step if type_.high_open else type_.high)
    return [int(value) if type_.integral else float(value) for value in found]


def base(entry: Entry) -> dict[str, Any]:
    known = BASE.get(f"{entry.kind}.{entry.name}", {})
    return {p.name: examples(p.parsed)[0] for p in entry.params if p.required} | known

"""Losses, metrics and activations by one name, whichever of Keras's names was written, and the names under which Keras reports metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import load_catalogue

Json: TypeAlias = Any


_BY_SHAPE: Final = {"accuracy": "accuracy", "acc": "accuracy", "crossentropy": "crossentropy", "ce": "crossentropy"}


def canonical(kind: str, value: Json) -> str | None:
    """The class of a loss or a metric, the function of an activation; None for an object in Python.

    "accuracy" and "crossentropy" stay what they are: which class they are, Keras decides by the shapes.
    """
    if isinstance(value, str):
        if kind == "metric" and value.lower() in _BY_SHAPE:
            return _BY_SHAPE[value.lower()]
        return load_catalogue().identifiers(kind).get(value) or value
    name = value.get(kind)
    return name if isinstance(name, str) else None


def argument(kind: str, value: Json, name: str) -> Json:
    """The argument `name` of a Keras object: as it is written, else its default. A string stands for the object with its defaults."""
    written = value.get("arguments", {}) if isinstance(value, Mapping) else {}
    if name in written:
        return written[name]
    entry = load_catalogue().entry(kind, canonical(kind, value) or "")
    parameter = entry.parameter(name) if entry else None
    return parameter.default if parameter else None


def place_of(pointer: str, name: str) -> str:
    """Where the argument `name` of the object at `pointer` stands."""
    return f"{pointer}/arguments/{name}"


def metric_names(metrics: Sequence[Json]) -> list[str | None]:
    """The name of each metric in Keras's logs; None for an object in Python that is given no `name`.

    A string is its own name. A metric that comes twice gets a number. Source: `keras.src.trainers.compile_utils.CompileMetrics.result`.
    """
    used: dict[str, int] = {}
    found: list[str | None] = []
    for metric in metrics:
        name = metric if isinstance(metric, str) else _own_name(metric)
        if name is not None:
            times = used[name] = used.get(name, -1) + 1
            name = f"{name}_{times}" if times else name
        found.append(name)
    return found


def _own_name(metric: Mapping[str, Json]) -> str | None:
    written = argument("metric", metric, "name")
    if isinstance(written, str):
        return written
    cls = metric.get("metric")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls).lower() if isinstance(cls, str) else None

"""Values of a catalogue type, drawn from a seed."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any, Final

from cnnspec.catalogue import Entry
from cnnspec.catalogue.types import ListOf, Number, ObjectOf, Plain, Text, TupleOf, Type, Union

Json = Any

OBJECTS: Final[dict[str, list[Json]]] = {
    "regularizer": ["l2", {"regularizer": "L1", "arguments": {"l1": 0.1}}],
    "initializer": ["zeros", "ones"],
    "constraint": [{"constraint": "NonNeg", "arguments": {}}],
    "activation": ["relu", "tanh", "softmax", "linear"],
    "layer": [{"layer": "LeakyReLU", "arguments": {}}],
}
DTYPES: Final = ("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")


class NothingToDraw(Exception):
    """The type has no values that can be drawn: a path, code."""


def value(type_: Type, draw: random.Random, *, most: int = 4) -> Json:
    """One value of the type; numbers without an upper bound stay small."""
    match type_:
        case Plain(name):
            return _plain(name, draw)
        case Number():
            return _number(type_, draw, most)
        case Text(text, folded):
            return text.upper() if folded and draw.random() < 0.2 else text
        case ListOf(item):
            return [value(item, draw, most=most) for _ in range(draw.randint(1, 3))]
        case TupleOf(items):
            return [value(item, draw, most=most) for item in items]
        case ObjectOf(kind) if kind in OBJECTS:
            return draw.choice(OBJECTS[kind])
        case Union(options):
            return _union(options, draw, most)
    raise NothingToDraw


def _union(options: tuple[Type, ...], draw: random.Random, most: int) -> Json:
    for option in draw.sample(options, len(options)):
        try:
            return value(option, draw, most=most)
        except NothingToDraw:
            continue
    raise NothingToDraw


def _plain(name: str, draw: random.Random) -> Json:
    match name:
        case "None":
            return None
        case "bool":
            return draw.random() < 0.5
        case "dtype":
            return draw.choice(DTYPES)
        case "angle":
            return round(draw.uniform(-0.5, 0.5), 2)
    raise NothingToDraw


def _number(type_: Number, draw: random.Random, most: int) -> float | int:
    low = (-3 if type_.integral else -1.0) if type_.low is None else type_.low
    high = (low + most if type_.integral else low + 1.0) if type_.high is None else type_.high
    if type_.integral:
        return draw.randint(int(low) + type_.low_open, int(high) - type_.high_open)
    found = round(draw.uniform(low, high), 2)
    return min(max(found, low + 0.01 * type_.low_open), high - 0.01 * type_.high_open)


def arguments(entry: Entry, draw: random.Random, *, share: float = 0.3) -> dict[str, Json]:
    """The required arguments that can be drawn, and some of the others."""
    found: dict[str, Json] = {}
    for parameter in entry.params:
        if parameter.required or draw.random() < share:
            with suppress(NothingToDraw):
                found[parameter.name] = value(parameter.parsed, draw)
    return found

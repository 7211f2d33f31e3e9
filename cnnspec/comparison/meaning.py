"""What arguments mean: `strides=1`, `strides=(1, 1)` and no `strides` are the same convolution."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeAlias

from cnnspec.catalogue import Catalogue, Entry, Parameter
from cnnspec.catalogue.types import Number, TupleOf, Type, options

Json: TypeAlias = Any


def meaning(value: Json, parameter: Parameter | None = None) -> Hashable:
    """Something that is equal for values of the same meaning, and can be a key."""
    if parameter is not None and isinstance(value, list) and _is_one_size(value, parameter.parsed):
        value = value[0]
    if isinstance(value, Mapping):
        return ("object", *sorted((key, meaning(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return ("list", *(meaning(item) for item in value))
    return ("bool", value) if isinstance(value, bool) else value


def same(a: Json, b: Json, parameter: Parameter | None = None) -> bool:
    return meaning(a, parameter) == meaning(b, parameter)


def entry_of(catalogue: Catalogue, kind: str, name: str) -> Entry | None:
    """The entry of an object of the document; what is written in Python has none."""
    return None if kind in ("extern", "reuse") else catalogue.entry(kind, name)


def arguments_meaning(entry: Entry | None, arguments: Mapping[str, Json]) -> Hashable:
    """The meaning of a call's arguments: a default that is written out says nothing new."""
    result = []
    for name, value in sorted(arguments.items()):
        parameter = entry.parameter(name) if entry is not None else None
        if parameter is None or parameter.required or not same(value, parameter.default, parameter):
            result.append((name, meaning(value, parameter)))
    return tuple(result)


def _is_one_size(value: list[Json], expected: Type) -> bool:
    """Whether a tuple says what one integer would: the same size along each axis."""
    either = options(expected)
    one = any(isinstance(option, Number) and option.integral for option in either)
    several = any(isinstance(option, TupleOf) and len(option.items) == len(value) for option in either)
    return one and several and isinstance(value[0], int) and all(item == value[0] for item in value)

"""What the catalogue says about a place in a document: whose argument or setting stands there, and of what type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import Catalogue, Entry, Parameter
from cnnspec.catalogue.types import DictOf, ListOf, Part, TupleOf, Type, options

Json: TypeAlias = Any

QUANTITIES: Final = frozenset({"epochs", "steps", "seconds"})


@dataclass(frozen=True, slots=True)
class Position:
    """The entry around a value, the parameter that it is given to, and the type of this very value where it is known.

    In `{"layer": "Dense", "arguments": {"units": 8}}` the number has the owner Dense, the parameter `units` and its type; the object
    itself has the owner Dense and no parameter. Outside of entries and sections everything is None. `inside` says that the value
    is one of several that were given to the parameter.
    """

    owner: Entry | None = None
    parameter: Parameter | None = None
    type: Type | None = None
    inside: bool = False


def position(catalogue: Catalogue, document: Json, path: Sequence[str | int]) -> Position:
    """The position at the end of `path`, which may name a last key that is not there."""
    found, value = Position(), document
    for depth, part in enumerate(path):
        found = _section(catalogue, part) if depth == 0 else _step(catalogue, found, value, part)
        value = _child(value, part)
    return _of_object(catalogue, found, value)


def kind_of(catalogue: Catalogue, value: Json) -> str | None:
    """The kind of an object of the document, `{kind: name, ...}`; None for any other value."""
    if not isinstance(value, dict):
        return None
    return next((kind for kind in catalogue.kinds() if isinstance(value.get(kind), str)), None)


def _child(value: Json, part: str | int) -> Json:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _section(catalogue: Catalogue, key: str | int) -> Position:
    owner = catalogue.entry("section", str(key))
    return Position(owner, None, None)


def _step(catalogue: Catalogue, at: Position, value: Json, part: str | int) -> Position:
    """From a value at `at` one step down, to its key or index `part`."""
    if part == "arguments" and (kind := kind_of(catalogue, value)):
        return Position(catalogue.entry(kind, value[kind]))
    if at.type is not None:
        return _into(catalogue, at, part)
    if at.parameter is None and at.owner is not None and at.owner.items is None:
        parameter = at.owner.parameter(str(part))
        return Position(at.owner, parameter, parameter.parsed if parameter else None) if parameter else Position(at.owner)
    return Position()


def _into(catalogue: Catalogue, at: Position, part: str | int) -> Position:
    assert at.type is not None
    for option in options(at.type):
        match option:
            case Part(name, True):
                return Position(catalogue.entry("section", name))
            case Part(name, False):
                inside = Position(catalogue.entry("section", name))
                return _step(catalogue, inside, None, part)
            case ListOf(item) if isinstance(part, int):
                return replace(at, type=item, inside=True)
            case DictOf(item) if isinstance(part, str) and part not in QUANTITIES:
                return replace(at, type=item, inside=True)
            case TupleOf(items) if isinstance(part, int) and part < len(items):
                return replace(at, type=items[part], inside=True)
    return replace(at, type=None)


def _of_object(catalogue: Catalogue, at: Position, value: Json) -> Position:
    """At an object that stands for itself, as in `augment`, the owner is the object. A section with a setting `loss` is none."""
    is_section = at.owner is not None and at.owner.kind == "section"
    if at.type is None and not is_section and (kind := kind_of(catalogue, value)):
        return Position(catalogue.entry(kind, value[kind]))
    return at

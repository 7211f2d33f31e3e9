"""Whether the schema accepts a document at all: yes or no, without jsonschema.

Importing jsonschema takes longer than checking any document, and most documents are valid. So it is asked only for what is
wrong (`check.py`). The rules stand in the schema alone; a test holds both of their readers to one verdict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
Schema: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[["Reader", Any, Json, Schema], bool]

BY_KEY: Final = "byKey"
"""Beside a `oneOf` without `discriminator`: the key whose presence decides, and the branch that it decides for."""
ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "discriminator", BY_KEY})


class Reader:
    """Reads one schema; `$ref` leads into its `$defs`. What it has accepted once, with the same arguments, it does not read again."""

    __slots__ = ("_accepted", "_definitions")

    def __init__(self, schema: Schema) -> None:
        self._definitions: Schema = schema["$defs"]
        self._accepted: set[str] = set()

    def accepts(self, schema: Any, value: Json) -> bool:
        """Whether `value` is what `schema` describes."""
        if schema is True:
            return True
        for key, rule in schema.items():  # noqa: SIM110 - the innermost loop: `all` costs twice as much
            if key not in ANNOTATIONS and not RULES[key](self, rule, value, schema):
                return False
        return True

    def accepts_object(self, reference: str, value: Mapping[str, Json]) -> bool:
        """The same for an entry of the catalogue: only its arguments tell one call from another."""
        seen = f"{reference} {value.get('arguments')!r}" if "arguments" in value else reference
        if seen in self._accepted:
            return True
        if not self.accepts(self.definition(reference), value):
            return False
        self._accepted.add(seen)
        return True

    def definition(self, reference: str) -> Schema:
        found: Schema = self._definitions[reference.removeprefix("#/$defs/")]
        return found


def _one_of(reader: Reader, branches: list[Schema], value: Json, schema: Schema) -> bool:
    """The branch that a key of the value decides for. A value of another type is refused by `type` beside it."""
    if not isinstance(value, dict):
        return True
    if (by_key := schema.get(BY_KEY)) is not None:
        chosen = next((index for key, index in by_key.items() if key in value), None)
        return chosen is not None and reader.accepts(branches[chosen], value)
    rule = schema["discriminator"]
    name = value.get(rule["propertyName"])
    target = rule["mapping"].get(name) if isinstance(name, str) else None
    return target is not None and reader.accepts_object(target, value)


def _properties(reader: Reader, properties: Schema, value: Json, _: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    return all(key not in properties or reader.accepts(properties[key], item) for key, item in value.items())


def _additional(reader: Reader, rule: Any, value: Json, schema: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    known: Schema = schema.get("properties", {})
    return all(key in known or (rule is not False and reader.accepts(rule, item)) for key, item in value.items())


def _prefix(reader: Reader, schemas: list[Schema], value: Json, _: Schema) -> bool:
    return not isinstance(value, list) or all(reader.accepts(s, item) for s, item in zip(schemas, value, strict=False))


def is_integer(value: Json) -> bool:
    """An integer as Keras means it: neither 3.0 nor True."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Json) -> bool:
    """A number that JSON can hold."""
    return is_integer(value) or (isinstance(value, float) and math.isfinite(value))


TYPES: Final[Mapping[str, Callable[[Json], bool]]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": is_integer,
    "number": is_number,
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


RULES: Final[Mapping[str, Rule]] = {
    "$ref": lambda reader, target, value, _: reader.accepts(reader.definition(target), value),
    "type": lambda _, name, value, __: TYPES[name](value),
    "enum": lambda _, words, value, __: isinstance(value, str) and value in words,
    "const": lambda _, constant, value, __: type(value) is type(constant) and value == constant,
    "anyOf": lambda reader, branches, value, _: any(reader.accepts(branch, value) for branch in branches),
    "oneOf": _one_of,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": lambda _, keys, value, __: not isinstance(value, dict) or all(key in value for key in keys),
    "items": lambda reader, schema, value, _: not isinstance(value, list) or all(reader.accepts(schema, item) for item in value),
    "prefixItems": _prefix,
    "minItems": lambda _, least, value, __: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda _, most, value, __: not isinstance(value, list) or len(value) <= most,
    "minLength": lambda _, least, value, __: not isinstance(value, str) or len(value) >= least,
    "pattern": lambda _, text, value, __: not isinstance(value, str) or _pattern(text).search(value) is not None,
    "minimum": lambda _, bound, value, __: not is_number(value) or value >= bound,
    "maximum": lambda _, bound, value, __: not is_number(value) or value <= bound,
    "exclusiveMinimum": lambda _, bound, value, __: not is_number(value) or value > bound,
    "exclusiveMaximum": lambda _, bound, value, __: not is_number(value) or value < bound,
}

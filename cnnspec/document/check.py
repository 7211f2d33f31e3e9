"""The check of a document against its schema: the only place that uses jsonschema.

Any validator of draft 2020-12 gives the same verdict. This one also says one thing for one mistake: where one of many
entries must match it follows the key that decides, and it names the place of a missing or unknown key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from cnnspec.document.quick import BY_KEY, Reader, is_integer, is_number
from cnnspec.resources import grammar_path

Json: TypeAlias = Any
Schema: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str | int, ...]

RANGE: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
NAME: Final = "cnn.schema.json"
UNKNOWN: Final = "discriminator"
"""The keyword of a fault where the deciding key names no entry."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that the schema refuses.

    `path` leads to the value; for "additionalProperties" to the key that is too many, for "required" to the object that
    lacks the keys in `expected`. `in_range` is false where a number is of the right type and only too small or too large.
    """

    path: Path
    keyword: str
    expected: Json
    value: Json
    in_range: bool = True


def faults(document: Json) -> list[Fault]:
    """Everything that the schema refuses in a document, part by part."""
    schema = document_schema()
    if Reader(schema).accepts(schema, document):
        return []
    return explained(document)


def explained(document: Json) -> list[Fault]:
    """The same by jsonschema, which is loaded for it."""
    return [_fault(error) for error in _validator().iter_errors(document)]


@cache
def document_schema() -> Schema:
    """The schema that comes with the program."""
    schema: Schema = json.loads(grammar_path(NAME).read_text(encoding="utf-8"))
    return schema


def _fault(error: Any) -> Fault:
    return Fault(tuple(error.absolute_path), error.validator, error.validator_value, error.instance, not _only_range(error))


def _only_range(error: Any) -> bool:
    """Whether a number is all right but for its size: some alternative has nothing against it but that."""
    if not error.context:
        return error.validator in RANGE
    branches: dict[Any, list[Any]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    return any(all(_only_range(inner) for inner in branch) for branch in branches.values())


def _validator() -> Any:
    """A validator for one document: what it has found to be valid is remembered while it lives."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    schema = document_schema()
    definitions: Schema = schema["$defs"]
    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: is_integer(value),
            "number": lambda _, value: is_number(value),
            "array": lambda _, value: isinstance(value, list),
        }
    )
    keywords = {
        "$ref": _reference(definitions),
        "discriminator": _discriminator(definitions, ValidationError),
        "oneOf": _one_of(ValidationError),
        "anyOf": _any_of(ValidationError),
        "properties": _properties(),
        "additionalProperties": _additional(ValidationError),
        "required": _required(ValidationError),
        "items": _items,
        "prefixItems": _prefix_items,
    }
    extended: Any = extend  # its stub types neither arguments nor result
    return extended(Draft202012Validator, keywords, type_checker=checker)(schema)


Keyword: TypeAlias = Callable[[Any, Any, Json, Any], Iterator[Any]]


def _reference(definitions: Schema) -> Keyword:
    def keyword(validator: Any, target: str, value: Json, _: Schema) -> Iterator[Any]:
        yield from validator.descend(value, definitions[target.removeprefix("#/$defs/")])

    return keyword


def _discriminator(definitions: Schema, error: Any) -> Keyword:
    passed: set[str] = set()

    def keyword(validator: Any, rule: Schema, value: Json, _: Schema) -> Iterator[Any]:
        if not isinstance(value, dict) or rule["propertyName"] not in value:
            return
        name = value[rule["propertyName"]]
        target = rule["mapping"].get(name) if isinstance(name, str) else None
        if target is None:
            yield error("no such name", validator=UNKNOWN, validator_value=rule["propertyName"], path=[rule["propertyName"]])
            return
        key = target + json.dumps(value.get("arguments"))
        if key in passed:
            return
        found = list(validator.descend(value, definitions[target.removeprefix("#/$defs/")]))
        if not found:
            passed.add(key)
        yield from found

    return keyword


def _one_of(error: Any) -> Keyword:
    def keyword(validator: Any, branches: list[Schema], value: Json, schema: Schema) -> Iterator[Any]:
        if "discriminator" in schema or not isinstance(value, dict):
            return
        chosen = next((i for key, i in schema[BY_KEY].items() if key in value), None)
        if chosen is None:
            yield error("no deciding key", validator=BY_KEY, validator_value=list(schema[BY_KEY]))
        else:
            yield from validator.descend(value, branches[chosen], schema_path=chosen)

    return keyword


def _any_of(error: Any) -> Keyword:
    def keyword(validator: Any, branches: list[Schema], value: Json, _: Schema) -> Iterator[Any]:
        chosen = _branch_for(branches, value)
        if chosen is not None:
            yield from validator.descend(value, branches[chosen], schema_path=chosen)
            return
        context: list[Any] = []
        for index, branch in enumerate(branches):
            found = list(validator.descend(value, branch, schema_path=index))
            if not found:
                return
            context += found
        yield error("none of the alternatives", context=context)

    return keyword


def _branch_for(branches: list[Schema], value: Json) -> int | None:
    """The only alternative that can be meant, so that a mistake inside it is told where it is."""
    if isinstance(value, dict):
        keys = {f"#/$defs/{key}{end}" for key in value for end in ("", ".object")}
        for index, branch in enumerate(branches):
            target = branch.get("$ref", "")
            if target in keys or target.startswith("#/$defs/section.") or (branch.get("type") == "object" and "properties" not in branch):
                return index
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return next((index for index, branch in enumerate(branches) if "items" in branch), None)
    return None


def _properties() -> Keyword:
    passed: set[tuple[int, str]] = set()

    def keyword(validator: Any, properties: Schema, value: Json, _: Schema) -> Iterator[Any]:
        if not isinstance(value, dict):
            return
        for key, item in value.items():
            schema = properties.get(key, True)
            if schema is True or (isinstance(item, str) and _is_string(schema)):
                continue
            mark = None if _holds_objects(item) else (id(schema), repr(item))
            if mark in passed:
                continue
            found = list(validator.descend(item, schema, path=key, schema_path=key))
            if mark is not None and not found:
                passed.add(mark)
            yield from found

    return keyword


def _holds_objects(value: Json) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _is_string(schema: Schema) -> bool:
    """Whether any string will do: a validator object for each of the names would cost more than all the rest."""
    return len(schema) == 1 and schema.get("type") == "string"


def _items(validator: Any, schema: Schema, value: Json, _: Schema) -> Iterator[Any]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if not (isinstance(item, str) and _is_string(schema)):
                yield from validator.descend(item, schema, path=index)


def _prefix_items(validator: Any, schemas: list[Schema], value: Json, _: Schema) -> Iterator[Any]:
    """The values of a tuple, unless it is of the wrong length: then that is the mistake."""
    if isinstance(value, list) and len(value) == len(schemas):
        for index, (item, schema) in enumerate(zip(value, schemas, strict=True)):
            yield from validator.descend(item, schema, path=index)


def _additional(error: Any) -> Keyword:
    def keyword(validator: Any, rule: Any, value: Json, schema: Schema) -> Iterator[Any]:
        if not isinstance(value, dict):
            return
        known = schema.get("properties", {})
        for key, item in value.items():
            if key in known:
                continue
            if rule is False:
                yield error("unknown key", validator="additionalProperties", validator_value=list(known), instance=item, path=[key])
            else:
                yield from validator.descend(item, rule, path=key)

    return keyword


def _required(error: Any) -> Keyword:
    def keyword(_: Any, keys: list[str], value: Json, __: Schema) -> Iterator[Any]:
        if isinstance(value, dict) and (missing := [key for key in keys if key not in value]):
            yield error("missing", validator="required", validator_value=missing)

    return keyword

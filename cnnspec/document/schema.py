"""The JSON Schema (draft 2020-12) of the canonical document, made from the catalogue and the vocabulary.

`python -m cnnspec.document.schema` writes `grammar/cnn.schema.json`. One `$def` per entry ("layer.Conv2D") and per section
("section.data"); one per kind ("regularizer": a string or an object) with its objects apart ("regularizer.object"). Where one of
many entries must match, `oneOf` says so to any validator and `discriminator` (as in OpenAPI) names the key that decides.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import Catalogue, Entry, Parameter, load_catalogue
from cnnspec.catalogue.types import to_schema
from cnnspec.document.check import NAME
from cnnspec.document.quick import BY_KEY
from cnnspec.resources import grammar_path

Schema: TypeAlias = dict[str, Any]

ROOT_SECTIONS: Final = ("data", "augment", "train", "tune", "run", "export", "expect")
WITH_EXTERN: Final = frozenset({"layer", "loss", "metric", "callback"})
"""The kinds that `extern` can declare in Python."""
_STRING: Final[Schema] = {"type": "string"}
_STRINGS: Final[Schema] = {"type": "array", "items": _STRING}
_EXTERN: Final[Schema] = {"$ref": "#/$defs/extern.object"}


def build_schema(catalogue: Catalogue) -> Schema:
    """The schema of the whole document."""
    definitions = _structure()
    for kind in catalogue.kinds():
        entries = [entry for name in catalogue.names(kind) if (entry := catalogue.entry(kind, name)) and not entry.code]
        if kind == "section":
            definitions |= {f"section.{entry.name}": _section(entry) for entry in entries}
        else:
            definitions |= {f"{kind}.{entry.name}": _object(entry) for entry in entries}
            definitions |= _kind(kind, entries, sorted(catalogue.identifiers(kind)))
    definitions["call"] = _call(definitions)
    definitions["search.let"] = _searched(definitions.pop("search.object"))
    del definitions["search"]  # a search stands beside a `let` only
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": NAME,
        "title": "A cnnspec document",
        "description": f"The canonical form of a .cnn file. The Keras parts are those of Keras {catalogue.keras}.",
        "type": "object",
        "properties": _root(),
        "required": ["cnn"],
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _root() -> Schema:
    return {
        "cnn": {"const": 1, "description": "The version of the language."},
        "model": {"$ref": "#/$defs/model"},
        **{name: {"$ref": f"#/$defs/section.{name}"} for name in ROOT_SECTIONS},
        "search": {"type": "object", "additionalProperties": {"$ref": "#/$defs/search.let"}},
        "extern": {"type": "object", "additionalProperties": {"$ref": "#/$defs/extern"}},
        "overrides": {"type": "object", "additionalProperties": _STRING, "description": "What `--set` changed: path and text."},
    }


def _closed(title: str, properties: Schema, required: list[str]) -> Schema:
    return {"title": title, "type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _structure() -> dict[str, Schema]:
    """The parts of the document that are no entries of the catalogue."""
    tensor = {"name": _STRING, "shape": {"$ref": "#/$defs/shape"}, "dtype": _schema_of("dtype")}
    model = {
        "name": _STRING,
        "input": {"type": "array", "items": {"$ref": "#/$defs/input"}},
        "layers": {"type": "array", "items": {"$ref": "#/$defs/call"}},
        "output": _STRINGS,
    }
    quantity = {"quantity": _STRING, "op": {"enum": ["<=", ">=", "<", ">", "==", "!="]}, "value": _schema_of("float | shape")}
    return {
        "model": _closed("The graph of the model", model, ["name", "input", "layers", "output"]),
        "input": _closed("One input of the model", tensor, ["name", "shape"]),
        "shape": {**_schema_of("shape"), "description": "Without the batch axis; null is a size that is not known."},
        "comparison": _closed("One promise", quantity, ["quantity", "op", "value"]),
        "extern": _closed(
            "One Python object",
            {
                "from": _STRING,
                "arguments": {"type": "object", "additionalProperties": _STRING},
                "path": {**_STRING, "description": "The module's file, if it lies beside the spec."},
                "sha256": {**_STRING, "description": "Of that file."},
            },
            ["from"],
        ),
        "extern.object": _closed("A declared Python object", {"extern": _STRING, "arguments": {"type": "object"}}, ["extern"]),
    }


def _schema_of(text: str) -> Schema:
    """The schema of a type that is written out."""
    return to_schema(Parameter("", text).parsed)


def _settings(params: tuple[Parameter, ...]) -> Schema:
    properties = {}
    for parameter in params:
        schema = dict(to_schema(parameter.parsed))
        if parameter.doc:
            schema["description"] = parameter.doc
        if not parameter.required and parameter.default is not None:
            schema["default"] = parameter.default
        properties[parameter.name] = schema
    return properties


def _section(entry: Entry) -> Schema:
    if entry.items is not None:
        item = {"$ref": "#/$defs/layer.object"} if entry.items == "layer" else {"$ref": f"#/$defs/{entry.items}"}
        items: Schema = {"anyOf": [item, _EXTERN]} if entry.items == "layer" else item
        return {"title": entry.name, "description": entry.doc, "type": "array", "items": items}
    return _closed(entry.name, _settings(entry.params), list(entry.required)) | {"description": entry.doc}


def _object(entry: Entry) -> Schema:
    """What one entry asks of `{kind: name, "arguments": {...}}`; the keys beside them are closed where it is used."""
    arguments: Schema = {"type": "object", "properties": _settings(entry.params), "additionalProperties": False}
    if entry.required:
        arguments["required"] = list(entry.required)
    described = {"description": entry.doc} if entry.doc else {}
    return {
        **described,
        "properties": {entry.kind: {"enum": [entry.name, *entry.aliases]}, "arguments": arguments},
        "required": [entry.kind, "arguments"] if entry.required else [entry.kind],
    }


def _kind(kind: str, entries: list[Entry], identifiers: list[str]) -> dict[str, Schema]:
    either: list[Schema] = [{"enum": identifiers}] if identifiers else []
    either += [{"$ref": f"#/$defs/{kind}.object"}, *([_EXTERN] if kind in WITH_EXTERN else [])]
    closed = _closed(f"One {kind}", {kind: True, "arguments": True}, [kind])
    return {kind: {"anyOf": either} if len(either) > 1 else either[0], f"{kind}.object": closed | _one_of(kind, entries)}


def _one_of(kind: str, entries: list[Entry]) -> Schema:
    mapping = {name: f"#/$defs/{kind}.{entry.name}" for entry in entries for name in (entry.name, *entry.aliases)}
    return {
        "oneOf": [{"$ref": f"#/$defs/{kind}.{entry.name}"} for entry in entries],
        "discriminator": {"propertyName": kind, "mapping": mapping},
    }


def _call(definitions: dict[str, Schema]) -> Schema:
    """One entry of `model.layers`: a layer, a backbone, a declared Python layer, or an instance that is called again."""
    beside = {
        "name": _STRING,
        "inputs": _STRINGS,
        "call": {"type": "object", "additionalProperties": {"anyOf": [_STRING, _STRINGS, {"type": "boolean"}]}},
        "shape": {"$ref": "#/$defs/shape"},
    }
    branches = []
    for kind in ("layer", "application"):
        chosen = {key: definitions[f"{kind}.object"][key] for key in ("oneOf", "discriminator")}
        branches.append(_closed(f"A new {kind}", {**beside, kind: True, "arguments": True}, ["name", kind, "inputs"]) | chosen)
    branches.append(_closed("A Python layer", {**beside, "extern": _STRING, "arguments": {"type": "object"}}, ["name", "extern", "inputs"]))
    branches.append(_closed("An instance called again", {**beside, "reuse": _STRING}, ["name", "reuse", "inputs"]))
    by_key = {key: i for i, key in enumerate(("layer", "application", "extern", "reuse"))}
    return {"title": "One call", "type": "object", "oneOf": branches, BY_KEY: by_key}


def _searched(search: Schema) -> Schema:
    """A `let` with a search: what is tried, and the value that holds without tuning."""
    return search | {"properties": {**search["properties"], "default": True}, "required": ["search", "default"]}


def to_text(schema: Schema) -> str:
    """The schema as JSON: one definition a line, so that changes can be read."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    parts = [f"{line(key)}:{line(value)}" for key, value in schema.items() if key != "$defs"]
    definitions = ",\n".join(f"{line(key)}:{line(value)}" for key, value in schema["$defs"].items())
    return "{" + ",\n".join(parts) + f',\n"$defs":{{\n{definitions}}}}}\n'


def main() -> int:
    """Write the schema."""
    text = to_text(build_schema(load_catalogue()))
    grammar_path(NAME).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{NAME}: {len(text)} characters\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

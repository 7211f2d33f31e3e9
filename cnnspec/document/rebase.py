"""A document that is written into another folder: its relative paths must still lead to the same files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from cnnspec.catalogue import Entry, load_catalogue
from cnnspec.catalogue.types import DictOf, ListOf, Plain, TupleOf, Type, Union, texts
from cnnspec.document.document import Document

Json: TypeAlias = Any


def rebased(document: Document, folder: Path) -> Document:
    """The document with every relative path written relative to `folder` instead of `document.base`."""
    return replace(document, json=_with_paths(document, lambda path: _moved(path, document.base, folder)), base=folder)


def without_folders(document: Document) -> Json:
    """The document with the last part of each path alone: the same wherever the document and its files lie."""
    return _with_paths(document, lambda path: Path(path).name)


def _with_paths(document: Document, change: Callable[[str], str]) -> Json:
    """The document as JSON, its paths changed."""
    catalogue = load_catalogue()

    def settings(entry: Entry | None, values: Mapping[str, Json]) -> dict[str, Json]:
        result = {}
        for key, value in values.items():
            parameter = entry.parameter(key) if entry is not None else None
            is_path = parameter is not None and isinstance(value, str) and _is_path(parameter.parsed, value)
            result[key] = change(value) if is_path else walk(value)
        return result

    def walk(value: Json) -> Json:
        if isinstance(value, list):
            return [walk(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if isinstance(arguments := value.get("arguments"), Mapping):
            entry = next((found for kind, name in value.items() if isinstance(name, str) and (found := catalogue.entry(kind, name))), None)
            return {key: settings(entry, arguments) if key == "arguments" else item for key, item in value.items()}
        return {key: walk(item) for key, item in value.items()}

    json = {}
    for key, value in document.json.items():
        section = catalogue.entry("section", key)
        if key == "extern":
            value = {name: _moved_extern(declared, change) for name, declared in value.items()}
        json[key] = settings(section, value) if section is not None and isinstance(value, Mapping) else walk(value)
    return json


def _is_path(type_: Type, value: str) -> bool:
    """Whether a string in a position of this type is a path, and not one of its literal words."""
    return _mentions_path(type_) and value not in texts(type_)


def _mentions_path(type_: Type) -> bool:
    match type_:
        case Plain(name):
            return name == "path"
        case Union(parts) | TupleOf(parts):
            return any(_mentions_path(part) for part in parts)
        case ListOf(inner) | DictOf(inner):
            return _mentions_path(inner)
    return False


def _moved_extern(declared: Mapping[str, Json], change: Callable[[str], str]) -> dict[str, Json]:
    moved = {"path": Path(change(declared["path"])).as_posix()} if "path" in declared else {}
    return {**declared, **moved}


def _moved(path: str, base: Path, folder: Path) -> str:
    found = Path(path).expanduser()
    return path if found.is_absolute() else os.path.relpath(base / found, folder)

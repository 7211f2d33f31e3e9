"""A document as JSON text, in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.source import Source, Span

Json: TypeAlias = Any
MAX_DEPTH: Final = 64
"""A document of ours is less than half as deep; deeper text could exhaust the stack."""


class _Refused(Exception):
    """What `json` accepts and a document may not hold."""


def load_document(text: str, path: str, base: Path) -> tuple[Document | None, list[Diagnostic]]:
    """The document that `text` holds, not yet checked against the schema.

    `path` is the name to show, `base` the folder to which relative paths refer. The diagnostics are E0006 with line and column.
    """
    source = Source(path, text)
    if (deep := _too_deep(text)) is not None:
        return None, [_unreadable(source, deep, f"the JSON is nested more than {MAX_DEPTH} deep")]
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        return None, [_unreadable(source, error.pos, f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}")]
    except ValueError:  # Python's limit on the digits of an integer
        return None, [Diagnostic(code="E0006", message="a number has more digits than a document may hold", where=path)]
    except _Refused as error:
        return None, [Diagnostic(code="E0006", message=str(error), where=path)]
    if not isinstance(value, dict):
        return None, [_unreadable(source, 0, "a document is a JSON object")]
    return Document(value, path, base), []


def dump_document(document: Document) -> str:
    """The document as JSON: the same document gives the same text. Objects of the model stand on one line each where they fit."""
    return _dump(document.json, 0) + "\n"


def _unreadable(source: Source, at: int, message: str) -> Diagnostic:
    start = min(at, len(source.text))
    return Diagnostic(code="E0006", message=message, span=Span(source, start, min(start + 1, len(source.text))), label="here")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused(f'the key "{twice}" is given twice in one object')
    return found


def _constant(word: str) -> NoReturn:
    raise _Refused(f"{word} is not a number of JSON")


def _too_deep(text: str) -> int | None:
    """Where brackets are open more than `MAX_DEPTH` deep, strings left out; None where they never are."""
    depth, at, size = 0, 0, len(text)
    while at < size:
        char = text[at]
        if char == '"':
            at = _end_of_string(text, at)
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return at
        elif char in "]}":
            depth -= 1
        at += 1
    return None


def _end_of_string(text: str, at: int) -> int:
    """The offset of the quote that ends the string that starts at `at`, or of the end of the text."""
    end = text.find('"', at + 1)
    while end > 0 and _escaped(text, end):
        end = text.find('"', end + 1)
    return end if end > 0 else len(text)


def _escaped(text: str, at: int) -> bool:
    before = at
    while text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


_WIDTH: Final = 140


def _dump(value: Json, indent: int) -> str:
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, dict | list) or not value or len(flat) + indent <= _WIDTH:
        return flat
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(value, list):
        items = [f"{inner}{_dump(item, indent + 2)}" for item in value]
        return "[\n" + ",\n".join(items) + f"\n{outer}]"
    pairs = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {_dump(item, indent + 2)}" for key, item in value.items()]
    return "{\n" + ",\n".join(pairs) + f"\n{outer}}}"

"""Values of a document as the language writes them: `(3, 3)`, `10%`, `Adam(learning_rate=0.001)`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import Entry, load_catalogue
from cnnspec.catalogue.types import Type, mentions
from cnnspec.comparison.meaning import entry_of
from cnnspec.document.document import Document, escape
from cnnspec.document.position import kind_of
from cnnspec.document.words import UNITS
from cnnspec.shapes import show

Json: TypeAlias = Any

_AS_WRITTEN: Final = re.compile(r"-?[\d._]+(?:[eE][+-]?\d+)?(?:%|deg|rad|epochs|steps|s|min|h)|-?\d+(?:_\d+)+")
"""Numbers that are shown as the author wrote them: the document has 0.1 for `10%` and 1000 for `1_000`."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes parts of one document."""

    document: Document

    def value(self, value: Json, pointer: str, type_: Type | None = None) -> str:
        """The value that stands at `pointer`; its type tells an angle or a shape from other numbers."""
        match value:
            case bool() | None:
                return str(value)
            case int() | float():
                return self._as_written(pointer) or self._number(value, type_)
            case str():
                return json.dumps(value, ensure_ascii=False)
            case list():
                return self._list(value, pointer, type_)
            case Mapping():
                return self._mapping(value, pointer)
        return str(value)

    def call(self, kind: str, name: str, arguments: Mapping[str, Json], pointer: str) -> str:
        """`Conv2D(32, 3, padding="same")`: by position what the author wrote so, or without a text what must be given."""
        entry = entry_of(load_catalogue(), kind, name)
        inside = f"{pointer}/arguments"
        if entry is not None and entry.variadic is not None:
            values = arguments.get(entry.variadic, [])
            return f"{name}({', '.join(self.value(value, f'{inside}/{entry.variadic}/{i}') for i, value in enumerate(values))})"
        written = [self._argument(entry, key, value, f"{inside}/{escape(key)}") for key, value in _in_order(entry, arguments)]
        return f"{name}({', '.join(written)})"

    def settings(self, entry: Entry, values: Mapping[str, Json], pointer: str) -> str:
        """A section inside of another: `{ epochs = 5, freeze = ["base"] }`."""
        written = []
        for key, value in values.items():
            parameter = entry.parameter(key)
            text = self.value(value, f"{pointer}/{escape(key)}", parameter.parsed if parameter else None)
            written.append(f"{key} = {text}")
        return f"{{ {', '.join(written)} }}" if written else "{ }"

    def _argument(self, entry: Entry | None, key: str, value: Json, pointer: str) -> str:
        parameter = entry.parameter(key) if entry is not None else None
        text = self.value(value, pointer, parameter.parsed if parameter else None)
        origin = None if isinstance(value, Mapping) else self.document.origins.get(pointer)  # an object has the origin of its call
        by_name = origin.key is not None if origin is not None else parameter is None or not parameter.required
        return f"{key}={text}" if by_name else text

    def _number(self, value: int | float, type_: Type | None) -> str:
        is_angle = type_ is not None and mentions(type_, "angle")
        return f"{360 * value:.6g}deg" if is_angle else number_text(value)

    def _as_written(self, pointer: str) -> str | None:
        origin = self.document.origins.get(pointer)
        if origin is None or origin.value is None:
            return None
        text = origin.value.text
        return text if _AS_WRITTEN.fullmatch(text) else None

    def _list(self, values: Sequence[Json], pointer: str, type_: Type | None) -> str:
        if type_ is not None and mentions(type_, "shape"):
            return show(values)
        items = [self.value(item, f"{pointer}/{i}", type_) for i, item in enumerate(values)]
        if any(isinstance(item, str | Mapping) for item in values) or not items:
            return f"[{', '.join(items)}]"
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"

    def _mapping(self, value: Mapping[str, Json], pointer: str) -> str:
        unit = UNITS.get(next(iter(value), "")) if len(value) == 1 else None
        if unit is not None and isinstance(number := next(iter(value.values())), int | float):
            return self._as_written(pointer) or f"{number_text(number)}{unit.suffix}"
        kind = "extern" if isinstance(value.get("extern"), str) else kind_of(load_catalogue(), value)
        if kind is not None and value.keys() <= {kind, "arguments"}:
            return self.call(kind, value[kind], value.get("arguments", {}), pointer)
        items = (f"{json.dumps(key, ensure_ascii=False)}: {self.value(item, f'{pointer}/{escape(key)}')}" for key, item in value.items())
        return f"{{{', '.join(items)}}}"


def _in_order(entry: Entry | None, arguments: Mapping[str, Json]) -> list[tuple[str, Json]]:
    """What may be written by position comes first."""
    names = [parameter.name for parameter in entry.params[: max(1, len(entry.required))]] if entry is not None else []
    first = [(key, arguments[key]) for key in names if key in arguments]
    return [*first, *((key, value) for key, value in arguments.items() if key not in names)]


def number_text(value: int | float) -> str:
    """All digits that matter: `0.0001`, `1e-5`."""
    return re.sub(r"e([+-])0*", lambda found: f"e{found[1].removeprefix('+')}", repr(value))

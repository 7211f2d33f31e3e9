"""Two sets of arguments or settings, one against the other: what differs, by its path."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import Entry, Parameter, load_catalogue
from cnnspec.catalogue.types import ListOf, Type, kinds, options
from cnnspec.comparison.alignment import align
from cnnspec.comparison.change import Detail, Written
from cnnspec.comparison.meaning import entry_of, meaning, same
from cnnspec.comparison.writing import Writer
from cnnspec.document.document import Document, escape
from cnnspec.document.position import kind_of

Json: TypeAlias = Any
DEFAULT: Final = "the default"


@dataclass(frozen=True, slots=True)
class At:
    """The same part of both documents: where it stands in each, and its path in words."""

    before: Document
    after: Document
    pointers: tuple[str, str]
    path: str = ""

    def inside(self, key: str, word: str | None = None) -> At:
        a, b = self.pointers
        step = escape(key)
        path = self.path if word == "" else f"{self.path}.{word or key}" if self.path else word or key
        return At(self.before, self.after, (f"{a}/{step}", f"{b}/{step}"), path)

    def item(self, i: int, j: int) -> At:
        a, b = self.pointers
        return At(self.before, self.after, (f"{a}/{i}", f"{b}/{j}"), self.path)


@dataclass(frozen=True, slots=True)
class Held:
    """A value that holds on one side. `note` says why, where the author wrote nothing."""

    value: Json
    note: str = ""


def held(parameter: Parameter | None, values: Mapping[str, Json] | None, name: str) -> Held | None:
    """What is written, or else the default. Where there is no section at all, no default holds either."""
    if values is None:
        return None
    if name in values:
        return Held(values[name])
    return None if parameter is None or parameter.required else Held(parameter.default, DEFAULT)


def different_arguments(entry: Entry | None, a: Mapping[str, Json], b: Mapping[str, Json], at: At) -> Iterator[Detail]:
    """What differs between the arguments of two calls of the same entry."""
    known = [parameter.name for parameter in entry.params] if entry is not None else []
    for name in dict.fromkeys((*known, *a, *b)):
        if name in a or name in b:
            parameter = entry.parameter(name) if entry is not None else None
            yield from different(parameter, held(parameter, a, name), held(parameter, b, name), at.inside(name))


def different(parameter: Parameter | None, a: Held | None, b: Held | None, at: At) -> Iterator[Detail]:
    """What differs between two values: all of it, or only arguments inside where both are the same object."""
    type_ = parameter.parsed if parameter is not None else None
    if a is not None and b is not None:
        if same(a.value, b.value, parameter):
            return
        if _is_list_of_objects(type_) and isinstance(a.value, list) and isinstance(b.value, list):
            yield from different_items(a.value, b.value, at)
            return
        if (entry := _same_object(a.value, b.value)) is not None:
            yield from different_arguments(entry, a.value.get("arguments", {}), b.value.get("arguments", {}), at.inside("arguments", ""))
            return
    before, after = Writer(at.before), Writer(at.after)
    yield Detail(
        at.path,
        None if a is None else Written(a.value, before.value(a.value, at.pointers[0], type_), a.note),
        None if b is None else Written(b.value, after.value(b.value, at.pointers[1], type_), b.note),
        at.pointers,
    )


def different_items(a: Sequence[Json], b: Sequence[Json], at: At) -> Iterator[Detail]:
    """What differs between two lists of objects: an item more, an item less, an item with other arguments."""
    pairs = align(a, b, (meaning, _name))
    partners, taken = dict(pairs), {j for _, j in pairs}
    for i, item in enumerate(a):
        if i not in partners:
            pointers = at.item(i, i).pointers
            yield Detail(at.path, Written(item, Writer(at.before).value(item, pointers[0])), None, pointers)
    for j, item in enumerate(b):
        if j not in taken:
            pointers = at.item(j, j).pointers
            yield Detail(at.path, None, Written(item, Writer(at.after).value(item, pointers[1])), pointers)
    for i, j in pairs:
        if isinstance(a[i], Mapping) and isinstance(b[j], Mapping) and (kind := _kind(a[i])):
            entry = entry_of(load_catalogue(), kind, a[i][kind])
            inside = at.item(i, j).inside("arguments", a[i][kind])
            yield from different_arguments(entry, a[i].get("arguments", {}), b[j].get("arguments", {}), inside)


def _is_list_of_objects(type_: Type | None) -> bool:
    return type_ is not None and any(isinstance(option, ListOf) and kinds(option.item) for option in options(type_))


def _same_object(a: Json, b: Json) -> Entry | None:
    """The entry of two objects that are called the same."""
    kind = _kind(a)
    if kind is None or not isinstance(b, Mapping) or b.get(kind) != a[kind]:
        return None
    return entry_of(load_catalogue(), kind, a[kind])


def _kind(value: Json) -> str | None:
    if isinstance(value, Mapping) and isinstance(value.get("extern"), str):
        return "extern"
    return kind_of(load_catalogue(), value)


def _name(item: Json) -> Hashable:
    kind = _kind(item)
    return (kind, item[kind]) if kind else None

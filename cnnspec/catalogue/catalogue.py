"""The catalogue as the compiler asks it: is there such a thing, what does it take, what is it really called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from cnnspec.catalogue.entry import Backbone, Entry, Parameter
from cnnspec.catalogue.vocabulary import VOCABULARY

Json: TypeAlias = Any
CATALOGUE_PATH: Final = Path(__file__).with_name("catalogue.json")


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Keras's objects and our vocabulary, by kind and name. Entries are read when they are asked for."""

    keras: str
    _raw: Mapping[str, Mapping[str, Json]]
    _identifiers: Mapping[str, Mapping[str, str | None]]
    _common: tuple[Parameter, ...]
    _aliases: Mapping[tuple[str, str], str]
    _entries: dict[tuple[str, str], Entry] = field(default_factory=dict)

    def entry(self, kind: str, name: str) -> Entry | None:
        """The entry that is called `name`, or has it as an alias; None if there is none."""
        name = self._aliases.get((kind, name), name)
        found = self._entries.get((kind, name))
        if found is None and (raw := self._raw.get(kind, {}).get(name)) is not None:
            found = self._entries[kind, name] = _entry(kind, name, raw, self._common)
        return found

    def names(self, kind: str) -> tuple[str, ...]:
        """The canonical names of a kind."""
        return tuple(self._raw.get(kind, ())) or tuple(entry.name for entry in VOCABULARY if entry.kind == kind)

    def aliases(self, kind: str) -> Mapping[str, str]:
        """The other names of a kind, each with its canonical name."""
        return {alias: name for (k, alias), name in self._aliases.items() if k == kind}

    def identifiers(self, kind: str) -> Mapping[str, str | None]:
        """The strings that Keras takes in place of an object, with the entry each stands for; None where the loss decides."""
        return self._identifiers.get(kind, {})

    def kinds_of(self, name: str) -> tuple[str, ...]:
        """The kinds in which there is something called `name`."""
        return tuple(kind for kind in self.kinds() if self.entry(kind, name) is not None)

    def kinds(self) -> tuple[str, ...]:
        """Every kind: Keras's, then ours."""
        return tuple(dict.fromkeys((*self._raw, *(entry.kind for entry in VOCABULARY))))


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that comes with the program."""
    found = json.loads(CATALOGUE_PATH.read_text(encoding="utf-8"))
    entries = found["entries"]
    aliases = {(kind, alias): name for kind in entries for name, raw in entries[kind].items() for alias in raw.get("aliases", ())}
    return Catalogue(
        found["keras"],
        entries,
        found["identifiers"],
        _parameters(found["common"]["layer"]),
        aliases,
        {(entry.kind, entry.name): entry for entry in VOCABULARY},
    )


def _parameters(raw: Json) -> tuple[Parameter, ...]:
    return tuple(Parameter(p[0], p[1], len(p) == 2, p[2] if len(p) > 2 else None) for p in raw)


def _entry(kind: str, name: str, raw: Json, common: tuple[Parameter, ...]) -> Entry:
    params = _parameters(raw["params"])
    if shared := raw.get("common"):
        own = {p.name for p in params}
        params += tuple(p for p in common if p.name not in own and (shared is True or p.name in shared))
    return Entry(
        kind,
        name,
        params,
        tuple(raw.get("aliases", ())),
        raw.get("doc", ""),
        tuple(raw.get("call", ())),
        tuple(raw.get("flags", ())),
        raw.get("inputs", "one"),
        raw.get("code", False),
        backbone=Backbone(*raw["backbone"]) if "backbone" in raw else None,
    )

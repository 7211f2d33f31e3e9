"""The settings of the sections as they hold: what is written, defaults of the catalogue for the rest, `train` behind its phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import load_catalogue
from cnnspec.document.document import Document, escape

Json: TypeAlias = Any
_SHARED: Final = ("loss", "metrics", "class_weight")
"""Settings of a phase that hold for every output whose `head` does not say otherwise."""


@dataclass(frozen=True, slots=True)
class PhaseSettings:
    """One training: a phase, or the `train` section itself, with the name "", where there are no phases.

    `places` has the JSON pointer of each setting: that of `train` where the phase itself says nothing.
    """

    name: str
    pointer: str
    values: Mapping[str, Json]
    places: Mapping[str, str]


def phase_settings(document: Document) -> list[PhaseSettings]:
    """What each phase trains with; none where there is no `train`."""
    if "train" not in document.json:
        return []
    train, found = section(document, "/train", "train"), []
    for name, pointer in phase_places(document):
        given = {key: value for key, value in (document.get(pointer) or {}).items() if value is not None}
        values = train | given
        places = {key: f"{pointer}/{key}" if key in given else f"/train/{key}" for key in values}
        found.append(PhaseSettings(name, pointer, values, places))
    return found


def phase_places(document: Document) -> list[tuple[str, str]]:
    """Name and pointer of each phase. A train section without phases is one phase with the name ""."""
    labels = (document.json.get("train") or {}).get("phase") or {}
    return [(label, f"/train/phase/{escape(label)}") for label in labels] or [("", "/train")]


@dataclass(frozen=True, slots=True)
class GoalSettings:
    """What one output is trained for in a phase: what its `head` says, what the phase says for the rest. `places` as in a phase."""

    output: str
    values: Mapping[str, Json]
    places: Mapping[str, str]


def goal_settings(document: Document, phase: PhaseSettings) -> list[GoalSettings]:
    """One for each output of the model, in their order."""
    heads, found = (document.json.get("train") or {}).get("head") or {}, []
    for output in (document.json.get("model") or {}).get("output") or ():
        pointer = f"/train/head/{escape(output)}"
        given = {key: value for key, value in (heads.get(output) or {}).items() if value is not None}
        values = {"loss_weight": 1.0} | {key: phase.values[key] for key in _SHARED} | given
        places = {key: f"{pointer}/{key}" if key in given else phase.places.get(key, pointer) for key in values}
        found.append(GoalSettings(output, values, places))
    return found


def section(document: Document, pointer: str, name: str) -> dict[str, Json]:
    """The settings of the section `name` that stands at `pointer`: what is written there, defaults for the rest."""
    written = document.get(pointer) or {}
    entry = load_catalogue().entry("section", name)
    assert entry is not None, f"the catalogue has no section {name}"
    return {p.name: written.get(p.name, p.default) for p in entry.params}


def data_part(document: Document, name: str) -> tuple[Json, str]:
    """The share, count or source of "validation" or "test", and its pointer: it stands in `data` or in its `split`."""
    inside = name in (document.get("/data/split") or {})
    pointer = f"/data/split/{name}" if inside else f"/data/{name}"
    return document.get(pointer), pointer

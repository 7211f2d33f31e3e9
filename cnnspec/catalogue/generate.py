"""`python -m cnnspec.catalogue.generate`: write `catalogue.json` from the installed Keras.

One entry a line, so that an update of Keras can be read as a diff. After it run `python -m cnnspec.document.schema`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TypeAlias

Json: TypeAlias = Any


def catalogue() -> Json:
    """What `catalogue.json` holds. Imports Keras."""
    import keras

    from cnnspec.catalogue import introspect, overlay

    entries = {kind: {name: _entry(kind, name, *found) for name, found in introspect.exported(kind).items()} for kind in introspect.MODULES}
    known = [f"{kind}.{name}" for kind, found in entries.items() for name in found]
    if stale := overlay.unused(known):
        raise SystemExit(f"overlay.py speaks of entries that this Keras does not have: {', '.join(stale)}")
    return {
        "format": 1,
        "keras": keras.__version__,
        "common": {"layer": _common()},
        "identifiers": {kind: introspect.identifiers(kind) for kind in introspect.WITH_IDENTIFIERS},
        "entries": entries,
    }


def _common() -> list[list[Json]]:
    """The arguments that most layers share, with the defaults of `Layer.__init__`."""
    from cnnspec.catalogue import introspect

    layer = introspect.module_of("layer").Layer
    by_name = {p[0]: p for p in introspect.parameters("layer", "Layer", layer)}
    return [by_name[name] for name in introspect.COMMON_LAYER]


def _entry(kind: str, name: str, thing: Any, aliases: list[str]) -> Json:
    from cnnspec.catalogue import introspect, overlay

    entry: dict[str, Json] = {"params": introspect.parameters(kind, name, thing)}
    if aliases:
        entry["aliases"] = aliases
    if doc := introspect.first_sentence(thing):
        entry["doc"] = doc
    if f"{kind}.{name}" in overlay.CODE:
        entry["code"] = True
    if kind == "layer":
        entry["call"] = introspect.call_arguments(thing)
        if flags := introspect.call_flags(thing):
            entry["flags"] = flags
        if (inputs := introspect.takes(name, thing)) != "one":
            entry["inputs"] = inputs
        if shared := introspect.common(name, thing):
            entry["common"] = shared == introspect.COMMON_LAYER or shared
    if kind == "application":
        entry["params"].append(["preprocess", "bool", True])
        entry["flags"] = ["training"]  # of `keras.Model.call`
        size, minimum = introspect.image_sizes(thing)
        entry["backbone"] = [introspect.preprocess_mode(thing), size, minimum]
    return entry


def to_text(found: Json) -> str:
    """The catalogue as JSON, one entry a line."""

    def line(value: Json) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    parts = [f"{line(key)}:{line(found[key])}" for key in ("format", "keras", "common")]
    identifiers = ",\n".join(f"{line(kind)}:{line(names)}" for kind, names in found["identifiers"].items())
    parts.append(f'"identifiers":{{\n{identifiers}}}')
    kinds = []
    for kind, entries in found["entries"].items():
        lines = ",\n".join(f"{line(name)}:{line(entry)}" for name, entry in entries.items())
        kinds.append(f"{line(kind)}:{{\n{lines}}}")
    parts.append('"entries":{\n' + ",\n".join(kinds) + "}")
    return "{" + ",\n".join(parts) + "}\n"


def main() -> int:
    """Write the file and say how large it is."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from cnnspec.catalogue.catalogue import CATALOGUE_PATH, load_catalogue

    text = to_text(catalogue())
    CATALOGUE_PATH.write_text(text, encoding="utf-8")
    load_catalogue.cache_clear()
    sys.stdout.write(f"{CATALOGUE_PATH.name}: {len(text)} characters\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The committed catalogue is that of the installed Keras."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cnnspec.catalogue.catalogue import CATALOGUE_PATH


@pytest.fixture(scope="module")
def both(keras: Any) -> tuple[Any, Any]:
    """The catalogue as it is committed, and as the installed Keras gives it."""
    from cnnspec.catalogue import generate

    return json.loads(CATALOGUE_PATH.read_text(encoding="utf-8")), json.loads(generate.to_text(generate.catalogue()))


def test_names_required_and_defaults(both: tuple[Any, Any]) -> None:
    committed, installed = (
        {f"{kind}.{name}": _signature(e) for kind in c["entries"] for name, e in c["entries"][kind].items()} for c in both
    )
    again = "run `python -m cnnspec.catalogue.generate` and `python -m cnnspec.document.schema`"
    assert committed.keys() == installed.keys(), again
    assert {name: (committed[name], installed[name]) for name in committed if committed[name] != installed[name]} == {}, again


def _signature(entry: Any) -> Any:
    return [(p[0], p[2:]) for p in entry["params"]], entry.get("aliases"), entry.get("common")


def test_everything_else(both: tuple[Any, Any]) -> None:
    committed, installed = both
    assert committed["identifiers"] == installed["identifiers"]
    assert committed["common"] == installed["common"]
    if committed["keras"] == installed["keras"]:
        assert committed == installed

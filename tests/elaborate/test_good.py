"""Every feature of the language gives the document that stands below it."""

from __future__ import annotations

import json

import pytest

from cnnspec.compiler import compile_file
from tests.elaborate.network_text import FOLDER, expected_network, expected_parts, network, overrides, specs


@pytest.mark.parametrize("name", specs())
def test_gives_the_document_that_stands_below(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    compiled, diagnostics = compile_file(name, overrides(name))
    assert compiled is not None, [(d.code, d.message) for d in diagnostics]
    assert not diagnostics
    assert list(network(compiled.document)) == expected_network(name)
    for pointer, value in expected_parts(name).items():
        assert compiled.document.get(pointer) == value, f"{pointer}: {json.dumps(compiled.document.get(pointer))}"

"""What is no Python is left alone, and a spec without mistakes does not even pay for the question."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.compiler import check_file
from cnnspec.python import understood
from cnnspec.source import Source
from cnnspec.syntax import parse_source

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.cnn"))
RIGHT = [*SPECS, *sorted((ROOT / "tests/elaborate/good").glob("*.cnn")), *sorted((ROOT / "tests/keras_users").glob("*.right.cnn"))]


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.name)
def test_in_a_right_spec_there_is_no_python(path: Path) -> None:
    file, problems = parse_source(Source(str(path), path.read_text(encoding="utf-8")))
    assert not problems
    assert understood(file, [], load_catalogue()) is None


@pytest.mark.parametrize("path", SPECS[:3], ids=lambda path: path.name)
def test_nothing_is_imported_for_a_right_spec(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cnnspec.python", None)  # an import of it fails
    _, diagnostics = check_file(str(path))
    assert not [d for d in diagnostics if d.severity == "error"]


def test_a_wrong_one_imports_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "wrong.cnn"
    path.write_text("cnn 1\n\nmodel net {\n  input x: (8,)\n  Dense(2)(x)\n}\n", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "cnnspec.python", None)
    with pytest.raises(ImportError):
        check_file(str(path))

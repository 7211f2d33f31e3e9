"""What a user sees in the terminal, whole, for some of the wrong specs.

After a wanted change: `CNNSPEC_UPDATE_GOLDEN=1 pytest tests/diagnostics/test_golden.py`, then read the difference; its reason belongs in
the commit message.
"""

from __future__ import annotations

import os

import pytest

from cnnspec.compiler import check_file
from cnnspec.render import Look, report
from tests.diagnostics.corpus import FOLDER, MARK, overrides

GOLDEN = FOLDER / "golden"
NAMES = (
    "graph",
    "imports",
    "keras_functional",
    "keras_python",
    "names",
    "once",
    "overrides",
    "search",
    "shapes",
    "shapes_declared",
    "syntax",
    "syntax_body_open",
    "yaml_habits",
)


@pytest.mark.parametrize("name", NAMES)
def test_looks_as_it_did(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    _, diagnostics = check_file(f"{name}.cnn", overrides(f"{name}.cnn"))
    shown = MARK.sub("", report(f"{name}.cnn", diagnostics, Look()))
    shown = "\n".join(line.rstrip() for line in shown.split("\n"))
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("CNNSPEC_UPDATE_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(NAMES)

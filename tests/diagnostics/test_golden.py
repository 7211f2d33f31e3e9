"""What a user sees in the terminal, whole, for each of the wrong specs.

After a wanted change: `CNNSPEC_UPDATE_GOLDEN=1 pytest tests/diagnostics/test_golden.py`, then read the difference; its reason belongs in
the commit message.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnnspec.diagnostics import in_order
from cnnspec.render import Look, report
from tests.diagnostics.corpus import FOLDER, MARK, checked, specs

GOLDEN = FOLDER / "golden"


@pytest.mark.parametrize("name", specs())
def test_looks_as_it_did(name: str) -> None:
    shown = MARK.sub("", report(name, in_order(checked(name)), Look()))
    shown = "\n".join(line.rstrip() for line in shown.split("\n"))
    file = (GOLDEN / name).with_suffix(".txt")
    if os.environ.get("CNNSPEC_UPDATE_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == {Path(name).stem for name in specs()}

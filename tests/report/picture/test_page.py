"""What docs/pictures.md shows is what the command draws. After a wanted change: `CNNSPEC_UPDATE_GOLDEN=1 pytest` this file."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cnnspec.report.picture.mermaid import mermaid
from cnnspec.report.picture.svg import svg
from tests.report.picture.networks import scene

DOCS = Path(__file__).resolve().parents[3] / "docs"


def block(kind: str) -> str:
    found = re.search(rf"^```{kind}\n(.*?)^```$", (DOCS / "pictures.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_svg() -> None:
    drawn, file = svg(scene(block("cnn"))), DOCS / "small.svg"
    if os.environ.get("CNNSPEC_UPDATE_GOLDEN"):
        file.write_text(drawn, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == drawn


def test_the_flowchart() -> None:
    assert block("mermaid") == mermaid(scene(block("cnn"), 0))

"""Texts as people write them who know Keras: each mistake takes one correction, to the right text beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.compiler import analyse
from cnnspec.diagnostics import Fix
from cnnspec.document.document import Json
from cnnspec.fixing import fix_text
from cnnspec.source import Source

FOLDER = Path(__file__).parent
RIGHT = ".right.cnn"
WRONG = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".txt", ".cnn") and not path.name.endswith(RIGHT))


def corrected(path: str, text: str) -> str:
    """The text after `check --fix`, and what that leaves to be done by hand: the other fixes that the same diagnostics offer."""
    source = Source(path, fix_text(path, text)[0])
    fixes: list[Fix] = [d.fix for d in analyse(source).diagnostics if d.fix is not None]
    pieces, end = list[str](), 0
    for fix in sorted(fixes, key=lambda fix: fix.span.start):
        assert fix.span.start >= end, "two fixes overlap"
        pieces += [source.text[end : fix.span.start], fix.replacement]
        end = fix.span.end
    return "".join([*pieces, source.text[end:]])


def document(text: str) -> Json:
    """The document of a text in which nothing is wrong."""
    source = Source("spec.cnn", text)
    found = analyse(source)
    assert not found.diagnostics, f"{text}\n{found.diagnostics}"
    assert found.document is not None
    return found.document.json


@pytest.mark.parametrize("name", WRONG)
def test_one_correction_leads_to_the_right_text(name: str) -> None:
    wrong = (FOLDER / name).read_text(encoding="utf-8")
    right = (FOLDER / name).with_suffix(RIGHT).read_text(encoding="utf-8")
    assert any(d.severity == "error" for d in analyse(Source(name, wrong)).diagnostics)
    assert document(corrected(name, wrong)) == document(right)


def test_there_are_enough_of_them() -> None:
    assert len(WRONG) >= 12

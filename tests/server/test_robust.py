"""Whatever stands in a text, and wherever the cursor is, an answer comes and never an exception."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.compiler import analyse
from cnnspec.reading import read_source
from cnnspec.server.completion import complete
from cnnspec.server.fixes import quick_fixes
from cnnspec.server.hints import hints
from cnnspec.server.hover import hover
from cnnspec.server.navigation import definition, references
from cnnspec.server.outline import folds, outline
from cnnspec.server.rename import rename
from cnnspec.source import Source

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "specs" / "resnet20_cifar10.cnn"
WRONG = sorted((ROOT / "tests" / "diagnostics").glob("*.cnn"))
MIDDLE = 700


def ask_everything(text: str, offsets: range) -> int:
    """Ask everything at each offset. Returns how many completions there were."""
    analysis = analyse(Source("net.cnn", text))
    outline(analysis.file)
    folds(analysis.file)
    hints(analysis, 0, len(text))
    quick_fixes(analysis, 0, len(text))
    offered = 0
    for offset in offsets:
        offered += len(complete(analysis, text, offset).items)
        offered += len(complete(analysis, text[:offset], offset).items)
        hover(analysis, offset)
        definition(analysis, offset)
        references(analysis, offset)
    return offered


@pytest.mark.parametrize("start", range(8))
def test_everywhere_in_a_spec(start: int) -> None:
    text = SPEC.read_text(encoding="utf-8")
    assert ask_everything(text, range(start * 3, len(text), 24)) > 100


@pytest.mark.parametrize("cut", range(0, MIDDLE, 97))
def test_in_a_spec_that_stops_somewhere(cut: int) -> None:
    text = SPEC.read_text(encoding="utf-8")[:cut]
    ask_everything(text, range(max(0, cut - 30), cut + 1, 7))


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_in_every_wrong_file(path: Path) -> None:
    source, _ = read_source(str(path))
    if source is not None and len(source.text) < 10_000:
        ask_everything(source.text, range(0, len(source.text) + 1, 1 + len(source.text) // 4))


def test_a_rename_anywhere_breaks_nothing() -> None:
    """Each name of a spec in turn gets a new name: the spec stays as right as it was."""
    text = SPEC.read_text(encoding="utf-8")
    analysis = analyse(Source("net.cnn", text))
    renamed = 0
    for symbol in outline(analysis.file):
        for name in (symbol, *symbol.inside):
            places = rename(analysis, name.name_span.start, "something_new", read_source)
            if isinstance(places, list):
                renamed += 1
                after = text
                for place in reversed(places):
                    after = after[: place.start] + "something_new" + after[place.end :]
                assert analyse(Source("net.cnn", after)).diagnostics == analysis.diagnostics == []
    assert renamed >= 10

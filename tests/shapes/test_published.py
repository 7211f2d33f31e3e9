"""docs/architectures.md: its figures are ours, and near the published ones.

After a wanted change: `CNNSPEC_UPDATE_GOLDEN=1 pytest tests/shapes/test_published.py`, then read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes import Facts, Tensor, infer

PAGE = Path(__file__).resolve().parents[2] / "docs/architectures.md"
ROW = re.compile(r"^\| `(\w+)` \|.*$", re.MULTILINE)


def rows() -> dict[str, list[str]]:
    """The cells of each row, by the name of the architecture."""
    found = ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return {row[1]: [cell.strip() for cell in row[0].strip("|").split("|")] for row in found}


def counted(name: str) -> tuple[int, Facts]:
    """The size of its images, and what we say of `NAME()`."""
    entry = load_catalogue().entry("application", name)
    assert entry is not None and entry.backbone is not None
    size = entry.backbone.size
    found = infer({"application": name, "arguments": {}}, [Tensor((size, size, 3))])
    assert isinstance(found, Facts) and found.macs is not None
    return size, found


def written(name: str, published: str, source: str) -> str:
    size, facts = counted(name)
    assert facts.macs is not None
    off = "" if published == "-" else f"{(facts.macs / 1e9 / float(published) - 1) * 100:+.1f}%".replace("-0.0", "+0.0")
    cells = [f"`{name}`", size, f"{facts.params:,}", f"{facts.trainable_params:,}", f"{facts.macs / 1e9:#.4g}", published, off, source]
    return f"| {' | '.join(map(str, cells))} |".replace("|  |", "| |")


def test_each_architecture_has_its_row() -> None:
    assert tuple(rows()) == load_catalogue().names("application")


@pytest.mark.parametrize("name", rows())
def test_its_figures_are_ours(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    row = next(row[0] for row in ROW.finditer(text) if row[1] == name)
    *_, published, _, source = rows()[name]
    expected = written(name, published, source)
    if os.environ.get("CNNSPEC_UPDATE_GOLDEN"):
        PAGE.write_text(text.replace(row, expected), encoding="utf-8")
        row = expected
    assert row == expected


@pytest.mark.parametrize("name", [name for name, cells in rows().items() if cells[5] != "-"])
def test_its_cost_is_the_published_one(name: str) -> None:
    """Within 2%, or the page says why not: the other one counts kernels alone, and to that we come within 2%."""
    *_, published, _, source = rows()[name]
    _, facts = counted(name)
    assert facts.macs is not None
    if (kernels := re.search(r"kernels alone, here ([\d.]+)$", source)) is not None:
        assert abs(float(kernels[1]) / float(published) - 1) < 0.02
        assert 1 < facts.macs / 1e9 / float(kernels[1]) < 1.03
    else:
        assert abs(facts.macs / 1e9 / float(published) - 1) < 0.02


def test_the_best_known_ones_have_the_parameters_of_their_papers() -> None:
    params = {name: counted(name)[1].params for name in ("ResNet50", "VGG16", "MobileNetV2", "NASNetLarge")}
    assert params == {"ResNet50": 25_636_712, "VGG16": 138_357_544, "MobileNetV2": 3_538_984, "NASNetLarge": 88_949_818}

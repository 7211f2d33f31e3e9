"""Whatever the network: a spec is the same as itself, and one edit is one change."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from cnnspec.comparison.change import Change
from cnnspec.comparison.compare import compare
from cnnspec.compiler import compile_file, compile_source
from cnnspec.document.load import dump_document
from cnnspec.source import Source
from tests.comparison.specs import UNIT, difference, model
from tests.conftest import ROOT

FOLDERS = ("specs", "specs/zoo", "tests/elaborate/good")
SPECS = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.cnn")) if "#! --set" not in path.read_text(encoding="utf-8")]

SEEDS = [pytest.param(seed, marks=[pytest.mark.slow] if seed >= 20 else []) for seed in range(60)]
EACH = [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.parent.name == "zoo" else []) for path in SPECS]


@pytest.mark.parametrize("path", EACH)
def test_a_spec_is_the_same_as_itself_and_as_its_document(path: Path) -> None:
    first, second = (compile_file(str(path))[0] for _ in range(2))
    assert first is not None and second is not None
    written, problems = compile_source(Source(str(path.with_suffix(".json")), dump_document(first.document)))
    assert written is not None, problems
    for a, b in ((first, second), (first, written), (written, first), (written, written)):
        found = compare(a, b)
        assert (found.changes, found.shapes, found.outputs) == ((), (), ())


def mangled(draw: random.Random, text: str) -> str:
    """A line less, a line twice, another number, or two lines the other way round."""
    lines = text.split("\n")
    i = draw.randrange(len(lines) - 1)
    match draw.randrange(4):
        case 0:
            del lines[i]
        case 1:
            lines.insert(i, lines[i])
        case 2:
            lines[i] = re.sub(r"\d+", lambda found: str(int(found[0][:6]) + 1), lines[i], count=1)
        case 3:
            lines[i : i + 2] = lines[i + 1], lines[i]
    return "\n".join(lines)


@pytest.mark.parametrize("path", EACH)
def test_what_is_called_the_same_has_the_same_document(path: Path) -> None:
    """But for the order of layers and `--set`."""
    text = path.read_text(encoding="utf-8")
    before, _ = compile_source(Source(str(path), text))
    assert before is not None
    for seed in range(5):
        after, _ = compile_source(Source(str(path), mangled(random.Random(seed), text)))
        if after is not None and not compare(before, after).changes:
            a, b = (json.loads(dump_document(side.document)) for side in (before, after))
            for document in (a, b):
                document["model"]["layers"].sort(key=lambda layer: layer["name"])
            assert a == b, seed


# ---------------------------------------------------------------- one edit


@dataclass(frozen=True)
class Line:
    """A line of a model that changes no shape but the number of channels. `name` stands behind `as`."""

    call: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.call} as {self.name}" if self.name else self.call


POOL = ("Conv2D({}, 3, padding='same')", "SeparableConv2D({}, 3, padding='same')", "Dropout(0.{})", "BatchNormalization(momentum=0.{})")
PLAIN = ("ReLU()", "BatchNormalization()", "LayerNormalization()")


def drawn(draw: random.Random, name: str = "") -> Line:
    call = draw.choice(POOL).format(draw.randrange(1, 6)) if draw.random() < 0.6 else draw.choice(PLAIN)
    return Line(call, name)


def network(draw: random.Random) -> list[Line]:
    """Lines with few different layers, so that many are equal; some have names."""
    lines = [drawn(draw, f"layer_{i}" if draw.random() < 0.2 else "") for i in range(draw.randrange(1, 25))]
    return [Line(f"unit({draw.randrange(1, 4)})") if draw.random() < 0.15 else line for line in lines]


def text(lines: list[Line], top: str = UNIT) -> str:
    return model(";".join(str(line) for line in lines), top=top)


def the_change(a: str, b: str) -> Change:
    changes = difference(a, b).changes
    assert len(changes) == 1, f"{a}\n{b}\n{changes}"
    return changes[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_new_line_is_one_layer_more_and_one_less_on_the_way_back(seed: int) -> None:
    draw = random.Random(seed)
    lines = network(draw)
    at, new = draw.randrange(len(lines) + 1), drawn(draw, draw.choice(["", "brand_new"]))
    before, after = text(lines), text([*lines[:at], new, *lines[at:]])
    added, removed = the_change(before, after), the_change(after, before)
    assert (added.action, added.subject, len(added.names)) == ("added", "layer", 1)
    assert (removed.action, removed.subject, removed.names) == ("removed", "layer", added.names)


@pytest.mark.parametrize("seed", SEEDS)
def test_another_argument_is_one_layer_changed(seed: int) -> None:
    draw = random.Random(1000 + seed)
    lines = network(draw)
    at = draw.randrange(len(lines))
    call = draw.choice(POOL)
    old, new = draw.sample(range(1, 9), 2)
    before, after = ([*lines[:at], Line(call.format(n), lines[at].name), *lines[at + 1 :]] for n in (old, new))
    change = the_change(text(before), text(after))
    assert (change.action, change.subject, len(change.names), len(change.details)) == ("changed", "layer", 1, 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_edit_inside_of_a_block_is_one_change_however_often_it_is_used(seed: int) -> None:
    draw = random.Random(2000 + seed)
    inner = [drawn(draw, f"inner_{i}" if draw.random() < 0.2 else "") for i in range(draw.randrange(1, 6))]
    at, new = draw.randrange(len(inner) + 1), drawn(draw)
    edited = [*inner[:at], new, *inner[at:]]
    tops = ["block unit(n: int) {\n  input x\n" + "".join(f"  {line}\n" for line in body) + "}\n" for body in (inner, edited)]
    lines = [*network(draw), Line("unit(1)"), drawn(draw), Line("unit(1)")]
    uses = sum(line.call.startswith("unit") for line in lines)
    added, removed = the_change(text(lines, tops[0]), text(lines, tops[1])), the_change(text(lines, tops[1]), text(lines, tops[0]))
    assert (added.action, len(added.names)) == ("added", uses)
    assert (removed.action, len(removed.names)) == ("removed", uses)


@pytest.mark.parametrize("seed", range(30))
def test_any_two_networks_can_be_compared(seed: int) -> None:
    """Each layer of both is kept, changed, removed or added: the counts say so."""
    draw = random.Random(3000 + seed)
    a, b = network(draw), network(draw)
    found = difference(text(a), text(b))
    gained = sum(change.layers for change in found.network if change.action == "added")
    lost = sum(change.layers for change in found.network if change.action == "removed")
    sizes = [sum(2 if line.call.startswith("unit") else 1 for line in lines) for lines in (a, b)]
    assert sizes[1] - sizes[0] == gained - lost


# ---------------------------------------------------------------- time


@pytest.mark.slow
def test_ten_thousand_layers_take_seconds() -> None:
    lines = [Line(("Conv2D(8, 3, padding='same')", "BatchNormalization()", "ReLU()")[i % 3]) for i in range(10_000)]
    edited = [Line("Dropout(0.5)"), *lines[:5000], Line("Dropout(0.5)"), *lines[5000:], Line("Dropout(0.5)")]
    before, after = (compile_source(Source("net.cnn", text(each)))[0] for each in (lines, edited))
    assert before is not None and after is not None
    start = time.perf_counter()
    found = compare(before, after)
    assert time.perf_counter() - start < 30  # about two seconds; the pairs of all layers would take minutes
    assert [(change.action, change.name) for change in found.changes] == [("added", f"dropout_{i}") for i in (1, 2, 3)]

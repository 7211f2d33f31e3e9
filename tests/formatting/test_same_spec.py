"""Formatting changes no spec, loses no comment, and has one result for one spec: over all specs of the project, laid out at random."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.compiler import compile_source
from cnnspec.formatting import format_source
from cnnspec.source import Source
from tests.elaborate.network_text import overrides
from tests.formatting.rearranged import SPACES, Freedom, comments, meaning, parsed, rearranged
from tests.test_readme import SPECS as SHOWN
from tests.test_readme import completed

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "tests/elaborate/good"
FILES = sorted((*ROOT.glob("specs/**/*.cnn"), *GOOD.rglob("*.cnn")))
TEXTS = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in FILES} | {
    str(block): completed(block.text) for block in SHOWN
}

NAMES = [pytest.param(name, marks=[pytest.mark.slow] if name.startswith("specs/zoo") else []) for name in TEXTS]
"""The networks of the zoo are long; what they are made of stands in the others, too."""

FREEDOMS = {"all": Freedom(), "signs": Freedom(remarks=False), "spaces": SPACES}


def formatted(text: str) -> str:
    result, diagnostics = format_source(Source("spec.cnn", text))
    assert result is not None, [(d.code, d.message) for d in diagnostics]
    return result


def check(text: str) -> str:
    """The formatted text, after all that must be true of it."""
    result = formatted(text)
    assert meaning(parsed(result).statements) == meaning(parsed(text).statements)
    assert comments(result) == comments(text)
    assert formatted(result) == result
    assert result.endswith("\n")
    assert "\n\n\n" not in result
    assert not any(line.endswith((" ", "\t")) for line in result.split("\n"))
    return result


@pytest.mark.parametrize("name", NAMES)
def test_is_the_same_spec(name: str) -> None:
    check(TEXTS[name])


@pytest.mark.parametrize("name", NAMES)
def test_gives_the_same_document(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ROOT / name
    monkeypatch.chdir(file.parent if file.is_file() else ROOT / "specs")
    settings_ = overrides(file.name) if file.parent == GOOD else []
    path = file.name if file.is_file() else "shown.cnn"
    before, _ = compile_source(Source(path, TEXTS[name]), settings_)
    after, _ = compile_source(Source(path, formatted(TEXTS[name])), settings_)
    library = "/lib/" in name
    assert (before is None) == (after is None) == library
    if before is not None and after is not None:
        assert json.dumps(after.document.json) == json.dumps(before.document.json)


def try_one(name: str, seed: int, freedom: str) -> None:
    """One random layout of one spec."""
    text = TEXTS[name]
    other = rearranged(text, Random(seed), FREEDOMS[freedom])
    assert meaning(parsed(other).statements) == meaning(parsed(text).statements), "the test itself changed the spec"
    result = check(other)
    if freedom == "spaces":
        assert result == formatted(text)


LAYOUTS = {"name": st.sampled_from(sorted(TEXTS)), "seed": st.integers(0, 2**32), "freedom": st.sampled_from(sorted(FREEDOMS))}


@settings(max_examples=25, derandomize=True)
@given(**LAYOUTS)
def test_any_layout(name: str, seed: int, freedom: str) -> None:
    try_one(name, seed, freedom)


@pytest.mark.slow
@settings(max_examples=500)
@given(**LAYOUTS)
def test_any_layout_thoroughly(name: str, seed: int, freedom: str) -> None:
    try_one(name, seed, freedom)


SHAPES: dict[str, Callable[[int], str]] = {
    "layers": lambda n: "model m {\n" + "  Conv2D(8,3, padding='same',activation=\"relu\") as c # c\n" * n + "}\n",
    "list": lambda n: "let a = [" + "1, " * (20 * n) + "2]\n",
    "deep list": lambda n: "let a = " + "[" * 60 + "1, " * (20 * n) + "]" * 60 + "\n",
    "comments": lambda n: "# c\n" * (40 * n),
    "comments in a body": lambda n: "model m {\n" + "  # c -> d\n\n" * (20 * n) + "}\n",
    "comments in a call": lambda n: "let a = f(\n" + "  # c\n" * (20 * n) + ")\n",
    "lines in a list": lambda n: "let a = [\n" + "  1, # c\n\n" * (10 * n) + "]\n",
    "chain": lambda n: "x" + "\n  # c\n  -> f()" * (5 * n) + "\n",
    "comments after a chain": lambda n: "x -> f()\n" + "# c\n" * (40 * n) + "y -> f()\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_text(shape: str) -> None:
    """A fourfold text takes fourfold time; a quadratic formatter would need sixteenfold."""
    small, large = SHAPES[shape](500), SHAPES[shape](2_000)
    assert best_seconds(large) < 10 * best_seconds(small)


def best_seconds(text: str) -> float:
    return min(seconds(text) for _ in range(3))


def seconds(text: str) -> float:
    start = time.perf_counter()
    formatted(text)
    return time.perf_counter() - start

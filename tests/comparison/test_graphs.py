"""Networks with branches, edited at random: nothing that is different is ever called the same, and no text order counts."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cnnspec.comparison.compare import compare
from cnnspec.compiler import Compiled, compile_source
from cnnspec.elaborate.network import snake_case
from cnnspec.source import Source

Json = Any

LAYERS: list[tuple[str, dict[str, Json]]] = [
    ("ReLU", {}),
    ("BatchNormalization", {}),
    ("Dropout", {"rate": 0.5}),
    ("Conv2D", {"filters": 4, "kernel_size": 1}),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}),
]


@dataclass(frozen=True)
class Call:
    """One call; it reads the input, named -1, or earlier calls by their `id`. `name` is None where the author gave none."""

    id: int
    layer: str
    arguments: dict[str, Json]
    reads: tuple[int, ...]
    name: str | None = None


def drawn(draw: random.Random) -> list[Call]:
    calls: list[Call] = []
    for i in range(draw.randrange(2, 14)):
        above = [-1, *range(i)][-4:]
        name = f"given{i}" if draw.random() < 0.3 else None
        if draw.random() < 0.25 and i:
            calls.append(Call(i, "Add", {}, tuple(draw.sample(above, 2)), name))
        else:
            calls.append(Call(i, *draw.choice(LAYERS), (draw.choice(above),), name))
    return calls


def edited(draw: random.Random, calls: list[Call]) -> list[Call]:
    """After up to three edits: another layer, another source, a layer more, a layer less, two neighbours the other way round."""
    calls = list(calls)
    for _ in range(draw.choice([0, 1, 1, 2, 3])):
        i = draw.randrange(len(calls))
        call, above = calls[i], [-1, *(other.id for other in calls[:i])]
        match draw.randrange(5):
            case 0 if len(call.reads) == 1:
                layer, arguments = draw.choice(LAYERS)
                calls[i] = replace(call, layer=layer, arguments=arguments)
            case 1:
                calls[i] = replace(call, reads=(draw.choice(above), *call.reads[1:]))
            case 2:
                new = Call(100 + len(calls), *draw.choice(LAYERS), call.reads[:1])
                calls[i : i + 1] = [new, replace(call, reads=(new.id, *call.reads[1:]))]
            case 3 if len(calls) > 2:
                del calls[i]
                calls = [replace(c, reads=tuple(call.reads[0] if r == call.id else r for r in c.reads)) for c in calls]
            case 4 if i and calls[i - 1].id not in call.reads:
                calls[i - 1 : i + 1] = [call, calls[i - 1]]
    return calls


def compiled(calls: list[Call]) -> Compiled:
    """With the names that layers get by themselves, in the order of the calls."""
    names, counts = {-1: "image"}, dict.fromkeys((snake_case(call.layer) for call in calls), 0)
    layers: list[Json] = []
    for call in calls:
        word = snake_case(call.layer)
        counts[word] += call.name is None
        names[call.id] = call.name or f"{word}_{counts[word]}"
        layers.append({"name": names[call.id], "layer": call.layer, "arguments": call.arguments, "inputs": [names[r] for r in call.reads]})
    read = {reference for call in calls for reference in call.reads}
    output = sorted(call.id for call in calls if call.id not in read)
    model = {"name": "m", "input": [{"name": "image", "shape": [8, 8, 4]}], "layers": layers, "output": [names[o] for o in output]}
    found, diagnostics = compile_source(Source("net.json", json.dumps({"cnn": 1, "model": model})))
    assert found is not None, diagnostics
    return found


def meaning(calls: list[Call]) -> Json:
    """Each layer with all that stands above it: equal for equal networks, in whatever order they are written."""
    found: dict[int, Json] = {-1: "image"}
    for call in calls:
        found[call.id] = repr((call.layer, call.arguments, call.name, [found[r] for r in call.reads]))
    read = {reference for call in calls for reference in call.reads}
    return sorted(found[call.id] for call in calls), [found[o] for o in sorted(call.id for call in calls if call.id not in read)]


@pytest.mark.parametrize("start", [0, *(pytest.param(start, marks=pytest.mark.slow) for start in range(50, 400, 50))])
def test_only_what_is_the_same_is_called_the_same(start: int) -> None:
    for seed in range(start, start + 50):
        draw = random.Random(seed)
        a = drawn(draw)
        b = edited(draw, a)
        same = not compare(compiled(a), compiled(b)).changes
        assert same <= (meaning(a) == meaning(b)), seed


@pytest.mark.parametrize("start", [0, *(pytest.param(start, marks=pytest.mark.slow) for start in range(50, 200, 50))])
def test_the_order_of_independent_lines_does_not_matter(start: int) -> None:
    for seed in range(start, start + 50):
        draw = random.Random(seed)
        a = [replace(call, name=f"given{call.id}") for call in drawn(draw)]
        waiting, b = list(a), list[Call]()
        while waiting:
            ready = [call for call in waiting if all(r == -1 or any(done.id == r for done in b) for r in call.reads)]
            b.append(draw.choice(ready))
            waiting.remove(b[-1])
        assert not compare(compiled(a), compiled(b)).changes, seed

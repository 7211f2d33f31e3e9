"""`--set PATH=VALUE` gives the document of the spec with VALUE written in its text: for every value in the specs that come with cnnspec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cnnspec.catalogue import load_catalogue
from cnnspec.elaborate import elaborate
from cnnspec.elaborate.overrides import read_overrides
from cnnspec.reading import read_source
from cnnspec.resources import specs_path
from cnnspec.source import Source, Span
from cnnspec.syntax import parse_source, tree

SPECS = sorted(path.name for path in specs_path().glob("*.cnn"))
LONG = ("resnet20_cifar10.cnn", "resnet50_transfer.cnn", "vgg16_transfer.cnn")
"""Seconds: each of their values is changed, and the whole network is elaborated again."""
FOLDERS = "data/photos", "camvid-small", '"cifar10"'
"""A path, which means another place on the command line: there it is relative to the current folder."""
OTHER = {"True": "False", "False": "True"}


@dataclass(frozen=True, slots=True)
class Change:
    """Another value for the text at `span`, and the path of `--set` that means it."""

    path: str
    span: Span
    value: str

    def __str__(self) -> str:
        return f"{self.path}={self.value}"

    def written(self) -> str:
        text = self.span.source.text
        return text[: self.span.start] + self.value + text[self.span.end :]


def document(file: tree.File, *overrides: str) -> tuple[Any, list[str]]:
    """The document of a text without the record of its overrides, and what is said about it."""
    given, unread = read_overrides(overrides)
    found = elaborate(file, given, load_catalogue())
    assert found.document is not None
    json = {key: value for key, value in found.document.json.items() if key != "overrides"}
    return json, [f"{d.code} {d.message}" for d in (*unread, *found.diagnostics)]


def parsed(name: str) -> tree.File:
    source, _ = read_source(str(specs_path() / name))
    assert source is not None
    return parse_source(source)[0]


def changes(file: tree.File) -> Iterator[Change]:
    """A change of each value of a spec that one path alone sets: of a `let`, and of each value in the document that has a place."""
    for statement in file.statements:
        if isinstance(statement, tree.Let):
            yield Change(statement.name.text, statement.value.span, other(statement.value.span.text))
    found = elaborate(file, read_overrides(())[0], load_catalogue()).document
    assert found is not None
    origins = {pointer: origin for pointer, origin in found.origins.items() if not origin.stack and not pointer.endswith("/arguments")}
    places = {pointer: origin.value for pointer, origin in origins.items() if origin.value}
    shared = Counter(places.values())
    for pointer, span in places.items():
        path = path_of(pointer, found.json)
        if path is not None and shared[span] == 1 and span.source is file.source and not any(folder in span.text for folder in FOLDERS):
            yield Change(path, span, other(span.text))


def path_of(pointer: str, json: Any) -> str | None:
    """The path of `--set` for a part of the document; None for what has none: a shape column, a phase."""
    match [part for part in pointer.split("/")[1:] if part != "arguments"]:
        case ["model", "layers", number, *inside] if inside != ["shape"]:
            return ".".join(["model", json["model"]["layers"][int(number)]["name"], *inside])
        case ["model", "input", number, "shape"]:
            return f"model.{json['model']['input'][int(number)]['name']}"
        case ["model", *_] | [_] | ["train", "phase", _] | ["train", "checkpoint"] | [*_, "quantity"]:
            return None
        case ["train", "phase", *inside]:
            return ".".join(["train", *inside])
        case parts:
            return ".".join(parts)


def other(text: str) -> str:
    """Another value of the same kind, as far as one is easily found; else the same."""
    if text.isdigit():
        return str(int(text) + 1)
    if text.startswith("("):
        return text.replace("(", "(1", 1)
    return OTHER.get(text, f"1{text}" if text.endswith(("%", "epochs", "deg")) else text)


def test_many_values_are_changed() -> None:
    found = [change for name in SPECS for change in changes(parsed(name))]
    paths = {change.path for change in found}
    assert len(found) > 200
    assert len([change for change in found if change.value != change.span.text]) > 100
    assert paths >= {"n", "model.image", "model.conv2d_1", "model.conv2d_1.filters", "model.base.weights", "data.source", "data.resize"}
    assert paths >= {
        "augment.0",
        "augment.0.mode",
        "train.epochs",
        "train.optimizer.learning_rate",
        "train.metrics.0",
        "train.fine_tune.epochs",
    }


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in SPECS])
def test_a_value_from_the_command_line_is_the_same_as_one_in_the_text(name: str) -> None:
    file = parsed(name)
    for change in changes(file):
        written, _ = parse_source(Source(file.source.path, change.written()))
        assert document(file, str(change)) == document(written), change


EXTERN = """cnn 1

extern GeM(p: float = 3.0) from "my_layers:GeM"

model net {
  input image: (8, 8, 3)
  GeM() as pooled: (8, 8, 3)
  VGG16(weights=None, include_top=False) as base
}
"""


def layers(*overrides: str) -> list[dict[str, Any]]:
    json, said = document(parse_source(Source("net.cnn", EXTERN))[0], *overrides)
    assert not said
    return [{key: value for key, value in layer.items() if key != "inputs"} for layer in json["model"]["layers"]]


def test_a_layer_in_python_has_arguments_and_may_become_another() -> None:
    shape = [8, 8, 3]
    assert layers("model.pooled.p=2")[0] == {"name": "pooled", "extern": "GeM", "arguments": {"p": 2}, "shape": shape}
    assert layers("model.pooled=ReLU()")[0] == {"name": "pooled", "layer": "ReLU", "arguments": {}, "shape": shape}
    assert layers("model.base=GeM(p=1)")[1] == {"name": "base", "extern": "GeM", "arguments": {"p": 1}}


def test_a_path_is_relative_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = str(tmp_path / "w.weights.h5")
    assert layers('model.base.weights="w.weights.h5"')[1]["arguments"]["weights"] == found
    assert layers('model.base=ResNet50(weights="w.weights.h5")')[1]["arguments"] == {"weights": found}
    assert layers('model.base=ResNet50(weights="imagenet")')[1]["arguments"] == {"weights": "imagenet"}

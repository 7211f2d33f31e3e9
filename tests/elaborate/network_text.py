"""Good specs with the document that they must give written below them.

`#= ` lines, in order, are the network: each layer as `name = inputs -> Layer(arguments): shape`, and the outputs. `#@ POINTER JSON` is a
part of the document at that pointer (`null` where there is none). `#! --set PATH=VALUE` is an option of the command line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cnnspec.document.document import Document

FOLDER = Path(__file__).parent / "good"
KINDS = ("layer", "application", "extern")


def specs() -> list[str]:
    return sorted(path.name for path in FOLDER.glob("*.cnn"))


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def overrides(name: str) -> list[str]:
    return re.findall(r"^#! --set (.+)$", text_of(name), re.MULTILINE)


def expected_network(name: str) -> list[str]:
    return re.findall(r"^#= (.+)$", text_of(name), re.MULTILINE)


def expected_parts(name: str) -> dict[str, Any]:
    return {pointer: json.loads(value) for pointer, value in re.findall(r"^#@ (\S+) (.+)$", text_of(name), re.MULTILINE)}


def network(document: Document) -> Iterator[str]:
    """The network of a document as text."""
    model = document.json["model"]
    for found in model["input"]:
        yield f"input {found['name']}: {_shape(found['shape'])} {found['dtype']}"
    for call in model["layers"]:
        kind = next((kind for kind in KINDS if kind in call), None)
        what = f"reuse {call['reuse']}" if kind is None else f"{call[kind]}({_arguments(call['arguments'])})"
        named = "".join(f", {key}={value}" for key, value in call.get("call", {}).items())
        shape = f": {_shape(call['shape'])}" if "shape" in call else ""
        yield f"{call['name']} = {', '.join(call['inputs'])}{named} -> {what}{shape}"
    yield f"output {', '.join(model['output'])}"


def _arguments(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={json.dumps(value)}" for key, value in arguments.items())


def _shape(sizes: list[int | None]) -> str:
    return "(" + ", ".join("?" if size is None else str(size) for size in sizes) + ")"

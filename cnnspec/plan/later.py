"""What the language has and the runtime does not do yet. It is said, never passed over.

An error where ignoring the setting would change the result; a warning where the result stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at

_REFUSED: Final[Mapping[str, str]] = {
    "/data/split/by_group": "delete it, or put the groups into folders and give `validation` a source of its own",
    "/run/distribution": "delete it: the run then uses one device",
    "/run/tracking": 'delete it: every run writes `metrics.jsonl` into its folder, or use `callbacks = [TensorBoard("logs")]`',
    "/train/head": "give the model one output, with `loss` and `metrics` in `train`",
}
_MIXING: Final = ("MixUp", "CutMix")
_WRITTEN: Final = ("keras", "weights")
_MEASURED: Final = ("test.", "validation.")
_COUNTED: Final = ("params", "trainable_params", "macs", "activation_bytes", "receptive_field")


def not_executed(document: Document) -> Iterator[Diagnostic]:
    """Settings that are given and not executed: E0890 where that matters to the result, else W0890."""
    for pointer, remedy in _REFUSED.items():
        if document.get(pointer):
            name = pointer.rpartition("/")[2]
            yield at(document, pointer, "E0890", f"`{name}` is not executed yet", part="key", help=remedy)
    yield from _data(document)
    yield from _code_and_mixing(document)
    if document.json.get("tune"):
        yield at(document, "/tune", "W0890", "`tune` is not executed yet: this run uses the default of every `search`", part="key")
    for kind, path in (document.json.get("export") or {}).items():
        if kind not in _WRITTEN and path is not None:
            yield at(document, f"/export/{kind}", "W0890", f"`export.{kind}` is not written yet", part="key", help="`keras` is written")


def not_measured(document: Document) -> Iterator[Diagnostic]:
    """Promises about quantities that a run does not measure."""
    for i, line in enumerate(document.json.get("expect", [])):
        name = line["quantity"]
        if name not in _COUNTED and not name.startswith(_MEASURED) and not name.endswith(".shape"):
            yield at(document, f"/expect/{i}", "W0890", f"the promise about `{name}` is not checked yet")


def _data(document: Document) -> Iterator[Diagnostic]:
    data = document.json.get("data") or {}
    split = data.get("split") or {}
    if data.get("on_error") == "skip":
        help = 'write `on_error = "stop"` or delete it: the run then names the file that cannot be read'
        yield at(document, "/data/on_error", "E0890", '`on_error = "skip"` is not executed yet', help=help)
    if data.get("cache") == "disk":
        message = '`cache = "disk"` is not executed yet: images are decoded in every epoch'
        yield at(document, "/data/cache", "W0890", message, help='`cache = "memory"` keeps them in memory')
    parts = {f"/data/{key}": data.get(key) for key in ("source", "validation", "test")}
    parts |= {f"/data/split/{key}": split.get(key) for key in ("validation", "test")}
    for pointer, value in parts.items():
        if isinstance(value, Mapping) and value.get("source") == "csv":
            help = 'use `image_folder("path")` or `npz("path")`'
            yield at(document, pointer, "E0890", "the source `csv` is not executed yet", help=help)


def _code_and_mixing(document: Document) -> Iterator[Diagnostic]:
    for section in ("augment", "train"):
        for pointer, value in _objects(document.json.get(section), f"/{section}"):
            if value.get("layer") in _MIXING:
                message = f"`{value['layer']}` mixes the labels too, which is not executed yet"
                yield at(document, pointer, "E0890", message, help="delete it; the layers that change images alone are executed")


def _objects(value: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every JSON object below `value`, with its pointer."""
    if isinstance(value, Mapping):
        yield pointer, value
        for key, item in value.items():
            yield from _objects(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _objects(item, f"{pointer}/{i}")

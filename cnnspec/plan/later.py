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
    "/run/distribution": "delete it: the run then uses one device",
    "/run/tracking": 'delete it: every run writes `metrics.jsonl` into its folder, or use `callbacks = [TensorBoard("logs")]`',
}
_MIXING: Final = ("MixUp", "CutMix")
_LEAVES_PLACES: Final = frozenset(
    {
        "AutoContrast", "Dropout", "Equalization", "GaussianNoise", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter",
        "RandomContrast", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPosterization", "RandomSaturation",
        "RandomSharpness", "Rescaling", "Solarization",
    }
)  # fmt: skip
"""Layers of `augment` that change the values of pixels, and move none."""
_WRITTEN: Final = ("keras", "weights")
_MEASURED: Final = ("test.", "validation.")
_COUNTED: Final = ("params", "trainable_params", "macs", "activation_bytes", "receptive_field")


def not_executed(document: Document) -> Iterator[Diagnostic]:
    """Settings that are given and not executed: E0890 where that matters to the result, else W0890."""
    for pointer, remedy in _REFUSED.items():
        if document.get(pointer):
            name = pointer.rpartition("/")[2]
            yield at(document, pointer, "E0890", f"`{name}` is not executed yet", part="key", help=remedy)
    yield from _mixing(document)
    yield from _moved_masks(document)
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


def _mixing(document: Document) -> Iterator[Diagnostic]:
    for section in ("augment", "train"):
        for pointer, value in _objects(document.json.get(section), f"/{section}"):
            if value.get("layer") in _MIXING:
                message = f"`{value['layer']}` mixes the labels too, which is not executed yet"
                yield at(document, pointer, "E0890", message, help="delete it; the layers that change images alone are executed")


def _moved_masks(document: Document) -> Iterator[Diagnostic]:
    """An augmentation that would move the pixels of an image under its mask."""
    source = document.get("/data/source") or {}
    columns = (source.get("arguments") or {}).get("targets") or {}
    if source.get("source") != "image_mask_folder" and all(column.get("column") != "mask" for column in columns.values()):
        return
    for i, line in enumerate(document.json.get("augment") or []):
        name = line.get("layer")
        if name not in _LEAVES_PLACES:
            message = (
                f"`{name}` would move the pixels of the images and not those of the masks" if name else "this would not change the masks"
            )
            help = "delete it; layers that change colours alone are executed, such as `RandomBrightness(0.2)`"
            yield at(document, f"/augment/{i}", "E0890", message, help=help, labels=(("/data/source", "the masks come from here"),))


def _objects(value: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every JSON object below `value`, with its pointer."""
    if isinstance(value, Mapping):
        yield pointer, value
        for key, item in value.items():
            yield from _objects(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _objects(item, f"{pointer}/{i}")

"""What the language has and the runtime does not do yet. It is said, never passed over.

An error where ignoring the setting would change the result; a warning where the result stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at

_REFUSED: Final[Mapping[str, str]] = {
    "/run/distribution": "delete it: the run then uses one device",
    "/run/tracking": 'delete it: every run writes `metrics.jsonl` into its folder, or use `callbacks = [TensorBoard("logs")]`',
}
_WRITTEN: Final = ("keras", "weights")
_MEASURED: Final = ("test.", "validation.")
_COUNTED: Final = ("params", "trainable_params", "macs", "activation_bytes", "receptive_field")


def not_executed(document: Document) -> Iterator[Diagnostic]:
    """Settings that are given and not executed: E0890 where that matters to the result, else W0890."""
    for pointer, remedy in _REFUSED.items():
        if document.get(pointer):
            name = pointer.rpartition("/")[2]
            yield at(document, pointer, "E0890", f"`{name}` is not executed yet", part="key", help=remedy)
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

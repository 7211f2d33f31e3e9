"""Pixels of no class: what the source gives them as number against what the loss leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from cnnspec.consistency.images import sources
from cnnspec.consistency.naming import argument, canonical
from cnnspec.consistency.spec import Spec, objectives
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import escape
from cnnspec.plan.place import at

Json: TypeAlias = Any


def masks(spec: Spec) -> Iterator[Diagnostic]:
    """E0809: the loss would take pixels of no class for a class."""
    for objective in objectives(spec):
        for pointer, arguments in masked(spec, objective.output):
            ignore, loss = arguments.get("ignore"), canonical("loss", objective.loss)
            if ignore is None or loss is None or argument("loss", objective.loss, "ignore_class") == ignore:
                continue
            message = f"pixels of no class have the number {ignore}, and the loss `{loss}` takes it for a class"
            help = f"write `SparseCategoricalCrossentropy(ignore_class={ignore})`, with `from_logits=True` where the head has no softmax"
            labels = ((f"{pointer}/arguments/ignore", "pixels of no class"),)
            yield at(spec.document, objective.place, "E0809", message, label="counts them", help=help, labels=labels)


def masked(spec: Spec, output: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The masks that an output learns: where they are described, and how."""
    for pointer, source in sources(spec.document):
        arguments = source.get("arguments", {})
        if source["source"] == "image_mask_folder":
            yield pointer, arguments
        column = (arguments.get("targets") or {}).get(output) or {} if source["source"] == "csv" else {}
        if column.get("column") == "mask":
            yield f"{pointer}/arguments/targets/{escape(output)}", column.get("arguments", {})

"""What the model learns from a label: a class number, a row with a one in it, or a number, as the loss and the head want it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from cnnspec.catalogue.facts import facts_of
from cnnspec.consistency import losses
from cnnspec.consistency.head import SOURCE, Head, misfits
from cnnspec.consistency.metrics import unlike_labels
from cnnspec.consistency.naming import argument, canonical
from cnnspec.consistency.spec import Objective
from cnnspec.diagnostics import Diagnostic, has_errors
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Phase
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.shapes import Shape, show

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Targets:
    """How labels are turned into what the loss compares with."""

    form: losses.Form
    width: int

    def of(self, labels: Array) -> Array:
        """(n,) class numbers as int32 (n,), one-hot float32 (n, width), or float32 (n, 1); anything else as float32 as it is."""
        if self.form == "number":
            return labels.astype(np.int32)
        if self.form == "one_hot":
            ones: Array = (labels[:, np.newaxis] == np.arange(self.width)).astype(np.float32)
            return ones
        values: Array = labels.astype(np.float32)
        return values.reshape(len(labels), -1) if self.form == "value" else values


def targets_of(document: Document, phase: Phase, head: Head, dataset: Dataset) -> tuple[Targets | None, list[Diagnostic]]:
    """The form of the targets for the loss of a phase. Errors: a loss or a metric does not fit (E0802), labels are out of range (E0705).

    What was known before the data was opened has been told by then; warnings about it are not repeated.
    """
    objective, labels = objective_of(phase), dataset.train.labels
    loss = canonical("loss", objective.loss)
    if loss not in losses.UNFIT and (labels.ndim > 1 or labels.dtype.kind == "f"):
        return _given(document, objective, loss, head, dataset)
    told, named = facts_of(document.get("/data/source") or {}).classes is not None, dataset.classes is not None
    found = misfits(document, objective, head, class_count(dataset), certain=named)
    if has_errors(found):
        return None, found
    assert head.width is not None, "a head without a width is a misfit"
    if wrong := unlike_labels(document, objective, loss or "", head.width):
        return None, wrong
    form, outside = losses.form_of(loss or "", head.width), []
    if form != "value" or loss in losses.BINARY:
        outside = _outside(document, objective, head, dataset, 2 if form == "value" else head.width)
    return (None, outside) if outside else (Targets(form, head.width), [] if told else found)


def objective_of(phase: Phase) -> Objective:
    """What the checks look at of a phase."""
    loss = phase.loss if isinstance(phase.loss, str) else phase.loss.to_json()
    around = phase.places.get("metrics", phase.pointer)
    metrics = [
        (metric, f"{around}/{i}") if isinstance(metric, str) else (metric.to_json(), metric.pointer)
        for i, metric in enumerate(phase.metrics)
    ]
    return Objective("", loss, phase.places.get("loss", phase.pointer), tuple(metrics))


def _given(
    document: Document, objective: Objective, loss: str | None, head: Head, dataset: Dataset
) -> tuple[Targets | None, list[Diagnostic]]:
    """Labels that are targets already: (n,) numbers to predict, (n, ...) of the head's own shape, or a class number for each place."""
    place, labels = objective.place, dataset.train.labels
    shape: Shape = (1,) if labels.ndim == 1 else tuple(labels.shape[1:])
    if loss in losses.NUMBERED and labels.dtype.kind != "f" and shape == head.shape[:-1]:
        outside = _outside(document, objective, head, dataset, head.width or 1)
        return (None, outside) if outside else (Targets("number", head.width or 1), [])
    if loss in losses.NUMBERED:
        message = f"the loss `{loss}` wants class numbers, the labels are {show(tuple(labels.shape[1:]))} of {labels.dtype}"
        return None, [at(document, place, "E0802", message, help="save whole numbers (n,) as labels, or use another loss")]
    if len(shape) != len(head.shape) or any(b is not None and a != b for a, b in zip(shape, head.shape, strict=True)):
        message = f"each label is {show(shape)}, the model gives {show(head.shape)}"
        return None, [at(document, head.pointer, "E0704", message, labels=((place, "the loss compares them"),))]
    return Targets("value" if labels.ndim == 1 else "as_is", head.width or 1), []


def _outside(document: Document, objective: Objective, head: Head, dataset: Dataset, classes: int) -> list[Diagnostic]:
    """Labels that are no class of this head, which only the numbers themselves show. The loss may leave one of them out."""
    counts: Counter[int] = Counter()
    left_out = argument("loss", objective.loss, "ignore_class")
    for items in dataset.parts.values():
        outside = items.labels[((items.labels < 0) | (items.labels >= classes)) & (items.labels != left_out)]
        values, times = np.unique(outside, return_counts=True)
        counts.update(dict(zip(values.tolist(), times.tolist(), strict=True)))
    if not counts:
        return []
    listed = [f"label {value} occurs {times:,} times" for value, times in sorted(counts.items())[:_SHOWN]]
    more = [f"... and {len(counts) - _SHOWN:,} more labels"] if len(counts) > _SHOWN else []
    outputs = "one output" if head.width == 1 else f"{head.width} outputs"
    message = f"the head has {outputs}, so labels go from 0 to {classes - 1}, but there are others"
    help, labels = _numbering(objective, head, counts, class_count(dataset)), ((SOURCE, "the labels come from here"),)
    label = f"this makes {outputs}"
    return [at(document, head.pointer, "E0705", message, label=label, notes=(*listed, *more), help=help, labels=labels)]


def _numbering(objective: Objective, head: Head, outside: Counter[int], classes: int) -> str:
    """What to do about labels that are no class of this head: there are more classes, or a label means something else."""
    odd = next(iter(outside)) if len(outside) == 1 else None
    if odd is not None and not 0 <= odd <= (head.width or 1) and canonical("loss", objective.loss) == "SparseCategoricalCrossentropy":
        return f"if {odd} means no class, write `SparseCategoricalCrossentropy(ignore_class={odd})`"
    if min(outside) < 0:
        return "number the classes from 0"
    if head.width == 1:
        return f'write `Dense({classes}, activation="softmax")` and a categorical loss'
    return f"write `Dense({classes}, ...)` as the last layer" if len(head.shape) == 1 else f"make it {classes}: one output for each class"


def class_count(dataset: Dataset) -> int:
    """How many classes there are: by their names, else by the largest label."""
    return len(dataset.classes) if dataset.classes else max(int(items.labels.max()) for items in dataset.parts.values()) + 1

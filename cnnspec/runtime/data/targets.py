"""What the model learns from a label: a class number, a row with a one in it, or a number, as the loss and the head want it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cnnspec.catalogue.facts import facts_of
from cnnspec.consistency import losses
from cnnspec.consistency.head import SOURCE, Head, misfits, one_output
from cnnspec.consistency.metrics import unlike_labels
from cnnspec.consistency.naming import argument, canonical
from cnnspec.consistency.spec import Objective
from cnnspec.diagnostics import Diagnostic, has_errors
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Goal, Object
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.images.columns import BadImage
from cnnspec.runtime.data.items import Array, ArrayColumn, Column, counted
from cnnspec.shapes import Shape, show

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Targets:
    """How labels are turned into what the loss compares with; the loss then has a value for each of `places` axes of an item."""

    form: losses.Form
    width: int
    places: int = 0

    def of(self, labels: Array) -> Array:
        """Class numbers (n, ...) as int32, one-hot float32 (n, ..., width), or float32 (n, ..., 1); anything else as float32 as it is."""
        if self.form == "number":
            return labels.astype(np.int32)
        if self.form == "one_hot":
            ones: Array = (labels[..., np.newaxis] == np.arange(self.width)).astype(np.float32)
            return ones
        values: Array = labels.astype(np.float32)
        return values[..., np.newaxis] if self.form == "value" else values


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one output in all parts of a data set, those of the training part first."""

    output: str
    dataset: Dataset

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(items.targets[self.output] for items in self.dataset.parts.values())

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names of the classes by number, where they are known."""
        return self.dataset.classes.get(self.output)

    @property
    def shape(self) -> Shape:
        """The shape of one label: () for a number."""
        return self.columns[0].shape

    @property
    def fractional(self) -> bool:
        """Whether they are no whole numbers. Labels in files are masks of class numbers."""
        return self.kind.kind == "f"

    @property
    def kind(self) -> np.dtype[Any]:
        column = self.columns[0]
        return column.array.dtype if isinstance(column, ArrayColumn) else np.dtype(np.uint8)

    @property
    def classes(self) -> int:
        """How many classes there are: by their names, else by the largest label."""
        return len(self.names) if self.names else max(max(counted(column)) for column in self.columns) + 1


def targets_of(document: Document, goal: Goal, head: Head, dataset: Dataset) -> tuple[Targets | None, list[Diagnostic]]:
    """The form of an output's targets for its loss. Errors: a loss or a metric does not fit (E0802), labels are out of range (E0705).

    What was known before the data was opened has been told by then; warnings about it are not repeated.
    """
    if goal.loss is None:
        return Targets("as_is", head.width or 1, max(len(head.shape) - 1, 0)), []
    labels = Labels(goal.output, dataset)
    objective = objective_of(goal)
    loss = canonical("loss", objective.loss)
    if loss not in losses.UNFIT and (labels.shape or labels.fractional):
        return _given(document, objective, loss, head, labels)
    told, named = facts_of(document.get("/data/source") or {}).classes is not None, labels.names is not None
    found = misfits(document, objective, head, labels.classes, certain=named)
    if has_errors(found):
        return None, found
    assert head.width is not None, "a head without a width is a misfit"
    if wrong := unlike_labels(document, objective, loss or "", head.width):
        return None, wrong
    form, outside = losses.form_of(loss or "", head.width), []
    if form != "value" or loss in losses.BINARY:
        outside = _outside(document, objective, head, labels, 2 if form == "value" else head.width)
    return (None, outside) if outside else (Targets(form, head.width), [] if told else found)


def objective_of(goal: Goal) -> Objective:
    """What the checks look at of a goal."""
    loss = goal.loss.to_json() if isinstance(goal.loss, Object) else goal.loss
    around = goal.places.get("metrics", "")
    metrics = [
        (metric, f"{around}/{i}") if isinstance(metric, str) else (metric.to_json(), metric.pointer)
        for i, metric in enumerate(goal.metrics)
    ]
    return Objective(goal.output, loss, goal.places.get("loss", ""), tuple(metrics))


def _given(
    document: Document, objective: Objective, loss: str | None, head: Head, labels: Labels
) -> tuple[Targets | None, list[Diagnostic]]:
    """Labels that are targets already: (n,) numbers to predict, or (n, ...) of the head's own shape."""
    place, shape = objective.place, labels.shape or (1,)
    if labels.shape and not labels.fractional and len(shape) == len(head.shape) - 1:
        return _masks(document, objective, loss or "", head, labels)
    if loss in losses.NUMBERED:
        message = f"the loss `{loss}` wants class numbers, the labels are {show(labels.shape)} of {labels.kind}"
        table = document.get("/data/source/source") == "csv"
        help = 'write `category("...")` for the column' if table else "save whole numbers (n,) as labels"
        return None, [at(document, place, "E0802", message, help=f"{help}, or use another loss")]
    if not _fits(shape, head.shape):
        message = f"each label is {show(shape)}, the model gives {show(head.shape)}"
        return None, [at(document, head.pointer, "E0704", message, labels=((place, "the loss compares them"),))]
    return Targets("as_is" if labels.shape else "value", head.width or 1, len(head.shape) - 1), []


def _masks(document: Document, objective: Objective, loss: str, head: Head, labels: Labels) -> tuple[Targets | None, list[Diagnostic]]:
    """A class number for each place of the head: what holds for a label of an image holds for each of them."""
    if not _fits(labels.shape, head.shape[:-1]) or head.width is None:
        message = f"each label is {show(labels.shape)}, the model gives {show(head.shape)}"
        help = f"the model must give {show((*labels.shape, head.width))}: a value for each class at each place"
        return None, [at(document, head.pointer, "E0704", message, help=help, labels=((objective.place, "the loss compares them"),))]
    if wrong := [*one_output(document, objective, head, None), *unlike_labels(document, objective, loss, head.width)]:
        return None, wrong
    form = losses.form_of(loss, head.width)
    if form != "value" or loss in losses.BINARY:
        outside = _outside(document, objective, head, labels, 2 if form == "value" else head.width)
        if outside:
            return None, outside
    return Targets(form, head.width, len(labels.shape)), []


def _fits(shape: Shape, wanted: Shape) -> bool:
    return len(shape) == len(wanted) and all(b is None or a == b for a, b in zip(shape, wanted, strict=True))


def _outside(document: Document, objective: Objective, head: Head, labels: Labels, classes: int) -> list[Diagnostic]:
    """Labels that are no class of this head, which only the numbers themselves show. The loss may leave one of them out."""
    left_out = argument("loss", objective.loss, "ignore_class")
    counts: Counter[int] = Counter()
    try:
        for column in labels.columns:
            counts.update({value: n for value, n in counted(column).items() if not 0 <= value < classes and value != left_out})
    except BadImage as failure:
        return [at(document, SOURCE, "E0703", f"{failure.path}: {failure.reason}", help="replace or delete the file")]
    if not counts:
        return []
    listed = [f"label {value} occurs {times:,} times" for value, times in sorted(counts.items())[:_SHOWN]]
    more = [f"... and {len(counts) - _SHOWN:,} more labels"] if len(counts) > _SHOWN else []
    outputs = "one output" if head.width == 1 else f"{head.width} outputs"
    message = f"the head has {outputs}, so labels go from 0 to {classes - 1}, but there are others"
    help, second = _numbering(objective, head, counts, len(labels.names or ()) or max(counts) + 1), ((SOURCE, "the labels come from here"),)
    label = f"this makes {outputs}"
    return [at(document, head.pointer, "E0705", message, label=label, notes=(*listed, *more), help=help, labels=second)]


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

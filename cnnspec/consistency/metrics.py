"""The metrics against the labels that the loss makes, and against the numbers that the head gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from cnnspec.consistency import losses
from cnnspec.consistency.ends import End, end_of
from cnnspec.consistency.naming import argument, canonical, place_of
from cnnspec.consistency.spec import Objective, Spec, objectives
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at

Json: TypeAlias = Any

_COUNTED: Final = ("accuracy", "BinaryAccuracy")
"""Metrics that count images."""


def metrics(spec: Spec) -> Iterator[Diagnostic]:
    """E0802: a metric that wants other labels or another head. W0803: one that reads logits as probabilities, or counts quantities."""
    for objective in objectives(spec):
        loss, end = canonical("loss", objective.loss), end_of(spec, objective.output)
        if loss is None or end.width is None or losses.needs_classes(loss, end.width):
            continue
        if end.width == 1 and (spec.facts.classes or 0) > 2:
            continue  # the head is refused: a wider one may fit its metrics
        yield from unlike_labels(spec.document, objective, loss, end.width)
        if end.activation in losses.UNBOUNDED:
            yield from _on_logits(spec, objective, loss, end)
            yield from _on_quantities(spec, objective, loss, end)


def unlike_labels(document: Document, objective: Objective, loss: str, width: int) -> list[Diagnostic]:
    """Metrics that want other labels than the loss makes of them, or other outputs than the head's."""
    found = []
    for metric, place in objective.metrics:
        name = canonical("metric", metric)
        if name is not None and (wrong := _wants(metric, name, loss, losses.form_of(loss, width))):
            message, labels = f"the metric `{name}` wants {wrong[0]}", ((objective.place, "this loss"),)
            found.append(at(document, place, "E0802", message, label="this metric", help=wrong[1], labels=labels))
    return found


def _wants(metric: Json, name: str, loss: str, form: losses.Form) -> tuple[str, str] | None:
    """What a metric wants that it will not be given, and what to write instead."""
    if name in ("Mean", "Sum"):
        return "numbers to add up, it compares nothing", "delete it"
    if name == "Accuracy":
        return "predictions that equal the labels to the last digit", 'write `"accuracy"`: Keras then counts what fits the loss'
    if name in ("MeanIoU", "IoU"):
        return _overlap(metric, name, form)
    if form == "number" and name in losses.SPARSE_OF:
        return "one-hot labels, this loss makes them class numbers", f"use `{losses.SPARSE_OF[name]}`"
    if form == "number" and name in losses.OVERLAP_OF:
        return "one-hot labels, this loss makes them class numbers", f"use `{losses.OVERLAP_OF[name]}` with `sparse_y_pred=False`"
    if form == "number" and name not in losses.OF_NUMBERS:
        help = "use the loss `CategoricalCrossentropy`: the labels are then made one-hot"
        return "one-hot labels, this loss makes them class numbers", help
    if form == "one_hot" and name in losses.CATEGORICAL_OF:
        return "class numbers, this loss makes the labels one-hot", f"use `{losses.CATEGORICAL_OF[name]}`"
    if form == "value" and name in (*losses.SPARSE_OF, *losses.CATEGORICAL_OF):
        help = "use `BinaryAccuracy()`" if loss in losses.BINARY else "delete it"
        return "one output per class, this head has a single one", help
    return None


def _overlap(metric: Json, name: str, form: losses.Form) -> tuple[str, str] | None:
    """MeanIoU and IoU, which take labels and predictions for class numbers unless they are told otherwise."""
    true, predicted = (argument("metric", metric, f"sparse_y_{which}") for which in ("true", "pred"))
    if form == "value":
        return "class numbers as predictions, this head gives a single value", "use `BinaryIoU()`"
    if predicted:
        help = f"use `OneHot{name}`" if form == "one_hot" else "write `sparse_y_pred=False`"
        return "class numbers as predictions, this head gives a value for each class", help
    if form == "one_hot" and true:
        return "class numbers, this loss makes the labels one-hot", f"use `OneHot{name}`"
    return None


def _on_logits(spec: Spec, objective: Objective, loss: str, end: End) -> Iterator[Diagnostic]:
    """The loss knows that it is given logits; a metric has to be told by itself."""
    if loss not in losses.FROM_LOGITS or not argument("loss", objective.loss, "from_logits"):
        return
    labels = ((place_of(objective.place, "from_logits"), "logits"),)
    for metric, place in objective.metrics:
        name = canonical("metric", metric)
        if name is None:
            continue
        if written := _threshold(metric, name, end):
            binary, message = loss in losses.BINARY, f"`{name}` is counted from 0.5 on, the head gives logits"
            help = f"write `{written}`" if binary else 'write `activation="softmax"` in the last layer and delete `from_logits=True`'
            yield at(spec.document, place, "W0803", message, label="another threshold", help=help, labels=labels)
        elif name == "crossentropy" or argument("metric", metric, "from_logits") is False:
            message = f"the metric `{name}` expects probabilities, the head gives logits"
            own = loss.replace("Focal", "") if name == "crossentropy" else name
            help = f"write `{own}(from_logits=True)`"
            yield at(spec.document, place, "W0803", message, label="takes them for probabilities", help=help, labels=labels)


def _threshold(metric: Json, name: str, end: End) -> str | None:
    """What to write for a metric that counts values above 0.5; None for another one."""
    if name == "accuracy" and end.width == 1:
        return f'BinaryAccuracy(threshold=0.0, name="{metric}")'
    if argument("metric", metric, "threshold") == 0.5:
        return f"{name}(threshold=0.0)"
    counts = name in losses.THRESHOLDS and argument("metric", metric, "thresholds") is None
    return f"{name}(thresholds=0.0)" if counts and argument("metric", metric, "top_k") is None else None


def _on_quantities(spec: Spec, objective: Objective, loss: str, end: End) -> Iterator[Diagnostic]:
    """Accuracy of a head that estimates a quantity: Keras asks whether it is above 0.5, and whether the label is then 1."""
    if end.width != 1 or loss not in losses.REGRESSION or spec.facts.classes is not None:
        return
    for metric, place in objective.metrics:
        if canonical("metric", metric) in _COUNTED:
            message = f"the loss `{loss}` is for quantities, accuracy is for classes 0 and 1"
            help = 'for quantities write `"mae"`; for two classes `activation="sigmoid"` and `loss = "binary_crossentropy"`'
            labels = ((objective.place, "this loss"),)
            yield at(spec.document, place, "W0803", message, label="counts hits", help=help, labels=labels)

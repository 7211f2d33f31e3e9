"""What the model learns from a label: a class number, a row with a one in it, or a number, as the loss and the head want it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from cnnspec.catalogue import load_catalogue
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object, Phase
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.fit import text
from cnnspec.runtime.data.images import Shape

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Form: TypeAlias = Literal["number", "one_hot", "value", "as_is"]

NUMBERED: Final = frozenset({"SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"})
"""Losses that want class numbers. The second one too, whatever its name says: see Keras's docstring."""

_BINARY: Final = frozenset({"BinaryCrossentropy", "BinaryFocalCrossentropy"})
_CATEGORICAL: Final = frozenset({"CategoricalCrossentropy", "CategoricalFocalCrossentropy", "KLDivergence", "CategoricalHinge"})
_UNFIT: Final[Mapping[str, str]] = {
    "CTC": "it compares sequences of labels",
    "Circle": "it compares embeddings with each other",
}
_SPARSE_OF: Final[Mapping[str, str]] = {
    "CategoricalAccuracy": "SparseCategoricalAccuracy",
    "CategoricalCrossentropy": "SparseCategoricalCrossentropy",
    "TopKCategoricalAccuracy": "SparseTopKCategoricalAccuracy",
}
_CATEGORICAL_OF: Final = {sparse: categorical for categorical, sparse in _SPARSE_OF.items()}
_ONE_HOT_METRICS: Final = frozenset({"AUC", "Precision", "Recall", "F1Score", "FBetaScore", "CategoricalHinge", "KLDivergence"})
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the model: its shape without the batch axis, and where the layer stands."""

    shape: Shape
    pointer: str

    @property
    def width(self) -> int | None:
        return self.shape[-1] if self.shape else None


@dataclass(frozen=True, slots=True)
class Targets:
    """How labels are turned into what the loss compares with."""

    form: Form
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
    """The form of the targets for the loss of a phase. Errors: a loss or a metric does not fit (E0802), labels are out of range (E0705)."""
    loss = canonical("loss", phase.loss)
    labels = dataset.train.labels
    place = phase.places.get("loss", phase.pointer)
    if loss in _UNFIT:
        return None, [at(document, place, "E0802", f"the loss `{loss}` does not fit images with one label each: {_UNFIT[loss]}")]
    if labels.ndim > 1 or labels.dtype.kind == "f":
        return _given(document, place, loss, head, labels)
    if len(head.shape) != 1 or head.width is None:
        return None, [_no_vector(document, head, dataset)]
    found = [*_wrong_head(document, place, loss, head, dataset)]
    form: Form = "number" if loss in NUMBERED else "value" if head.width == 1 else "one_hot"
    found += _wrong_metrics(document, phase, form)
    if not found and form != "value":
        found += _out_of_range(document, head, dataset)
    elif not found and loss in _BINARY:
        found += _not_binary(document, head, dataset)
    return (None, found) if found else (Targets(form, head.width), [])


def canonical(kind: str, value: Object | str) -> str:
    """The class that a loss or a metric is, by whichever of Keras's names for it."""
    name = value if isinstance(value, str) else value.name
    return load_catalogue().identifiers(kind).get(name) or name


def _given(document: Document, place: str, loss: str, head: Head, labels: Array) -> tuple[Targets | None, list[Diagnostic]]:
    """Labels that are targets already: (n,) numbers to predict, or (n, ...) of the head's own shape."""
    shape: Shape = (1,) if labels.ndim == 1 else tuple(labels.shape[1:])
    if loss in NUMBERED and labels.dtype.kind != "f" and shape == head.shape[:-1]:
        return Targets("number", head.width or 1), []
    if loss in NUMBERED:
        message = f"the loss `{loss}` wants class numbers, the labels are {text(tuple(labels.shape[1:]))} of {labels.dtype}"
        return None, [at(document, place, "E0802", message, help="save whole numbers (n,) as labels, or use another loss")]
    if len(shape) != len(head.shape) or any(b is not None and a != b for a, b in zip(shape, head.shape, strict=True)):
        message = f"each label is {text(shape)}, the model gives {text(head.shape)}"
        return None, [at(document, head.pointer, "E0704", message, labels=((place, "the loss compares them"),))]
    return Targets("value" if labels.ndim == 1 else "as_is", head.width or 1), []


def _no_vector(document: Document, head: Head, dataset: Dataset) -> Diagnostic:
    count = class_count(dataset)
    message = f"the labels are one class per image, the model gives {text(head.shape)}"
    help = f'end the model with `GlobalAveragePooling2D()` or `Flatten()`, then `Dense({count}, activation="softmax")`'
    return at(document, head.pointer, "E0704", message, help=help)


def _wrong_head(document: Document, place: str, loss: str, head: Head, dataset: Dataset) -> list[Diagnostic]:
    count = class_count(dataset)
    if head.width == 1 and loss in NUMBERED | _CATEGORICAL:
        message = f"the loss `{loss}` needs one output per class, this head has a single one"
        last = f'`Dense({count}, activation="softmax")`'
        help = f"write {last} as the last layer" if count > 2 else f"use `BinaryCrossentropy()`, or {last} as the last layer"
        return [at(document, place, "E0802", message, help=help, labels=((head.pointer, "one output"),))]
    return []


def _wrong_metrics(document: Document, phase: Phase, form: Form) -> list[Diagnostic]:
    found = []
    for i, metric in enumerate(phase.metrics):
        name = canonical("metric", metric)
        place = metric.pointer if isinstance(metric, Object) else f"{phase.places.get('metrics', phase.pointer)}/{i}"
        if form == "number" and name in _SPARSE_OF:
            message = f"the metric `{name}` wants one-hot labels, this loss makes them class numbers"
            found.append(at(document, place, "E0802", message, help=f"use `{_SPARSE_OF[name]}`"))
        elif form == "number" and name in _ONE_HOT_METRICS:
            message = f"the metric `{name}` wants one-hot labels, this loss makes them class numbers"
            loss = "CategoricalCrossentropy"
            found.append(at(document, place, "E0802", message, help=f"use the loss `{loss}`: the labels are then made one-hot"))
        elif form == "one_hot" and name in _CATEGORICAL_OF:
            message = f"the metric `{name}` wants class numbers, this loss makes the labels one-hot"
            found.append(at(document, place, "E0802", message, help=f"use `{_CATEGORICAL_OF[name]}`"))
    return found


def _out_of_range(document: Document, head: Head, dataset: Dataset) -> list[Diagnostic]:
    assert head.width is not None
    return _outside(document, head, dataset, head.width, f"`Dense({class_count(dataset)}, ...)` as the last layer")


def _not_binary(document: Document, head: Head, dataset: Dataset) -> list[Diagnostic]:
    return _outside(document, head, dataset, 2, f'`Dense({class_count(dataset)}, activation="softmax")` and a categorical loss')


def _outside(document: Document, head: Head, dataset: Dataset, classes: int, remedy: str) -> list[Diagnostic]:
    counts: Counter[int] = Counter()
    for items in dataset.parts.values():
        outside = items.labels[(items.labels < 0) | (items.labels >= classes)]
        values, times = np.unique(outside, return_counts=True)
        counts.update(dict(zip(values.tolist(), times.tolist(), strict=True)))
    if not counts:
        return []
    listed = [f"{_label(value, dataset)} occurs {times:,} times" for value, times in sorted(counts.items())[:_SHOWN]]
    more = [f"... and {len(counts) - _SHOWN:,} more labels"] if len(counts) > _SHOWN else []
    negative = min(counts) < 0
    outputs = "one output" if head.width == 1 else f"{head.width} outputs"
    message = f"the head has {outputs}, so labels go from 0 to {classes - 1}, but there are others"
    help = "number the classes from 0" if negative else f"write {remedy}"
    labels = (("/data/source", "the labels come from here"),)
    return [at(document, head.pointer, "E0705", message, notes=(*listed, *more), help=help, labels=labels)]


def _label(value: int, dataset: Dataset) -> str:
    named = dataset.classes is not None and 0 <= value < len(dataset.classes)
    return f"label {value} ({dataset.classes[value]})" if named and dataset.classes else f"label {value}"


def class_count(dataset: Dataset) -> int:
    """How many classes there are: by their names, else by the largest label."""
    return len(dataset.classes) if dataset.classes else max(int(items.labels.max()) for items in dataset.parts.values()) + 1

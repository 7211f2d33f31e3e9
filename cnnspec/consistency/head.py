"""The head against the classes, the loss against the head.

Told by `check` for a source whose classes are known, and before the first epoch for the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cnnspec.consistency import losses
from cnnspec.consistency.ends import End, end_of
from cnnspec.consistency.naming import argument, canonical
from cnnspec.consistency.spec import Objective, Spec, objectives
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.shapes import Shape, show

Json: TypeAlias = Any
SOURCE: Final = "/data/source"
_CLASSES_HELP: Final = 'for classes write `loss = "sparse_categorical_crossentropy"`'


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the model: its shape without the batch axis, and where its width is written."""

    shape: Shape
    pointer: str

    @property
    def width(self) -> int | None:
        return self.shape[-1] if self.shape else None


def heads(spec: Spec) -> Iterator[Diagnostic]:
    """What is known of the head before the data is opened."""
    numbered = spec.facts.numbered and len(spec.graph.outputs) == 1
    for objective in objectives(spec):
        end = end_of(spec, objective.output)
        if end.width is None:
            continue
        head = Head(end.shape or (end.width,), end.wide)
        found = (misfits if numbered else one_output)(spec.document, objective, head, spec.facts.classes if numbered else None)
        yield from found or _constant(spec, end)


def misfits(document: Document, objective: Objective, head: Head, classes: int | None, *, certain: bool = True) -> list[Diagnostic]:
    """What does not fit labels that are one class number per image, of `classes` classes (None: not known).

    E0704: the model gives no vector. E0802: the loss wants another head or other labels. E0705: the head is too narrow. W0803: it is
    too wide, or the loss is for quantities. Where it is not `certain` that the numbers are classes, they are not counted.
    """
    loss = canonical("loss", objective.loss) or ""
    if loss in losses.UNFIT:
        message = f"the loss `{loss}` does not fit images with one label each: {losses.UNFIT[loss]}"
        return [at(document, objective.place, "E0802", message, label="this loss", help=_CLASSES_HELP)]
    if len(head.shape) != 1 or head.width is None:
        return [_no_vector(document, head, classes)]
    found = one_output(document, objective, head, classes)
    if found or classes is None or not certain:
        return found
    return (
        _too_narrow(document, loss, head, head.width, classes)
        or _too_wide(document, head, head.width, classes)
        or _regression(document, objective, loss, head.width, classes)
    )


def one_output(document: Document, objective: Objective, head: Head, classes: int | None) -> list[Diagnostic]:
    """A loss over classes with a single output: there is nothing to choose from, whatever the data is."""
    loss = canonical("loss", objective.loss) or ""
    if head.width is None or not losses.needs_classes(loss, head.width):
        return []
    last = f'`Dense({"CLASSES" if classes is None else classes}, activation="softmax")`'
    many = classes is not None and classes > 2
    help = f"write {last} as the last layer" if many else f"use `BinaryCrossentropy()`, or {last} as the last layer"
    message = f"the loss `{loss}` needs one output per class, this head has a single one"
    return [at(document, objective.place, "E0802", message, help=help, labels=((head.pointer, "one output"),))]


def _constant(spec: Spec, end: End) -> Iterator[Diagnostic]:
    if end.activation == "softmax" and end.width == 1:
        message = "softmax over a single output is always 1, so this model can say nothing"
        help = 'write `activation="sigmoid"` for two classes, or one unit for each class'
        yield at(spec.document, end.place, "E0802", message, label="always 1", help=help, labels=((end.wide, "one output"),))


def _no_vector(document: Document, head: Head, classes: int | None) -> Diagnostic:
    message = f"the labels are one class per image, the model gives {show(head.shape)}"
    last = f'`Dense({"CLASSES" if classes is None else classes}, activation="softmax")`'
    help = f"end the model with `GlobalAveragePooling2D()` or `Flatten()`, then {last}"
    labels = ((SOURCE, "the labels come from here"),)
    return at(document, head.pointer, "E0704", message, label="the end of the model", help=help, labels=labels)


def _too_narrow(document: Document, loss: str, head: Head, width: int, classes: int) -> list[Diagnostic]:
    binary = width == 1 and loss in losses.BINARY and classes > 2
    if not binary and not 1 < width < classes:
        return []
    what = "one output, which tells two classes apart" if binary else f"{width} outputs"
    last = f'`Dense({classes}, activation="softmax")` and a categorical loss' if binary else f"`Dense({classes}, ...)` as the last layer"
    label = "this makes one output" if binary else f"this makes {width} outputs"
    message, labels = f"the head has {what}, but there are {classes} classes", ((SOURCE, f"{classes} classes come from here"),)
    return [at(document, head.pointer, "E0705", message, label=label, help=f"write {last}", labels=labels)]


def _too_wide(document: Document, head: Head, width: int, classes: int) -> list[Diagnostic]:
    """More outputs than classes: it trains, and is hardly ever meant."""
    if width <= max(classes, 1):
        return []
    message = f"the head has {width} outputs, but there are {classes} classes"
    labels = ((SOURCE, f"{classes} classes come from here"),)
    last, help = document.get(head.pointer), f"make it {classes}: one output for each class"
    if isinstance(last, Mapping) and "application" in last:  # a backbone with its own 1000 outputs
        help = f'write `include_top=False, pooling="avg"` in it, and `Dense({classes}, activation="softmax")` in the next line'
        help = help if argument("application", last, "weights") else f"write `classes={classes}`"
    return [at(document, head.pointer, "W0803", message, label=f"this makes {width} outputs", help=help, labels=labels)]


def _regression(document: Document, objective: Objective, loss: str, width: int, classes: int) -> list[Diagnostic]:
    if width != 1 or loss not in losses.REGRESSION or classes <= 2:
        return []
    message = f"`{loss}` takes the number of a class for a quantity"
    help = f'for classes write `Dense({classes}, activation="softmax")` and `loss = "sparse_categorical_crossentropy"`'
    labels = ((SOURCE, f"{classes} classes come from here"),)
    return [at(document, objective.place, "W0803", message, label="the number of a class is only a name", help=help, labels=labels)]

"""The activation at the end of the model against what the loss expects: logits, probabilities, or probabilities that sum to 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from cnnspec.consistency import losses
from cnnspec.consistency.ends import End, end_of
from cnnspec.consistency.naming import argument, canonical, place_of
from cnnspec.consistency.spec import Objective, Spec, objectives
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.place import at

Json: TypeAlias = Any

_SQUASHED: Final = frozenset({"softmax", "sigmoid", "hard_sigmoid", "sparsemax", "sparse_sigmoid"})
"""Activations that give probabilities."""


def logits(spec: Spec) -> Iterator[Diagnostic]:
    """W0802: the loss applies an activation again. W0803: the loss expects what the head does not give."""
    for objective in objectives(spec):
        loss, end = canonical("loss", objective.loss), end_of(spec, objective.output)
        if loss is None or end.activation is None or end.width is None:
            continue
        if losses.needs_classes(loss, end.width):
            continue
        if loss in losses.FROM_LOGITS and argument("loss", objective.loss, "from_logits"):
            if end.activation in _SQUASHED:
                yield _twice(spec, objective, end)
        elif loss in losses.FROM_LOGITS | losses.CATEGORICAL | losses.NUMBERED:
            yield from _no_probabilities(spec, objective, loss, end)


def _twice(spec: Spec, objective: Objective, end: End) -> Diagnostic:
    again = "softmax" if canonical("loss", objective.loss) not in losses.BINARY else "sigmoid"
    message = f"`from_logits=True`, but the output already went through {end.activation}"
    label = "this loss applies it a second time" if again == end.activation else f"this loss applies {again} to it"
    help = f'remove `activation="{end.activation}"` (better numerics) or `from_logits=True`'
    if not end.place.endswith("/activation"):
        help = f"remove {end.activation} (better numerics) or `from_logits=True`"
    place, labels = place_of(objective.place, "from_logits"), ((end.place, f"`{end.activation}` is applied here"),)
    return at(spec.document, place, "W0802", message, label=label, help=help, labels=labels, part="key")


def _no_probabilities(spec: Spec, objective: Objective, loss: str, end: End) -> Iterator[Diagnostic]:
    binary, one = loss in losses.BINARY, end.width == 1
    wanted = "sigmoid" if binary else "softmax"
    if end.activation in losses.UNBOUNDED:
        message = f"`{loss}` expects probabilities, the head gives any numbers"
        help = f'write `activation="{wanted}"` in the last layer'
        if loss in losses.FROM_LOGITS:
            help = f"write `loss = {loss}(from_logits=True)`, or {help.removeprefix('write ')}"
        written = "no activation here" if end.activation == "linear" else f"`{end.activation}` is the last activation"
    elif binary and not one and end.activation == "softmax" and end.width != 2:
        message = f"`{loss}` looks at each output by itself, softmax ties them together"
        help = 'for one class per image write `loss = "sparse_categorical_crossentropy"`; for several write `activation="sigmoid"`'
        written = "the outputs sum to 1"
    elif not binary and not one and end.activation in ("sigmoid", "hard_sigmoid"):
        message = f"`{loss}` expects probabilities that sum to 1, {end.activation} looks at each output by itself"
        help = 'write `activation="softmax"`; where an image may have several classes, use `BinaryCrossentropy()`'
        written = f"`{end.activation}` is applied here"
    else:
        return
    yield at(spec.document, objective.place, "W0803", message, label="this loss", help=help, labels=((end.place, written),))

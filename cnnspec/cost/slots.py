"""What an optimizer keeps for each weight that it trains, as Keras's optimizers do (`build` of each). A test asks Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, Final, TypeAlias

Arguments: TypeAlias = Mapping[str, Any]
Shape: TypeAlias = tuple[int, ...]
Slots: TypeAlias = Callable[[Arguments, Shape], int]
"""How many values are kept for a weight of this shape. The few numbers that an optimizer keeps for itself are not counted."""


def _copies(count: int) -> Slots:
    return lambda _, shape: count * prod(shape)


def _sgd(arguments: Arguments, shape: Shape) -> int:
    return prod(shape) if arguments.get("momentum") else 0


def _rmsprop(arguments: Arguments, shape: Shape) -> int:
    return prod(shape) * (1 + bool(arguments.get("momentum")) + bool(arguments.get("centered")))


def _adam(arguments: Arguments, shape: Shape) -> int:
    return prod(shape) * (3 if arguments.get("amsgrad") else 2)


def _adafactor(_: Arguments, shape: Shape) -> int:
    """A velocity, and of two axes or more the sums of its rows and columns."""
    return prod(shape) + (prod(shape[:-1]) + prod((*shape[:-2], shape[-1])) if len(shape) > 1 else 0)


SLOTS: Final[Mapping[str, Slots]] = {
    "SGD": _sgd,
    "RMSprop": _rmsprop,
    "Adagrad": _copies(1),
    "Lion": _copies(1),
    "Adam": _adam,
    "AdamW": _adam,
    **dict.fromkeys(("Adadelta", "Adamax", "Ftrl", "Lamb", "Nadam", "ScheduleFreeAdamW"), _copies(2)),
    "Adafactor": _adafactor,
}
"""`Muon`, which treats embeddings and layers by name in another way, is not here."""


def slot_values(optimizer: str, arguments: Arguments, shapes: list[Shape]) -> int | None:
    """The values that an optimizer keeps to train weights of these shapes; None of one that is not known."""
    inner = arguments.get("inner_optimizer")
    if optimizer == "LossScaleOptimizer" and isinstance(inner, Mapping):
        return slot_values(str(inner.get("optimizer")), inner.get("arguments", {}), shapes)
    slots = SLOTS.get(optimizer)
    if slots is None:
        return None
    more = bool(arguments.get("use_ema")) + bool(arguments.get("gradient_accumulation_steps"))
    return sum(slots(arguments, shape) + more * prod(shape) for shape in shapes)

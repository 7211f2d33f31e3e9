"""The `expect` section: whether the run kept what the author promised, and by how much it missed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Promise

_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq, "!=": operator.ne}
)


def broken(document: Document, promises: Sequence[Promise], found: Mapping[str, float]) -> list[Diagnostic]:
    """The promises among `promises` that `found`, which has all of their quantities, does not keep (E0805)."""
    return [problem for promise in promises if (problem := _judge(document, promise, found[promise.quantity])) is not None]


def _judge(document: Document, promise: Promise, value: float) -> Diagnostic | None:
    if not isinstance(value, int | float):
        message, help = f"`{promise.quantity}` is several numbers, a promise is about one", "promise something about another metric"
        return at(document, promise.pointer, "E0808", message, help=help)
    if _OPERATORS[promise.op](value, promise.value):
        return None
    missed = abs(value - promise.value)
    message = f"promised {promise.quantity} {promise.op} {_number(promise.value)}, found {_number(value)}: missed by {_number(missed)}"
    return at(document, promise.pointer, "E0805", message)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"

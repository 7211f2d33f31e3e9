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
from cnnspec.suggest import nearest

_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq, "!=": operator.ne}
)


def broken(document: Document, promises: Sequence[Promise], found: Mapping[str, float]) -> list[Diagnostic]:
    """The promises among `promises` that `found` does not keep (E0805). A quantity that `found` lacks is not kept either."""
    return [problem for promise in promises if (problem := _judge(document, promise, found)) is not None]


def _judge(document: Document, promise: Promise, found: Mapping[str, float]) -> Diagnostic | None:
    name, value = promise.quantity, found.get(promise.quantity)
    if value is None:
        near = nearest(name, found)
        part = name.partition(".")[0]
        measured = [key for key in found if key.startswith(f"{part}.")]
        note = f"measured are {', '.join(measured)}" if measured else f"this run has no {part} data"
        help = f"did you mean `{near}`?" if near else None
        return at(document, promise.pointer, "E0805", f"`{name}` was promised, but it was not measured", notes=(note,), help=help)
    if _OPERATORS[promise.op](value, promise.value):
        return None
    missed = abs(value - promise.value)
    message = f"promised {name} {promise.op} {_number(promise.value)}, found {_number(value)}: missed by {_number(missed)}"
    return at(document, promise.pointer, "E0805", message)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"

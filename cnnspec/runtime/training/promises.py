"""The `expect` section: whether the run kept what the author promised, and by how much it missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnspec.consistency.kept import missed
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Promise


def broken(document: Document, promises: Sequence[Promise], found: Mapping[str, float]) -> list[Diagnostic]:
    """The promises among `promises` that `found`, which has all of their quantities, does not keep (E0805)."""
    return [problem for promise in promises if (problem := _judge(document, promise, found[promise.quantity])) is not None]


def _judge(document: Document, promise: Promise, value: float) -> Diagnostic | None:
    if not isinstance(value, int | float):
        message, help = f"`{promise.quantity}` is several numbers, a promise is about one", "promise something about another metric"
        return at(document, promise.pointer, "E0808", message, help=help)
    message = missed(promise.quantity, promise.op, promise.value, value)
    return at(document, promise.pointer, "E0805", message) if message is not None else None

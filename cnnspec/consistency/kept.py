"""Promises about what is counted on the graph: parameters, cost, the receptive field."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.place import at

if TYPE_CHECKING:
    from cnnspec.cost import Costs

Line: TypeAlias = Mapping[str, Any]

COUNTED: Final = ("params", "trainable_params", "macs", "activation_bytes", "receptive_field")

_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq, "!=": operator.ne}
)


def missed(quantity: str, op: str, promised: float, found: float) -> str | None:
    """What is said of a promise that `found` does not keep; None if it does."""
    if _OPERATORS[op](found, promised):
        return None
    return f"promised {quantity} {op} {_number(promised)}, found {_number(found)}: missed by {_number(abs(found - promised))}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def broken_counts(spec: Spec, lines: list[tuple[str, Line]]) -> Iterator[Diagnostic]:
    """Promises that the network does not keep (E0805), and those of which it is not known (W0801).

    Parameters that only Keras knows are left to the run. A promise about the receptive field holds for each axis of the image.
    """
    if not lines:
        return
    from cnnspec.cost import measure  # most specs promise nothing of this kind
    from cnnspec.plan.memory import precision_of

    costs = measure(spec.graph, precision_of(spec.document))
    for place, line in lines:
        quantity = line["quantity"]
        unknown = _unknown(costs, quantity)
        if unknown is not None and not quantity.endswith("params"):
            message = f"the promise about `{quantity}` is not checked: what `{unknown}` adds to it is not known"
            yield at(spec.document, place, "W0801", message, label="not checked", help="delete it, or fix the sizes and leave out Python")
        elif unknown is None:
            yield from _judged(spec, place, line, _found(costs, quantity))


def _unknown(costs: Costs, quantity: str) -> str | None:
    """The first layer whose part of a quantity is not known."""
    figures = {node.name: node.sees if quantity == "receptive_field" else getattr(node, quantity) for node in costs.nodes}
    return next((name for name, figure in figures.items() if figure is None), None)


def _found(costs: Costs, quantity: str) -> tuple[int, ...]:
    """The figure; of the receptive field one for each axis."""
    if quantity != "receptive_field":
        return (getattr(costs, quantity),)
    return costs.receptive_field.size if costs.receptive_field is not None else ()


def _judged(spec: Spec, place: str, line: Line, found: tuple[int, ...]) -> Iterator[Diagnostic]:
    quantity, op, value = line["quantity"], line["op"], line["value"]
    if not found:
        message = f"the model has no `{quantity}`: no layer reads a part of an image, each reads all of it or none"
        yield at(spec.document, f"{place}/quantity", "E0808", message, label="nothing to measure", help="delete this line")
    wrong = next((text for figure in found if (text := missed(quantity, op, value, figure)) is not None), None)
    if wrong is not None:
        help = "change the promise or the model; `cnnspec compile --summary` shows each layer's part"
        yield at(spec.document, place, "E0805", wrong, label="not kept", help=help)

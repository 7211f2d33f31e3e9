"""What the changes cost: parameters, MACs and activations, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cnnspec.comparison.change import CountChange
from cnnspec.compiler import Compiled
from cnnspec.cost import Costs, measure
from cnnspec.plan.memory import precision_of

COUNTED: Final = ("params", "trainable_params", "macs", "activation_bytes")


def count_changes(a: Compiled, b: Compiled) -> Iterator[CountChange]:
    """The figures of the whole network that are different now."""
    before, after = _costs(a), _costs(b)
    for quantity in COUNTED:
        was, now = getattr(before, quantity), getattr(after, quantity)
        if was != now:
            yield CountChange(quantity, was, now)


def _costs(side: Compiled) -> Costs:
    return measure(side.graph, precision_of(side.document))

"""How many tensors a call of a Keras layer gives, and whether the line has as many names for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from cnnspec.elaborate.values import Passed
from cnnspec.shapes import STATES

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body
    from cnnspec.elaborate.network import Call

UNKNOWN: Final = ("RNN", "Bidirectional")
"""Layers whose results depend on the layers in them: `graph.reading` counts them when their shapes are known."""


def results(definition: Mapping[str, Any], named: Mapping[str, Passed]) -> int | None:
    """The number of tensors that a call gives; None where its name and its flags do not say."""
    layer = str(definition.get("layer"))
    if "extern" in definition or layer in UNKNOWN:
        return None
    if named.get("return_attention_scores") is True:
        return 2
    if layer in STATES and definition["arguments"].get("return_state") is True:
        return 1 + STATES[layer]
    return 1


def check_results(body: Body, call: Call, definition: Mapping[str, Any], named: Mapping[str, Passed], count: int) -> None:
    """Report a line that takes more or fewer tensors than its layer gives."""
    given = results(definition, named)
    if given is None or given == count:
        return
    name = str(definition.get("layer") or definition.get("application"))
    message = f"`{name}` gives {given} tensor{'s' if given > 1 else ''}, this line takes {count}"
    if given > 1:
        help = f"name them all: `{', '.join('abc'[:given])} = x -> {name}(...)`"
    elif name in STATES:
        help = f"write `return_state=True` for its state{'s' if STATES[name] > 1 else ''}, or one name"
    else:
        help = "write one name"
    body.error("E0506", call.span, message, label="this layer", help=help)
    body.context.holes.add(call.pointer)

"""How many of a layer's outputs a network reads."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.graph.calling import Mistake, references
from cnnspec.graph.graph import Node


def highest_read(nodes: Iterable[Node], outputs: Iterable[str]) -> dict[str, int]:
    """The highest number of an output that is read, by the name of its node."""
    read: dict[str, int] = {}
    named = (reference for node in nodes for reference in (*node.inputs, *references(node.call)))
    for reference in (*named, *outputs):
        name, _, index = reference.partition(":")
        read[name] = max(read.get(name, 0), int(index) if index.isdigit() else 0)
    return read


def outputs_mistake(layer: str, count: int, read: int) -> Mistake | None:
    """What is wrong where a layer gives `count` tensors and the one numbered `read` is the last that is read."""
    if count > 1 and not read:
        names = ", ".join("abcdefgh"[:count])
        message = f"`{layer}` gives {count} tensors, and nothing reads the others"
        return Mistake("E0506", message, "", f"name them all: `{names} = x -> {layer}(...)`")
    if read >= count:
        message = f"`{layer}` gives {count} tensor{'s' if count > 1 else ''}, this line names {read + 1}"
        return Mistake("E0506", message, "", "give it as many names as it has outputs")
    return None

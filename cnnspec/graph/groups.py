"""The blocks and loops of a spec, as its author wrote them: a tree over the nodes of the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnspec.document.document import Document, Frame
from cnnspec.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class Group:
    """One use of a block, or one turn of a loop: the nodes `start` up to `stop` of the graph, which always stand together.

    `title` is how it was written, `residual(64, stride=2) as stage` or `repeat 2 of 3`. `name` begins the names of its layers; a loop
    has none. `groups` are the ones within, in order. The whole model is the group without a title.
    """

    title: str
    name: str
    start: int
    stop: int
    groups: tuple[Group, ...] = ()

    def parts(self) -> Iterator[int | Group]:
        """What it holds, in order: nodes by their number, and groups."""
        position = self.start
        for group in self.groups:
            yield from range(position, group.start)
            yield group
            position = group.stop
        yield from range(position, self.stop)


def group_nodes(document: Document, graph: Graph) -> Group:
    """The groups of a model. A document that was read from JSON does not say where its layers were written: it has none.

    A turn of a loop that holds one block and nothing else is one group with it: `residual(64) · repeat 2 of 3`.
    """
    origins = (document.origins.get(node.pointer) for node in graph.nodes)
    stacks = [origin.stack if origin else () for origin in origins]
    return Group("", "", 0, len(stacks), _within(stacks, 0, len(stacks), 0))


def _within(stacks: Sequence[tuple[Frame, ...]], start: int, stop: int, depth: int) -> tuple[Group, ...]:
    """The groups among the nodes `start` up to `stop`, which have the first `depth` steps of expansion in common."""
    groups = []
    while start < stop:
        if len(stacks[start]) == depth:
            start += 1
            continue
        frame, end = stacks[start][depth], start + 1
        while end < stop and len(stacks[end]) > depth and stacks[end][depth] == frame:
            end += 1
        groups.append(_group(frame, start, end, _within(stacks, start, end, depth + 1)))
        start = end
    return tuple(groups)


def _group(frame: Frame, start: int, stop: int, inner: tuple[Group, ...]) -> Group:
    if not frame.name and len(inner) == 1 and (inner[0].start, inner[0].stop) == (start, stop):
        return Group(f"{inner[0].title} · {frame.title}", inner[0].name, start, stop, inner[0].groups)
    return Group(frame.title, frame.name, start, stop, inner)

"""Two compiled specs -> their difference."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path

from cnnspec.comparison.change import Change, Difference
from cnnspec.comparison.counts import count_changes
from cnnspec.comparison.grouping import Origins, grouped
from cnnspec.comparison.matching import Matching, matching
from cnnspec.comparison.network import Side, layer_changes, model_changes, output_changes, shape_changes
from cnnspec.comparison.parts import parts_of
from cnnspec.comparison.sections import setting_changes
from cnnspec.comparison.wiring import Wiring
from cnnspec.compiler import Compiled
from cnnspec.document.rebase import rebased
from cnnspec.graph import build_graph


def compare(a: Compiled, b: Compiled) -> Difference:
    """What a person has to know who knows `a` and gets `b`."""
    if not (a.document.origins and b.document.origins):
        a, b = (_in_folder(side, b.document.base) for side in (a, b))
    found = matching(parts_of(a.document, a.graph), parts_of(b.document, b.graph))
    before, after = Side(a.document, a.graph, found.removed), Side(b.document, b.graph, found.added)
    wiring = Wiring((a.graph, b.graph), found)
    layers = sorted(layer_changes(before, after, found, wiring), key=_order(before, after, found))
    return Difference(
        network=(*model_changes(before, after, wiring), *grouped(layers, Origins(a.document, b.document))),
        settings=tuple(setting_changes(a.document, b.document)),
        shapes=tuple(shape_changes(after, found)),
        outputs=tuple(output_changes(before, after, wiring)),
        counts=tuple(count_changes(a, b)),
    )


def _in_folder(side: Compiled, folder: Path) -> Compiled:
    """With its paths relative to `folder`: a document that was written elsewhere names the same files by other paths."""
    document = rebased(side.document, folder)
    graph, problems = build_graph(document)
    assert graph is not None, problems
    return Compiled(document, graph)


def _order(before: Side, after: Side, found: Matching) -> Callable[[Change], tuple[int, int, int]]:
    """The order of the second network; what is gone stands behind the layer that was in front of it."""
    kept = sorted((before.order[x.node.name], after.order[y.node.name]) for x, y in found.layers)
    starts = [x for x, _ in kept]

    def key(change: Change) -> tuple[int, int, int]:
        number = int(change.place.pointer.rpartition("/")[2])
        if change.action != "removed":
            return number, 0, number
        above = bisect_right(starts, number)
        return (kept[above - 1][1] if above else -1), 1, number

    return key

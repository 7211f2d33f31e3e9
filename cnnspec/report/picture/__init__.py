"""Pictures of a network: for Graphviz, for Mermaid, and as an SVG.

The SVG is laid out here and by no library: those that lay out a graph with clusters need programs of their own (Graphviz) or cannot do
clusters, and none keeps the order in which a network was written. A network is nearly a line, so little is needed: see `columns.py`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from cnnspec.graph import Graph, Group
from cnnspec.report.picture.scene import make_scene

Kind: TypeAlias = Literal["dot", "mermaid", "svg"]


def picture(kind: Kind, graph: Graph, groups: Group, depth: int | None = None) -> str:
    """The picture of a network. Blocks and loops within `depth` others are folded to one box each."""
    scene = make_scene(graph, groups, depth)
    if kind == "svg":
        from cnnspec.report.picture.svg import svg

        return svg(scene)
    if kind == "dot":
        from cnnspec.report.picture.dot import dot

        return dot(scene)
    from cnnspec.report.picture.mermaid import mermaid

    return mermaid(scene)

"""Scene -> the DOT language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.report.picture.palette import FILL_AND_EDGE, GREY, INK
from cnnspec.report.picture.scene import Box, Cluster, Scene


def dot(scene: Scene) -> str:
    """A digraph: each box a node, each cluster a subgraph, the shape of a tensor on its edge."""
    lines = [
        f"digraph {_quoted(scene.name)} {{",
        "  rankdir=TB;",
        '  bgcolor="transparent";',
        f'  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, fontcolor="{INK}", height=0.3];',
        f'  edge [fontname="Helvetica", fontsize=9, color="{GREY}", fontcolor="{GREY}", arrowsize=0.6];',
        f'  graph [fontname="Helvetica", fontsize=10, color="{GREY}", fontcolor="{GREY}", style=rounded, labeljust=l];',
        *_parts(scene, scene.whole, "  "),
    ]
    for edge in scene.edges:
        label = "\n".join(part for part in (edge.label, edge.shape) if part)
        written = f" [label={_quoted(label)}]" if label else ""
        lines.append(f"  n{edge.source} -> n{edge.target}{written};")
    return "\n".join([*lines, "}", ""])


def _parts(scene: Scene, cluster: Cluster, indent: str) -> Iterator[str]:
    for part in cluster.parts():
        if isinstance(part, int):
            yield f"{indent}n{part} [{_attributes(scene.boxes[part])}];"
        else:
            # Ranges are nested or apart, so the start and the stop of one name it.
            yield f"{indent}subgraph cluster_{part.start}_{part.stop}_{len(indent)} {{"
            yield f"{indent}  label={_quoted(part.title)};"
            yield from _parts(scene, part, indent + "  ")
            yield f"{indent}}}"


def _attributes(box: Box) -> str:
    fill, edge = FILL_AND_EDGE[box.family]
    label = "\n".join(part for part in (box.name, box.text) if part)
    return f'label={_quoted(label)}, tooltip={_quoted(box.full)}, fillcolor="{fill}", color="{edge}"'


def _quoted(text: str) -> str:
    r"""A string of DOT. In a label `\N` and others mean something, and so do entities of HTML."""
    escaped = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{"".join(sign if sign.isprintable() else " " for sign in escaped)}"'

"""Scene -> a flowchart of Mermaid, as GitHub and others draw it inside of a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cnnspec.report.picture.palette import FILL_AND_EDGE, INK
from cnnspec.report.picture.scene import Box, Cluster, Scene

_PLAIN: Final = frozenset(" ,.:=+-_()×·…/?'")
"""What means nothing inside the quotes of a label, besides letters and digits."""


def mermaid(scene: Scene) -> str:
    """A flowchart: each box a node, each cluster a subgraph, the shape of a tensor on its edge."""
    lines = ["flowchart TD", *_parts(scene, scene.whole, "  ")]
    for edge in scene.edges:
        label = " ".join(part for part in (edge.label, edge.shape) if part)
        lines.append(f"  n{edge.source} -->{f'|{_quoted(label)}|' if label else ''} n{edge.target}")
    for family in sorted({box.family for box in scene.boxes}):
        fill, edge_colour = FILL_AND_EDGE[family]
        members = ",".join(f"n{number}" for number, box in enumerate(scene.boxes) if box.family == family)
        lines += [f"  classDef {family} fill:{fill},stroke:{edge_colour},color:{INK}", f"  class {members} {family}"]
    return "\n".join([*lines, ""])


def _parts(scene: Scene, cluster: Cluster, indent: str) -> Iterator[str]:
    for part in cluster.parts():
        if isinstance(part, int):
            yield f"{indent}n{part}{_node(scene.boxes[part])}"
        else:
            yield f"{indent}subgraph g{part.start}_{part.stop}_{len(indent)}[{_quoted(part.title)}]"
            yield from _parts(scene, part, indent + "  ")
            yield f"{indent}end"


def _node(box: Box) -> str:
    label = _quoted(f"{box.name}: {box.text}" if box.name else box.text)
    return f"([{label}])" if box.family in ("input", "output", "merge") else f"[{label}]"


def _quoted(text: str) -> str:
    """A label in quotes. A sign that may mean something there is written by its number: `#35;`."""
    return f'"{"".join(_sign(sign) for sign in text)}"'


def _sign(sign: str) -> str:
    if sign.isalnum() or sign in _PLAIN:
        return sign
    return f"#{ord(sign)};" if sign.isprintable() else " "

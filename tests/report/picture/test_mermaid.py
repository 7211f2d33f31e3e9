"""Mermaid: the whole text for a small network, and what a small reader of it makes of others."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

import pytest

from cnnspec.report.picture.mermaid import mermaid
from tests.report.picture.networks import ALL, ONE_BLOCK, WORDS, hostile, nesting, pairs, scene


def test_mermaid_in_full() -> None:
    assert mermaid(scene(ONE_BLOCK)) == dedent("""\
        flowchart TD
          n0(["image: Input"])
          subgraph g1_4_2["residual(4)"]
            n1["Conv2D 3×3, 4, relu"]
            n2["main: Conv2D 3×3, 4"]
            n3(["Add"])
          end
          n4["GlobalAveragePooling2D"]
          n5["digit: Dense 10, softmax"]
          n6(["digit: Output"])
          n0 -->|"8×8×4"| n1
          n1 -->|"8×8×4"| n2
          n2 -->|"8×8×4"| n3
          n0 -->|"8×8×4"| n3
          n3 -->|"8×8×4"| n4
          n4 -->|"4"| n5
          n5 -->|"10"| n6
          classDef convolution fill:#fbe4b8,stroke:#b27b00,color:#1b1f24
          class n1,n2 convolution
          classDef dense fill:#bcd9ec,stroke:#005f95,color:#1b1f24
          class n5 dense
          classDef input fill:#ffffff,stroke:#57606a,color:#1b1f24
          class n0 input
          classDef merge fill:#f7d3bd,stroke:#b84f00,color:#1b1f24
          class n3 merge
          classDef output fill:#ffffff,stroke:#57606a,color:#1b1f24
          class n6 output
          classDef pooling fill:#d3ebf8,stroke:#2f8dc0,color:#1b1f24
          class n4 pooling
        """)


LABEL = r'"[^"\n]*"'
LINES = {
    "node": re.compile(rf" *n(\d+)(?:\[{LABEL}\]|\(\[{LABEL}\]\))"),
    "subgraph": re.compile(rf" *subgraph g\w+\[({LABEL})\]"),
    "end": re.compile(r" *end"),
    "edge": re.compile(rf" *n(\d+) -->(?:\|{LABEL}\|)? n(\d+)"),
    "style": re.compile(r" *(?:classDef [a-z]+ fill:#\w{6},stroke:#\w{6},color:#\w{6}|class n\d+(?:,n\d+)* [a-z]+)"),
}


def read_mermaid(text: str) -> tuple[list[Any], list[tuple[int, int]]]:
    """The nesting and the edges of a flowchart; it fails at a line that has none of the forms which are written here."""
    head, *lines = text.splitlines()
    assert head == "flowchart TD"
    stack: list[list[Any]] = [[]]
    edges = []
    for line in lines:
        kind, found = next(((kind, found) for kind, form in LINES.items() if (found := form.fullmatch(line))), ("", None))
        assert found, line
        if kind == "node":
            stack[-1].append(int(found[1]))
        elif kind == "subgraph":
            stack[-1].append([])
            stack.append(stack[-1][-1])
        elif kind == "end":
            stack.pop()
        elif kind == "edge":
            edges.append((int(found[1]), int(found[2])))
    assert len(stack) == 1
    return stack[0], edges


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("depth", [None, 0, 1])
def test_mermaid_is_read_back(name: str, depth: int | None) -> None:
    found = scene(ALL[name], depth)
    assert read_mermaid(mermaid(found)) == (nesting(found.whole), pairs(found))


def test_hostile_texts_are_labels_in_mermaid() -> None:
    found = hostile()
    text = mermaid(found)
    assert read_mermaid(text) == (nesting(found.whole), pairs(found))
    (label,) = re.findall(r"subgraph g1_4_2\[\"(.*)\"\]", text)
    shown = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)
    assert shown == found.whole.clusters[0].title
    assert not re.search(r"[\"<>&%{}|;\[\]\\`]", re.sub(r"#\d+;", "", label))
    plain = re.sub(r"[\n\r\x07]", " ", WORDS)
    node = re.findall(r'n0\(\["(.*)"\]\)', text)[0]
    assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), node) == f"{plain}: Input"

"""Networks that are drawn in the tests: small ones of every kind, as text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cnnspec.compiler import Compiled, compile_source
from cnnspec.graph import group_nodes
from cnnspec.report.picture.scene import Cluster, Scene, make_scene
from cnnspec.source import Source

RESIDUAL = """\
cnn 1

block residual(filters: int) {
  input x
  Conv2D(filters, 3, padding="same", activation="relu")
  Conv2D(filters, 3, padding="same") as main
  [main, x] -> Add()
}

model small {
  input image: (8, 8, 4)
  repeat 2 { residual(4) }
  GlobalAveragePooling2D()
  Dense(10, activation="softmax") as digit
}
"""

INCEPTION = """\
cnn 1

block inception(c1: int, r3: int, c3: int, r5: int, c5: int, pool: int) {
  input x
  a = x -> Conv2D(c1, 1)
  b = x -> Conv2D(r3, 1) -> Conv2D(c3, 3, padding="same")
  c = x -> Conv2D(r5, 1) -> Conv2D(c5, 5, padding="same")
  d = x -> MaxPooling2D(3, strides=1, padding="same") -> Conv2D(pool, 1)
  [a, b, c, d] -> Concatenate()
}

model net {
  input image: (28, 28, 8)
  inception(8, 8, 8, 8, 8, 8)
  inception(8, 8, 8, 8, 8, 8)
  Flatten()
}
"""

U_NET = """\
cnn 1

block up(filters: int) {
  input x
  input skip
  x -> Conv2DTranspose(filters, 2, strides=2) as raised
  [skip, raised] -> Concatenate()
  Conv2D(filters, 3, padding="same")
}

model unet {
  input image: (32, 32, 1)
  Conv2D(8, 3, padding="same") as e1
  MaxPooling2D(2)
  Conv2D(16, 3, padding="same") as e2
  MaxPooling2D(2)
  Conv2D(32, 3, padding="same") as bottom
  [bottom, e2] -> up(16) as d2
  [d2, e1] -> up(8)
  Conv2D(2, 1) as mask
}
"""

SEVERAL = """\
cnn 1

block tower(width: int) {
  input x
  repeat 2 { Conv2D(width, 3) }
  Flatten()
}

model several {
  input photo: uint8(16, 16, 3)
  input scan: (16, 16, 1)
  input series: (10, 8)
  layer shared = Dense(32)
  visual = photo -> tower(4) -> shared
  scanned = scan -> tower(8) -> Dense(576) -> shared
  sequence, h, c = series -> LSTM(32, return_sequences=True, return_state=True)
  last = [sequence, initial_state=[h, c]] -> LSTM(32)
  [visual, scanned, last] -> Concatenate() as fused
  kind = fused -> Dense(7)
  age = fused -> Dense(1)
  output kind, age, h
}
"""

DENSE = """\
cnn 1

model dense {
  input image: (8, 8, 4)
  Conv2D(4, 3, padding="same") as a0
  a1 = a0 -> Conv2D(4, 3, padding="same")
  a2 = [a0, a1] -> Concatenate() -> Conv2D(4, 3, padding="same")
  a3 = [a0, a1, a2] -> Concatenate() -> Conv2D(4, 3, padding="same")
  [a0, a1, a2, a3] -> Concatenate()
  Reshape((64, 16)) as n
  [n, n] -> MultiHeadAttention(num_heads=2, key_dim=8) as attended
  [n, attended] -> Add()
}
"""

ONE_BLOCK = RESIDUAL.replace("repeat 2 { residual(4) }", "residual(4)")

ALL = {"residual": RESIDUAL, "inception": INCEPTION, "u_net": U_NET, "several": SEVERAL, "dense": DENSE}

HOSTILE = r"""'"]; click n0 <b>&quot; #35; %%{x}%% | \\N \"--> ?'"""
"""A string of the language: what means something in one of the languages of pictures."""
WORDS = '"]; end <b>& #35; | \\N "-->\n\r\x07 ?'
"""Signs that only a JSON document can have."""


def compiled(text: str) -> Compiled:
    found, diagnostics = compile_source(Source("net.cnn", text))
    assert found is not None, diagnostics
    return found


def scene(text: str, depth: int | None = None) -> Scene:
    found = compiled(text)
    return make_scene(found.graph, group_nodes(found.document, found.graph), depth)


def hostile() -> Scene:
    """The texts that an author may choose freely mean something in DOT, in Mermaid or in SVG: arguments, names in JSON, extern layers."""
    found = scene(ONE_BLOCK.replace("filters: int", "filters: int, why: str").replace("residual(4)", f"residual(4, why={HOSTILE})"))
    boxes = [replace(found.boxes[0], name=WORDS), *found.boxes[1:-1], replace(found.boxes[-1], title=WORDS, detail=WORDS, full=WORDS)]
    edges = [replace(found.edges[0], label=WORDS), *found.edges[1:]]
    return Scene(WORDS, tuple(boxes), tuple(edges), found.whole)


def nesting(cluster: Cluster) -> list[Any]:
    """A cluster as lists: the numbers of its boxes, and lists for clusters."""
    return [part if isinstance(part, int) else nesting(part) for part in cluster.parts()]


def pairs(found: Scene) -> list[tuple[int, int]]:
    return [(edge.source, edge.target) for edge in found.edges]

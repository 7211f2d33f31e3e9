"""What is shown besides a line whose shapes do not fit: the last lines that changed them. How it looks: tests/diagnostics/chain_*.cnn."""

from __future__ import annotations

import pytest

from cnnspec.compiler import compile_source
from cnnspec.source import Source


def labels(body: str, blocks: str = "") -> list[tuple[int, str]]:
    """The line in the body and the text of each label of the one mistake."""
    head = f"cnn 1\n{blocks}\nmodel m {{\n"
    _, (found,) = compile_source(Source("m.cnn", head + body + "\n}\n"))
    return [(label.span.line - head.count("\n"), label.text) for label in found.labels]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("input x: (8, 8, 3)\nReLU()\nFlatten()\nDropout(0.5)\nConv2D(3, 3)", [(3, "(192,) comes from here")]),
        ("input x: (8, 8, 3)\nReLU()\nConv2D(3, 9)", [(1, "(8, 8, 3) comes from here")]),
        # The second input of a merge may be the one that has its shape.
        (
            "input x: (8, 8, 3)\nx -> GlobalAveragePooling2D(keepdims=True) -> Dense(3) as gate\n[gate, x] -> Multiply()\nConv2D(3, 9)",
            [(1, "(8, 8, 3) comes from here")],
        ),
        # Two tensors that have their shape from one line.
        ("input x: (8, 3)\nReLU() as r\n[x, r] -> Dot(axes=9)", [(1, "(8, 3) comes from here")]),
        ("input x: (4,)\ninput y: (5,)\n[x, y] -> Add()", [(1, "(4,) comes from here"), (2, "(5,) comes from here")]),
        # What is passed by name is an input, too.
        (
            "input q: (6, 4)\ninput v: (6, 5)\n[q, value=v] -> GroupQueryAttention(4, 4, 2)",
            [(1, "(6, 4) comes from here"), (2, "(6, 5) comes from here")],
        ),
        # The `?` of the flat vector is that of the image.
        (
            "input x: (?, 8, 3)\nMaxPooling2D(2)\nFlatten()\nDense(3)",
            [(3, "(?,) comes from here"), (1, "the `?` of (?, 8, 3) begins here")],
        ),
        ("input x: (8, 8, ?)\nReLU()\nConv2D(3, 3)", [(1, "(8, 8, ?) comes from here")]),
    ],
)
def test_the_last_line_that_changed_a_shape(body: str, expected: list[tuple[int, str]]) -> None:
    assert labels(body) == expected


def test_of_many_tensors_each_shape_is_shown_once() -> None:
    branches = "\n".join(f"x -> Conv2D(4, 3, strides={2 if i == 3 else 1}) as b{i}" for i in range(6))
    found = labels(f"input x: (8, 8, 3)\n{branches}\n[b0, b1, b2, b3, b4, b5] -> Concatenate()")
    assert found == [(2, "(6, 6, 4) comes from here"), (5, "(3, 3, 4) comes from here")]


def test_a_block_that_is_used_twice_says_which_use() -> None:
    block = "block wide(n: int) {\n input x\n repeat 2 { Dense(n) }\n}"
    (first, second) = labels("input x: (3,)\nx -> wide(4) as a\nx -> wide(5) as b\n[a, b] -> Add()", block)
    assert first == (-2, "(4,) comes from here, in repeat 1 of 2 · wide(4) as a of line 8")
    assert second == (-2, "(5,) comes from here, in repeat 1 of 2 · wide(5) as b of line 9")

"""Small specs to compare, and the lines that are told about two of them."""

from __future__ import annotations

from cnnspec.comparison.change import Difference
from cnnspec.comparison.compare import compare
from cnnspec.compiler import Compiled, compile_source
from cnnspec.render import Look
from cnnspec.report.difference import difference_text
from cnnspec.source import Source

UNIT = """\
block unit(n: int) {
  input x
  Conv2D(n, 3, padding="same")
  ReLU()
}
"""


def model(body: str, *, top: str = "", end: str = "") -> str:
    """A spec with these lines of a model, which begin with line 3 where nothing stands above it; `;` ends a line."""
    lines = "".join(f"  {line.strip()}\n" for line in body.split(";"))
    return f"cnn 1\n{top}model m {{\n  input image: (16, 16, 3)\n{lines}}}\n{end}"


def compiled(path: str, text: str) -> Compiled:
    found, diagnostics = compile_source(Source(path, text))
    assert found is not None, [(d.message, d.span and d.span.line) for d in diagnostics]
    return found


def difference(a: str, b: str) -> Difference:
    return compare(compiled("a", a), compiled("b", b))


def told(a: str, b: str) -> list[str]:
    """What `cnnspec diff` prints between its first and its last line, without what the network costs."""
    text = difference_text("a", "b", difference(a, b), Look())
    head, *lines = text.rstrip("\n").split("\n")
    if not lines:
        assert head == "a -> b: the same network and training"
        return []
    assert head == "a -> b"
    return [line.removeprefix("  ") for line in lines[:-1] if line.startswith("  ")]

"""The shapes of tensors and lines, as far as they are known without Keras."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.compiler import Analysis
from cnnspec.elaborate.values import Tensor
from cnnspec.shapes import Shape, show
from cnnspec.source import Span


class Shapes:
    """The shapes in one analysis. In a block or a loop a line has a shape for each expansion."""

    def __init__(self, analysis: Analysis) -> None:
        graph = analysis.graph
        self.analysis = analysis
        self._nodes = {node.pointer: node.shapes for node in graph.nodes} if graph else {}
        self._inputs = {found.name: found.shape for found in graph.inputs} if graph else {}

    def of(self, tensor: Tensor) -> Shape | None:
        """The shape of a tensor; None where only Keras knows it, or where a mistake hides it."""
        if tensor.call is None:
            return self._inputs.get(tensor.name)
        if not self._is_in_model(tensor):
            return None
        shapes = self._nodes.get(tensor.call.pointer, ())
        return shapes[tensor.index] if tensor.index < len(shapes) else None

    def _is_in_model(self, tensor: Tensor) -> bool:
        """Blocks that nothing calls are looked at in a network of their own."""
        document = self.analysis.document
        origin = document.origins.get(tensor.call.pointer) if document and tensor.call else None
        return origin is not None and tensor.call is not None and origin.value == tensor.call.span

    def of_chain(self, chain: Span) -> str | None:
        """The shape that a line gives, in all of its expansions: `(32, 32, 16)`, or `(8..32, 8..32, 16..64)` where they differ."""
        results = self.analysis.trace.results.get(chain)
        if not results or len({len(tensors) for tensors in results}) > 1:
            return None
        columns = [together([self.of(tensor) for tensor in column]) for column in zip(*results, strict=True)]
        return None if None in columns else ", ".join(column for column in columns if column)

    def of_call(self, call: Span) -> str | None:
        """The shape that one layer gives, at the place where it is called."""
        document, graph = self.analysis.document, self.analysis.graph
        if document is None or graph is None:
            return None
        called = [node for node in graph.nodes if (origin := document.origins.get(node.pointer)) and origin.value == call]
        return together([node.shapes[0] if node.shapes else None for node in called])


def together(shapes: Iterable[Shape | None]) -> str | None:
    """Several shapes in one; None if one of them is not known, or they have not as many axes."""
    known = list(dict.fromkeys(shapes))
    if not known or any(shape is None for shape in known):
        return None
    ranks = [shape for shape in known if shape is not None]
    if len(ranks) == 1:
        return show(ranks[0])
    if len({len(shape) for shape in ranks}) > 1:
        return None
    sizes = ", ".join(_size(column) for column in zip(*ranks, strict=True))
    return f"({sizes},)" if len(ranks[0]) == 1 else f"({sizes})"


def _size(column: tuple[int | None, ...]) -> str:
    known = [size for size in column if size is not None]
    if len(known) < len(column):
        return "?"
    return str(known[0]) if min(known) == max(known) else f"{min(known)}..{max(known)}"

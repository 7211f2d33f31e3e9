"""Who reads whom: what a layer reads now, told only where the layers that were added and removed do not say it already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnnspec.comparison.change import Detail, Written
from cnnspec.comparison.matching import Matching
from cnnspec.comparison.parts import Layer, layers_of
from cnnspec.graph import Graph
from cnnspec.graph.calling import Named


class Wiring:
    """The tensors of two networks. A tensor is named by its layer, `att:1` is the second of several outputs."""

    def __init__(self, graphs: tuple[Graph, Graph], matching: Matching) -> None:
        self.inputs = _inputs(*graphs)
        self._now = {a.node.name: b.node.name for a, b in matching.layers} | self.inputs
        self._gone = {layer.node.name: layer.node.inputs for layer in layers_of(matching.removed) if len(layer.node.inputs) == 1}
        self._new = {layer.node.name: layer.node.inputs for layer in layers_of(matching.added)}
        moved = list(self._moved(matching))
        self._gone |= {a.node.name: a.node.inputs for a, _ in moved if len(a.node.inputs) == 1}
        self._new |= {b.node.name: b.node.inputs for _, b in moved}

    def _moved(self, matching: Matching) -> Iterator[tuple[Layer, Layer]]:
        """The layers that were moved in the network, not only in the text: they read something else, or another one that was moved."""
        found: set[str] = set()
        for a, b in matching.layers:
            if b.node.name in matching.moved:
                reads = {reference.partition(":")[0] for reference in b.node.inputs}
                if reads & found or not self._same(a.node.inputs, b.node.inputs):
                    found.add(b.node.name)
                    yield a, b

    def now(self, reference: str) -> str | None:
        """What a tensor of the first network is called in the second; None if it is gone."""
        name, colon, index = reference.partition(":")
        found = self._now.get(name)
        return None if found is None else f"{found}{colon}{index}"

    def follows(self, before: str, after: str) -> bool:
        """Whether to read `after` is to read `before`, but for layers that were put in between, taken out, or moved."""
        if self.now(before) == after:
            return True
        sources = {self.now(reference) for reference in _upwards(before, self._gone)} - {None}
        return any(reference in sources for reference in _upwards(after, self._new))

    def details(self, a: Layer, b: Layer) -> Iterator[Detail]:
        """What a layer reads now, if it is something else."""
        if not self._same(a.node.inputs, b.node.inputs):
            yield Detail("reads", names(a.node.inputs), names(b.node.inputs), (f"{a.node.pointer}/inputs", f"{b.node.pointer}/inputs"))
        for key in dict.fromkeys((*a.node.call, *b.node.call)):
            before, after = a.node.call.get(key), b.node.call.get(key)
            if not self._same_named(before, after):
                pointers = (f"{a.node.pointer}/call/{key}", f"{b.node.pointer}/call/{key}")
                yield Detail(key, _named(before), _named(after), pointers)

    def _same(self, before: Sequence[str], after: Sequence[str]) -> bool:
        return len(before) == len(after) and all(self.follows(x, y) for x, y in zip(before, after, strict=True))

    def _same_named(self, before: Named | None, after: Named | None) -> bool:
        if before is None or after is None or isinstance(before, bool) or isinstance(after, bool):
            return before is after
        return self._same(_list(before), _list(after))


def names(references: Sequence[str]) -> Written:
    return Written(list(references), ", ".join(f"`{reference}`" for reference in references))


def _named(value: Named | None) -> Written | None:
    if value is None or isinstance(value, bool):
        return None if value is None else Written(value, str(value))
    return Written(value if isinstance(value, str) else list(value), names(_list(value)).text)


def _list(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _upwards(reference: str, through: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A tensor, and those that it comes from on a way through these layers."""
    waiting, seen = [reference], {reference}
    while waiting:
        found = waiting.pop()
        yield found
        for source in through.get(found.partition(":")[0], ()):
            if source not in seen:
                seen.add(source)
                waiting.append(source)


def _inputs(a: Graph, b: Graph) -> dict[str, str]:
    """The inputs of the model that are in both: by name, then those that are left in order."""
    shared = {found.name: found.name for found in a.inputs if any(other.name == found.name for other in b.inputs)}
    before = [found.name for found in a.inputs if found.name not in shared]
    after = [found.name for found in b.inputs if found.name not in shared]
    return shared | dict(zip(before, after, strict=False))

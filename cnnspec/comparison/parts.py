"""The layers of a network as its author wrote them: blocks in blocks, each with the keys by which it is found again."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, TypeAlias

from cnnspec.catalogue import load_catalogue
from cnnspec.comparison.alignment import Key
from cnnspec.comparison.meaning import arguments_meaning, entry_of, meaning
from cnnspec.document.document import Document
from cnnspec.elaborate.network import snake_case
from cnnspec.graph import Graph, Node
from cnnspec.graph.calling import references
from cnnspec.source import Source

_NUMBER: Final = re.compile(r"_\d+$")


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One call. `local` is its name inside its block, `given` whether the author chose it; `structure` is what it is, without any name,
    and `whole` is that of the network above it too.
    """

    node: Node
    local: str
    given: bool
    whole: Hashable
    structure: Hashable
    near: Hashable
    """The layer and its first argument."""
    loose: Hashable
    """The layer alone."""
    family: Hashable
    """What its name ends with: all of pooling, all of convolution."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The layers of one use of a block. `path` is the name of that use in the document, `stage__unit_2`, `local` the end of it."""

    path: str
    local: str
    given: bool
    parts: tuple[Part, ...]
    whole: Hashable = field(init=False)
    structure: Hashable = field(init=False)
    near: Hashable = field(init=False)
    loose: Hashable = field(init=False)
    family: Hashable = None

    def __post_init__(self) -> None:
        stem = stem_of(self.local)
        object.__setattr__(self, "whole", ("block", *(part.whole for part in self.parts)))
        object.__setattr__(self, "structure", ("block", *(part.structure for part in self.parts)))
        object.__setattr__(self, "near", ("block", stem, len(self.parts)))
        object.__setattr__(self, "loose", ("block", stem))


Part: TypeAlias = Layer | Block


def _names(part: Part) -> Hashable:
    """The names in a part that the author gave."""
    name = part.local if part.given else None
    return name if isinstance(part, Layer) else (name, *(_names(inner) for inner in part.parts))


def by_whole(part: Part) -> Hashable:
    return _names(part), part.whole


def by_name(part: Part) -> Hashable:
    return (type(part), part.local) if part.given else None


def by_structure(part: Part) -> Hashable:
    return part.structure


NAMED: Final[Sequence[Key[Part]]] = (by_whole, lambda part: (_names(part), part.structure), by_name)
"""Parts that are equal by one of these are the same, and are called the same."""

LIKELY: Final[Sequence[Key[Part]]] = (lambda part: part.near, lambda part: part.loose, lambda part: part.family)
"""Parts that have become another: a layer of the same class or kind, a use of the same block."""


def stem_of(name: str) -> str:
    """A name without the number that tells it from others of its kind."""
    return _NUMBER.sub("", name)


def parts_of(document: Document, graph: Graph) -> tuple[Part, ...]:
    """The layers of a network in its blocks. Neighbours with the same block in their names are one use of it."""
    words = _words(document)
    layers: dict[str, Layer] = {}
    above: dict[str, Hashable] = {found.name: ("input", number) for number, found in enumerate(graph.inputs)}
    for node in graph.nodes:
        layers[node.name] = _layer(node, layers, above, words)
        above[node.name] = layers[node.name].whole
    return tuple(_grouped([(layer.node.name.split("__"), layer) for layer in layers.values()], 0, words))


def layers_of(parts: Sequence[Part]) -> Iterator[Layer]:
    """All layers in the parts, in order."""
    for part in parts:
        if isinstance(part, Layer):
            yield part
        else:
            yield from layers_of(part.parts)


def _layer(node: Node, before: dict[str, Layer], above: dict[str, Hashable], words: frozenset[str] | None) -> Layer:
    local = node.name.rpartition("__")[2]
    read = tuple((above[name], index) for name, _, index in (r.partition(":") for r in (*node.inputs, *references(node.call))))
    if node.kind == "reuse":
        made = before[node.layer].structure
        structure: Hashable = ("reuse", made)
        given = _is_given(local, f"{node.layer.rpartition('__')[2]}_call", words)
        return Layer(node, local, given, hash((structure, read)), structure, structure, "reuse", None)
    entry = entry_of(load_catalogue(), node.kind, node.layer)
    loose = (node.kind, node.layer)
    structure = (*loose, arguments_meaning(entry, node.arguments))
    first = next(iter(node.arguments.items()), None)
    near = (*loose, meaning(list(first)) if first else None)
    word = _word(node.layer)
    family = (node.kind, word.rpartition("_")[2])
    return Layer(node, local, _is_given(local, word, words), hash((structure, read)), structure, near, loose, family)


@cache
def _word(name: str) -> str:
    """What a layer is called by itself, before its number."""
    return snake_case(name)


def _grouped(layers: list[tuple[list[str], Layer]], depth: int, words: frozenset[str] | None) -> Iterator[Part]:
    """The layers whose names have the first `depth` steps in common, those with a further common step together."""
    i = 0
    while i < len(layers):
        steps, layer = layers[i]
        if len(steps) == depth + 1:
            yield layer
            i += 1
            continue
        local, end = steps[depth], i
        while end < len(layers) and len(layers[end][0]) > depth + 1 and layers[end][0][depth] == local:
            end += 1
        inner = tuple(_grouped(layers[i:end], depth + 1, words))
        given = not _NUMBER.search(local) or (words is not None and local in words)
        yield Block("__".join(steps[: depth + 1]), local, given, inner)
        i = end


def _is_given(local: str, generated: str, words: frozenset[str] | None) -> bool:
    """Whether the author gave a name: it is not the word that a layer gets by itself with a number, and it stands in the text, if any."""
    if stem_of(local) == generated and local != generated:
        return False
    return words is None or local in words


def _words(document: Document) -> frozenset[str] | None:
    """Every word in the texts of a spec; None for a document that was read from JSON."""
    sources: set[Source] = set()
    for origin in document.origins.values():
        sources.update(span.source for span in (origin.key, origin.value, *(frame.span for frame in origin.stack)) if span is not None)
    if not sources:
        return None
    return frozenset(word for source in sources for word in re.findall(r"\w+", source.text))

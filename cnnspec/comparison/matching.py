"""Which layer of one network is which of the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from cnnspec.comparison.alignment import Key, Pair, align, gaps
from cnnspec.comparison.parts import LIKELY, NAMED, Block, Layer, Part, by_name, by_structure, layers_of


@dataclass(slots=True)
class Matching:
    """The layers and blocks that are in both, and those that are in one alone. `moved` are the layers that stand elsewhere now."""

    layers: list[tuple[Layer, Layer]] = field(default_factory=list)
    blocks: list[tuple[Block, Block]] = field(default_factory=list)
    removed: list[Part] = field(default_factory=list)
    added: list[Part] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)
    """By their name in the second network."""


def matching(a: Sequence[Part], b: Sequence[Part]) -> Matching:
    """Body by body: the parts of the model, then those of each use of a block with those of the same use."""
    found = Matching()
    _body(a, b, found)
    return found


def _body(a: Sequence[Part], b: Sequence[Part], found: Matching) -> None:
    nameless = _nameless(a, b)
    pairs = align(a, b, [*NAMED, *map(nameless, (by_structure, *LIKELY))])
    moves = _moves(a, b, pairs, (*NAMED, nameless(by_structure)))
    for i, j in pairs:
        _pair(a[i], b[j], found)
    for i, j in moves:
        found.moved.update(layer.node.name for layer in layers_of([b[j]]))
        _pair(a[i], b[j], found)
    gone, new = {i for i, _ in moves}, {j for _, j in moves}
    for left, right in gaps(len(a), len(b), pairs):
        _gap([a[i] for i in left if i not in gone], [b[j] for j in right if j not in new], found)


def _nameless(a: Sequence[Part], b: Sequence[Part]) -> Callable[[Key[Part]], Key[Part]]:
    """Makes a key one for parts that cannot be found by their name: a name that is on both sides is that of the same part."""
    shared = ({by_name(part) for part in a} & {by_name(part) for part in b}) - {None}
    return lambda key: lambda part: None if by_name(part) in shared else key(part)


def _pair(a: Part, b: Part, found: Matching) -> None:
    if isinstance(a, Layer) and isinstance(b, Layer):
        found.layers.append((a, b))
    elif isinstance(a, Block) and isinstance(b, Block):
        found.blocks.append((a, b))
        _body(a.parts, b.parts, found)


def _moves(a: Sequence[Part], b: Sequence[Part], pairs: Sequence[Pair], keys: Sequence[Key[Part]]) -> list[Pair]:
    """Parts that are missing in one place and there in another: the only ones of their name, or of what they are."""
    gone = set(range(len(a))) - {i for i, _ in pairs}
    new = set(range(len(b))) - {j for _, j in pairs}
    moves: list[Pair] = []
    for key in keys:
        before, after = dict(_only(a, gone, key)), dict(_only(b, new, key))
        found = [(i, after[value]) for value, i in before.items() if value in after]
        moves += found
        gone -= {i for i, _ in found}
        new -= {j for _, j in found}
    return moves


def _only(parts: Sequence[Part], indices: set[int], key: Key[Part]) -> Iterator[tuple[Hashable, int]]:
    """The keys that one of the parts has alone, with its index."""
    found: dict[Hashable, list[int]] = {}
    for i in sorted(indices):
        if (value := key(parts[i])) is not None:
            found.setdefault(value, []).append(i)
    yield from ((value, same[0]) for value, same in found.items() if len(same) == 1)


def _gap(a: Sequence[Part], b: Sequence[Part], found: Matching) -> None:
    """What stands at one place and has no partner: layers that were put into a block or taken out of one, replaced, removed, added."""
    before, after = list(layers_of(a)), list(layers_of(b))
    if len(a) < len(before) or len(b) < len(after):
        pairs = align(before, after, [*NAMED, _nameless(before, after)(by_structure)])
        if 3 * len(pairs) >= 2 * max(len(before), len(after)):  # fewer are what any two blocks have in common
            found.layers += [(before[i], after[j]) for i, j in pairs]
            a = list(_left(a, {id(before[i]) for i, _ in pairs}))
            b = list(_left(b, {id(after[j]) for _, j in pairs}))
    match (a, b):
        case ([Layer() as one], [Layer() as other]):
            found.layers.append((one, other))
        case _:
            found.removed += a
            found.added += b


def _left(parts: Sequence[Part], paired: set[int]) -> Iterator[Part]:
    """The parts without the paired layers; a block of which none is paired stays whole."""
    for part in parts:
        left = [layer for layer in layers_of([part]) if id(layer) not in paired]
        yield from [part] if isinstance(part, Block) and len(left) == len(list(layers_of([part]))) else left

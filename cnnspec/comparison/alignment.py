"""Which items of two sequences belong together: the longest common subsequence, by one key after the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Final, TypeAlias, TypeVar

T = TypeVar("T")
Pair: TypeAlias = tuple[int, int]
Key: TypeAlias = Callable[[T], Hashable]

_EDITS: Final = 128
"""After so many edits the search commits itself to the best way so far: very different sequences take linear time too."""


def align(a: Sequence[T], b: Sequence[T], keys: Sequence[Key[T]]) -> list[Pair]:
    """Pairs of indices, rising in both. Items pair by the first key that makes them equal; a looser one pairs what lies between.

    An item whose key is None has no partner by this key.
    """
    if not keys or not a or not b:
        return []
    key, *looser = keys
    result: list[Pair] = []
    i = j = 0
    for x, y in [*common([key(item) for item in a], [key(item) for item in b]), (len(a), len(b))]:
        result += [(i + p, j + q) for p, q in align(a[i:x], b[j:y], looser)]
        if x < len(a):
            result.append((x, y))
        i, j = x + 1, y + 1
    return result


def gaps(a: int, b: int, pairs: Sequence[Pair]) -> Iterator[tuple[range, range]]:
    """The unpaired items of both sides between each two pairs; `a` and `b` are the lengths."""
    i = j = 0
    for x, y in [*pairs, (a, b)]:
        if x > i or y > j:
            yield range(i, x), range(j, y)
        i, j = x + 1, y + 1


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Pair]:
    """The longest common subsequence, or nearly, as pairs of indices. None equals nothing."""
    start, most = 0, min(len(a), len(b))
    while start < most and a[start] is not None and a[start] == b[start]:
        start += 1
    end = 0
    while end < most - start and a[-1 - end] is not None and a[-1 - end] == b[-1 - end]:
        end += 1
    left = _shared(a, range(start, len(a) - end), set(b[start : len(b) - end]))
    right = _shared(b, range(start, len(b) - end), set(a[start : len(a) - end]))
    middle = _middle([a[i] for i in left], [b[j] for j in right])
    return [
        *((i, i) for i in range(start)),
        *((left[x], right[y]) for x, y in middle),
        *((len(a) - n, len(b) - n) for n in range(end, 0, -1)),
    ]


def _shared(items: Sequence[Hashable], indices: range, others: set[Hashable]) -> list[int]:
    """The items that the other side has too: no other can be in a common subsequence."""
    return [i for i in indices if items[i] is not None and items[i] in others]


def _middle(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Pair]:
    pairs: list[Pair] = []
    x = y = 0
    while x < len(a) and y < len(b):
        found, x, y = _search(a, b, x, y)
        pairs += found
    return pairs


def _search(a: Sequence[Hashable], b: Sequence[Hashable], x0: int, y0: int) -> tuple[list[Pair], int, int]:
    """The greedy search of Myers (1986) from (x0, y0): the equal pairs on the way, and where it ends.

    `reach[k]` is the furthest x on the diagonal x - y = k after `d` edits; `trace` keeps it for each d to find the way back.
    """
    width, height = len(a) - x0, len(b) - y0
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for d in range(_EDITS):
        trace.append(dict(reach))
        for k in range(-d, d + 1, 2):
            x = _step(reach, k, d)
            while x < width and x - k < height and a[x0 + x] == b[y0 + x - k]:
                x += 1
            reach[k] = x
            if x >= width and x - k >= height:
                return _way(trace, x, k, x0, y0), x0 + x, y0 + x - k
    inside = [(x, k) for k, x in reach.items() if x <= width and 0 <= x - k <= height and (k - _EDITS) % 2]
    x, k = max(inside, key=lambda end: 2 * end[0] - end[1])
    return _way(trace, x, k, x0, y0), x0 + x, y0 + x - k


def _step(reach: dict[int, int], k: int, d: int) -> int:
    """The x at which diagonal `k` is entered by the edit number `d`: from above (an item of b more) or from the left (one of a)."""
    return reach[k + 1] if k == -d or (k != d and reach[k - 1] < reach[k + 1]) else reach[k - 1] + 1


def _way(trace: list[dict[int, int]], x: int, k: int, x0: int, y0: int) -> list[Pair]:
    """The equal pairs on the way to x on the diagonal k, walked backwards."""
    pairs: list[Pair] = []
    for d in range(len(trace) - 1, -1, -1):
        entered = _step(trace[d], k, d)
        while x > entered:
            x -= 1
            pairs.append((x0 + x, y0 + x - k))
        down = k == -d or (k != d and trace[d][k - 1] < trace[d][k + 1])
        k, x = (k + 1, entered) if down else (k - 1, entered - 1)
    return pairs[::-1]

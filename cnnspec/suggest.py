"""\"Did you mean\": the known names that are close to a word that is not known.

Two names are close if few edits lead from one to the other. An edit inserts, removes or replaces a letter, or swaps two neighbours
(the optimal string alignment distance of Damerau and Levenshtein). Case and `_` do not count: people forget
them. A beginning that is shared comes last: `batchsize` may mean `batch`.
"""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 64
"""No name that we offer is longer, and a longer word would only cost time."""


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that was most likely meant, or None if none is close. The order of `options` does not matter."""
    found = candidates(word, options, 1)
    return found[0] if found else None


def candidates(word: str, options: Iterable[str], limit: int = 3) -> list[str]:
    """The options that may have been meant, best first, at most `limit`. The order of `options` does not matter."""
    if not word or len(word) > _LONGEST:
        return []
    plain = _plain(word)
    ranked = []
    for option in options:
        rank = _rank(plain, _plain(option)) if option != word else None
        if rank is not None:
            ranked.append((rank, _distance(word, option, _LONGEST), option))
    return [option for _, _, option in sorted(ranked)[:limit]]


def _plain(name: str) -> str:
    """The name without what people forget: case, `_`, `-` and spaces."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def _rank(word: str, option: str) -> int | None:
    """How far two plain names are apart, or None if they are not close: 0 is equal, a shared beginning comes after every misspelling."""
    limit = max(len(word), len(option)) // 3 if min(len(word), len(option)) > 1 else 0
    distance = _distance(word, option, limit)
    if distance <= limit:
        return distance
    short, long = sorted((word, option), key=len)
    return _LONGEST + len(long) - len(short) if len(short) >= 4 and long.startswith(short) else None


def _distance(a: str, b: str, limit: int) -> int:
    """The number of edits from `a` to `b`; any number above `limit` says that there are more than `limit`."""
    if abs(len(a) - len(b)) > limit or len(set(a) ^ set(b)) > 2 * limit:  # an edit changes at most two letters of the alphabets
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        before, last, row = row, before, [i + 1]
        for j, y in enumerate(b):
            cost = before[j] if x == y else 1 + min(before[j], before[j + 1], row[j])
            if i and j and x == b[j - 1] and a[i - 1] == y:
                cost = min(cost, last[j - 1] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]

"""Parts whose items a text file names: `test = listed("test.txt")`."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from cnnspec.consistency.split import LISTED, no_files
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Data, Object
from cnnspec.runtime.data.faults import faults
from cnnspec.runtime.data.items import Array
from cnnspec.runtime.data.offer import Offer
from cnnspec.runtime.data.sources.paths import missing_path


def listed_parts(document: Document, data: Data, offer: Offer) -> tuple[dict[str, Array], list[Diagnostic]]:
    """The positions of the items of each part that is a list. Errors: E0702, E0703, E0706, E0809."""
    asked = {"test": data.test, "validation": data.validation}
    lists = {part: source for part, source in asked.items() if isinstance(source, Object) and source.name == LISTED}
    found: list[Diagnostic] = []
    positions: dict[str, Array] = {}
    for part, source in lists.items():
        positions[part], wrong = _listed(document, source, offer)
        found += wrong
    for one, other in combinations(positions, 2):
        found += [] if found else _in_both(document, lists[other], positions[one], positions[other], offer)
    if offer.groups is not None and not found:
        found += _in_two_groups(document, lists, positions, offer.groups)
    total = sum(map(len, positions.values()))
    if not found and total == len(offer.train):
        message = f"nothing is left to train on: the lists name all {total:,} items"
        found.append(at(document, next(iter(lists.values())).pointer, "E0706", message, help="a list names the items of its part alone"))
    return positions, found


def _listed(document: Document, source: Object, offer: Offer) -> tuple[Array, list[Diagnostic]]:
    nothing, pointer = np.empty(0, dtype=np.int64), f"{source.pointer}/arguments/path"
    path = path_of(document, source.arguments["path"])
    if offer.train.origins is None:
        return nothing, no_files(document, source.pointer, document.get("/data/source/source"))
    if not path.is_file():
        return nothing, [missing_path(document, pointer, path, "file")]
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return nothing, [at(document, pointer, "E0703", f"{path} cannot be read: {error}", help="a list is a text file in UTF-8")]
    items, wrong = _found(lines, offer.train.origins.names)
    if wrong:
        what, help = f"lines of {path} do not fit", "a line is the path of a training image of `source`, or its end, with nothing behind it"
        return nothing, [faults(document, pointer, "E0703", [f"{path.name}, {line}" for line in wrong], what, help)]
    if not items:
        return nothing, [at(document, pointer, "E0706", f"{path} names no image", help="write the path of an image on each line")]
    return np.unique(np.array(items, dtype=np.int64)), []


def _found(lines: Sequence[str], names: Sequence[str]) -> tuple[list[int], list[str]]:
    """The positions of the files that the lines name, and what is wrong with the other lines."""
    paths = [os.path.abspath(name).replace(os.sep, "/") for name in names]  # noqa: PTH100 - a Path for each of many files is slow
    by_depth: dict[int, Mapping[str, Sequence[int]]] = {}
    items: list[int] = []
    wrong: list[str] = []
    for number, line in enumerate(lines, 1):
        words = [word for word in line.strip().replace("\\", "/").split("/") if word not in ("", ".", "..")]
        if not words:
            continue
        if len(words) not in by_depth:
            by_depth[len(words)] = _ends(paths, len(words))
        there = by_depth[len(words)].get("/".join(words), ())
        different = list(dict.fromkeys(paths[i] for i in there))  # a table may name an image in several rows
        if len(different) == 1:
            items += there
        else:
            fits = f"fits {len(different)} images, such as {different[0]} and {different[1]}" if different else "fits no image"
            wrong.append(f"line {number}: `{line.strip()}` {fits}")
    return items, wrong


def _ends(paths: Sequence[str], depth: int) -> Mapping[str, Sequence[int]]:
    """Which paths end in the same `depth` names; without the ending of the file where no path is called so."""
    whole: dict[str, list[int]] = defaultdict(list)
    bare: dict[str, list[int]] = defaultdict(list)
    for i, path in enumerate(paths):
        end = "/".join(path.split("/")[-depth:])
        whole[end].append(i)
        bare[os.path.splitext(end)[0]].append(i)  # noqa: PTH122 - of a text, for each of many files
    return {**bare, **whole}


def _in_both(document: Document, source: Object, one: Array, other: Array, offer: Offer) -> list[Diagnostic]:
    both = np.intersect1d(one, other)
    if not len(both) or offer.train.origins is None:
        return []
    lines = [f"{offer.train.origins.names[i]} is in both lists" for i in both]
    help = "an image belongs to one part: delete it from one of the lists"
    return [faults(document, source.pointer, "E0703", lines, "images are named by both lists", help)]


def _in_two_groups(document: Document, lists: Mapping[str, Object], positions: Mapping[str, Array], groups: Array) -> list[Diagnostic]:
    """Lists that tear a group of `by_group` apart."""
    for part, chosen in positions.items():
        torn = np.intersect1d(groups[chosen], np.delete(groups, chosen))
        if len(torn):
            message = f"the list of `{part}` has some items of {len(torn):,} groups and not the others"
            labels = (("/data/split/by_group", "these groups stay together"),)
            return [at(document, lists[part].pointer, "E0703", message, help="list whole groups, or delete `by_group`", labels=labels)]
    return []

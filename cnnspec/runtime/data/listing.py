"""Parts whose items a text file names: `test = listed("test.txt")`."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

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
        what, help = f"lines of {path} do not fit", "a line is the path of an image in the data folder, or its end, with or without `.jpg`"
        return nothing, [faults(document, pointer, "E0703", [f"{path.name}, {line}" for line in wrong], what, help)]
    if not items:
        return nothing, [at(document, pointer, "E0706", f"{path} names no image", help="write the path of an image on each line")]
    return np.unique(np.array(items, dtype=np.int64)), []


def _found(lines: Sequence[str], names: Sequence[str]) -> tuple[list[int], list[str]]:
    """The positions of the files that the lines name, and what is wrong with the other lines."""
    by_depth: dict[int, Mapping[str, Sequence[int]]] = {}
    items, wrong = [], []
    for number, line in enumerate(lines, 1):
        words = [word for word in line.strip().replace("\\", "/").split("/") if word not in ("", ".")]
        if not words:
            continue
        if len(words) not in by_depth:
            by_depth[len(words)] = _ends(names, len(words))
        there = by_depth[len(words)].get("/".join(words), ())
        if len(there) == 1:
            items.append(there[0])
        else:
            fits = f"fits {len(there)} images, such as {names[there[0]]} and {names[there[1]]}" if there else "fits no image"
            wrong.append(f"line {number}: `{line.strip()}` {fits}")
    return items, wrong


def _ends(names: Sequence[str], depth: int) -> Mapping[str, Sequence[int]]:
    """Which paths end in the same `depth` names, with the ending of the file and without."""
    found: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        end = "/".join(Path(name).as_posix().split("/")[-depth:])
        found[end].append(i)
        bare = os.path.splitext(end)[0]  # noqa: PTH122 - of a text, for each of many files
        if bare != end:
            found[bare].append(i)
    return found


def _in_both(document: Document, source: Object, one: Array, other: Array, offer: Offer) -> list[Diagnostic]:
    both = np.intersect1d(one, other)
    if not len(both) or offer.train.origins is None:
        return []
    lines = [f"{offer.train.origins.names[i]} is in both lists" for i in both]
    help = "an image belongs to one part: delete it from one of the lists"
    return [faults(document, source.pointer, "E0703", lines, "images are named by both lists", help)]

"""Sources whose images lie in a few large files: which files, and pairs of an image and a label as items."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from cnnspec.consistency.images import file_channels
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.images.decode import Reader
from cnnspec.runtime.data.images.pictures import Listed, pictures
from cnnspec.runtime.data.images.stored import Stored
from cnnspec.runtime.data.items import Array, Items
from cnnspec.runtime.data.offer import Offer, Opened, Want
from cnnspec.runtime.data.sources.paths import missing_path

Label: TypeAlias = int | float | str


class BadShard(Exception):
    """A file cannot be used; the text says why, in words for the user."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Where an image lies, and what is to be learnt of it."""

    image: Stored
    label: Label


def shards_of(document: Document, source: Object) -> tuple[list[Path], list[Diagnostic]]:
    """The files that `path` means, sorted: `*` stands for any text in their names, `{000..012}` for numbers."""
    pointer, written = f"{source.pointer}/arguments/path", str(source.arguments["path"])
    found: list[Path] = []
    for one in _numbered(written):
        path = path_of(document, one)
        matching = sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
        missing = next((file for file in matching if not file.exists()), None)
        if missing:
            return [], [missing_path(document, pointer, missing, "file")]
        folder = next((file for file in matching if file.is_dir()), None)
        if folder:
            help = f'name the files in it: `{source.name}("{one}/*")`'
            return [], [at(document, pointer, "E0703", f"{folder} is a folder, not a file", help=help)]
        found += matching
    if not found:
        return [], [
            at(document, pointer, "E0702", f"no file is called {path_of(document, written)}", help="`*` stands for any text in a name")
        ]
    return found, []


def _numbered(path: str) -> list[str]:
    """The paths that `name-{000..012}.tar` means."""
    match = re.search(r"\{(\d+)\.\.(\d+)\}", path)
    if match is None:
        return [path]
    first, last = match.groups()
    return [one for n in range(int(first), int(last) + 1) for one in _numbered(path.replace(match[0], str(n).zfill(len(first)), 1))]


def offered(document: Document, source: Object, want: Want, samples: Sequence[Sample]) -> Opened:
    """All samples as the training part."""
    if not samples:
        return None, [at(document, f"{source.pointer}/arguments/path", "E0706", f"{source.arguments['path']} holds no images")]
    return offered_parts(document, source, want, {"train": samples}, source.arguments.get("class_names"))


def offered_parts(
    document: Document, source: Object, want: Want, parts: Mapping[str, Sequence[Sample]], names: Sequence[str] | None
) -> Opened:
    """Samples as parts: words as labels become the numbers of classes, whose `names` are given or those that occur, sorted."""
    pointer = f"{source.pointer}/arguments/path" if "path" in source.arguments else source.pointer
    channels, found = file_channels(document, source.pointer, source.arguments, want.shape)
    if channels is None:
        return None, found
    numbers = _numbers([sample.label for samples in parts.values() for sample in samples], names)
    if isinstance(numbers, str):
        place = f"{source.pointer}/arguments/class_names" if "class_names" in source.arguments else pointer
        return None, [at(document, place, "E0703", numbers, help="`class_names` names every class, in the order of the numbers")]
    labels, classes = numbers
    items: dict[str, Items] = {}
    begin = 0
    for part, samples in parts.items():
        end = begin + len(samples)
        reader = Reader(channels, want.resize, want.method)
        images, problems = pictures(document, Listed(pointer, tuple(sample.image for sample in samples)), want, reader)
        found += problems
        if images is not None:
            items[part] = want.items(images, labels[begin:end])
        begin = end
    if found:
        return None, found
    return Offer(train=items["train"], validation=items.get("validation"), test=items.get("test"), classes=want.named(classes)), []


def _numbers(labels: Sequence[Label], names: Sequence[str] | None) -> tuple[Array, tuple[str, ...] | None] | str:
    """Labels as numbers, and the names of the classes where there are some; or what is wrong with them."""
    kinds = {type(label) for label in labels}
    if str in kinds and len(kinds) > 1:
        return "some labels are words and some are numbers"
    if str not in kinds:
        found = np.array(labels)
        if names is not None and (float in kinds or found.min() < 0 or found.max() >= len(names)):
            return f"the labels go from {found.min()} to {found.max()}, and `class_names` has {len(names)} names"
        return found.astype(np.float32 if float in kinds else np.int64), tuple(names) if names else None
    words = sorted({str(label) for label in labels})
    known = list(names or words)
    unknown = [word for word in words if word not in known]
    if unknown:
        return f"`class_names` does not name {', '.join(f'`{word}`' for word in unknown[:8])}"
    number = {name: index for index, name in enumerate(known)}
    return np.array([number[str(label)] for label in labels], np.int64), tuple(known)

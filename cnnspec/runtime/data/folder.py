"""The source `image_folder`: one folder of image files per class, or such folders under `train`, `validation` and `test`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cnnspec.consistency.images import file_channels
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.decode import SUFFIXES, Reader, Unreadable
from cnnspec.runtime.data.grouping import groups_of_files
from cnnspec.runtime.data.header import Header, header
from cnnspec.runtime.data.images import KEPT_BYTES, FileImages, KeptImages
from cnnspec.runtime.data.items import Column, Items, Shape
from cnnspec.runtime.data.offer import Offer, Opened, Want
from cnnspec.runtime.data.paths import missing_path
from cnnspec.suggest import nearest

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid"),
    "test": ("test", "testing"),
}
"""Folder names of the parts. A folder that has one called `train`, and whose other folders are all parts, is already split."""

_NAMED: Final = 8
"""How many bad files one message names."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The image files of one part, by class name."""

    folder: Path
    files: Mapping[str, tuple[Path, ...]]


def open_image_folder(document: Document, source: Object, want: Want) -> Opened:
    """Every file is checked by its header, before anything is decoded. Classes are numbered by sorted folder name, or by `class_names`."""
    pointer = f"{source.pointer}/arguments/path"
    root = path_of(document, source.arguments["path"])
    if not root.exists():
        return None, [missing_path(document, pointer, root, "folder")]
    if not root.is_dir():
        return None, [at(document, pointer, "E0703", f"{root} is a file, not a folder", help=_LAYOUT)]
    try:
        trees = {part: _tree(folder) for part, folder in _parts(root).items()}
    except OSError as error:
        return None, [at(document, pointer, "E0703", f"{error.filename or root} cannot be read: {error.strerror}")]
    found = [problem for tree in trees.values() for problem in _without_images(document, pointer, tree)]
    classes, wrong = _classes(document, source, trees)
    if found or wrong:
        return None, found + wrong
    want.told(f"checking {sum(len(files) for tree in trees.values() for files in tree.files.values()):,} images in {root}")
    return _offer(document, source, want, trees, classes)


def _offer(document: Document, source: Object, want: Want, trees: Mapping[str, Tree], classes: tuple[str, ...]) -> Opened:
    channels, found = file_channels(document, source.pointer, source.arguments, want.shape)
    if channels is None:
        return None, found
    items: dict[str, Items] = {}
    for part, tree in trees.items():
        files = [(path, number) for number, name in enumerate(classes) for path in tree.files.get(name, ())]
        shape, problems = _checked(document, source, want, channels, tuple(path for path, _ in files))
        found += problems
        if problems:
            continue
        lazy = FileImages(tuple(path for path, _ in files), Reader(channels, want.resize, want.method), shape)
        images, problems = _kept(document, source, want, lazy)
        found += problems
        items[part] = want.items(images, np.array([number for _, number in files], dtype=np.int64))
    grouped, ungrouped = groups_of_files(document, want.group, [path for name in classes for path in trees["train"].files.get(name, ())])
    if found or ungrouped:
        return None, [*found, *ungrouped]
    parts = {part: items.get(part) for part in ("validation", "test")}
    return Offer(train=items["train"], **parts, classes=want.named(classes), groups=grouped), []


def _kept(document: Document, source: Object, want: Want, lazy: FileImages) -> tuple[Column, list[Diagnostic]]:
    """A small set is decoded now; a large one batch by batch, and kept where the spec asks for it."""
    size = math.prod(n for n in lazy.shape if n) * len(lazy) if None not in lazy.shape else None
    if size is None or size > KEPT_BYTES:
        return (KeptImages(lazy) if want.keep else lazy), []
    images, bad = lazy.decoded()
    return images or lazy, [_unreadable(document, source, [str(failure) for failure in bad], len(lazy))] if bad else []


def _parts(root: Path) -> dict[str, Path]:
    """The folder of each part: `root` itself is "train" unless it is already split."""
    names = {folder.name.lower(): folder for folder in _folders(root)}
    found = {part: names[name] for part, aliases in PARTS.items() for name in aliases if name in names}
    is_split = "train" in found and len(found) == len(names) and any(_folders(found["train"]))
    return found if is_split else {"train": root}


def _tree(folder: Path) -> Tree:
    return Tree(folder, {child.name: tuple(_images(child)) for child in _folders(folder)})


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, sorted by name. Hidden ones and what archives leave behind do not count."""
    with os.scandir(folder) as entries:
        return sorted(Path(e.path) for e in entries if e.is_dir() and not e.name.startswith((".", "__")))


def _images(folder: Path) -> Iterator[Path]:
    """The image files in a folder and below, in one order on every machine."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES)


def _without_images(document: Document, pointer: str, tree: Tree) -> Iterator[Diagnostic]:
    if not tree.files:
        loose = any(_images(tree.folder))
        message = f"{tree.folder} has no class folders{', only images that belong to no class' if loose else ''}"
        yield at(document, pointer, "E0703", message, help=_LAYOUT)
    for name, files in tree.files.items():
        if not files:
            help = f"put images there ({', '.join(sorted(SUFFIXES))}), or delete the folder"
            yield at(document, pointer, "E0703", f"the class folder {tree.folder / name} has no images", help=help)


def _classes(document: Document, source: Object, trees: Mapping[str, Tree]) -> tuple[tuple[str, ...], list[Diagnostic]]:
    there = tuple(trees["train"].files)
    asked = source.arguments.get("class_names")
    pointer = f"{source.pointer}/arguments/class_names" if asked else f"{source.pointer}/arguments/path"
    classes = tuple(asked) if asked else there
    found = []
    for name in classes:
        if name not in there:
            near = nearest(name, there)
            help = f"did you mean `{near}`?" if near else f"the folders are {', '.join(there)}"
            found.append(at(document, pointer, "E0703", f"{trees['train'].folder} has no class folder `{name}`", help=help))
    for part, tree in trees.items():
        extra = [name for name in tree.files if name not in classes]
        if extra and not found:
            listed = ", ".join(extra[:_NAMED])
            message = f"{tree.folder} has {'classes' if part == 'train' else 'classes that the training images do not have'}: {listed}"
            if part == "train":
                message = f"{tree.folder} has folders that `class_names` does not name: {listed}"
            found.append(at(document, pointer, "E0703", message, help="name every class, or move the folders away"))
    return classes, found


def _checked(document: Document, source: Object, want: Want, channels: int, files: tuple[Path, ...]) -> tuple[Shape, list[Diagnostic]]:
    """The shape of the images, and every file whose header cannot be read."""
    pointer = f"{source.pointer}/arguments/path"
    sizes: dict[tuple[int, int], tuple[Path, int]] = {}
    bad: list[str] = []
    for path in files:
        try:
            found: Header = header(path)
        except Unreadable as error:
            bad.append(f"{path}: {error}")
            continue
        first, count = sizes.get((found.height, found.width), (path, 0))
        sizes[found.height, found.width] = (first, count + 1)
    if bad:
        return (None, None, channels), [_unreadable(document, source, bad, len(files))]
    if want.resize:
        return (*want.resize, channels), []
    if len(sizes) == 1:
        return (*next(iter(sizes)), channels), []
    common = max(sizes, key=lambda size: sizes[size][1])
    other = next(size for size in sizes if size != common)
    target = want.shape[:2] if len(want.shape) == 3 and None not in want.shape[:2] else common
    return (None, None, channels), [
        at(
            document,
            pointer,
            "E0704",
            f"the images have {len(sizes):,} different sizes, and there is no `resize`",
            notes=tuple(f"{h}x{w}: {sizes[h, w][1]:,} images, the first is {sizes[h, w][0]}" for h, w in (common, other)),
            help=f"write `resize = ({target[0]}, {target[1]})` in `data`",
        )
    ]


def _unreadable(document: Document, source: Object, bad: Sequence[str], total: int) -> Diagnostic:
    """One diagnostic for all files of a part that cannot be used; `bad` says of each what is wrong."""
    more = (f"... and {len(bad) - _NAMED:,} more",) if len(bad) > _NAMED else ()
    message = bad[0] if len(bad) == 1 else f"{len(bad):,} of {total:,} images cannot be read"
    notes = (*bad[:_NAMED], *more) if len(bad) > 1 else ()
    return at(document, f"{source.pointer}/arguments/path", "E0703", message, notes=notes, help="replace or delete what cannot be read")


_LAYOUT: Final = "a folder of images looks like `pets/cat/1.jpg`, `pets/dog/1.jpg`, or `pets/train/cat/1.jpg` and `pets/test/cat/1.jpg`"

"""The source `image_folder`: one folder of image files per class, or such folders under `train`, `validation` and `test`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from cnnspec.consistency.images import file_channels
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.images.decode import SUFFIXES, Reader
from cnnspec.runtime.data.images.pictures import Listed, pictures
from cnnspec.runtime.data.items import Array, Items
from cnnspec.runtime.data.offer import Offer, Opened, Want
from cnnspec.runtime.data.sources.grouping import groups_of_files
from cnnspec.runtime.data.sources.paths import missing_path
from cnnspec.runtime.data.sources.walk import Found, folders_in, images_below, leads_out
from cnnspec.suggest import nearest

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid"),
    "test": ("test", "testing"),
}
"""Folder names of the parts. A folder that has one called `train`, and whose other folders are all parts, is already split."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What is in the folders of one part, by class name."""

    folder: Path
    classes: Mapping[str, Found]


def open_image_folder(document: Document, source: Object, want: Want) -> Opened:
    """Every file is looked at before anything is decoded. Classes are numbered by sorted folder name, or by `class_names`."""
    pointer = f"{source.pointer}/arguments/path"
    root = path_of(document, source.arguments["path"])
    if not root.exists():
        return None, [missing_path(document, pointer, root, "folder")]
    if not root.is_dir():
        return None, [at(document, pointer, "E0703", f"{root} is a file, not a folder", help=_LAYOUT)]
    try:
        trees = {part: _tree(folder, root.resolve()) for part, folder in _parts(root).items()}
    except OSError as error:
        return None, [at(document, pointer, "E0703", f"{error.filename or root} cannot be read: {error.strerror}")]
    found = [problem for tree in trees.values() for problem in _unusable(document, pointer, tree, root.resolve())]
    classes, wrong = _classes(document, source, trees)
    if found or wrong:
        return None, found + wrong
    _tell(want, root, trees)
    return _offer(document, source, want, trees, classes)


def _tell(want: Want, root: Path, trees: Mapping[str, Tree]) -> None:
    there = [found for tree in trees.values() for found in tree.classes.values()]
    others = [path for found in there for path in found.others]
    if others:
        want.told(f"{root}: {len(others):,} files are no images by their names and are not used, the first is {others[0]}")
    want.told(f"checking {sum(len(found.images) for found in there):,} images in {root}")


def _offer(document: Document, source: Object, want: Want, trees: Mapping[str, Tree], classes: tuple[str, ...]) -> Opened:
    channels, found = file_channels(document, source.pointer, source.arguments, want.shape)
    if channels is None:
        return None, found
    items: dict[str, Items] = {}
    groups: Array | None = None
    for part, tree in trees.items():
        chosen = [(number, tree.classes[name]) for number, name in enumerate(classes) if name in tree.classes]
        files = [path for _, there in chosen for path in (*there.images, *there.refused)]
        why = {path: reason for _, there in chosen for path, reason in there.refused.items()}
        refused = {index: why[path] for index, path in enumerate(files) if path in why} if why else {}
        labels = np.repeat([number for number, _ in chosen], [len(there.images) + len(there.refused) for _, there in chosen])
        listed = Listed(f"{source.pointer}/arguments/path", tuple(files), refused=refused)
        images, problems = pictures(document, listed, want, Reader(channels, want.resize, want.method))
        found += problems
        if images is not None:
            items[part] = want.items(images, labels.astype(np.int64))
        if part == "train":
            groups, ungrouped = groups_of_files(document, want.group, files)
            found += ungrouped
    if found:
        return None, found
    return Offer(
        train=items["train"],
        validation=items.get("validation"),
        test=items.get("test"),
        classes=want.named(classes),
        groups=groups,
    ), []


def _parts(root: Path) -> dict[str, Path]:
    """The folder of each part: `root` itself is "train" unless it is already split."""
    names = {folder.name.lower(): folder for folder in folders_in(root)}
    found = {part: names[name] for part, aliases in PARTS.items() for name in aliases if name in names}
    is_split = "train" in found and len(found) == len(names) and any(folders_in(found["train"]))
    return found if is_split else {"train": root}


def _tree(folder: Path, root: Path) -> Tree:
    return Tree(folder, {child.name: images_below(str(child), root) for child in folders_in(folder) if leads_out(child, root) is None})


def _unusable(document: Document, pointer: str, tree: Tree, root: Path) -> Iterator[Diagnostic]:
    """Folders that are no classes: those that lead out, and those without images."""
    for child in folders_in(tree.folder):
        if why := leads_out(child, root):
            help = "copy the images into the folder; a link inside it is followed"
            yield at(document, pointer, "E0703", f"{child}: {why}", help=help)
    if not tree.classes:
        loose = images_below(str(tree.folder), root).images
        message = f"{tree.folder} has no class folders{', only images that belong to no class' if loose else ''}"
        yield at(document, pointer, "E0703", message, help=_LAYOUT)
    for name, there in tree.classes.items():
        if not there.images and not there.refused:
            other = f", but {len(there.others):,} other files, the first is {Path(there.others[0]).name}" if there.others else ""
            help = f"put images there ({', '.join(sorted(SUFFIXES))}), or delete the folder"
            yield at(document, pointer, "E0703", f"the class folder {tree.folder / name} has no images{other}", help=help)


def _classes(document: Document, source: Object, trees: Mapping[str, Tree]) -> tuple[tuple[str, ...], list[Diagnostic]]:
    there = tuple(trees["train"].classes)
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
        extra = [name for name in tree.classes if name not in classes]
        if extra and not found:
            listed = ", ".join(extra[:8])
            message = f"{tree.folder} has {'classes' if part == 'train' else 'classes that the training images do not have'}: {listed}"
            if part == "train":
                message = f"{tree.folder} has folders that `class_names` does not name: {listed}"
            found.append(at(document, pointer, "E0703", message, help="name every class, or move the folders away"))
    return classes, found


_LAYOUT: Final = "a folder of images looks like `pets/cat/1.jpg`, `pets/dog/1.jpg`, or `pets/train/cat/1.jpg` and `pets/test/cat/1.jpg`"

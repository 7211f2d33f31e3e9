"""The source `image_mask_folder`: images and masks in two folders, paired by their names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cnnspec.consistency.images import file_channels
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.faults import faults
from cnnspec.runtime.data.images.decode import Reader
from cnnspec.runtime.data.images.masks import MaskReader, mask_reader
from cnnspec.runtime.data.images.pictures import Listed, Sizes, column_of, looked_at, one_size
from cnnspec.runtime.data.items import Items
from cnnspec.runtime.data.offer import Offer, Opened, Want
from cnnspec.runtime.data.sources.folder import PARTS
from cnnspec.runtime.data.sources.grouping import groups_of_files
from cnnspec.runtime.data.sources.paths import missing_path
from cnnspec.runtime.data.sources.walk import images_below

_PART: Final = "*"


@dataclass(frozen=True, slots=True)
class Pairs:
    """The images of one part and the masks of the same names, in one order."""

    images: Listed
    masks: Listed


def open_image_mask_folder(document: Document, source: Object, want: Want) -> Opened:
    """Every image needs its mask and every mask its image, of the same size."""
    reader, names, found = mask_reader(document, source, want)
    channels, wrong = file_channels(document, source.pointer, source.arguments, want.shape)
    pairs, unpaired = _pairs(document, source)
    found += [*wrong, *unpaired]
    if reader is None or channels is None or found:
        return None, found
    want.told(f"checking {sum(len(part.images.files) for part in pairs.values()):,} images and their masks")
    items: dict[str, Items] = {}
    for part, pair in pairs.items():
        read, wrong = _items(document, want, pair, Reader(channels, want.resize, want.method), reader)
        found += wrong
        if read is not None:
            items[part] = read
    groups, ungrouped = groups_of_files(document, want.group, list(map(str, pairs["train"].images.files)))
    found += ungrouped
    if found:
        return None, found
    return Offer(
        train=items["train"],
        validation=items.get("validation"),
        test=items.get("test"),
        classes=want.named(names),
        groups=groups,
    ), []


def _items(document: Document, want: Want, pair: Pairs, images: Reader, masks: MaskReader) -> tuple[Items | None, list[Diagnostic]]:
    seen, found = looked_at(document, pair.images, want)
    covers, wrong = looked_at(document, pair.masks, want)
    found += wrong or ([] if found else _unlike(document, pair, seen.sizes, covers.sizes))
    if found:
        return None, found
    size, found = one_size(document, pair.images, want, seen, want.shape)
    if found:
        return None, found
    columns = column_of(pair.images, seen, images, (*size, images.channels)), column_of(pair.masks, covers, masks, size)
    return want.items(*columns), []


def _unlike(document: Document, pair: Pairs, sizes: Sizes, mask_sizes: Sizes) -> list[Diagnostic]:
    """Masks of another size than their image (E0703). Those that are left out have none."""
    size_of = {number: size for size, numbers in sizes.items() for number in numbers}
    other = sorted((number, size) for size, numbers in mask_sizes.items() for number in numbers if size != size_of.get(number, size))
    wrong = [f"{pair.masks.name(i)} is {h}x{w}, its image is {size_of[i][0]}x{size_of[i][1]}" for i, (h, w) in other]
    help = "a mask has a pixel for each pixel of its image"
    return [faults(document, pair.masks.pointer, "E0703", wrong, "masks have another size than their images", help)] if wrong else []


def _pairs(document: Document, source: Object) -> tuple[Mapping[str, Pairs], list[Diagnostic]]:
    """The pairs of each part. Without `*` there is "train" alone."""
    found: list[Diagnostic] = []
    pairs: dict[str, Pairs] = {}
    for part, names in PARTS.items():
        folders, missing = _folders(document, source, part, names)
        found += missing
        if folders is not None:
            pairs[part], wrong = _paired(document, source, *folders)
            found += wrong
        if _PART not in str(source.arguments["images"]):
            break
    return pairs, found


def _folders(document: Document, source: Object, part: str, names: Sequence[str]) -> tuple[tuple[Path, Path] | None, list[Diagnostic]]:
    """The two folders of a part; None for a part that is not there. `train` has to be."""
    there: list[Path | None] = []
    asked: list[Path] = []
    for key in ("images", "masks"):
        written = str(source.arguments[key])
        tried = [path_of(document, written.replace(_PART, name)) for name in (names if _PART in written else [part])]
        there.append(next((path for path in tried if path.is_dir()), None))
        asked.append(tried[0])
    images, masks = there
    if images is not None and masks is not None:
        return (images, masks), []
    if part != "train" and images is None:
        return None, []
    key, path = ("images", asked[0]) if images is None else ("masks", asked[1])
    return None, [missing_path(document, f"{source.pointer}/arguments/{key}", path, "folder")]


def _paired(document: Document, source: Object, images: Path, masks: Path) -> tuple[Pairs, list[Diagnostic]]:
    suffix = str(source.arguments.get("mask_suffix", ""))
    pictures, found = _by_stem(document, f"{source.pointer}/arguments/images", images, "")
    covers, wrong = _by_stem(document, f"{source.pointer}/arguments/masks", masks, suffix)
    found += wrong
    alone = [stem for stem in pictures if stem not in covers]
    unused = [stem for stem in covers if stem not in pictures]
    for key, folder, stems, of, other, what in (
        ("masks", masks, alone, pictures, suffix, "images have no mask"),
        ("images", images, unused, covers, "", "masks have no image"),
    ):
        if stems and not found:
            one = "no mask" if key == "masks" else "no image"
            lines = [f"{of[stem]} has {one}: there is no {folder / (stem + other)}.*" for stem in stems]
            help = "give both the same name" + ("; `mask_suffix=` says what the masks have behind it" if not suffix else "")
            found.append(faults(document, f"{source.pointer}/arguments/{key}", "E0703", lines, what, help))
            break
    stems = [stem for stem in pictures if stem in covers]
    listed = [tuple(of[stem] for stem in stems) for of in (pictures, covers)]
    places = [f"{source.pointer}/arguments/{key}" for key in ("images", "masks")]
    made = [Listed(place, files, what=what) for place, files, what in zip(places, listed, ("images", "masks"), strict=True)]
    return Pairs(*made), found


def _by_stem(document: Document, pointer: str, folder: Path, suffix: str) -> tuple[dict[str, Path], list[Diagnostic]]:
    """The image files below a folder by their path in it, without ending and `suffix`."""
    try:
        below = images_below(str(folder), Path(os.path.realpath(folder)))
    except OSError as error:
        return {}, [
            at(document, pointer, "E0703", f"{error.filename or folder} cannot be read: {error.strerror}", help="see to its rights")
        ]
    found: dict[str, Path] = {}
    wrong = [f"{path}: {why}" for path, why in below.refused.items()]
    for path in map(Path, below.images):
        stem = path.relative_to(folder).with_suffix("").as_posix().removesuffix(suffix)
        if stem in found:
            wrong.append(f"{path} has the same name as {found[stem].name}")
        found[stem] = path
    if wrong:
        return found, [faults(document, pointer, "E0703", wrong, "files cannot be used", "rename or delete them")]
    if not found:
        return found, [at(document, pointer, "E0703", f"{folder} has no images", help="name the folder that holds the files")]
    return found, []

"""The parts against what they are taken from: groups, lists of files, and how many images there are (where that is known)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.settings import data_part

LISTED: Final = "listed"
"""The source that is a part of another one: what a text file names."""

_WITH_FILES: Final = ("image_folder", "image_mask_folder", "csv")
_WITHOUT_GROUPS: Final = ("digits", "mnist", "fashion_mnist", "cifar10", "cifar100", "npz", "idx")


def split(spec: Spec) -> Iterator[Diagnostic]:
    given = spec.document.get("/data/split") or {}
    if given.get("by_group") and given.get("stratify"):
        message, labels = "groups stay whole, so the classes cannot be in proportion as well", (("/data/split/by_group", "these groups"),)
        yield at(spec.document, "/data/split/stratify", "E0809", message, help="delete one of the two", labels=labels, part="key")
    elif given.get("by_group") and (spec.source or {}).get("source") in _WITHOUT_GROUPS:
        yield from no_groups(spec.document, spec.source["source"])
    yield from _given_twice(spec.document)
    yield from _lists(spec)
    if (total := images_of(spec)) is not None:
        yield from empty_parts(spec.document, total)


def _given_twice(document: Document) -> Iterator[Diagnostic]:
    data = document.json.get("data", {})
    for part in ("validation", "test"):
        if part in data and part in data.get("split", {}):
            yield at(
                document,
                f"/data/split/{part}",
                "E0304",
                f"`{part}` is given twice: in `data` and in `split`",
                labels=((f"/data/{part}", "first given here"),),
                help="delete one of the two",
                part="key",
            )


def no_groups(document: Document, source: str) -> list[Diagnostic]:
    """`by_group` for a source whose items have nothing to group them by (E0809)."""
    message = f"`by_group` needs the columns of a table or the paths of files; `{source}` has neither"
    labels = (("/data/source", "the items come from here"),)
    return [at(document, "/data/split/by_group", "E0809", message, help="delete it", labels=labels, part="key")]


def no_files(document: Document, pointer: str, source: str) -> list[Diagnostic]:
    """A list of image files for a source whose items come from none (E0809)."""
    message, labels = f"`{LISTED}` names image files, and `{source}` has none of their own", (("/data/source", "the items come from here"),)
    return [at(document, pointer, "E0809", message, help="write a share or a count: `validation = 10%`", labels=labels)]


def _lists(spec: Spec) -> Iterator[Diagnostic]:
    """Parts that are lists, of a source that has files; and a list where a source has to be."""
    source = (spec.source or {}).get("source")
    if source == LISTED:
        message, help = f"`{LISTED}` names items of `source`, so it can only be a part", f'write `validation = {LISTED}("val.txt")`'
        yield at(spec.document, "/data/source", "E0809", message, label="has no items of its own", help=help)
        return
    for name in ("test", "validation"):
        part, place = data_part(spec.document, name)
        if isinstance(part, dict) and part.get("source") == LISTED and source is not None and source not in _WITH_FILES:
            yield from no_files(spec.document, place, source)


def images_of(spec: Spec) -> int | None:
    """The images that the source is known to have; a local copy may have any number of them."""
    return spec.facts.images if spec.source is None or spec.source.get("arguments", {}).get("path") is None else None


def drawn(document: Document, total: int) -> Mapping[str, int]:
    """How many of `total` images each part takes that is given as a share or as a count, in the order in which they are drawn."""
    asked = {name: data_part(document, name)[0] for name in ("test", "validation")}
    return {name: part if isinstance(part, int) else round(part * total) for name, part in asked.items() if isinstance(part, int | float)}


def empty_parts(document: Document, total: int) -> list[Diagnostic]:
    """A part that takes no image, or parts that leave none to train on (E0706)."""
    sizes = drawn(document, total)
    for name, size in sizes.items():
        part, place = data_part(document, name)
        if size < 1:
            message = f"{part:.4g} of {total:,} images is none: `{name}` would be empty"
            help = f"write a larger share, or a count: `{name} = {max(1, total // 10)}`"
            return [at(document, place, "E0706", message, label="no image", help=help)]
    if sum(sizes.values()) < total:
        return []
    name = max(sizes, key=lambda part: sizes[part])
    both = " and ".join(f"`{part}` takes {size:,}" for part, size in sizes.items())
    message, labels = f"nothing is left to train on: {both} of {total:,} images", (("/data/source", f"{total:,} images come from here"),)
    help = "write smaller shares or counts, for example `10%`"
    return [at(document, data_part(document, name)[1], "E0706", message, label=f"takes {sizes[name]:,}", help=help, labels=labels)]

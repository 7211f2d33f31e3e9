"""The data of a run: the parts, drawn and checked against the model's inputs, before anything is built or trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from cnnspec.consistency.images import shape_problems
from cnnspec.consistency.split import drawn, empty_parts, no_groups
from cnnspec.diagnostics import Diagnostic, has_errors
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Data, Object
from cnnspec.runtime.data.audit import emptied, oddities
from cnnspec.runtime.data.images.columns import FileImages, MappedImages
from cnnspec.runtime.data.images.keep import kept_offer, without_broken
from cnnspec.runtime.data.items import Array, ArrayColumn, Items, Shape, changed
from cnnspec.runtime.data.listing import listed_parts
from cnnspec.runtime.data.offer import LeftOut, Offer, Opened, Want
from cnnspec.runtime.data.sources.known import SOURCES
from cnnspec.runtime.data.split import draw, draw_groups
from cnnspec.suggest import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """What a run trains on, watches, and is tested on. `classes` are the names by class number, by output, where they are known.

    `left_out` are the files that cannot be read and that the run does without. `warnings` are about the data; nobody has seen them yet.
    """

    train: Items
    validation: Items | None
    test: Items | None
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def parts(self) -> Mapping[str, Items]:
        """The parts that are there, by name."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: items for name, items in named.items() if items is not None}

    @property
    def kept(self) -> Literal["memory", "disk"] | None:
        """Where the decoded images to train on are; None if they are decoded in each epoch."""
        kinds = {type(column) for column in self.train.inputs.values()}
        return None if FileImages in kinds else "disk" if MappedImages in kinds else "memory"


def open_dataset(
    document: Document,
    data: Data,
    inputs: Mapping[str, Shape],
    outputs: Mapping[str, Shape | None],
    told: Callable[[str], None] = lambda _: None,
) -> tuple[Dataset | None, list[Diagnostic]]:
    """Opens the sources, draws the parts and checks the images against the model's inputs.

    `inputs` and `outputs` are the model's, without the batch axis. `told` is given a line for the user before something slow.
    Errors: E0702 to E0706.
    """
    want = Want(
        inputs=inputs,
        outputs=outputs,
        resize=data.resize,
        method=data.resize_method,
        cache=data.cache,
        skip=data.on_error == "skip",
        group=data.by_group,
        told=told,
    )
    offer, found = _open(document, data.source, want)
    if offer is None:
        return None, found
    dataset, problems = _parts(document, data, want, offer)
    if dataset is None or has_errors(problems):
        return None, problems
    found = emptied(document, data, dataset.parts, dataset.left_out)
    found += [problem for items in dataset.parts.values() for problem in _misshapen(document, data, want, items)][:1]
    if found:
        return None, found
    return replace(dataset, warnings=tuple(oddities(document, data, dataset.parts, dataset.classes, dataset.left_out))), []


def _misshapen(document: Document, data: Data, want: Want, items: Items) -> Iterator[Diagnostic]:
    for number, (name, shape) in enumerate(want.inputs.items()):
        yield from shape_problems(document, data.source.pointer, items.inputs[name].shape, shape, number)


def _open(document: Document, source: Object, want: Want) -> Opened:
    offer, found = SOURCES[source.name](document, source, want)
    return (None, found) if offer is None else kept_offer(document, want, offer)


def _parts(document: Document, data: Data, want: Want, offer: Offer) -> tuple[Dataset | None, list[Diagnostic]]:
    """What lists name is taken out first. Then the test part is drawn, so that it stays the same whatever `validation` is; both are
    shares of all that is drawn from.

    Files that cannot be read take part in the draw, so that every other one stays where it is when one of them breaks or is mended.
    """
    listed, problems = listed_parts(document, data, offer)
    rest = np.setdiff1d(np.arange(len(offer.train)), np.concatenate([*listed.values(), []]))
    draw_part, wrong = _drawing(document, data, offer)
    problems = [*problems, *(() if problems else empty_parts(document, len(rest))), *wrong]
    if problems:
        return None, problems
    parts, left_out = {"test": offer.test, "validation": offer.validation}, offer.left_out
    parts |= {name: offer.train.subset(positions) for name, positions in listed.items()}
    sizes = drawn(document, len(rest))
    for stream, (name, size) in enumerate(sizes.items(), start=1):
        chosen, others = draw_part(rest, size, stream)
        if not len(chosen) or not len(others):
            return None, [_large_groups(document, name, offer)]
        parts[name], rest = offer.train.subset(rest[chosen]), rest[others]
    for name, part in (("test", data.test), ("validation", data.validation)):
        if isinstance(part, Object) and name not in listed:
            own, problems = _open(document, part, replace(want, group=None))
            if own is None:
                return None, problems
            left_out += own.left_out
            parts[name], problems = _renumbered(document, part, name, own, offer)
            if problems:
                return None, problems
    train = offer.train.subset(rest) if sizes or listed else offer.train
    usable = {name: without_broken(part) for name, part in {"train": train, **parts}.items() if part is not None}
    dataset = Dataset(
        train=usable["train"],
        validation=usable.get("validation"),
        test=usable.get("test"),
        classes=offer.classes,
        left_out=tuple(dict.fromkeys(left_out)),
    )
    return dataset, []


def _drawing(document: Document, data: Data, offer: Offer) -> tuple[Callable[[Array, int, int], tuple[Array, Array]], list[Diagnostic]]:
    """How positions `size` of those in `rest` are drawn, with the number of the part, so that each has a draw of its own."""
    labels, found = _classes_of(document, data, offer) if data.stratify else (np.zeros(len(offer.train)), [])
    if data.by_group is not None:
        found = [*found, *(no_groups(document, data.source.name) if offer.groups is None else ())]

    def draw_part(rest: Array, size: int, part: int) -> tuple[Array, Array]:
        seed = (data.split_seed, part)
        return draw(labels[rest], size, seed, bool(data.stratify)) if offer.groups is None else draw_groups(offer.groups[rest], size, seed)

    return draw_part, found


def _large_groups(document: Document, name: str, offer: Offer) -> Diagnostic:
    assert offer.groups is not None, "without groups every size can be drawn"
    count, largest = len(np.unique(offer.groups)), int(np.bincount(offer.groups).max())
    message = f"the groups cannot be cut so that `{name}` and the training get some: there are {count:,}, the largest has {largest:,} items"
    return at(document, "/data/split/by_group", "E0706", message, help="write another share, or group by something that differs more often")


def _renumbered(document: Document, source: Object, part: str, own: Offer, offer: Offer) -> tuple[Items, list[Diagnostic]]:
    """The items of a part's own source, with the class numbers of the training items: the names decide, where both have some."""
    targets, found = dict(own.train.targets), []
    for output, names in own.classes.items():
        known = offer.classes.get(output, names)
        if unknown := [name for name in names if name not in known]:
            message = f"`{part}` has classes that the training images do not have: {', '.join(unknown[:8])}"
            note = f"the training images have {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"
            help = "give the folders of a class the same name in both sources"
            found.append(at(document, source.pointer, "E0704", message, notes=(note,), help=help))
        elif known != names:
            number = np.array([known.index(name) for name in names])
            targets[output] = changed(targets[output], number.__getitem__)
    return replace(own.train, targets=targets), found


def _classes_of(document: Document, data: Data, offer: Offer) -> tuple[Array, list[Diagnostic]]:
    """What the parts are stratified by: the target that is named, else the first one whose classes have names, else the first."""
    targets, place = offer.train.targets, "/data/split/stratify"
    name = (
        data.stratify if isinstance(data.stratify, str) else next((name for name in targets if name in offer.classes), next(iter(targets)))
    )
    if name not in targets:
        near, listed = nearest(name, tuple(targets)), ", ".join(f"`{one}`" for one in targets)
        help = f"did you mean `{near}`?" if near else f"the outputs are {listed}"
        return np.empty(0), [
            at(document, place, "E0807", f"`stratify`: the model has no output `{name}`", label="no such output", help=help)
        ]
    column = targets[name]
    if isinstance(column, ArrayColumn) and column.array.ndim == 1:
        return column.array, []
    message = "`stratify` needs one class per image, these labels have another shape"
    return np.empty(0), [at(document, place, "E0704", message, part="key", help="delete it")]

"""The images of the sources against the input of the model. At `check` where their size is known, before the first epoch for the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from cnnspec.catalogue.facts import CHANNELS, facts_of
from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.settings import data_part
from cnnspec.shapes import Shape, show

Json: TypeAlias = Any
_INPUT: Final = "/model/input/0/shape"
IMAGE_FILES: Final = ("image_folder", "image_mask_folder", "tfrecord", "webdataset", "tfds", "huggingface")
_COLOUR: Final = {1: "grey", 3: "RGB", 4: "RGBA"}
_MODE: Final = {channels: mode for mode, channels in CHANNELS.items()}


def images(spec: Spec) -> Iterator[Diagnostic]:
    """Every source whose images are known not to fit. The columns of a table are the runtime's matter."""
    if len(spec.graph.inputs) != 1 or len(spec.graph.outputs) > 1:
        yield from _one_of_each(spec)
        return
    wanted = spec.graph.inputs[0].shape
    for pointer, source in sources(spec.document):
        if source["source"] in IMAGE_FILES:
            channels, wrong = file_channels(spec.document, pointer, source.get("arguments", {}), wanted)
            yield from wrong
            shape: Shape | None = (None, None, channels) if channels else None
        else:
            shape = facts_of(source).shape
        if shape is not None:
            yield from shape_problems(spec.document, pointer, _resized(spec.document, shape), wanted)


def _one_of_each(spec: Spec) -> Iterator[Diagnostic]:
    """Sources of one image and one label for a model with several inputs or outputs, or with none (E0704)."""
    ends = (("/model/input", "input", len(spec.graph.inputs)), ("/model/output", "output", len(spec.graph.outputs)))
    other = [(place, f"{count or 'no'} {what}{'' if count == 0 else 's'}", count) for place, what, count in ends if count != 1]
    labels = ((other[0][0], f"the model has {other[0][1]}"),)
    for pointer, source in sources(spec.document):
        if source["source"] != "csv" or other[0][2] == 0:
            given = "the columns of a table" if source["source"] == "csv" else "one image and one label"
            message = f"`{source['source']}` gives {given}, the model has {' and '.join(count for _, count, _ in other)}"
            help = "write `csv(path, inputs={...}, targets={...})`, with a column for each input and each output"
            help = help if other[0][2] else "write an `input` into the model"
            yield at(spec.document, pointer, "E0704", message, label="one of each", help=help, labels=labels)


def sources(document: Document) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The source of the training images, and those of parts that have their own, each with its pointer."""
    parts = [(document.get("/data/source"), "/data/source"), data_part(document, "validation"), data_part(document, "test")]
    yield from ((pointer, value) for value, pointer in parts if isinstance(value, Mapping) and "source" in value)


def file_channels(document: Document, pointer: str, arguments: Mapping[str, Json], wanted: Shape) -> tuple[int | None, list[Diagnostic]]:
    """The channels that image files are read with: those of `color_mode`, else those of the input, `wanted`."""
    if mode := arguments.get("color_mode"):
        return CHANNELS[mode], []
    channels = wanted[-1] if len(wanted) == 3 else 3
    if channels in (None, 1, 3, 4):
        return channels or 3, []
    message = f"the model's input has {channels} channels; image files have 1 (grey), 3 (RGB) or 4 (RGBA)"
    labels, help = ((pointer, "the images come from here"),), "write 3 channels, or use `npz(...)`"
    return None, [at(document, _INPUT, "E0704", message, label=f"{channels} channels", help=help, labels=labels)]


def shape_problems(document: Document, pointer: str, images: Shape, wanted: Shape, number: int = 0) -> list[Diagnostic]:
    """Images of the source at `pointer`, as they reach the model, for its input `number` of the shape `wanted`; None fits everything.

    At most one diagnostic, E0704.
    """
    if len(images) == len(wanted) and all(a is None or b is None or a == b for a, b in zip(images, wanted, strict=True)):
        return []
    resize = document.get("/data/resize")
    message = f"the images are {show(images)}, the model's input is {show(wanted)}"
    place = "/data/resize" if resize and len(images) == len(wanted) == 3 and images[:2] != wanted[:2] else pointer
    labels = ((f"/model/input/{number}/shape", f"the model reads {show(wanted)}"),)
    help = _remedy(document, pointer, images, wanted, document.get(f"/model/input/{number}/name"))
    return [at(document, place, "E0704", message, label=f"these are {show(images)}", help=help, labels=labels)]


def _resized(document: Document, shape: Shape) -> Shape:
    resize = document.get("/data/resize")
    return (*resize, shape[-1]) if resize else shape


def _remedy(document: Document, pointer: str, images: Shape, wanted: Shape, name: str) -> str:
    source, resize = document.get(f"{pointer}/source"), document.get("/data/resize")
    if len(wanted) != len(images):
        flat = " and `Flatten()` as the first layer" if wanted in ((math.prod(n or 0 for n in images),), (None,)) else ""
        return f"write `input {name}: {show(images)}`{flat}"
    if len(images) != 3:
        return f"write `input {name}: {show(images)}`"
    (height, width, channels), (want_height, want_width, want_channels) = images, wanted
    want_height, want_width = want_height or height, want_width or width
    steps, other_size = [], (height, width) != (want_height, want_width) and bool(height and width)
    if channels != want_channels and want_channels is not None:
        if source not in IMAGE_FILES:
            own = (height, width) if other_size and resize is None else (want_height, want_width)
            return _colour(name, channels, (*own, channels), want_channels)
        steps.append(f'delete `color_mode`, or write `color_mode="{_MODE.get(want_channels, "rgb")}"`')
    if other_size:
        own_size = f", or `input {name}: {show((height, width, want_channels))}`" if resize is None else ""
        steps.insert(0, f"write `resize = ({want_height}, {want_width})` in `data`{own_size}")
    return "; ".join(steps)


def _colour(name: str, channels: int | None, images: Shape, wanted: int) -> str:
    colour = _COLOUR.get(channels or 0, f"{channels} channels")
    three = f"; `[{name}, {name}, {name}] -> Concatenate()` makes it three channels" if (channels, wanted) == (1, 3) else ""
    return f"the images are {colour}: write `input {name}: {show(images)}`{three}"

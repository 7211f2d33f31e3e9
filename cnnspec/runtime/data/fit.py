"""Whether the images fit the model's input, and what to write if they do not."""

from __future__ import annotations

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Data
from cnnspec.runtime.data.images import Shape

_INPUT = "/model/input/0/shape"
_COLOUR = {1: "grey", 3: "RGB", 4: "RGBA"}
_MODE = {1: "grayscale", 3: "rgb", 4: "rgba"}


def shape_problems(document: Document, data: Data, images: Shape, wanted: Shape) -> list[Diagnostic]:
    """Images of the shape `images` for an input of the shape `wanted`; None fits everything. At most one diagnostic, E0704."""
    if len(images) == len(wanted) and all(a is None or b is None or a == b for a, b in zip(images, wanted, strict=True)):
        return []
    message = f"the images are {text(images)}, the model's input is {text(wanted)}"
    labels = ((_INPUT, f"the model reads {text(wanted)}"),)
    return [at(document, _place(data, images, wanted), "E0704", message, help=_remedy(data, images, wanted), labels=labels)]


def text(shape: Shape) -> str:
    """A shape as it is written in a spec."""
    return f"({', '.join('?' if n is None else str(n) for n in shape)}{',' if len(shape) == 1 else ''})"


def _place(data: Data, images: Shape, wanted: Shape) -> str:
    sizes_differ = len(images) == len(wanted) == 3 and images[:2] != wanted[:2]
    return data.places.get("resize", data.source.pointer) if data.resize and sizes_differ else data.source.pointer


def _remedy(data: Data, images: Shape, wanted: Shape) -> str:
    if len(wanted) != len(images):
        total = 1
        for n in images:
            total *= n or 0
        flat = " and `Flatten()` as the first layer" if wanted in ((total,), (None,)) else ""
        return f"write `input {text(images)}`{flat}"
    if len(images) != 3:
        return f"write `input {text(images)}`"
    (height, width, channels), (want_height, want_width, want_channels) = images, wanted
    if want_height is None or want_width is None:
        want_height, want_width = want_height or height, want_width or width
    steps = []
    if (height, width) != (want_height, want_width):
        own = f", or `input {text((height, width, want_channels))}`" if height and width and data.resize is None else ""
        steps.append(f"write `resize = ({want_height}, {want_width})` in `data`{own}")
    if channels != want_channels and want_channels is not None:
        if data.source.name == "image_folder":
            steps.append(f'delete `color_mode`, or write `color_mode="{_MODE.get(want_channels, "rgb")}"`')
        else:
            colour = _COLOUR.get(channels or 0, f"{channels} channels")
            steps.append(f"the images are {colour}: write `input {text((want_height, want_width, channels))}`")
    return "; ".join(steps)

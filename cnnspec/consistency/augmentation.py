"""The layers of `augment` against the images of the model's input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph.graph import Graph, Input
from cnnspec.plan.place import at
from cnnspec.shapes import Refusal, Shape, Tensor, infer, show

Json: TypeAlias = Any

_OF_IMAGES: Final = ("Random", "AutoContrast", "AugMix", "Equalization", "RandAugment", "Solarization", "CenterCrop", "Resizing")
"""Beginnings of the names of layers that read images alone."""


def augmentation(spec: Spec) -> Iterator[Diagnostic]:
    """What Keras would refuse, and what gives the model images of another shape. A layer in Python ends what is known."""
    lines = spec.document.json.get("augment") or []
    if not lines or not spec.graph.inputs:
        return
    given = augmented(spec.graph)
    if given is None:
        yield _which(spec)
        return
    wanted = shape = given.shape
    for i, line in enumerate(lines):
        pointer, name = f"/augment/{i}", line.get("layer")
        if name is None:
            return
        if len(shape) != 3 and name.startswith(_OF_IMAGES):
            yield _no_images(spec.document, pointer, name, given)
            return
        made = infer(line, [Tensor(shape)])
        if isinstance(made, Refusal):
            labels = ((given.pointer, f"the images are {show(shape)}"),)
            yield at(spec.document, pointer, made.code, made.message, label=made.label, help=made.help, labels=labels)
            return
        if name == "RandomCrop":
            yield from _crop(spec.document, pointer, line, shape)
        if made.outputs[0] is None:
            return
        shape = made.outputs[0].shape
    if not all(a is None or b is None or a == b for a, b in zip(shape, wanted, strict=True)):
        yield other_shape(spec.document, f"/augment/{len(lines) - 1}", shape, given)


def augmented(graph: Graph) -> Input | None:
    """The input that `augment` changes: the only one, or the only one that is an image. None if it is not clear which."""
    images = [given for given in graph.inputs if len(given.shape) == 3] if len(graph.inputs) > 1 else graph.inputs
    return images[0] if len(images) == 1 else None


def _which(spec: Spec) -> Diagnostic:
    images = [given.name for given in spec.graph.inputs if len(given.shape) == 3]
    count = f"{len(images)} image inputs" if images else "no image input"
    message = f"`augment` changes one input, and the model has {count}"
    help = f"write the layers into the model: `{(images or [spec.graph.inputs[0].name])[0]} -> RandomFlip(...)` works in training alone"
    labels = tuple((given.pointer, "an input") for given in spec.graph.inputs)
    return at(spec.document, "/augment/0", "E0704", message, label="of which input?", help=help, labels=labels)


def other_shape(document: Document, pointer: str, found: Shape, given: Input) -> Diagnostic:
    """The augmentation, whose last layer stands at `pointer`, makes images that the model does not read."""
    wanted = given.shape
    message = f"the augmentation makes images of {show(found)}, the model reads {show(wanted)}"
    labels = ((given.pointer, f"the model reads {show(wanted)}"),)
    size = None if None in wanted or len(wanted) != 3 or found[-1] != wanted[-1] else wanted[:2]
    help = f"write `Resizing{show(size)}` in the next line" if size else "delete this line"
    return at(document, pointer, "E0704", message, label=f"gives {show(found)}", help=help, labels=labels)


def _no_images(document: Document, pointer: str, name: str, given: Input) -> Diagnostic:
    message = f"`{name}` reads images (height, width, channels), the model's input is {show(given.shape)}"
    labels = ((given.pointer, f"this is {show(given.shape)}"),)
    return at(document, pointer, "E0603", message, label="no images here", help="delete this line", labels=labels)


def _crop(document: Document, pointer: str, line: Mapping[str, Json], shape: Shape) -> Iterator[Diagnostic]:
    """A crop that takes the whole image, or more than there is: Keras then enlarges the image."""
    height, width = (line["arguments"].get(name) for name in ("height", "width"))
    if not isinstance(height, int) or not isinstance(width, int) or shape[0] is None or shape[1] is None:
        return
    edge = max(2, shape[0] // 8)
    help = f"write `ZeroPadding2D({edge})` in the line before, or a smaller crop"
    if (height, width) == shape[:2]:
        message = f"`RandomCrop` of {height}x{width} has no effect: the images are {shape[0]}x{shape[1]}"
        yield at(document, pointer, "W0801", message, label="takes the whole image", help=help)
    elif height > shape[0] or width > shape[1]:
        message = f"`RandomCrop` of {height}x{width} enlarges images of {shape[0]}x{shape[1]}"
        yield at(document, pointer, "W0401", message, label="larger than the image", help=help)

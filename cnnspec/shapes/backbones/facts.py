"""An architecture as one line: its layers, run one after the other through the rules of single layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from cnnspec.shapes.backbones.admit import refused
from cnnspec.shapes.backbones.describe import Form, Step, described
from cnnspec.shapes.backbones.mobile import MOBILE
from cnnspec.shapes.facts import UNKNOWN, Facts, Refusal, Tensor, Weight, Window, product, show
from cnnspec.shapes.held import held
from cnnspec.shapes.reach import OWN, Reach, as_window, joined, through
from cnnspec.shapes.rule import Outcome, Unknown
from cnnspec.shapes.windows import added

Json: TypeAlias = Any
Infer: TypeAlias = Callable[[Mapping[str, Json], tuple[Tensor, ...], str], Outcome]


class HalfKnown(Exception):
    """The height of an image is known and its width is not: Keras cannot pad it."""


@dataclass(frozen=True, slots=True)
class Run:
    """The calls inside an architecture, with the facts of each; `steps[i].reads` counts the image as 0 and `facts[0]` as 1."""

    image: Tensor
    steps: tuple[Step, ...]
    facts: tuple[Facts, ...]


def steps_of(name: str, arguments: Mapping[str, Json]) -> tuple[Step, ...] | None:
    """The calls of an architecture, None of one that is not known."""
    pooling = arguments.get("pooling")
    if pooling not in (None, "avg", "max"):
        return None
    form: Form = "top" if arguments.get("include_top", True) else pooling or "none"
    make = MOBILE.get(name)
    return described(name, form) if make is None else make(arguments, form)


def run(name: str, arguments: Mapping[str, Json], image: Tensor, policy: str, infer: Infer) -> Run | Refusal | None:
    """All calls for one image; the refusal of the first that Keras refuses; None where nothing is known."""
    steps = steps_of(name, arguments)
    if steps is None:
        return None
    tensors, facts = [image], list[Facts]()
    for step in steps:
        inputs = tuple(tensors[read] for read in step.reads)
        found = _one(step, inputs, arguments.get("classes", 1000), policy, infer)
        if isinstance(found, Refusal):
            return replace(found, message=f"`{name}`: inside, {found.message}")
        output = found.outputs[0]
        if output is None:
            return None
        facts.append(found)
        tensors.append(output)
    return Run(image, steps, tuple(facts))


def _one(step: Step, inputs: tuple[Tensor, ...], classes: int, policy: str, infer: Infer) -> Outcome:
    if step.layer == "LayerScale":
        channels = inputs[0].shape[-1]
        return Facts(inputs, (Weight("gamma", (channels or 0,)),), product(inputs[0].shape))
    arguments = {key: _filled(value, classes, inputs[0]) for key, value in step.arguments.items()}
    return infer({"layer": step.layer, "arguments": arguments}, inputs, policy)


def _filled(value: Json, classes: int, image: Tensor) -> Json:
    if value == "classes":
        return classes
    if isinstance(value, Mapping):
        return _padding(value["correct_pad"], image)
    return [_filled(item, classes, image) for item in value] if isinstance(value, list) else value


def _padding(kernel: int, image: Tensor) -> Json:
    """As much as lets a stride of 2 end at the border: an even size gets one row less before it. Raises `HalfKnown`."""
    height, width = image.shape[:2]
    if height is not None and width is None:
        raise HalfKnown
    even = (1, 1) if height is None or width is None else (1 - height % 2, 1 - width % 2)
    return [[kernel // 2 - less, kernel // 2] for less in even]


def backbone(name: str, arguments: Mapping[str, Json], inputs: Sequence[Tensor], policy: str, infer: Infer) -> Outcome:
    """The facts of an architecture: its last output, all weights, and the sum of all costs."""
    if len(inputs) != 1:
        return UNKNOWN
    (image,) = inputs
    if (wrong := refused(name, arguments, image.shape)) is not None:
        return wrong
    try:
        found = run(name, arguments, image, policy, infer)
    except Unknown:
        return UNKNOWN
    except HalfKnown:
        message = f"`{name}` pads an image by its height and width, got {show(image.shape)}"
        return Refusal("E0605", message, "its width is not known", "write both sizes, or `?` for both")
    if found is None or isinstance(found, Refusal):
        return found or UNKNOWN
    weights = tuple(
        replace(weight, name=f"{i}/{step.layer}/{weight.name}")
        for i, (step, each) in enumerate(zip(found.steps, found.facts, strict=True), 1)
        for weight in each.weights or ()
    )
    return Facts(found.facts[-1].outputs, weights, added(*(each.macs for each in found.facts)), _window(found), _inside(found))


def _inside(run: Run) -> int | None:
    """What all calls but the last leave in memory. Those that the description leaves out work in place."""
    tensors = [run.image, *(each.outputs[0] for each in run.facts)]
    calls = list(zip(run.steps, run.facts, strict=True))[:-1]
    return added(*(held(step.layer, [tensors[read] for read in step.reads], each.outputs) for step, each in calls))


def _window(run: Run) -> Window | None:
    """What one value of the last output reads of the image."""
    reaches: list[Reach | None] = [(OWN, OWN)]
    for step, each in zip(run.steps, run.facts, strict=True):
        reaches.append(through(joined(reaches[read] for read in step.reads), each.window))
    return as_window(reaches[-1])

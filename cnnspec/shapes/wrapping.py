"""Layers around layers. What is inside is asked with the same rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes.facts import Facts, Refusal, Shape, Tensor, Weight
from cnnspec.shapes.refusals import invalid, too_few_axes
from cnnspec.shapes.rule import Json, Outcome, Rule, Unknown, Use

Infer = Callable[[Mapping[str, Json], tuple[Tensor, ...], str], Outcome]

TRACED: Final = frozenset({"GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells", "Pipeline"})
"""Layers that give no shape without computing: Keras cannot put them into `TimeDistributed`."""

KERNELS: Final = frozenset({"kernel", "embeddings"})


def time_distributed(infer: Infer) -> Rule:
    """The layer, at each step of the first axis."""

    def rule(use: Use) -> Outcome:
        inner = _inner(use)
        if len(use.shape) < 2:
            return too_few_axes(use, 2)
        name = str(inner.get("layer"))
        entry = load_catalogue().entry("layer", name)
        if name in TRACED or (entry is not None and entry.inputs != "one"):
            return invalid(use, f"`{name}` cannot be distributed over time", "it does not read one tensor", "write another layer")
        image = _made_for(inner, use.shape[1:]) if "application" in inner else use.shape[1:]
        found = infer(inner, (Tensor(image, use.tensor.dtype),), use.policy)
        if isinstance(found, Refusal):
            return found
        if len(found.outputs) > 1:
            message = f"`{name}` gives {len(found.outputs)} tensors"
            return invalid(use, message, "one is put together over time", "leave `return_state` out")
        (output,) = found.outputs
        if output is None:
            raise Unknown
        steps = use.shape[0]
        macs = None if found.macs is None or steps is None else found.macs * steps
        inside = None if found.inside is None or steps is None else found.inside * steps
        return replace(use.gives((steps, *output.shape), found.weights or (), macs, None), inside=inside)

    return rule


def _made_for(inner: Mapping[str, Json], image: Shape) -> Shape:
    """The image for which Keras makes an architecture that stands inside: with its top of its own size, else of any. Raises `Unknown`."""
    entry = load_catalogue().entry("application", str(inner["application"]))
    if entry is None or entry.backbone is None or len(image) != 3 or image[-1] != 3:
        raise Unknown
    size = entry.backbone.size
    if not inner.get("arguments", {}).get("include_top", True):
        return (None, None, 3)
    if image != (size, size, 3):
        raise Unknown
    return image


def spectral_normalization(infer: Infer) -> Rule:
    """The layer, with its kernel divided by its largest singular value; a vector (1, last) of the kernel goes with it."""

    def rule(use: Use) -> Outcome:
        inner = _inner(use)
        found = infer(inner, use.inputs, use.policy)
        if isinstance(found, Refusal):
            return found
        if found.weights is None or len(found.outputs) != 1 or found.outputs[0] is None:
            raise Unknown
        kernel = next((weight for weight in found.weights if weight.name in KERNELS), None)
        if kernel is None:
            message = f"`{inner.get('layer')}` has no kernel to normalize"
            return invalid(use, message, "no kernel", "wrap a convolution or a `Dense`")
        vector = Weight("vector_u", (1, kernel.shape[-1]), trainable=False)
        output = Tensor(found.outputs[0].shape, use.dtype)
        return Facts((output,), (*found.weights, vector), found.macs, found.window, found.inside)

    return rule


def pipeline(infer: Infer) -> Rule:
    """The layers, one after the other."""

    def rule(use: Use) -> Outcome:
        layers = use.get("layers")
        if not isinstance(layers, list):
            raise Unknown
        tensor, macs = use.tensor, 0
        weights: list[Weight] = []
        for inner in layers:
            if not isinstance(inner, Mapping):
                raise Unknown
            found = infer(inner, (tensor,), use.policy)
            if isinstance(found, Refusal):
                return found
            if len(found.outputs) != 1 or found.outputs[0] is None or found.weights is None or found.macs is None:
                raise Unknown
            tensor, macs = found.outputs[0], macs + found.macs
            weights += found.weights
        return Facts((tensor,), tuple(weights), macs, None)

    return rule


def _inner(use: Use) -> Mapping[str, Json]:
    inner = use.get("layer")
    if not isinstance(inner, Mapping):
        raise Unknown
    return inner

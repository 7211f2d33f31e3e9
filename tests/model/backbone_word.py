"""What Keras says about an architecture of `keras.applications`, and whether we say the same."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes import Refusal, Shape, Tensor, infer

Json = Any


@dataclass(frozen=True, slots=True)
class Word:
    """The shape of the output, all weights and the trained ones; or why Keras refuses."""

    shape: Shape = ()
    params: int = 0
    trainable: int = 0
    refusal: str | None = None


def difference(name: str, arguments: Mapping[str, Json], image: Shape) -> str | None:
    """Where we and Keras disagree about an architecture, None if nowhere."""
    given = {"weights": None, **arguments}
    theirs = word(name, given, image)
    found = infer({"application": name, "arguments": given}, [Tensor(image)])
    what = f"{name}({given}) on {image}"
    if isinstance(found, Refusal):
        return None if theirs.refusal else f"{what}: we refuse ({found.message}), Keras gives {theirs}"
    output = found.outputs[0]
    if output is None:
        return f"{what}: we say nothing"
    if theirs.refusal:
        return f"{what}: we say {output}, Keras refuses: {theirs.refusal}"
    ours = Word(output.shape, found.params or 0, found.trainable_params or 0)
    return None if ours == theirs else f"{what}: we say {ours}, Keras {theirs}"


def word(name: str, arguments: Mapping[str, Json], image: Shape) -> Word:
    import keras
    from keras.src.backend.common import global_state

    try:
        with keras.StatelessScope():  # weights get no values, which saves gigabytes
            model = getattr(keras.applications, name)(**{**arguments, "input_shape": image})
            global_state.set_global_attribute("uninitialized_variables", [])
    except Exception as error:  # Keras refuses with whatever its code happens to raise
        return Word(refusal=str(error)[:200])
    trained = sum(prod(weight.shape) for weight in model.trainable_weights)
    return Word(tuple(model.output.shape[1:]), model.count_params(), trained)


def drawn(name: str, draw: random.Random) -> tuple[dict[str, Json], Shape]:
    """Arguments and an image, right and wrong."""
    entry = load_catalogue().entry("application", name)
    assert entry is not None and entry.backbone is not None
    least = entry.backbone.min_size
    sizes = [least, least - 1, least + 1, least + 37, least + 64, entry.backbone.size, None]
    shape = (*draw.choices(sizes, (3, 1, 3, 3, 3, 1, 1), k=2), draw.choice((3, 3, 1, 4)))
    given: dict[str, Json] = {
        "include_top": draw.random() < 0.4,
        "pooling": draw.choice((None, "avg", "max")),
        "classes": draw.choice((1000, 7)),
    }
    known = {parameter.name for parameter in entry.params}
    if "alpha" in known:
        given["alpha"] = draw.choice((1.0, 0.35, 0.75, 1.4, 0.12, 2.0, 1.0))
    if "minimalistic" in known:
        given["minimalistic"] = draw.random() < 0.5
    if "depth_multiplier" in known:
        given["depth_multiplier"] = draw.choice((1, 2))
    if "include_preprocessing" in known:
        given["include_preprocessing"] = draw.random() < 0.7
    return given, shape

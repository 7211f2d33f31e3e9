"""What Keras says about a call of a layer, and whether our rules say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes import UNKNOWN, Facts, Refusal, Shape, Tensor, infer
from tests.model.calls import Case

Json = Any


@dataclass(frozen=True, slots=True)
class Word:
    """The outputs with their dtypes, and the weights (shape and whether trainable) in ascending order; or why Keras refuses."""

    outputs: tuple[tuple[Shape, str], ...] = ()
    weights: tuple[tuple[tuple[int, ...], bool], ...] = ()
    refusal: str | None = None


def difference(case: Case) -> str | None:
    """Where we and Keras disagree about a case, None if nowhere.

    Keras refuses some calls only when it computes (a wrong rank in adaptive pooling), or computes another shape than it said: where we
    refuse and its symbolic call does not, it is asked to compute.
    """
    ours = said(case)
    if ours is UNKNOWN:
        return f"{case}: we say nothing"
    theirs = word(case)
    if isinstance(ours, Refusal):
        if theirs.refusal is None and computes(case, theirs.outputs):
            return f"{case}:\n  we refuse ({ours.message}), Keras gives {theirs.outputs}"
        return None
    if theirs.refusal is not None:
        return f"{case}:\n  we say {ours.outputs}, Keras refuses: {theirs.refusal}"
    mine = of(ours)
    return None if mine == theirs else f"{case}:\n  we    {mine}\n  Keras {theirs}"


def said(case: Case) -> Facts | Refusal:
    """Our word."""
    return infer({"layer": case.layer, "arguments": dict(case.arguments)}, case.inputs, case.call, case.policy)


def of(facts: Facts) -> Word:
    outputs = tuple((tensor.shape, tensor.dtype) for tensor in facts.outputs if tensor is not None)
    return Word(outputs, tuple(sorted((weight.shape, weight.trainable) for weight in facts.weights or ())))


def word(case: Case) -> Word:
    """Keras's symbolic call."""
    import keras

    keras.config.set_dtype_policy(case.policy)
    try:
        layer = _built(case.layer, case.arguments)
        symbols = [keras.KerasTensor((None, *tensor.shape), tensor.dtype, name=f"x{i}") for i, tensor in enumerate(case.inputs)]
        passed = {key: _symbol(value, key) for key, value in case.call.items()}
        result = _called(case.layer, layer, symbols, passed)
        outputs = keras.tree.flatten(result)
        if any(tensor.shape[:1] != (None,) for tensor in outputs):
            return Word(refusal="the result has no batch")
    except Exception as error:  # Keras refuses with whatever its code happens to raise
        return Word(refusal=f"{type(error).__name__}: {str(error)[:200]}")
    finally:
        keras.config.set_dtype_policy("float32")
    trained = {id(weight) for weight in layer.trainable_weights}
    weights = sorted((tuple(weight.shape), id(weight) in trained) for weight in layer.weights)
    return Word(tuple((tuple(tensor.shape[1:]), tensor.dtype) for tensor in outputs), tuple(weights))


def computes(case: Case, outputs: tuple[tuple[Shape, str], ...]) -> bool:
    """Whether Keras computes the call for a batch of 2 zeros, and gives what it said."""
    import keras

    if case.family == "adaptive pooling":
        return False  # on a wrong rank TensorFlow divides by zero, which ends the process

    def zeros(tensor: Tensor) -> Any:
        shape = (2, *(5 if size is None else size for size in tensor.shape))
        return keras.ops.zeros(shape, tensor.dtype)

    try:
        layer = _built(case.layer, case.arguments)
        passed = {key: zeros(value) if isinstance(value, Tensor) else value for key, value in case.call.items()}
        result = _called(case.layer, layer, [zeros(tensor) for tensor in case.inputs], passed)
        given = [tuple(tensor.shape) for tensor in keras.tree.flatten(result)]
        return all(_fits(shape, (2, *said)) for shape, (said, _) in zip(given, outputs, strict=True))
    except Exception:  # see above
        return False


def _fits(shape: tuple[int, ...], said: Shape) -> bool:
    return len(shape) == len(said) and all(b in (a, None) for a, b in zip(shape, said, strict=True))


def _built(name: str, arguments: Mapping[str, Json]) -> Any:
    from cnnspec.runtime.model.objects import Context, build, to_keras

    return build("layer", name, {key: to_keras(value, Context(names="x"), key) for key, value in arguments.items()})


def _called(name: str, layer: Any, tensors: list[Any], passed: Mapping[str, Any]) -> Any:
    entry = load_catalogue().entry("layer", name)
    if entry is not None and entry.inputs == "list":
        return layer(tensors, **passed)
    return layer(*tensors, **passed)


def _symbol(value: Any, name: str) -> Any:
    import keras

    return keras.KerasTensor((None, *value.shape), value.dtype, name=name) if isinstance(value, Tensor) else value

"""JSON values of the document as Keras objects: `{"optimizer": "Adam", "arguments": {...}}` becomes `keras.optimizers.Adam(...)`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import Parameter, load_catalogue
from cnnspec.catalogue.types import ListOf, Number, options
from cnnspec.document.document import escape
from cnnspec.runtime.model.externs import extern_object, make

Json: TypeAlias = Any

MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "layer": "keras.layers",
        "application": "keras.applications",
        "optimizer": "keras.optimizers",
        "schedule": "keras.optimizers.schedules",
        "loss": "keras.losses",
        "metric": "keras.metrics",
        "callback": "keras.callbacks",
        "initializer": "keras.initializers",
        "regularizer": "keras.regularizers",
        "constraint": "keras.constraints",
        "activation": "keras.activations",
    }
)
"""In which Keras module the names of a kind are found."""

EXTERN: Final = "extern"
"""The kind of an object that the spec declares itself."""

LAYER_OF_ACTIVATION: Final[Mapping[str, str]] = MappingProxyType(
    {"elu": "ELU", "leaky_relu": "LeakyReLU", "relu": "ReLU", "softmax": "Softmax"}
)
"""The layer that computes an activation with other arguments. Keras saves a layer, but not a function with arguments."""


@dataclass(frozen=True, slots=True)
class Context:
    """What values of the document need to become Keras values.

    `{"epochs": 5}` needs the number of batches of one epoch. A layer inside a layer is named after it, `names` is the outer one's name.
    """

    steps_per_epoch: float | None = None
    names: str | None = None


class NotBuilt(Exception):
    """Keras refuses an object. `pointer` is where it stands in the document, relative to the value that was asked for."""

    def __init__(self, pointer: str, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.pointer = pointer
        self.name = name
        self.reason = reason


def to_keras(value: Json, context: Context, pointer: str = "") -> Any:
    """A value of the document as Keras wants it.

    Objects are built, arrays become tuples (lists if they hold objects), quantities with a unit become numbers, the
    rest stays. Raises `NotBuilt` where Keras refuses; nothing else.
    """
    if isinstance(value, list | tuple):
        items = [to_keras(item, context, f"{pointer}/{i}") for i, item in enumerate(value)]
        return items if any(is_object(item) for item in value) else tuple(items)
    if not isinstance(value, Mapping):
        return value
    if is_object(value):
        return _object(value, context, pointer)
    if len(value) == 1 and (unit := next(iter(value))) in ("epochs", "steps", "seconds"):
        return _quantity(unit, value[unit], context, pointer)
    return {key: to_keras(item, context, f"{pointer}/{escape(key)}") for key, item in value.items()}


def is_object(value: Json) -> bool:
    """Whether a JSON value names a Keras object."""
    return kind_of(value) is not None


def kind_of(value: Json) -> str | None:
    """The kind of a JSON object that names a Keras object or an extern one, else None."""
    if not isinstance(value, Mapping):
        return None
    kinds = (key for key in value if key in MODULES or key == EXTERN)
    return next((key for key in kinds if isinstance(value[key], str) and value.keys() <= {key, "arguments"}), None)


def build(kind: str, name: str, arguments: Mapping[str, Any], pointer: str = "") -> Any:
    """The Keras object `name` of `kind` with arguments that are Keras values already. Raises `NotBuilt`."""
    if kind == EXTERN:
        return _extern(name, arguments, pointer)
    target: Callable[..., Any] | None = getattr(importlib.import_module(MODULES[kind]), name, None)
    if target is None:
        raise NotBuilt(pointer, name, f"this Keras has no {kind} `{name}`")
    if kind == "activation":
        if not arguments:
            return target
        if name not in LAYER_OF_ACTIVATION:
            raise NotBuilt(pointer, name, f"Keras cannot save the activation `{name}` with arguments")
        target = getattr(importlib.import_module("keras.layers"), LAYER_OF_ACTIVATION[name])
    try:
        return target(**_as_declared(kind, name, arguments))
    except Exception as error:  # Keras refuses with whatever its code happens to raise
        raise NotBuilt(pointer, name, first_sentence(error)) from error


def _extern(name: str, arguments: Mapping[str, Any], pointer: str) -> Any:
    thing = extern_object(name)
    if thing is None:
        raise NotBuilt(pointer, name, "its module was not imported")
    try:
        return make(thing, arguments, name)
    except Exception as error:  # the user's code fails with whatever it happens to raise
        raise NotBuilt(pointer, name, first_sentence(error)) from error


def _as_declared(kind: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in the types that Keras looks at: `learning_rate=1` must be 1.0, and a metric's thresholds a list."""
    entry = load_catalogue().entry(kind, name)
    return {key: _typed(entry.parameter(key) if entry is not None else None, value) for key, value in arguments.items()}


def _typed(parameter: Parameter | None, value: Any) -> Any:
    if parameter is None:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        numbers = [option for option in options(parameter.parsed) if isinstance(option, Number)]
        return float(value) if numbers and not any(number.integral for number in numbers) else value
    lists = [option for option in options(parameter.parsed) if isinstance(option, ListOf)]
    scores = isinstance(value, tuple) and any(isinstance(option.item, Number) and not option.item.integral for option in lists)
    return list(value) if scores else value


def first_sentence(error: BaseException) -> str:
    """The part of Keras's message that a person can use: one paragraph on one line, without the dumps around it.

    TensorFlow first says where in the graph it was, with a traceback in paragraphs of its own.
    """
    paragraphs = [part.split("\n\t")[0].strip() for part in str(error).split("\n\n")]
    said = [part for part in paragraphs if part and not part.startswith(("Graph execution error", "Detected at node", 'File "'))]
    text = " ".join((said or paragraphs)[0].split())
    return text if len(text) <= 400 else text[:397] + "..."


def _object(value: Mapping[str, Json], context: Context, pointer: str) -> Any:
    kind = kind_of(value)
    assert kind is not None
    arguments = {key: to_keras(item, context, f"{pointer}/arguments/{escape(key)}") for key, item in value.get("arguments", {}).items()}
    if kind == "layer" and context.names is not None:
        arguments["name"] = f"{context.names}__{pointer.rpartition('/')[2]}"
    return build(kind, value[kind], arguments, pointer)


def _quantity(unit: str, amount: float, context: Context, pointer: str) -> float:
    if unit != "epochs":
        return amount
    if context.steps_per_epoch is None:
        raise NotBuilt(pointer, f"{amount}epochs", "the number of steps in an epoch is not known here")
    return round(amount * context.steps_per_epoch)

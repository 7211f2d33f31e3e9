"""Read from the installed Keras what may be called and how. A developer's tool: nothing at run time imports it."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final, TypeAlias

import numpy as np

from cnnspec.catalogue import overlay

Json: TypeAlias = Any

MODULES: Final[Mapping[str, str]] = {
    "layer": "layers",
    "application": "applications",
    "optimizer": "optimizers",
    "schedule": "optimizers.schedules",
    "loss": "losses",
    "metric": "metrics",
    "callback": "callbacks",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "activation": "activations",
}
FUNCTIONS: Final = frozenset({"application", "activation"})
WITH_IDENTIFIERS: Final = ("optimizer", "loss", "metric", "initializer", "regularizer", "constraint", "activation")
COMPILE_METRICS: Final = ("accuracy", "acc", "crossentropy", "ce")
"""Words that `Model.compile` turns into a metric that fits the loss (keras/src/trainers/compile_utils.py)."""
COMMON_LAYER: Final = ("trainable", "dtype", "autocast", "activity_regularizer")
"""What `Layer.__init__` takes and a layer with `**kwargs` hands on."""
PARTLY_COMMON: Final[Mapping[str, tuple[str, ...]]] = {
    "ActivityRegularization": ("trainable", "dtype", "autocast"),
    "IntegerLookup": ("trainable", "dtype"),
    "StringLookup": ("trainable", "dtype"),
}
"""Layers that take some of these only."""


def module_of(kind: str) -> ModuleType:
    return importlib.import_module(f"keras.{MODULES[kind]}")


def exported(kind: str) -> dict[str, tuple[Any, list[str]]]:
    """The objects of a kind by canonical name, each with its aliases. Only public names count."""
    module = module_of(kind)
    by_object: dict[Any, list[str]] = {}
    for name in dir(module):
        thing = getattr(module, name)
        if _is_of_kind(kind, thing, name):
            by_object.setdefault(thing, []).append(name)
    found = {}
    for thing, names in by_object.items():
        canonical = thing.__name__ if thing.__name__ in names else names[0]
        if canonical not in overlay.EXCLUDED.get(kind, ()):
            found[canonical] = (thing, [name for name in names if name != canonical])
    return dict(sorted(found.items()))


def _is_of_kind(kind: str, thing: Any, name: str) -> bool:
    if name.startswith("_"):
        return False
    if kind in FUNCTIONS:
        return inspect.isfunction(thing)
    bases = {"layer": "Layer", "optimizer": "Optimizer", "callback": "Callback"}
    return inspect.isclass(thing) and (kind not in bases or issubclass(thing, getattr(module_of(kind), bases[kind])))


def parameters(kind: str, name: str, thing: Callable[..., Any]) -> list[list[Json]]:
    """The parameters as `[name, type]` (required) or `[name, type, default]`."""
    found = []
    omitted = overlay.OMITTED.get(kind, frozenset())
    for parameter in _signature(thing):
        if parameter.name in omitted or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        required = parameter.default is parameter.empty
        type_ = overlay.overlay_type(kind, name, parameter.name) or _type_of_default(parameter)
        found.append([parameter.name, type_] if required else [parameter.name, type_, _json(parameter.default)])
    if kind == "activation" and name not in overlay.WITH_ARGUMENTS:
        return []
    return found


def _signature(thing: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    if inspect.isclass(thing) and thing.__init__ is object.__init__:
        return iter(())
    target = thing.__init__ if inspect.isclass(thing) else thing
    return (p for p in inspect.signature(target).parameters.values() if p.name != "self")


def common(name: str, thing: type) -> tuple[str, ...]:
    """The arguments of `Layer.__init__` that a layer hands on to it."""
    if not any(p.kind is p.VAR_KEYWORD for p in _signature(thing)):
        return ()
    return PARTLY_COMMON.get(name, COMMON_LAYER)


def _type_of_default(parameter: inspect.Parameter) -> str:
    """The type that a default shows. An integer as default does not refuse a float."""
    default = parameter.default
    if isinstance(default, bool):
        return "bool"
    if isinstance(default, int | float):
        return "float"
    return "str" if isinstance(default, str) else "any"


def _json(value: Any) -> Json:
    if isinstance(value, tuple | list):
        return [_json(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a default that JSON cannot hold: {value!r}")


def call_arguments(thing: Any) -> list[str]:
    """The names of the tensors that `call` takes, in order."""
    return [p.name for p in _of_call(thing) if not _is_flag(p)]


def call_flags(thing: Any) -> list[str]:
    """The names of the switches of `call`: `training`, `use_causal_mask`."""
    return [p.name for p in _of_call(thing) if _is_flag(p)]


def _of_call(thing: Any) -> list[inspect.Parameter]:
    parameters = inspect.signature(thing.call).parameters.values()
    return [p for p in parameters if p.name != "self" and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]


def _is_flag(parameter: inspect.Parameter) -> bool:
    return isinstance(parameter.default, bool) or parameter.name == "training"


def takes(name: str, thing: Any) -> str:
    """How several tensors reach a layer: "one" only, as one "list", or "each" as an argument of its own."""
    base = importlib.import_module("keras.src.layers.merging.base_merge").Merge
    if issubclass(thing, base) or name in ("Attention", "AdditiveAttention", "HashedCrossing"):
        return "list"
    required = [p for p in inspect.signature(thing.call).parameters.values() if p.default is p.empty and p.name != "self"]
    positional = [p for p in required if p.kind is p.POSITIONAL_OR_KEYWORD]
    return "each" if len(positional) > 1 else "one"


def identifiers(kind: str) -> dict[str, str | None]:
    """The strings that Keras takes for an object of `kind`, each with the entry that it stands for."""
    module = module_of(kind)
    table = importlib.import_module(f"keras.src.{MODULES[kind]}").ALL_OBJECTS_DICT
    entries = exported(kind)
    names = set(table) | set(entries) | {alias for _, aliases in entries.values() for alias in aliases}
    found: dict[str, str | None] = {}
    for name in sorted(names):
        try:
            built = module.get(name)
        except Exception:  # whatever Keras raises, it does not take this string
            continue
        entry = _entry_of(built, entries)
        if entry is not None:
            found[name] = entry
    if kind == "metric":
        found |= dict.fromkeys(COMPILE_METRICS)
    return dict(sorted(found.items()))


def _entry_of(built: Any, entries: Mapping[str, tuple[Any, list[str]]]) -> str | None:
    name = built.__name__ if inspect.isfunction(built) else type(built).__name__
    if name in entries:
        return name
    return next((entry for entry in entries if snake(entry) == name), None)


def snake(name: str) -> str:
    """Keras's own conversion of a class name."""
    return str(importlib.import_module("keras.src.utils.naming").to_snake_case(name))


def preprocess_mode(function: Callable[..., Any]) -> str:
    """What the backbone's `preprocess_input` does, found by trying it on one pixel."""
    pixel = np.array([[[[10.0, 120.0, 250.0]]]], dtype="float32")
    utils = importlib.import_module("keras.src.applications.imagenet_utils")
    result = np.asarray(_home(function).preprocess_input(pixel.copy()))
    for mode in ("caffe", "tf", "torch"):
        if np.allclose(result, utils.preprocess_input(pixel.copy(), mode=mode), atol=1e-5):
            return mode
    if np.allclose(result, pixel):
        return "none"
    raise ValueError(f"{function.__name__}: preprocess_input does something new")


def _home(function: Callable[..., Any]) -> ModuleType:
    return sys.modules[inspect.unwrap(function).__module__]


class _Asked(Exception):
    """Carries the sizes out of a backbone before it is built."""


def image_sizes(function: Callable[..., Any]) -> tuple[int, int]:
    """The edge of the images that a backbone was trained on, and the smallest edge that it takes."""
    utils: Any = importlib.import_module("keras.src.applications.imagenet_utils")
    original = utils.obtain_input_shape

    def asked(_shape: Any, default_size: int, min_size: int, **_: Any) -> None:
        raise _Asked(default_size, min_size)

    utils.obtain_input_shape = asked
    try:
        model = function(weights=None)
    except _Asked as answer:
        return answer.args
    finally:
        utils.obtain_input_shape = original
    return model.input_shape[1] or 224, 32


def first_sentence(thing: Any) -> str:
    """The first sentence of a docstring on one line, without Sphinx marks."""
    paragraph = inspect.cleandoc(thing.__doc__ or "").split("\n\n")[0]
    text = re.sub(r"\s+", " ", paragraph.replace("``", "`")).strip()
    sentence = re.split(r"(?<=[a-z)`\]]\.)\s", text)[0]
    return sentence if len(sentence) <= 160 else ""

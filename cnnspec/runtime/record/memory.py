"""What Keras's callbacks remember: the plain values among their attributes, as JSON, with arrays beside it.

Early stopping counts the epochs without an improvement, and so do others. Keras has no way to ask them for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import keras
import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Json: TypeAlias = Any

_NOT_REMEMBERED: Final = ("_model", "params", "validation_data", "min_delta", "monitor_op")
"""What Keras itself gives to a callback; the last two it derives from each other when the first epoch ends."""

_SIZE: Final = "size of the file"
_ARRAY: Final = "array of the state"
_TUPLE: Final = "tuple"


def remembered(callback: Any, name: str, arrays: MutableMapping[str, Array]) -> dict[str, Json]:
    """The plain attributes of a callback. Arrays among them go into `arrays`, by names that begin with `name`."""
    if isinstance(callback, keras.callbacks.CSVLogger):
        return {_SIZE: Path(callback.filename).stat().st_size}
    own = {key: value for key, value in vars(callback).items() if key not in _NOT_REMEMBERED}
    return {key: _to_json(value, f"{name}/{key}", arrays) for key, value in own.items() if _is_plain(value)}


def recall(callback: Any, memory: Mapping[str, Json], arrays: Mapping[str, Array]) -> None:
    """Gives a callback back what it remembered. To be called when it has begun to train, as it forgets everything then."""
    if isinstance(callback, keras.callbacks.CSVLogger):
        return
    for key, value in memory.items():
        setattr(callback, key, _from_json(value, arrays))


def reopen(callback: Any, memory: Mapping[str, Json]) -> None:
    """Lets a log go on where it stood: the lines after it come once more. To be called before it begins to train."""
    if isinstance(callback, keras.callbacks.CSVLogger) and Path(callback.filename).exists():
        os.truncate(callback.filename, memory[_SIZE])
        callback.append = True


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    return value is None or isinstance(value, bool | int | float | str | np.generic | np.ndarray)


def _to_json(value: Any, name: str, arrays: MutableMapping[str, Array]) -> Json:
    if isinstance(value, np.ndarray):
        arrays[name] = np.array(value)
        return {_ARRAY: name}
    if isinstance(value, tuple):
        return {_TUPLE: [_to_json(item, f"{name}/{i}", arrays) for i, item in enumerate(value)]}
    if isinstance(value, list):
        return [_to_json(item, f"{name}/{i}", arrays) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: _to_json(item, f"{name}/{key}", arrays) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _from_json(value: Json, arrays: Mapping[str, Array]) -> Any:
    if isinstance(value, list):
        return [_from_json(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) == [_ARRAY]:
        return arrays[value[_ARRAY]]
    if list(value) == [_TUPLE]:
        return tuple(_from_json(item, arrays) for item in value[_TUPLE])
    return {key: _from_json(item, arrays) for key, item in value.items()}

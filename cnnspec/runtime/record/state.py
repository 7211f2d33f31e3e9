"""The state as a value, and as a file that is there whole or not at all."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from cnnspec.runtime.observer import Epoch
from cnnspec.runtime.record.run_folder import written_whole

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Json: TypeAlias = Any

FILE: Final = "state.npz"
_FORMAT: Final = 1
_ABOUT: Final = "about"


class Damaged(Exception):
    """A state file that cannot be read. The text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A training between two steps.

    `phase` (from 0) is the one that goes on; past the last one, all training is done. Of it, `epoch` epochs are finished, and `step` steps
    of the next one, which took `seconds` so far. `epochs` are all that are finished. `callbacks` is what each callback of the phase
    remembers, `kept` the checkpoints on disk. `arrays` are the values of all variables, by `model/0`, `optimizer/0`, `metrics/0`, ...
    """

    phase: int = 0
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    epochs: tuple[Epoch, ...] = ()
    callbacks: tuple[Json, ...] = ()
    kept: tuple[Json, ...] = ()
    arrays: Mapping[str, Array] = field(default_factory=dict)


BEGINNING: Final = State()
"""Before the first step: nothing has been changed yet."""


def write_state(path: Path, state: State) -> None:
    """Writes `state` in the place of the one before. Raises OSError."""
    about = {
        "format": _FORMAT,
        "phase": state.phase,
        "epoch": state.epoch,
        "step": state.step,
        "seconds": state.seconds,
        "epochs": [epoch.to_json() for epoch in state.epochs],
        "callbacks": state.callbacks,
        "kept": state.kept,
    }
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # given a name, NumPy would add an ending of its own
            np.savez(file, **{_ABOUT: text, **state.arrays})  # type: ignore[arg-type]

    written_whole(path, write)


def read_state(path: Path) -> State:
    """The state that was written there last, BEGINNING where there is none. Raises OSError and `Damaged`."""
    if not path.exists():
        return BEGINNING
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop(_ABOUT).tobytes())
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise Damaged(f"{path} is damaged: {error}") from error
    if about.pop("format") != _FORMAT:
        raise Damaged(f"{path} was written by another version of cnnspec")
    about["epochs"] = [Epoch.from_json(line) for line in about["epochs"]]
    listed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in about.items()}
    return State(**listed, arrays=arrays)

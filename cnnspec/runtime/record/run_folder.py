"""The folder of one run. A file appears under its final name complete or not at all."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any

DOCUMENT: Final = "document.json"
SETTINGS: Final = "settings.json"
METRICS: Final = "metrics.jsonl"
RESULT: Final = "result.json"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Holds document.json, settings.json, lock.json, metrics.jsonl, state.npz, test.json, model.keras and, if asked for, checkpoints/.

    The last file to be written is result.json: where it is, the run is complete.
    """

    path: Path

    @property
    def model(self) -> Path:
        return self.path / "model.keras"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def is_complete(self) -> bool:
        return (self.path / RESULT).exists()

    def write_json(self, name: str, value: Json) -> None:
        """Writes `value` as the file `name`. Raises OSError."""
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        written_whole(self.path / name, lambda temporary: temporary.write_text(text, encoding="utf-8"))

    def append_metrics(self, value: Json) -> None:
        """Adds one line to metrics.jsonl; it is on the disk when this returns. Raises OSError."""
        with (self.path / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(value, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def write_metrics(self, values: Iterable[Json]) -> None:
        """Writes metrics.jsonl anew, a line each. Raises OSError."""
        text = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
        written_whole(self.path / METRICS, lambda temporary: temporary.write_text(text, encoding="utf-8"))

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Whether no other process is at work on this run: none can be until the `with` ends. Raises OSError.

        It is a lock of the system on the folder, which ends with the process, however it ends. Windows has none: nothing is held there.
        """
        try:
            import fcntl
        except ImportError:
            yield True
            return
        folder = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(folder)


def create(runs: Path, model: str) -> RunFolder:
    """A new folder `runs/<model>-<date>-<time>`, with a number after it if that one is taken. Raises OSError."""
    name = f"{model}-{time.strftime('%Y%m%d-%H%M%S')}"
    runs.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = runs / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return RunFolder(path)


def written_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` make a temporary file beside `path`, brings it to the disk, and gives it its name. Raises what `write` raises.

    The temporary file keeps the endings of the name, as Keras chooses its format by them.
    """
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

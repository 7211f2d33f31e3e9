"""The folder of one run. A file appears under its final name complete or not at all."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Holds document.json, settings.json, metrics.jsonl, test.json, model.keras and, if asked for, checkpoints/."""

    path: Path

    @property
    def model(self) -> Path:
        return self.path / "model.keras"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def write_json(self, name: str, value: Json) -> None:
        """Writes `value` as the file `name`. Raises OSError."""
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        written_whole(self.path / name, lambda temporary: temporary.write_text(text, encoding="utf-8"))

    def append_metrics(self, value: Json) -> None:
        """Adds one line to metrics.jsonl; it is on the disk when this returns. Raises OSError."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(value, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


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

"""What a run tells while it goes on. The runtime knows no display; a display is an `Observer`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What is known when training begins. `images` counts the images of each part; `settings` are those that the run chose itself."""

    model: str
    backend: str
    params: int
    images: Mapping[str, int]
    classes: int | None
    epochs: int
    run_dir: Path
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One finished epoch. `number` counts from 1 over all phases; `seconds` includes validation, `images_per_second` does not.

    The first epoch's figures include the time that the framework takes to compile the step.
    """

    number: int
    phase: str
    seconds: float
    images_per_second: float
    metrics: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        phase = {"phase": self.phase} if self.phase else {}
        return {"epoch": self.number, **phase, "seconds": self.seconds, "images_per_second": self.images_per_second, **self.metrics}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Epoch:
        metrics = dict(value)
        number, phase = metrics.pop("epoch"), metrics.pop("phase", "")
        seconds, speed = metrics.pop("seconds"), metrics.pop("images_per_second")
        return Epoch(number=number, phase=phase, seconds=seconds, images_per_second=speed, metrics=metrics)


class Observer(Protocol):
    """Told of everything in the order in which it happens. No method may raise."""

    def note(self, text: str) -> None:
        """One line about something that takes time: a download, a check of many files."""

    def started(self, start: Start) -> None: ...

    def phase_started(self, name: str, epochs: int, frozen: int) -> None:
        """`name` is "" where the plan has no phases; `frozen` counts the layers whose weights do not change."""

    def epoch_started(self, number: int, steps: int, images: int) -> None: ...

    def stepped(self, step: int, images: int, metrics: Mapping[str, float]) -> None:
        """`step` steps and `images` images of the epoch are done. Not called for every step: often enough to see it move."""

    def validation_started(self) -> None: ...

    def epoch_ended(self, epoch: Epoch, best: bool) -> None:
        """`best` says that these weights are the best so far by the checkpoint's measure."""

    def tested(self, metrics: Mapping[str, float]) -> None: ...

    def saved(self, path: Path) -> None: ...

    def ended(self) -> None:
        """The run is over, in whichever way. Called exactly once, and always."""


class Silent:
    """Shows nothing."""

    def note(self, text: str) -> None: ...

    def started(self, start: Start) -> None: ...

    def phase_started(self, name: str, epochs: int, frozen: int) -> None: ...

    def epoch_started(self, number: int, steps: int, images: int) -> None: ...

    def stepped(self, step: int, images: int, metrics: Mapping[str, float]) -> None: ...

    def validation_started(self) -> None: ...

    def epoch_ended(self, epoch: Epoch, best: bool) -> None: ...

    def tested(self, metrics: Mapping[str, float]) -> None: ...

    def saved(self, path: Path) -> None: ...

    def ended(self) -> None: ...

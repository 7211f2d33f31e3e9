"""The callback that follows `fit`: it orders the batches, measures the speed, tells the observer, and stops at a NaN."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import keras

from cnnspec.runtime.data.feed import Feed
from cnnspec.runtime.observer import Epoch, Observer
from cnnspec.runtime.record.state import State

_EVERY: Final = 0.1
"""Seconds between two reports of progress."""


class Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """One phase. `first` is the number of its first epoch, from 1 over all phases; `finished` is called with each epoch.

    `begin` is the state in which the phase is taken up. `step` counts the finished steps of the epoch.
    """

    def __init__(self, *, feed: Feed, observer: Observer, phase: str, first: int, begin: State, finished: Callable[[Epoch], bool]) -> None:
        super().__init__()
        self.failed_at: int | None = None
        self.step = 0
        self.steps = feed.num_batches
        self._feed = feed
        self._observer = observer
        self._phase = phase
        self._first = first
        self._begin = begin
        self._finished = finished
        self._skipped = 0
        self._before = self._started = self._trained = self._told = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        number, resumed = self._first + epoch, epoch == self._begin.epoch
        self.step = self._skipped = self._begin.step if resumed else 0
        self._before = self._begin.seconds if resumed else 0.0
        self._feed.begin(number - 1, self.step)
        self._observer.epoch_started(number, self.steps, self._images(self.steps))
        self._started = self._told = time.perf_counter()
        self._trained = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        now = time.perf_counter()
        self.step = min(self._skipped + batch + 1, self.steps)
        loss = (logs or {}).get("loss")
        if loss is not None and (math.isnan(loss) or (math.isinf(loss) and self.model.stop_training)):  # `TerminateOnNaN` asked for it
            self.failed_at = self.step
            self.model.stop_training = True
        elif now - self._told >= _EVERY:
            self._told = now
            self._observer.stepped(self.step, self._images(self.step), scalars(logs))

    def on_test_begin(self, logs: Any = None) -> None:
        self._trained = self._trained or time.perf_counter()
        self._observer.validation_started()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.failed_at is not None:
            return
        now = time.perf_counter()
        speed = (self._images(self.steps) - self._images(self._skipped)) / ((self._trained or now) - self._started)
        done = Epoch(
            number=self._first + epoch,
            phase=self._phase,
            seconds=round(self.seconds(), 3),
            images_per_second=round(speed, 1),
            metrics=scalars(logs),
        )
        self._observer.epoch_ended(done, self._finished(done))

    def seconds(self) -> float:
        """How long the epoch has taken so far, before an interruption too."""
        return self._before + time.perf_counter() - self._started

    def _images(self, step: int) -> int:
        """The images in the first `step` steps of an epoch."""
        return min(step * self._feed.batch_size, self._feed.batches.count)


def scalars(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Keras's logs as plain numbers, the loss first, the learning rate last; what is a vector (a metric per class) becomes a list."""
    found = {}
    for name, value in sorted((logs or {}).items(), key=_rank):
        if hasattr(value, "tolist"):
            found[name] = value.tolist()
        elif isinstance(value, int | float):
            found[name] = value
    return found


def _rank(entry: tuple[str, Any]) -> tuple[bool, bool, bool]:
    name = entry[0].removeprefix("val_")
    return name == "learning_rate", name != entry[0], name != "loss"

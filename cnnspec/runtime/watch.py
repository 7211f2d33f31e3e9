"""The callback that follows `fit`: it orders the batches, measures the speed, tells the observer, and stops at a NaN."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import keras

from cnnspec.runtime.data.feed import Feed
from cnnspec.runtime.observer import Epoch, Observer

_EVERY: Final = 0.1
"""Seconds between two reports of progress."""


class Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """One phase. `first` is the number of its first epoch, from 1 over all phases; `finished` is called with each epoch."""

    def __init__(
        self, *, feed: Feed, observer: Observer, phase: str, first: int, images: int, batch: int, finished: Callable[[Epoch], bool]
    ) -> None:
        super().__init__()
        self.failed_at: int | None = None
        self._feed = feed
        self._observer = observer
        self._phase = phase
        self._first = first
        self._images = images
        self._batch = batch
        self._finished = finished
        self._started = self._trained = self._told = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        number = self._first + epoch
        self._feed.begin(number - 1)
        self._observer.epoch_started(number, -(-self._images // self._batch), self._images)
        self._started = self._told = time.perf_counter()
        self._trained = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        now = time.perf_counter()
        loss = (logs or {}).get("loss")
        if loss is not None and math.isnan(loss):
            self.failed_at = batch + 1
            self.model.stop_training = True
        elif now - self._told >= _EVERY:
            self._told = now
            done = min((batch + 1) * self._batch, self._images)
            self._observer.stepped(min(batch + 1, -(-self._images // self._batch)), done, scalars(logs))

    def on_test_begin(self, logs: Any = None) -> None:
        self._trained = self._trained or time.perf_counter()
        self._observer.validation_started()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.failed_at is not None:
            return
        now = time.perf_counter()
        speed = self._images / ((self._trained or now) - self._started)
        number = self._first + epoch
        done = Epoch(
            number=number,
            phase=self._phase,
            seconds=round(now - self._started, 3),
            images_per_second=round(speed, 1),
            metrics=scalars(logs),
        )
        self._observer.epoch_ended(done, self._finished(done))


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

"""Batches on their way into `fit`: what is in memory by the framework's own means, what is in files by a thread that works ahead.

On TensorFlow, images in memory are gathered inside tf.data by position: a Keras `PyDataset` over the same arrays was half as fast on a
small network on two cores. On JAX and torch a `PyDataset` was as fast as arrays given to `fit`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Final, Literal, Protocol

import keras
import numpy as np

from cnnspec.runtime.data.batches import Batch, Batches
from cnnspec.runtime.data.images import BadImage
from cnnspec.runtime.data.items import Array, ArrayColumn, Column

_AHEAD: Final = 4
"""Batches made ready ahead of the model where the spec leaves it open."""


class Feed(Protocol):
    """The batches of a part for one `fit` or `evaluate`. `data` is its `x`; `failure` is why a batch could not be made."""

    data: Any
    failure: BadImage | None

    def begin(self, epoch: int) -> None:
        """Puts the batches into the order of this epoch. To be called before it."""
        ...


def feed_of(batches: Batches, backend: str, prefetch: int | Literal["auto"]) -> Feed:
    """The fastest way to feed these batches on this backend."""
    ahead = _AHEAD if prefetch == "auto" else prefetch
    in_memory = all(isinstance(column, ArrayColumn) for column in batches.columns)
    return TensorFeed(batches, ahead) if backend == "tensorflow" and in_memory else ThreadFeed(batches, 0 if in_memory else ahead)


class TensorFeed:
    """Arrays in memory through tf.data: a step's positions are cut from the order of the epoch, and their images gathered."""

    failure: BadImage | None = None

    def __init__(self, batches: Batches, ahead: int) -> None:
        import tensorflow as tf

        def constant(column: Column) -> Any:
            assert isinstance(column, ArrayColumn)
            return tf.constant(column.array)

        self._batches = batches
        with tf.device("/CPU:0"):  # where tf.data works; the batches go to the accelerator, not the whole set
            arrays = batches.assembled(constant)
            self._order = order = tf.Variable(batches.order(0), trainable=False, dtype=tf.int64)
        size = batches.size

        def batch(step: Any) -> Any:
            positions = order[step * size : (step + 1) * size]
            return tf.nest.map_structure(lambda array: tf.gather(array, positions), arrays)

        self.data = tf.data.Dataset.range(len(batches)).map(batch, num_parallel_calls=1, deterministic=True).prefetch(max(1, ahead))

    def begin(self, epoch: int) -> None:
        self._order.assign(self._batches.order(epoch))


class ThreadFeed:
    """Batches made by one thread, `ahead` of the step that asks for them; 0 makes each when it is asked for."""

    def __init__(self, batches: Batches, ahead: int) -> None:
        self.failure: BadImage | None = None
        self.data = _Sequence(len(batches), self._get)
        self._batches = batches
        self._ahead = ahead
        self._lock = Lock()  # Keras looks at the first batches before it trains, and TensorFlow goes on reading behind that look
        self._order: Array = batches.order(0)
        self._maker = ThreadPoolExecutor(1, "batches")
        self._made: dict[int, Future[Batch]] = {}

    def begin(self, epoch: int) -> None:
        order = self._batches.order(epoch)
        with self._lock:
            for future in self._made.values():
                future.cancel()
            self._order, self._made = order, {}

    def _get(self, step: int) -> Batch:
        try:
            return self._submitted(step).result() if self._ahead else self._make(step, self._order)
        except BadImage as failure:
            self.failure = failure
            raise

    def _submitted(self, step: int) -> Future[Batch]:
        """The batch of this step, on its way; those after it are sent on their way too."""
        with self._lock:
            for i in range(step, min(step + self._ahead + 1, len(self._batches))):
                if i not in self._made:
                    self._made[i] = self._maker.submit(self._make, i, self._order)
            return self._made.pop(step)

    def _make(self, step: int, order: Array) -> Batch:
        size = self._batches.size
        return self._batches.take(order[step * size : (step + 1) * size])


class _Sequence(keras.utils.PyDataset):  # type: ignore[misc]
    """What Keras iterates over: batch `index` of the epoch that has begun."""

    def __init__(self, count: int, get: Callable[[int], Batch]) -> None:
        super().__init__()
        self._count = count
        self._get = get

    @property
    def num_batches(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Batch:
        return self._get(index)


def positions_of(batches: Batches, epoch: int) -> list[Array]:
    """The positions of each batch of an epoch, as every feed has them: for tests and for a look at the first batch."""
    order = batches.order(epoch)
    return np.split(order, range(batches.size, len(order), batches.size))

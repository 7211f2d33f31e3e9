"""Batches on their way into `fit`: what is in memory by the framework's own means, what is in files by a thread that works ahead.

A feed is a data adapter of Keras: `fit` takes one as its `x`. Keras's own adapters always begin an epoch with its first batch; a run
that goes on after an interruption begins where it stopped.

On TensorFlow, images in memory are gathered inside tf.data by position: a Keras `PyDataset` over the same arrays was half as fast on a
small network on two cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Final, Literal, TypeAlias

import keras
import numpy as np
from keras.src.trainers.data_adapters.data_adapter import DataAdapter

from cnnspec.runtime.data.batches import Batch, Batches
from cnnspec.runtime.data.images.columns import BadImage
from cnnspec.runtime.data.items import Array, ArrayColumn, Column

_AHEAD: Final = 4
"""Batches made ready ahead of the model where the spec leaves it open."""


class Feed(DataAdapter):  # type: ignore[misc]
    """The batches of a part for one `fit` or `evaluate`. `failure` is why a batch could not be made.

    Keras counts on `num_batches` steps in each epoch. In one that was begun at a later step it meets the end of the data sooner; it takes
    that for a reason to warn, and then goes on as after any epoch.
    """

    failure: BadImage | None = None

    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def begin(self, epoch: int, step: int = 0) -> None:
        """Puts the batches into the order of this epoch, and lets them begin with number `step`. To be called before it."""
        raise NotImplementedError

    @property
    def num_batches(self) -> int:
        return len(self.batches)

    @property
    def batch_size(self) -> int:
        return self.batches.size

    @property
    def has_partial_batch(self) -> bool:
        return bool(self.partial_batch_size)

    @property
    def partial_batch_size(self) -> int | None:
        return self.batches.count % self.batches.size or None


Change: TypeAlias = Callable[[Any, Any], Any]
"""What is done to a batch of tensors, with the number of its step over all epochs."""


def feed_of(batches: Batches, backend: str, prefetch: int | Literal["auto"], change: Change | None = None) -> Feed:
    """The fastest way to feed these batches on this backend. TensorFlow alone can `change` them on their way."""
    ahead = _AHEAD if prefetch == "auto" else prefetch
    in_memory = all(isinstance(column, ArrayColumn) for column in batches.columns)
    return (
        TensorFeed(batches, ahead, change)
        if backend == "tensorflow" and in_memory
        else ThreadFeed(batches, 0 if in_memory else ahead, change)
    )


class TensorFeed(Feed):
    """Arrays in memory through tf.data: a step's positions are cut from the order of the epoch, and their images gathered."""

    def __init__(self, batches: Batches, ahead: int, change: Change | None = None) -> None:
        import tensorflow as tf

        super().__init__(batches)

        def constant(column: Column) -> Any:
            assert isinstance(column, ArrayColumn)
            return tf.constant(column.array)

        with tf.device("/CPU:0"):  # where tf.data works; the batches go to the accelerator, not the whole set
            arrays = batches.assembled(constant)
            self._order = order = tf.Variable(batches.order(0), trainable=False, dtype=tf.int64)
            self._first = first = tf.Variable(0, trainable=False, dtype=tf.int64)
            self._end = end = tf.Variable(len(batches), trainable=False, dtype=tf.int64)
        size, count = batches.size, len(batches)

        def batch(number: Any) -> Any:
            start = number % count * size
            positions = order[start : start + size]
            return number, tf.nest.map_structure(lambda array: tf.gather(array, positions), arrays)

        numbers = tf.data.Dataset.from_tensors(0).flat_map(lambda _: tf.data.Dataset.range(first, end))
        numbered = numbers.map(batch, num_parallel_calls=1, deterministic=True)
        self._data = _changed(numbered, change).prefetch(max(1, ahead))

    def begin(self, epoch: int, step: int = 0) -> None:
        self._order.assign(self.batches.order(epoch))
        self._first.assign(epoch * len(self.batches) + step)
        self._end.assign((epoch + 1) * len(self.batches))

    def get_tf_dataset(self) -> Any:
        return self._data


class ThreadFeed(Feed):
    """Batches made by one thread, `ahead` of the step that asks for them; 0 makes each when it is asked for."""

    def __init__(self, batches: Batches, ahead: int, change: Change | None = None) -> None:
        super().__init__(batches)
        self._ahead = ahead
        self._change = change
        self._epoch = 0
        self._lock = Lock()  # Keras looks at the first batches before it trains, and TensorFlow goes on reading behind that look
        self._order: Array = batches.order(0)
        self._first = 0
        self._maker = ThreadPoolExecutor(1, "batches")
        self._made: dict[int, Future[Batch]] = {}

    def begin(self, epoch: int, step: int = 0) -> None:
        order = self.batches.order(epoch)
        with self._lock:
            for future in self._made.values():
                future.cancel()
            self._order, self._first, self._epoch, self._made = order, step, epoch, {}

    def get_numpy_iterator(self) -> Iterator[Batch]:
        return (self._get(step) for step in range(self._first, len(self.batches)))

    def get_jax_iterator(self) -> Iterator[Batch]:
        return self.get_numpy_iterator()

    def get_torch_dataloader(self) -> Iterator[Any]:
        import torch

        return (keras.tree.map_structure(torch.from_numpy, batch) for batch in self.get_numpy_iterator())

    def get_tf_dataset(self) -> Any:
        import tensorflow as tf

        def spec(array: Array) -> Any:
            return tf.TensorSpec((None, *array.shape[1:]), array.dtype)

        def numbered() -> Iterator[tuple[int, Batch]]:
            return enumerate(self.get_numpy_iterator(), self._epoch * len(self.batches) + self._first)

        signature = (tf.TensorSpec((), tf.int64), keras.tree.map_structure(spec, self._get(0)))
        data = tf.data.Dataset.from_generator(numbered, output_signature=signature)
        return _changed(data, self._change).prefetch(max(1, self._ahead))

    def _get(self, step: int) -> Batch:
        try:
            return self._submitted(step).result() if self._ahead else self._make(step, self._order)
        except BadImage as failure:
            self.failure = failure
            raise

    def _submitted(self, step: int) -> Future[Batch]:
        """The batch of this step, on its way; those after it are sent on their way too."""
        with self._lock:
            for i in range(step, min(step + self._ahead + 1, len(self.batches))):
                if i not in self._made:
                    self._made[i] = self._maker.submit(self._make, i, self._order)
            return self._made.pop(step)

    def _make(self, step: int, order: Array) -> Batch:
        size = self.batches.size
        return self.batches.take(order[step * size : (step + 1) * size])


def _changed(numbered: Any, change: Change | None) -> Any:
    """The batches of a dataset of numbers and batches, changed. As a change depends on the number alone, several are made at a time."""
    import tensorflow as tf

    if change is None:
        return numbered.map(lambda _, batch: batch)
    return numbered.map(lambda number, batch: change(batch, number), num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def positions_of(batches: Batches, epoch: int) -> list[Array]:
    """The positions of each batch of an epoch, as every feed has them: for tests and for a look at the first batch."""
    order = batches.order(epoch)
    return np.split(order, range(batches.size, len(order), batches.size))

"""The order of the batches: from seed and epoch alone, and the same by every way of feeding."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.runtime.data.batches import Batches, batches_of, order_of
from cnnspec.runtime.data.images.columns import BadImage
from cnnspec.runtime.data.items import ArrayColumn, Column, Items
from cnnspec.runtime.data.targets import Targets


def items_of(images: Column, labels: Any) -> Items:
    return Items({"image": images}, {"label": ArrayColumn(labels)})


def numbered(count: int = 10, size: int = 4, **options: Any) -> Batches:
    """Images whose only pixel is their number; the label is the number too."""
    items = items_of(ArrayColumn(np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)), np.arange(count))
    return batches_of(items, {"label": Targets("number", count)}, size, **options)


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    assert order_of(8, 7, 3, shuffle=True).tolist() == order_of(8, 7, 3, shuffle=True).tolist()
    orders = [order_of(8, seed, epoch, shuffle=True).tolist() for seed in (7, 8) for epoch in (0, 1)]
    assert len({tuple(order) for order in orders}) == 4
    assert all(sorted(order) == list(range(8)) for order in orders)


def test_the_order_is_the_same_on_every_machine() -> None:
    assert order_of(6, 1, 2, shuffle=True).tolist() == [4, 5, 1, 0, 3, 2]


def test_without_shuffle_the_order_is_that_of_the_source() -> None:
    assert order_of(5, 7, 3, shuffle=False).tolist() == [0, 1, 2, 3, 4]


def test_the_last_batch_may_be_smaller() -> None:
    batches = numbered()
    assert len(batches) == 3
    assert [len(batches.take(batches.order(0)[i : i + 4])[0]) for i in (0, 4, 8)] == [4, 4, 2]


def test_class_weights_become_a_weight_per_image() -> None:
    batches = numbered(3, 3, class_weights={"label": {0: 2.0, 2: 0.5}})
    images, targets, weights = batches.take(np.array([2, 0, 1]))
    assert (images.ravel().tolist(), targets.tolist(), weights.tolist()) == ([2, 0, 1], [2, 0, 1], [0.5, 2.0, 1.0])


class Slow:
    """Images in files, as far as a feed can tell: each takes its time, and the earlier ones take longest."""

    shape = (1, 1, 1)

    def __init__(self, count: int, bad: int | None = None) -> None:
        self.count = count
        self.bad = bad

    def __len__(self) -> int:
        return self.count

    def take(self, indices: Any) -> Any:
        if self.bad in indices:
            raise BadImage(Path("a/bad.png"), "it is truncated")
        time.sleep(0.002 * (self.count - indices[0]))
        return indices.astype(np.uint8).reshape(-1, 1, 1, 1)

    def subset(self, indices: Any) -> Column:
        raise NotImplementedError


def seen(feed: Any, backend: str, epoch: int, step: int = 0) -> list[list[int]]:
    """The images of each batch from `step` on, as Keras gets them on this backend."""
    feed.begin(epoch, step)
    batches = feed.get_tf_dataset() if backend == "tensorflow" else feed.get_jax_iterator()
    return [np.asarray(batch[0]).ravel().tolist() for batch in batches]


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("prefetch", ["auto", 0, 1, 7])
@pytest.mark.parametrize("lazy", [False, True])
def test_every_feed_has_the_same_batches_in_the_same_order(keras: Any, backend: str, prefetch: Any, lazy: bool) -> None:
    from cnnspec.runtime.data.feed import feed_of

    items = items_of(Slow(10) if lazy else ArrayColumn(np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)), np.arange(10))
    batches = batches_of(items, {"label": Targets("number", 10)}, 4, seed=5, shuffle=True)
    feed = feed_of(batches, backend, prefetch)
    for epoch in (0, 1, 5):
        order = order_of(10, 5, epoch, shuffle=True).tolist()
        assert seen(feed, backend, epoch) == [order[:4], order[4:8], order[8:]]
    assert seen(feed, backend, 5, step=1) == [order[4:8], order[8:]]
    assert seen(feed, backend, 5, step=3) == []
    assert feed.num_batches == 3


def test_keras_sees_a_new_order_in_each_epoch(keras: Any) -> None:
    from cnnspec.runtime.data.feed import feed_of

    class Begin(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            feed.begin(epoch)

    class Remember(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def build(self, shape: Any) -> None:
            self.sum = self.add_weight(shape=(), initializer="zeros", trainable=False)
            self.scale = self.add_weight(shape=(), initializer="ones")

        def call(self, x: Any, training: bool = False) -> Any:
            if training:
                self.sum.assign(self.sum * 31 % 65521 + keras.ops.sum(x * keras.ops.reshape(keras.ops.arange(1.0, 6.0), (5, 1))))
            return x * self.scale

    feed = feed_of(numbered(10, 5, seed=1, shuffle=True), "tensorflow", "auto")
    model = keras.Sequential([keras.Input((1, 1, 1)), keras.layers.Flatten(), Remember()])
    model.compile("sgd", "mse")
    model.fit(feed, epochs=3, shuffle=False, verbose=0, callbacks=[Begin()])
    expected = 0.0
    for epoch in range(3):
        for half in order_of(10, 1, epoch, shuffle=True).reshape(2, 5):
            expected = expected * 31 % 65521 + float((half * np.arange(1, 6)).sum())
    assert float(model.layers[-1].sum.numpy()) == pytest.approx(expected)


def test_a_file_that_turns_out_bad_is_remembered(keras: Any) -> None:
    from cnnspec.runtime.data.feed import feed_of

    feed = feed_of(batches_of(items_of(Slow(8, bad=6), np.arange(8)), {"label": Targets("number", 8)}, 4), "torch", "auto")
    feed.begin(0)
    batches = feed.get_numpy_iterator()
    assert len(next(batches)[0]) == 4
    with pytest.raises(BadImage):
        next(batches)
    assert feed.failure is not None and feed.failure.path == Path("a/bad.png")

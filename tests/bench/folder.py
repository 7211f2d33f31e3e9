"""A folder of JPEGs: what `cnnspec run` makes of it against `keras.utils.image_dataset_from_directory` as its documentation uses it.

    python tests/bench/folder.py FOLDER                 # a folder of class folders, such as 10,000 images of CIFAR-10
    python tests/bench/folder.py FOLDER --size 32 --rounds 7

Both deliver shuffled batches of 32, with nothing behind them, and so are measured at their fastest. The first epoch counts from the
name of the folder on: listing, checking and decoding belong to it. The two take turns, so that what else happens on the machine meets
both. Exit status 1 if a target is missed: the first epoch at least as fast as Keras's, later ones at least twice.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from cnnspec.document.document import Document
from cnnspec.plan.resolve import resolve
from cnnspec.runtime.data.batches import batches_of
from cnnspec.runtime.data.dataset import open_dataset
from cnnspec.runtime.data.feed import feed_of
from cnnspec.runtime.data.targets import Targets

BATCH, LATER = 32, 2
Epoch = Callable[[int], Iterable[Any]]


def by_keras(folder: Path, size: int) -> Epoch:
    """The documentation's lines: https://keras.io/api/data_loading/image/"""
    dataset = keras.utils.image_dataset_from_directory(folder, image_size=(size, size), batch_size=BATCH, verbose=False)
    return lambda epoch: dataset


def by_cnnspec(folder: Path, size: int, cache: str | None) -> Epoch:
    shape = (size, size, 3)
    model = {"name": "m", "input": [{"name": "x", "shape": list(shape)}], "layers": [], "output": ["y"]}
    source = {"source": "image_folder", "arguments": {"path": str(folder.resolve())}}
    data = {"source": source, "batch": BATCH, "resize": [size, size], **({"cache": cache} if cache else {})}
    train = {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}
    document = Document({"cnn": 1, "model": model, "data": data, "train": train}, "m.json", folder)
    plan, found = resolve(document)
    assert plan is not None, found
    dataset, found = open_dataset(document, plan.data, {"x": shape}, {"y": (10,)})
    assert dataset is not None, found
    feed = feed_of(batches_of(dataset.train, {"y": Targets("number", 10)}, BATCH, shuffle=True), "tensorflow", "auto")

    def epoch(number: int) -> Iterable[Any]:
        feed.begin(number)
        batches: Iterable[Any] = feed.get_tf_dataset()
        return batches

    return epoch


def measured(make: Callable[[], Epoch]) -> tuple[float, float]:
    """Seconds of the first epoch, from nothing, and of a later one."""
    start = time.perf_counter()
    epoch = make()
    for _ in epoch(0):
        pass
    first = time.perf_counter() - start
    start = time.perf_counter()
    for number in range(1, LATER + 1):
        for _ in epoch(number):
            pass
    return first, (time.perf_counter() - start) / LATER


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", choices=["memory", "disk"])
    options = parser.parse_args()
    makers = {
        "keras": lambda: by_keras(options.folder, options.size),
        "cnnspec": lambda: by_cnnspec(options.folder, options.size, options.cache),
    }
    for make in makers.values():
        measured(make)  # the first time, files come from the disk
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in makers}
    for _ in range(options.rounds):
        for name, make in makers.items():
            times[name].append(measured(make))
    missed = False
    for which, target in ((0, 1.0), (1, 2.0)):
        seconds = {name: [pair[which] for pair in found] for name, found in times.items()}
        for name, found in seconds.items():
            print(f"{('first epoch', 'later epoch')[which]}  {name:<8} {median(found):7.3f} s   ({min(found):.3f} to {max(found):.3f})")
        each = [k / c for k, c in zip(seconds["keras"], seconds["cnnspec"], strict=True)]
        ratio = median(seconds["keras"]) / median(seconds["cnnspec"])
        print(f"  cnnspec is {ratio:.2f} times as fast ({min(each):.2f} to {max(each):.2f}); target: at least {target:.1f}")
        missed |= ratio < target
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

"""What the programs here share: MNIST, the network of `specs/mnist_cnn.cnn`, and the images per second of each epoch.

The programs are written as tutorials write them. Each prints one JSON list: the images per second of each epoch, validation not counted.
"""

import json
import os
import sys
import time
from pathlib import Path

import keras
import numpy as np

ROOT = Path(__file__).resolve().parents[3]


class Speed(keras.callbacks.Callback):
    """Measures each epoch until its validation begins."""

    def __init__(self, images):
        super().__init__()
        self.images = images
        self.found = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start, self.trained = time.perf_counter(), None

    def on_test_begin(self, logs=None):
        self.trained = self.trained or time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.found.append(self.images / ((self.trained or time.perf_counter()) - self.start))

    def on_train_end(self, logs=None):
        print(json.dumps(self.found))


def mnist():
    with np.load(Path(os.environ["CNNSPEC_TEST_DATA"], "mnist.npz")) as file:
        return file["x_train"], file["y_train"]


def network(*first):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *first,
            keras.layers.Conv2D(32, (3, 3), activation="relu"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def epochs():
    return int(sys.argv[1]) if len(sys.argv) > 1 else 3

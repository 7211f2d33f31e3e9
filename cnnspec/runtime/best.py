"""The `checkpoint` section: the best weights by a measured quantity, kept on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from cnnspec.plan.plan import Checkpoint
from cnnspec.runtime.run_folder import written_whole


class Best:
    """The best weights so far over all phases. `model` is the one that is saved, without augmentation."""

    def __init__(self, checkpoint: Checkpoint, model: keras.Model, folder: Path) -> None:
        self._checkpoint = checkpoint
        self._model = model
        self._folder = folder
        self._kept: list[tuple[float, int, Path]] = []

    def offer(self, epoch: int, metrics: Mapping[str, float], higher_is_better: bool) -> bool:
        """Keeps the weights if they are among the best; returns whether they are the very best. A quantity that is NaN never is."""
        value = metrics.get(self._checkpoint.monitor)
        if value is None or value != value:
            return False
        rank = -value if higher_is_better else value
        if len(self._kept) >= self._checkpoint.keep and rank >= self._kept[-1][0]:
            return False
        path = self._folder / f"epoch-{epoch:04d}.weights.h5"
        self._folder.mkdir(exist_ok=True)
        written_whole(path, self._model.save_weights)
        self._kept = sorted([*self._kept, (rank, epoch, path)])
        for _, _, worse in self._kept[self._checkpoint.keep :]:
            worse.unlink(missing_ok=True)
        del self._kept[self._checkpoint.keep :]
        return self._kept[0][1] == epoch

    def restore(self) -> int | None:
        """Puts the best weights back into the model. Returns their epoch; None if there are none."""
        if not self._kept:
            return None
        _, epoch, path = self._kept[0]
        self._model.load_weights(path)
        return epoch


def higher_is_better(monitor: str, model: keras.Model) -> bool:
    """Whether more of a quantity is better, as Keras's own callbacks decide: each metric knows it; a loss does not."""
    name = monitor.removeprefix("val_")
    return any(metric.name == name and getattr(metric, "_direction", "down") == "up" for metric in _metrics(model))


def _metrics(model: keras.Model) -> list[Any]:
    return [inner for metric in model.metrics for inner in [metric, *getattr(metric, "metrics", [])]]

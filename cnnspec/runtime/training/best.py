"""The `checkpoint` section: the best weights by a measured quantity, kept on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import keras

from cnnspec.plan.plan import Checkpoint
from cnnspec.runtime.record.run_folder import written_whole

Json: TypeAlias = Any

_FILES: Final = "epoch-*.weights.h5"
_LAST: Final = "last.weights.h5"


class Best:
    """The best weights so far over all phases. `model` is the one that is saved, without augmentation."""

    def __init__(self, checkpoint: Checkpoint, model: keras.Model, folder: Path, kept: Sequence[Json] = ()) -> None:
        self._checkpoint = checkpoint
        self._model = model
        self._folder = folder
        self._kept: list[tuple[float, int]] = [(rank, epoch) for rank, epoch in kept]

    def offer(self, epoch: int, metrics: Mapping[str, float], higher_is_better: bool) -> bool:
        """Keeps the weights if they are among the best; returns whether they are the very best. A quantity that is NaN never is.

        The files of those that are best no longer stay until `forget_others`: a run that is taken up again may need them.
        """
        value = metrics.get(self._checkpoint.monitor)
        if value is None or value != value:
            return False
        rank = -value if higher_is_better else value
        if len(self._kept) >= self._checkpoint.keep and rank >= self._kept[-1][0]:
            return False
        self._folder.mkdir(exist_ok=True)
        written_whole(self._path(epoch), self._model.save_weights)
        self._kept = sorted([*self._kept, (rank, epoch)])[: self._checkpoint.keep]
        return self._kept[0][1] == epoch

    def kept(self) -> tuple[Json, ...]:
        """Rank and epoch of the checkpoints on disk, the best first, as plain values."""
        return tuple(list(entry) for entry in self._kept)

    def forget_others(self) -> None:
        """Deletes the checkpoints that are not among the best any more."""
        wanted = {self._path(epoch) for _, epoch in self._kept}
        for path in self._folder.glob(_FILES):
            if path not in wanted:
                path.unlink(missing_ok=True)

    def keep_last(self) -> None:
        """Writes the weights with which the training ended, beside the best ones. Raises OSError."""
        self._folder.mkdir(exist_ok=True)
        written_whole(self._folder / _LAST, self._model.save_weights)

    def restore(self) -> int | None:
        """Puts the best weights back into the model. Returns their epoch; None if there are none."""
        if not self._kept:
            return None
        epoch = self._kept[0][1]
        self._model.load_weights(self._path(epoch))
        return epoch

    def _path(self, epoch: int) -> Path:
        return self._folder / f"epoch-{epoch:04d}.weights.h5"


def higher_is_better(monitor: str, model: keras.Model) -> bool:
    """Whether more of a quantity is better, as Keras's own callbacks decide: each metric knows it; a loss does not."""
    name = monitor.removeprefix("val_")
    return any(known == name and getattr(metric, "_direction", "down") == "up" for known, metric in _metrics(model))


def _metrics(model: keras.Model) -> Iterator[tuple[str, Any]]:
    """Every metric with the name under which Keras reports it."""
    for metric in model.metrics:
        yield metric.name, metric
        for inner in getattr(metric, "metrics", []):
            yield inner.name, inner
        for of_output in filter(None, getattr(metric, "_flat_metrics", [])):  # Keras has the metrics of each output in one object
            yield from ((f"{of_output.output_name}_{inner.name}", inner) for inner in of_output.metrics)

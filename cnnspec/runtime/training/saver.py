"""When the state is written: between two steps, after a while, where the run was asked to stop, and at the end of a phase."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import keras

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.observer import Epoch
from cnnspec.runtime.record.memory import recall, remembered, reopen
from cnnspec.runtime.record.state import FILE, State, write_state
from cnnspec.runtime.record.variables import put_back, put_back_random_state, random_state, values_of
from cnnspec.runtime.refused import Refused
from cnnspec.runtime.training.best import Best
from cnnspec.runtime.training.stop import Stop, Stopped

_SHARE: Final = 50
"""One part in so many of the time may go into writing states."""


class States:
    """The state file of one run, and when it was written. `every` is how many seconds may be lost when the machine dies."""

    def __init__(self, folder: Path, every: float, best: Best | None) -> None:
        self._path = folder / FILE
        self._every = every
        self._best = best
        self._written = time.monotonic()
        self._took = 0.0

    def due(self, *, between_epochs: bool = False) -> bool:
        """Whether it is time to write: sooner between two epochs, where a state is small and easily understood."""
        passed = time.monotonic() - self._written
        return passed >= max(self._every, self._took * _SHARE) or (between_epochs and passed >= max(1.0, self._took * _SHARE))

    def write(self, state: State) -> None:
        """Raises `Refused` where it cannot be written; the state before stays then."""
        begin = time.monotonic()
        try:
            write_state(self._path, state)
        except OSError as error:
            message = f"the state of the run cannot be written: {error.strerror or error}"
            help = f"make room; then `cnnspec run --resume {self._path.parent}` goes on from the state before"
            raise Refused(Diagnostic(code="E1104", message=message, where=str(self._path), help=help)) from error
        if self._best:
            self._best.forget_others()
        self._written = time.monotonic()
        self._took = self._written - begin

    @property
    def resume(self) -> str:
        """The command that goes on from here."""
        return f"`cnnspec run --resume {self._path.parent}` goes on from there"

    def kept(self) -> tuple[Any, ...]:
        return self._best.kept() if self._best else ()


class Saver(keras.callbacks.Callback):  # type: ignore[misc]
    """One phase. The last of its callbacks, so that a state holds what the others did.

    `begin` is the state in which the phase is taken up again, if it is; its variables are in the model by then.
    """

    def __init__(
        self, *, states: States, stop: Stop, begin: State, phase: int, callbacks: Sequence[Any], epochs: Sequence[Epoch], watch: Any
    ) -> None:
        super().__init__()
        self._states = states
        self._stop = stop
        self._begin = begin
        self._phase = phase
        self._callbacks = callbacks
        self._epochs = epochs
        self._watch = watch
        self._epoch = 0

    def on_train_begin(self, logs: Any = None) -> None:
        for callback, memory in zip(self._callbacks, self._begin.callbacks, strict=False):
            recall(callback, memory, self._begin.arrays)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch
        if self._begin.step and epoch == self._begin.epoch:
            put_back("metrics", self.model.metrics_variables, self._begin.arrays)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        step = self._watch.step
        if step == self._watch.steps:  # validation belongs to the epoch: without a step of its own, Keras would not report the training
            return
        if self._stop.asked or self._states.due():
            self._write(self._epoch, step)
        if self._stop.asked:
            raise Stopped(f"stopped in epoch {len(self._epochs) + 1} after step {step:,} of {self._watch.steps:,}; {self._states.resume}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.model.stop_training:  # the end of the phase, whose state is written when all callbacks have ended
            self._finish_averages()
            return
        if self._stop.asked or self._states.due(between_epochs=True):
            self._write(epoch + 1, 0)
        if self._stop.asked:
            raise Stopped(f"stopped after epoch {len(self._epochs)}; {self._states.resume}")

    def _finish_averages(self) -> None:
        """Keras ends with the averages of the weights. SwapEMAWeights has exchanged them, and sees to it in the last epoch alone."""
        for callback in self._callbacks:
            if isinstance(callback, keras.callbacks.SwapEMAWeights) and callback._ema_weights_in_model:
                callback._finalize_ema_values()

    def _write(self, epoch: int, step: int) -> None:
        model = self.model
        arrays = training_values(model)
        if step:
            arrays |= values_of("metrics", model.metrics_variables)
        memories = tuple(remembered(callback, f"callbacks/{i}", arrays) for i, callback in enumerate(self._callbacks))
        self._states.write(
            State(
                phase=self._phase,
                epoch=epoch,
                step=step,
                seconds=self._watch.seconds() if step else 0.0,
                epochs=tuple(self._epochs),
                callbacks=memories,
                kept=self._states.kept(),
                arrays=arrays,
            )
        )


def training_values(fitted: keras.Model) -> dict[str, Any]:
    """All that a training changes, but for its metrics."""
    return {**values_of("model", fitted.variables), **values_of("optimizer", fitted.optimizer.variables), **random_state()}


def take_up(fitted: keras.Model, callbacks: Sequence[Any], state: State, batch: Callable[[], Any]) -> None:
    """Brings a compiled model into `state`. `batch` makes a batch of the training data: Keras makes its metrics by its shape.

    Raises `Unfit`.
    """
    for callback, memory in zip(callbacks, state.callbacks, strict=False):
        reopen(callback, memory)
    fitted._symbolic_build(data_batch=batch())
    put_back("model", fitted.variables, state.arrays)
    put_back("optimizer", fitted.optimizer.variables, state.arrays)
    put_back_random_state(state.arrays)

"""Training: one `compile` and `fit` per phase, watched, and saved between two steps."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Phase, Plan
from cnnspec.runtime.augment import Augmented, ignored, stage_of
from cnnspec.runtime.best import Best, higher_is_better
from cnnspec.runtime.compiled import Compiled, fresh_objective, make_folders
from cnnspec.runtime.data.batches import Batches, batches_of
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.feed import Feed, feed_of
from cnnspec.runtime.data.items import Items
from cnnspec.runtime.data.targets import Targets
from cnnspec.runtime.freeze import Trainable
from cnnspec.runtime.objects import first_sentence
from cnnspec.runtime.observer import Epoch, Observer
from cnnspec.runtime.refused import Refused
from cnnspec.runtime.settings import Execution
from cnnspec.runtime.stage import Stage
from cnnspec.runtime.state.saver import Saver, States, take_up, training_values
from cnnspec.runtime.state.state import BEGINNING, State
from cnnspec.runtime.state.variables import Unfit, put_back, put_back_random_state, unshare
from cnnspec.runtime.stop import Stop
from cnnspec.runtime.watch import Watch, scalars


@dataclass(frozen=True, slots=True)
class Ready:
    """A phase with everything that it needs, checked. What belongs to an output stands under its name."""

    phase: Phase
    compiled: Compiled
    targets: Mapping[str, Targets]
    weights: Mapping[str, Mapping[int, float]]
    frozen: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What all phases share. `begin` is the state in which the run is taken up."""

    document: Document
    plan: Plan
    dataset: Dataset
    model: keras.Model
    augmented: str | None
    backend: str
    execution: Execution
    observer: Observer
    record: Callable[[Epoch], None]
    best: Best | None
    states: States
    stop: Stop
    begin: State

    def run(self, phases: list[Ready]) -> tuple[list[Epoch], dict[str, float], dict[str, float]]:
        """Trains every phase, puts the best weights back, and measures the test part and, where a promise needs it, validation.

        Raises `Refused` where training fails, `Unfit` where the state is not one of this model, and lets KeyboardInterrupt through.
        """
        trainable = Trainable(self.model)
        fitted = Augmented(self.model) if self.plan.augment and not self.execution.augment_ahead else self.model
        epochs = list(self.begin.epochs)
        self._take_up(fitted, phases)
        for number, ready in enumerate(phases[self.begin.phase :], start=self.begin.phase):
            frozen = trainable.freeze(ready.frozen)
            self.observer.phase_started(ready.phase.name, ready.phase.epochs, frozen)
            self._fit(fitted, number, ready, epochs)
        if self.best:
            self._guarded(phases[-1].phase, self.best.keep_last)
            self.best.restore()
        last = phases[-1]
        needs_validation = any(p.quantity.startswith("validation.") for p in self.plan.promises)
        test = self._measure(fitted, last, self.dataset.test)
        validation = self._measure(fitted, last, self.dataset.validation) if needs_validation else {}
        # What is saved says how it was trained, but not with which execution settings: those fit this backend alone.
        self.model.compile(optimizer=fitted.optimizer, **fresh_objective(last.phase, last.compiled))
        return epochs, test, validation

    def _take_up(self, fitted: keras.Model, phases: list[Ready]) -> None:
        """The weights of a phase that is over; what is taken up within a phase needs its optimizer too, see `_fit`."""
        if self.begin.phase == len(phases):
            self._compile(fitted, phases[-1])
            self._put_back(fitted, phases[-1])
        elif self.begin.arrays and not (self.begin.epoch or self.begin.step):
            put_back("model", fitted.variables, self.begin.arrays)
            put_back_random_state(self.begin.arrays)

    def _put_back(self, fitted: keras.Model, ready: Ready) -> None:
        train = self._batches(ready)
        take_up(fitted, ready.compiled.callbacks, self.begin, lambda: train.take(train.order(0)[: train.size]))

    def _save(self, fitted: keras.Model, phase: int, epochs: list[Epoch]) -> None:
        """The state between two phases, or after the last one."""
        arrays = training_values(fitted)
        self.states.write(State(phase=phase, epochs=tuple(epochs), kept=self.states.kept(), arrays=arrays))

    def _batches(self, ready: Ready) -> Batches:
        data, seed = self.plan.data, self.plan.run.seed
        return batches_of(self.dataset.train, ready.targets, data.batch, seed=seed, shuffle=data.shuffle, class_weights=ready.weights)

    def _stage(self, ready: Ready) -> Stage:
        return stage_of(self.plan.augment, self.plan.run.seed, self.augmented, ready.targets, ignored(ready.phase))

    def _compile(self, fitted: keras.Model, ready: Ready) -> None:
        fitted.compile(
            optimizer=ready.compiled.optimizer,
            **ready.compiled.objective,
            steps_per_execution=self.execution.steps_per_execution,
            jit_compile=self.execution.jit_compile,
        )

    def _fit(self, fitted: keras.Model, number: int, ready: Ready, epochs: list[Epoch]) -> None:
        phase, begin = ready.phase, self.begin if number == self.begin.phase else BEGINNING
        stage = self._stage(ready) if self.plan.augment else None
        if isinstance(fitted, Augmented) and stage is not None:
            fitted.use(stage)
        feed = feed_of(self._batches(ready), self.backend, self.plan.data.prefetch, stage if self.execution.augment_ahead else None)
        validation = self._feed(ready, self.dataset.validation)

        def finished(epoch: Epoch) -> bool:
            epochs.append(epoch)
            self.record(epoch)
            if self.best is None or self.plan.checkpoint is None:
                return False
            return self.best.offer(epoch.number, epoch.metrics, higher_is_better(self.plan.checkpoint.monitor, fitted))

        first, callbacks = len(epochs) - begin.epoch + 1, ready.compiled.callbacks
        watch = Watch(feed=feed, observer=self.observer, phase=phase.name, first=first, begin=begin, finished=finished)
        saver = Saver(states=self.states, stop=self.stop, begin=begin, phase=number, callbacks=callbacks, epochs=epochs, watch=watch)

        def fit() -> None:
            make_folders(callbacks)
            self._compile(fitted, ready)
            if begin.epoch or begin.step:
                self._put_back(fitted, ready)
            fitted.fit(
                feed,
                initial_epoch=begin.epoch,
                epochs=phase.epochs,
                validation_data=validation,
                callbacks=[*callbacks, watch, saver],
                verbose=0,
                shuffle=False,
            )
            unshare(fitted.trainable_variables)  # with the averages of the optimizer, where it keeps any

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Your input ran out of data")  # see `Feed`
            self._guarded(phase, fit, *([feed, validation] if validation else [feed]))
        if watch.failed_at is not None:
            raise Refused(self._nan(phase, len(epochs) + 1, watch.failed_at))
        self._save(fitted, number + 1, epochs)

    def _measure(self, fitted: keras.Model, ready: Ready, items: Items | None) -> dict[str, float]:
        feed = self._feed(ready, items)
        if feed is None:
            return {}
        found: dict[str, float] = {}

        def evaluate() -> None:
            found.update(scalars(fitted.evaluate(feed, return_dict=True, verbose=0)))

        self._guarded(ready.phase, evaluate, feed)
        return found

    def _feed(self, ready: Ready, items: Items | None) -> Feed | None:
        if items is None:
            return None
        return feed_of(batches_of(items, ready.targets, self.plan.data.batch), self.backend, self.plan.data.prefetch)

    def _guarded(self, phase: Phase, work: Callable[[], None], *feeds: Feed) -> None:
        """Calls Keras; whatever it raises becomes a diagnostic."""
        try:
            work()
        except (Refused, Unfit):
            raise
        except Exception as error:
            failure = next((feed.failure for feed in feeds if feed.failure), None)
            if failure is not None:
                help = 'replace or delete the file, or write `on_error = "skip"` in `data`'
                raise Refused(
                    at(self.document, self.plan.data.source.pointer, "E0703", f"{failure.path}: {failure.reason}", help=help)
                ) from error
            if os.environ.get("CNNSPEC_TRACEBACK"):
                raise
            raise Refused(self._failed(phase, error)) from error

    def _failed(self, phase: Phase, error: Exception) -> Diagnostic:
        text = str(error)
        if isinstance(error, OSError) and not isinstance(error, TimeoutError | ConnectionError):
            message = f"{error.filename or 'a file of the run'} cannot be written: {error.strerror or error}"
            return at(self.document, "", "E1104", message, help="see to the disk's space and rights")
        if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in text or "OOM" in text or "out of memory" in text.lower():
            batch = self.plan.data.batch
            help = f"write a smaller `batch` in `data`, for example `batch = {max(1, batch // 2)}`"
            return at(self.document, phase.pointer, "E0804", "there is not enough memory to train this", part="key", help=help)
        message = f"Keras stopped: {first_sentence(error) or type(error).__name__}"
        help = "CNNSPEC_TRACEBACK=1 shows where, for a report"
        return at(self.document, phase.pointer, "E0804", message, part="key", help=help)

    def _nan(self, phase: Phase, epoch: int, step: int) -> Diagnostic:
        return at(
            self.document,
            next(goal.places["loss"] for goal in phase.goals if goal.loss is not None),
            "E0804",
            f"the loss became NaN in epoch {epoch}, by step {step}",
            notes=("from there on no weight means anything; nothing was saved",),
            help="try a smaller learning rate, `clip = 1.0` in `train`, or `Rescaling(1 / 255)` as the first layer",
        )


def clock() -> Callable[[], float]:
    """Seconds since the call of `clock`."""
    start = time.perf_counter()
    return lambda: round(time.perf_counter() - start, 3)

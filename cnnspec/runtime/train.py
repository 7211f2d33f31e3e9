"""Training: one `compile` and `fit` per phase, watched."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Phase, Plan
from cnnspec.runtime.augment import learner
from cnnspec.runtime.best import Best, higher_is_better
from cnnspec.runtime.compiled import Compiled, fresh_objective
from cnnspec.runtime.data.batches import batches_of
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.feed import Feed, feed_of
from cnnspec.runtime.data.items import Items
from cnnspec.runtime.data.targets import Targets
from cnnspec.runtime.freeze import Trainable
from cnnspec.runtime.objects import first_sentence
from cnnspec.runtime.observer import Epoch, Observer
from cnnspec.runtime.refused import Refused
from cnnspec.runtime.settings import Execution
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
    """What all phases share."""

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

    def run(self, phases: list[Ready]) -> tuple[list[Epoch], dict[str, float], dict[str, float]]:
        """Trains every phase, puts the best weights back, and measures the test part and, where a promise needs it, validation.

        Raises `Refused` where training fails, and lets KeyboardInterrupt through.
        """
        trainable = Trainable(self.model)
        fitted = learner(self.model, self.plan.augment, self.plan.run.seed, self.augmented)
        epochs: list[Epoch] = []
        for ready in phases:
            frozen = trainable.freeze(ready.frozen)
            self.observer.phase_started(ready.phase.name, ready.phase.epochs, frozen)
            self._fit(fitted, ready, epochs)
        if self.best:
            self.best.restore()
        last = phases[-1]
        needs_validation = any(p.quantity.startswith("validation.") for p in self.plan.promises)
        test = self._measure(fitted, last, self.dataset.test)
        validation = self._measure(fitted, last, self.dataset.validation) if needs_validation else {}
        # What is saved says how it was trained, but not with which execution settings: those fit this backend alone.
        self.model.compile(optimizer=fitted.optimizer, **fresh_objective(last.phase, last.compiled))
        return epochs, test, validation

    def _fit(self, fitted: keras.Model, ready: Ready, epochs: list[Epoch]) -> None:
        phase, data, seed = ready.phase, self.plan.data, self.plan.run.seed
        train = batches_of(self.dataset.train, ready.targets, data.batch, seed=seed, shuffle=data.shuffle, class_weights=ready.weights)
        feed = feed_of(train, self.backend, data.prefetch)
        validation = self._feed(ready, self.dataset.validation)

        def finished(epoch: Epoch) -> bool:
            epochs.append(epoch)
            self.record(epoch)
            if self.best is None or self.plan.checkpoint is None:
                return False
            return self.best.offer(epoch.number, epoch.metrics, higher_is_better(self.plan.checkpoint.monitor, fitted))

        watch = Watch(
            feed=feed,
            observer=self.observer,
            phase=phase.name,
            first=len(epochs) + 1,
            images=len(self.dataset.train),
            batch=data.batch,
            finished=finished,
        )

        def fit() -> None:
            fitted.compile(
                optimizer=ready.compiled.optimizer,
                **ready.compiled.objective,
                steps_per_execution=self.execution.steps_per_execution,
                jit_compile=self.execution.jit_compile,
            )
            callbacks = [*ready.compiled.callbacks, watch]
            fitted.fit(feed, epochs=phase.epochs, validation_data=validation, callbacks=callbacks, verbose=0, shuffle=False)

        self._guarded(phase, fit, *([feed, validation] if validation else [feed]))
        if watch.failed_at is not None:
            raise Refused(self._nan(phase, len(epochs) + 1, watch.failed_at))

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
        except Refused:
            raise
        except Exception as error:
            failure = next((feed.failure for feed in feeds if feed.failure), None)
            if failure is not None:
                place = f"{self.plan.data.source.pointer}/arguments/path"
                help = "replace or delete the file"
                raise Refused(at(self.document, place, "E0703", f"{failure.path}: {failure.reason}", help=help)) from error
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

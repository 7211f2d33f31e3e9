"""Training: one `compile` and `fit` per phase, watched, and saved between two steps."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import keras

from cnnspec.consistency.augmentation import augmented
from cnnspec.plan.plan import Phase
from cnnspec.runtime.augment.build import Augmented, ignored, stage_of
from cnnspec.runtime.augment.stage import Stage
from cnnspec.runtime.backend.settings import Execution
from cnnspec.runtime.data.batches import Batches, batches_of
from cnnspec.runtime.data.feed import Feed, feed_of
from cnnspec.runtime.data.items import Items
from cnnspec.runtime.job import Job
from cnnspec.runtime.model.freeze import Trainable
from cnnspec.runtime.observer import Epoch
from cnnspec.runtime.record.state import BEGINNING, State
from cnnspec.runtime.record.variables import Unfit, put_back, put_back_random_state, unshare
from cnnspec.runtime.refused import Refused
from cnnspec.runtime.training.best import Best, higher_is_better
from cnnspec.runtime.training.compiled import fresh_objective, make_folders
from cnnspec.runtime.training.failures import not_a_number, raised, unreadable
from cnnspec.runtime.training.ready import Ready
from cnnspec.runtime.training.saver import Saver, States, take_up, training_values
from cnnspec.runtime.training.stop import Stop
from cnnspec.runtime.training.watch import Watch, scalars


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What all phases share. `record` is called with each epoch."""

    job: Job
    execution: Execution
    record: Callable[[Epoch], None]
    best: Best | None
    states: States
    stop: Stop

    def run(self, phases: list[Ready]) -> tuple[list[Epoch], dict[str, float], dict[str, float]]:
        """Trains every phase, puts the best weights back, and measures the test part and, where a promise needs it, validation.

        Raises `Refused` where training fails, `Unfit` where the state is not one of this model, and lets KeyboardInterrupt through.
        """
        trainable = Trainable(self.job.model)
        fitted = Augmented(self.job.model) if self.job.plan.augment and not self.execution.augment_ahead else self.job.model
        epochs = list(self.job.begin.epochs)
        self._take_up(fitted, phases)
        for number, ready in enumerate(phases[self.job.begin.phase :], start=self.job.begin.phase):
            frozen = trainable.freeze(ready.frozen)
            self.job.observer.phase_started(ready.phase.name, ready.phase.epochs, frozen)
            self._fit(fitted, number, ready, epochs)
        if self.best:
            self._guarded(phases[-1].phase, self.best.keep_last)
            self.best.restore()
        last = phases[-1]
        needs_validation = any(p.quantity.startswith("validation.") for p in self.job.plan.promises)
        test = self._measure(fitted, last, self.job.dataset.test)
        validation = self._measure(fitted, last, self.job.dataset.validation) if needs_validation else {}
        # What is saved says how it was trained, but not with which execution settings: those fit this backend alone.
        self.job.model.compile(optimizer=fitted.optimizer, **fresh_objective(last.phase, last.compiled))
        return epochs, test, validation

    def _take_up(self, fitted: keras.Model, phases: list[Ready]) -> None:
        """The weights of a phase that is over; what is taken up within a phase needs its optimizer too, see `_fit`."""
        if self.job.begin.phase == len(phases):
            self._compile(fitted, phases[-1])
            self._put_back(fitted, phases[-1])
        elif self.job.begin.arrays and not (self.job.begin.epoch or self.job.begin.step):
            put_back("model", fitted.variables, self.job.begin.arrays)
            put_back_random_state(self.job.begin.arrays)

    def _put_back(self, fitted: keras.Model, ready: Ready) -> None:
        train = self._batches(ready)
        take_up(fitted, ready.compiled.callbacks, self.job.begin, lambda: train.take(train.order(0)[: train.size]))

    def _save(self, fitted: keras.Model, phase: int, epochs: list[Epoch]) -> None:
        """The state between two phases, or after the last one."""
        arrays = training_values(fitted)
        self.states.write(State(phase=phase, epochs=tuple(epochs), kept=self.states.kept(), arrays=arrays))

    def _batches(self, ready: Ready) -> Batches:
        data, seed = self.job.plan.data, self.job.plan.run.seed
        return batches_of(self.job.dataset.train, ready.targets, data.batch, seed=seed, shuffle=data.shuffle, class_weights=ready.weights)

    def _stage(self, ready: Ready) -> Stage:
        plan, given = self.job.plan, augmented(self.job.graph)
        return stage_of(plan.augment, plan.run.seed, given.name if given else None, ready.targets, ignored(ready.phase))

    def _compile(self, fitted: keras.Model, ready: Ready) -> None:
        fitted.compile(
            optimizer=ready.compiled.optimizer,
            **ready.compiled.objective,
            steps_per_execution=self.execution.steps_per_execution,
            jit_compile=self.execution.jit_compile,
        )

    def _fit(self, fitted: keras.Model, number: int, ready: Ready, epochs: list[Epoch]) -> None:
        phase, begin = ready.phase, self.job.begin if number == self.job.begin.phase else BEGINNING
        stage = self._stage(ready) if self.job.plan.augment else None
        if isinstance(fitted, Augmented) and stage is not None:
            fitted.use(stage)
        feed = feed_of(self._batches(ready), self.job.backend, self.job.plan.data.prefetch, stage if self.execution.augment_ahead else None)
        validation = self._feed(ready, self.job.dataset.validation)

        def finished(epoch: Epoch) -> bool:
            epochs.append(epoch)
            self.record(epoch)
            if self.best is None or self.job.plan.checkpoint is None:
                return False
            return self.best.offer(epoch.number, epoch.metrics, higher_is_better(self.job.plan.checkpoint.monitor, fitted))

        first, callbacks = len(epochs) - begin.epoch + 1, ready.compiled.callbacks
        watch = Watch(feed=feed, observer=self.job.observer, phase=phase.name, first=first, begin=begin, finished=finished)
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
            raise Refused(not_a_number(self.job.document, phase, len(epochs) + 1, watch.failed_at))
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
        return feed_of(batches_of(items, ready.targets, self.job.plan.data.batch), self.job.backend, self.job.plan.data.prefetch)

    def _guarded(self, phase: Phase, work: Callable[[], None], *feeds: Feed) -> None:
        """Calls Keras; whatever it raises becomes a diagnostic."""
        try:
            work()
        except (Refused, Unfit):
            raise
        except Exception as error:
            failure = next((feed.failure for feed in feeds if feed.failure), None)
            if failure is not None:
                raise Refused(unreadable(self.job.document, self.job.plan, failure)) from error
            if os.environ.get("CNNSPEC_TRACEBACK"):
                raise
            raise Refused(raised(self.job.document, self.job.plan, phase, error)) from error


def clock() -> Callable[[], float]:
    """Seconds since the call of `clock`."""
    start = time.perf_counter()
    return lambda: round(time.perf_counter() - start, 3)

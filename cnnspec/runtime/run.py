"""A run from document, plan and model to a trained model in a run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from cnnspec.diagnostics import Diagnostic, has_errors
from cnnspec.document.document import Document
from cnnspec.graph import Graph
from cnnspec.plan.plan import Plan
from cnnspec.runtime.backend.settings import Execution, execution
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.job import Job
from cnnspec.runtime.observer import Observer, Start
from cnnspec.runtime.record.former import in_use, not_this_model
from cnnspec.runtime.record.lock import lock_of
from cnnspec.runtime.record.record import Result, new_folder, save
from cnnspec.runtime.record.run_folder import RunFolder
from cnnspec.runtime.record.variables import Unfit
from cnnspec.runtime.refused import Refused
from cnnspec.runtime.training.best import Best
from cnnspec.runtime.training.promises import broken
from cnnspec.runtime.training.ready import Ready, ready_phases
from cnnspec.runtime.training.saver import States
from cnnspec.runtime.training.stop import Stop
from cnnspec.runtime.training.train import Training, clock


def open_data(document: Document, graph: Graph, plan: Plan, observer: Observer) -> tuple[Dataset | None, list[Diagnostic]]:
    """The data of a run, read and checked as far as it goes without the model.

    Errors: E0702 to E0706.
    """
    inputs = {given.name: given.shape for given in graph.inputs}
    return open_dataset(document, plan.data, inputs, {name: graph.shape_of(name) for name in graph.outputs}, observer.note)


def execute(
    document: Document, graph: Graph, plan: Plan, model: keras.Model, backend: str, runs: Path, observer: Observer
) -> tuple[Result | None, list[Diagnostic]]:
    """Opens the data, checks everything that can be checked, trains, tests and saves. See `open_data` and `train_on`."""
    dataset, found = open_data(document, graph, plan, observer)
    if dataset is None:
        observer.ended()
        return None, found
    warnings: list[Diagnostic] = []
    job = Job(document=document, graph=graph, plan=plan, dataset=dataset, model=model, backend=backend, observer=observer)
    result, found = train_on(job, runs, warn=warnings.extend)
    return result, [*warnings, *found]


def train_on(
    job: Job, runs: Path, *, warn: Callable[[list[Diagnostic]], None], strict: bool = False
) -> tuple[Result | None, list[Diagnostic]]:
    """Trains the model of a job and leaves a run folder below `runs`, or goes on in that of the former run.

    Nothing is written before every check has passed. `warn` is given the warnings of the checks before the first epoch; if `strict`, they
    are enough not to train and come back. A promise that was not kept (E0805) comes with the result; after any other error there is
    none. KeyboardInterrupt goes through, as `Stopped` where the state was saved; then, as after an error, there is no model.keras.
    """
    try:
        phases, found = ready_phases(job)
        if has_errors(found):
            return None, found
        lock = lock_of(job.document, job.plan, job.dataset, job.backend)
        found += job.former.changes(lock) if job.former else []
        if has_errors(found) or (strict and found):
            return None, found
        warn(found)
        chosen = execution(job.plan.run, job.backend, job.model, job.plan.data.batch, job.steps)
        folder = job.former.folder if job.former and job.former.goes_on else new_folder(job, chosen, lock, runs)
        with folder.claimed() as alone:
            return _trained(job, phases, chosen, folder) if alone else (None, [in_use(folder)])
    except Unfit as error:
        return None, [not_this_model(job.former, error)]
    except Refused as refusal:
        return None, list(refusal.diagnostics)
    finally:
        job.observer.ended()


def _trained(job: Job, phases: list[Ready], chosen: Execution, folder: RunFolder) -> tuple[Result, list[Diagnostic]]:
    """The training itself, and what it leaves in its folder. Raises `Refused`, `Unfit` and KeyboardInterrupt."""
    seconds = clock()
    if job.former and job.former.goes_on:
        folder.write_metrics(epoch.to_json() for epoch in job.begin.epochs)
    job.observer.started(_start(job, folder, chosen))
    best = Best(job.plan.checkpoint, job.model, folder.checkpoints, job.begin.kept) if job.plan.checkpoint else None
    with Stop(job.observer.note) as stop:
        training = Training(
            job=job,
            execution=chosen,
            record=lambda epoch: folder.append_metrics(epoch.to_json()),
            best=best,
            states=States(folder.path, job.plan.run.save_every, best),
            stop=stop,
        )
        epochs, test, validation = training.run(phases)
        job.observer.tested(test)
        result = Result(
            run_dir=folder.path,
            model=job.graph.name,
            backend=job.backend,
            params=job.model.count_params(),
            epochs=tuple(epochs),
            test=test,
            seconds=seconds(),
        )
        result = save(job, folder, result)
    measured = {f"test.{k}": v for k, v in test.items()} | {f"validation.{k}": v for k, v in validation.items()}
    unlike = job.former.unlike(result.weights, epochs) if job.former else []
    return result, [*broken(job.document, [p for p in job.plan.promises if "." in p.quantity], measured), *unlike]


def _start(job: Job, folder: RunFolder, chosen: Execution) -> Start:
    dataset, plan = job.dataset, job.plan
    return Start(
        model=job.graph.name,
        backend=job.backend,
        params=job.model.count_params(),
        images={part: len(items) for part, items in dataset.parts.items()},
        classes=len(next(iter(dataset.classes.values()))) if len(dataset.classes) == 1 else None,
        epochs=sum(phase.epochs for phase in plan.phases),
        run_dir=folder.path,
        settings={
            "steps_per_execution": chosen.steps_per_execution,
            "jit_compile": chosen.jit_compile,
            "batch": plan.data.batch,
            "kept": dataset.kept,
        },
    )

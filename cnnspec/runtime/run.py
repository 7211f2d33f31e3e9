"""A run from document, plan and model to a trained model in a run folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import keras

from cnnspec.consistency.augmentation import augmented
from cnnspec.consistency.ends import end_of
from cnnspec.consistency.head import Head
from cnnspec.consistency.monitor import unmeasured
from cnnspec.consistency.promises import broken_shapes, unmeasured_parts, unmeasured_promises
from cnnspec.consistency.spec import spec_of
from cnnspec.diagnostics import Diagnostic, has_errors
from cnnspec.document.document import Document
from cnnspec.graph import Graph
from cnnspec.plan.plan import Phase, Plan
from cnnspec.plan.settings import phase_settings
from cnnspec.runtime.augment import unfit_layers
from cnnspec.runtime.best import Best
from cnnspec.runtime.compiled import compile_phase
from cnnspec.runtime.data.dataset import Dataset, open_dataset
from cnnspec.runtime.data.targets import Targets, targets_of
from cnnspec.runtime.former import Former, in_use, not_this_model
from cnnspec.runtime.freeze import frozen_layers
from cnnspec.runtime.lock import lock_of
from cnnspec.runtime.observer import Observer, Start
from cnnspec.runtime.promises import broken
from cnnspec.runtime.record import Result, new_folder, save
from cnnspec.runtime.refused import Refused
from cnnspec.runtime.run_folder import RunFolder
from cnnspec.runtime.settings import Execution, execution, refused_by, refused_loss
from cnnspec.runtime.state.saver import States
from cnnspec.runtime.state.state import BEGINNING
from cnnspec.runtime.state.variables import Unfit
from cnnspec.runtime.stop import Stop
from cnnspec.runtime.train import Ready, Training, clock
from cnnspec.runtime.weights import class_weights


def open_data(document: Document, graph: Graph, plan: Plan, observer: Observer) -> tuple[Dataset | None, list[Diagnostic]]:
    """The data of a run, read and checked as far as it goes without the model.

    Errors: E0702 to E0706.
    """
    inputs = {given.name: given.shape for given in graph.inputs}
    return open_dataset(document, plan.data, inputs, {name: graph.shape_of(name) for name in graph.outputs}, observer.note)


def execute(
    document: Document, graph: Graph, plan: Plan, model: keras.Model, backend_name: str, runs: Path, observer: Observer
) -> tuple[Result | None, list[Diagnostic]]:
    """Opens the data, checks everything that can be checked, trains, tests and saves. See `open_data` and `train_on`."""
    dataset, found = open_data(document, graph, plan, observer)
    if dataset is None:
        observer.ended()
        return None, found
    warnings: list[Diagnostic] = []
    result, found = train_on(document, graph, plan, dataset, model, backend_name, runs, observer, warn=warnings.extend)
    return result, [*warnings, *found]


def train_on(
    document: Document,
    graph: Graph,
    plan: Plan,
    dataset: Dataset,
    model: keras.Model,
    backend_name: str,
    runs: Path,
    observer: Observer,
    *,
    warn: Callable[[list[Diagnostic]], None],
    strict: bool = False,
    former: Former | None = None,
) -> tuple[Result | None, list[Diagnostic]]:
    """Trains `model` on `dataset` and leaves a run folder below `runs`, or goes on in that of `former`, or repeats it.

    Nothing is written before every check has passed. `warn` is given the warnings of the checks before the first epoch; if `strict`, they
    are enough not to train and come back. A promise that was not kept (E0805) comes with the result; after any other error there is
    none. KeyboardInterrupt goes through, as `Stopped` where the state was saved; then, as after an error, there is no model.keras.
    """
    seconds = clock()
    try:
        steps = -(-len(dataset.train) // plan.data.batch)
        phases, found = _ready(document, graph, plan, dataset, model, steps)
        found = [*dataset.warnings, *found, *refused_by(backend_name, document, plan.run)]
        found += broken(document, [p for p in plan.promises if p.quantity in _counts(model)], _counts(model))
        if has_errors(found):
            return None, found
        lock = lock_of(document, plan, dataset, backend_name)
        found += former.changes(lock) if former else []
        if has_errors(found) or (strict and found):
            return None, found
        warn(found)
        chosen = execution(plan.run, backend_name, model, plan.data.batch, steps)
        begin = former.state if former else BEGINNING
        going_on = former is not None and former.goes_on
        folder = former.folder if former and going_on else new_folder(document, plan, dataset, graph.name, chosen, lock, runs)
        with folder.claimed() as alone, Stop(observer.note) as stop:
            if not alone:
                return None, [in_use(folder)]
            if going_on:
                folder.write_metrics(epoch.to_json() for epoch in begin.epochs)
            observer.started(_start(plan, dataset, model, graph.name, backend_name, folder, chosen))
            best = Best(plan.checkpoint, model, folder.checkpoints, begin.kept) if plan.checkpoint else None
            training = Training(
                document=document,
                plan=plan,
                dataset=dataset,
                model=model,
                augmented=given.name if (given := augmented(graph)) else None,
                backend=backend_name,
                execution=chosen,
                observer=observer,
                record=lambda epoch: folder.append_metrics(epoch.to_json()),
                best=best,
                states=States(folder.path, plan.run.save_every, best),
                stop=stop,
                begin=begin,
            )
            epochs, test, validation = training.run(phases)
            observer.tested(test)
            result = Result(
                run_dir=folder.path,
                model=graph.name,
                backend=backend_name,
                params=model.count_params(),
                epochs=tuple(epochs),
                test=test,
                seconds=seconds(),
            )
            result = save(document, plan, model, folder, result, observer)
        measured = {f"test.{k}": v for k, v in test.items()} | {f"validation.{k}": v for k, v in validation.items()}
        unlike = former.unlike(result.weights, epochs) if former else []
        return result, [*broken(document, [p for p in plan.promises if "." in p.quantity], measured), *unlike]
    except Unfit as error:
        return None, [not_this_model(former, error)]
    except Refused as refusal:
        return None, list(refusal.diagnostics)
    finally:
        observer.ended()


def _ready(
    document: Document, graph: Graph, plan: Plan, dataset: Dataset, model: keras.Model, steps: int
) -> tuple[list[Ready], list[Diagnostic]]:
    """Every phase with its objects, before the first one trains: a mistake in the last phase is told at once."""
    spec = spec_of(document, graph)
    heads = {
        name: Head(tuple(output.shape[1:]), end_of(spec, name).wide) for name, output in zip(graph.outputs, model.outputs, strict=True)
    }
    found: list[Diagnostic] = []
    phases = []
    for phase, settings in zip(plan.phases, phase_settings(document), strict=True):
        compiled, problems = compile_phase(document, phase, steps)
        targets, weights, wrong = _learnt(document, phase, heads, dataset)
        frozen, no_layer = frozen_layers(document, phase, model)
        found += [*problems, *wrong, *no_layer]
        if compiled:
            found += unmeasured(document, settings, compiled.measured, dataset.validation is not None)
        if compiled and len(targets) == len(heads):
            phases.append(Ready(phase, compiled, targets, weights, frozen))
    if (given := augmented(graph)) is not None:  # `check` has refused an augmentation of it is not clear what
        found += unfit_layers(document, plan.augment, plan.run.seed, given) if plan.augment else []
    found += _unmeasured(document, dataset, phases[-1].compiled.measured if len(phases) == len(plan.phases) else None)
    return phases, list(dict.fromkeys([*found, *broken_shapes(document, lambda name: _shape_in(model, name))]))


def _learnt(
    document: Document, phase: Phase, heads: Mapping[str, Head], dataset: Dataset
) -> tuple[dict[str, Targets], dict[str, dict[int, float]], list[Diagnostic]]:
    """The form of the targets and the class weights of each output; one whose labels do not fit is left out."""
    forms, weights, found = {}, {}, []
    for goal in phase.goals:
        targets, wrong = targets_of(document, goal, heads[goal.output], dataset)
        found += [*wrong, *refused_loss(keras.config.backend(), document, goal, heads[goal.output])]
        if targets is not None:
            forms[goal.output] = targets
            by_class, no_class = class_weights(document, goal, targets, dataset)
            found += no_class
            if by_class is not None:
                weights[goal.output] = by_class
    return forms, weights, found


def _unmeasured(document: Document, dataset: Dataset, measured: list[str] | None) -> list[Diagnostic]:
    """Promises that no measurement can keep; `measured` is None where the last phase cannot be trained."""
    missing = unmeasured_parts(document, {"test": dataset.test is not None, "validation": dataset.validation is not None})
    return [*missing, *(unmeasured_promises(document, measured) if measured else ())]


def _shape_in(model: keras.Model, name: str) -> tuple[int | None, ...] | None:
    """The shape of a layer's result, without the batch axis, as Keras has it; None for what is no layer with one result."""
    layer = next((layer for layer in model.layers if layer.name == name), None)
    try:
        return tuple(layer.output.shape[1:]) if layer is not None else None
    except (AttributeError, ValueError):  # several results, or several calls
        return None


def _counts(model: keras.Model) -> dict[str, float]:
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    return {"params": model.count_params(), "trainable_params": trainable}


def _start(plan: Plan, dataset: Dataset, model: keras.Model, name: str, backend: str, folder: RunFolder, chosen: Execution) -> Start:
    return Start(
        model=name,
        backend=backend,
        params=model.count_params(),
        images={part: len(items) for part, items in dataset.parts.items()},
        classes=len(next(iter(dataset.classes.values()))) if len(dataset.classes) == 1 else None,
        epochs=sum(phase.epochs for phase in plan.phases),
        run_dir=folder.path,
        settings={"steps_per_execution": chosen.steps_per_execution, "jit_compile": chosen.jit_compile, "batch": plan.data.batch},
    )

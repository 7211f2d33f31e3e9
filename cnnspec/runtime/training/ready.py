"""Everything that is checked between the built model and the first epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from cnnspec.consistency.augmentation import augmented
from cnnspec.consistency.ends import end_of
from cnnspec.consistency.head import Head
from cnnspec.consistency.monitor import unmeasured
from cnnspec.consistency.promises import broken_shapes, unmeasured_parts, unmeasured_promises
from cnnspec.consistency.spec import spec_of
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.plan import Phase
from cnnspec.plan.settings import phase_settings
from cnnspec.runtime.augment.build import unfit_layers
from cnnspec.runtime.backend.settings import refused_by, refused_loss
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.targets import Targets, targets_of
from cnnspec.runtime.job import Job
from cnnspec.runtime.model.freeze import frozen_layers
from cnnspec.runtime.training.compiled import Compiled, compile_phase
from cnnspec.runtime.training.promises import broken
from cnnspec.runtime.training.weights import class_weights


@dataclass(frozen=True, slots=True)
class Ready:
    """A phase with everything that it needs, checked. What belongs to an output stands under its name."""

    phase: Phase
    compiled: Compiled
    targets: Mapping[str, Targets]
    weights: Mapping[str, Mapping[int, float]]
    frozen: list[Any]


def ready_phases(job: Job) -> tuple[list[Ready], list[Diagnostic]]:
    """Every phase with its objects, before the first one trains: a mistake in the last phase is told at once.

    With it comes all that can be said against the run: of its data, its settings on this backend, and its promises.
    """
    document, graph, plan, dataset, model = job.document, job.graph, job.plan, job.dataset, job.model
    spec = spec_of(document, graph)
    heads = {
        name: Head(tuple(output.shape[1:]), end_of(spec, name).wide) for name, output in zip(graph.outputs, model.outputs, strict=True)
    }
    found: list[Diagnostic] = []
    phases = []
    for phase, settings in zip(plan.phases, phase_settings(document), strict=True):
        compiled, problems = compile_phase(document, phase, job.steps)
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
    found += [*broken_shapes(document, lambda name: _shape_in(model, name)), *refused_by(job.backend, document, plan.run)]
    counts = _counts(model)
    found += broken(document, [promise for promise in plan.promises if promise.quantity in counts], counts)
    return phases, list(dict.fromkeys([*dataset.warnings, *found]))


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

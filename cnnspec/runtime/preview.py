"""A batch as training sees it, before and behind its augmentation, with what is to be learnt from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from cnnspec.consistency.augmentation import augmented
from cnnspec.consistency.ends import end_of
from cnnspec.consistency.head import Head
from cnnspec.consistency.spec import spec_of
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph import Graph
from cnnspec.plan.place import at
from cnnspec.plan.plan import Phase, Plan
from cnnspec.runtime.augment.build import ignored, stage_of, unfit_layers
from cnnspec.runtime.data.batches import batches_of
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.images.columns import BadImage
from cnnspec.runtime.data.items import Array
from cnnspec.runtime.data.targets import Targets, targets_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The images of a batch as they are stored and as the network sees them, and their targets by output, as the loss compares them.

    `ignored` is the class of no class, by output; `classes` the names of the classes.
    """

    before: Array
    after: Array
    learnt_before: Mapping[str, Array]
    learnt: Mapping[str, Array]
    targets: Mapping[str, Targets]
    classes: Mapping[str, tuple[str, ...]]
    ignored: Mapping[str, int | None]


def first_batch(document: Document, graph: Graph, plan: Plan, dataset: Dataset, epoch: int) -> tuple[Batch | None, list[Diagnostic]]:
    """The first batch of an epoch, counted from 0 over the whole run: that of its phase, with the same order and random numbers."""
    given = augmented(graph)
    if given is None or len(given.shape) != 3:
        message = (
            "there is no image to show" if given else "it is not clear which input to show: `preview` draws models with one image input"
        )
        label = "the model reads no images" if given else "an input"
        return None, [at(document, graph.inputs[0].pointer, "E0704", message, label=label)]
    phase = _phase_of(plan, epoch)
    if phase is None:
        last = sum(phase.epochs for phase in plan.phases)
        return None, [at(document, "/train/epochs", "E0801", f"there is no epoch {epoch + 1}: the training has {last}")]
    found = unfit_layers(document, plan.augment, plan.run.seed, given) if plan.augment else []
    targets, wrong = _targets(document, graph, phase, dataset)
    if found or wrong:
        return None, [*found, *wrong]
    batches = batches_of(dataset.train, targets, plan.data.batch, seed=plan.run.seed, shuffle=plan.data.shuffle)
    try:
        before = batches.take(batches.order(epoch)[: batches.size])
    except BadImage as failure:
        return None, [
            at(document, plan.data.source.pointer, "E0703", f"{failure.path}: {failure.reason}", help="replace or delete the file")
        ]
    fill = ignored(phase)
    after = before
    if plan.augment:
        stage = stage_of(plan.augment, plan.run.seed, given.name, targets, fill)
        tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, before)
        after = keras.tree.map_structure(keras.ops.convert_to_numpy, stage(tensors, epoch * len(batches)))
    return Batch(
        before=_image(before, given.name),
        after=_image(after, given.name),
        learnt_before=_learnt(before, targets),
        learnt=_learnt(after, targets),
        targets=targets,
        classes=dataset.classes,
        ignored=fill,
    ), []


def _phase_of(plan: Plan, epoch: int) -> Phase | None:
    for phase in plan.phases:
        if epoch < phase.epochs:
            return phase
        epoch -= phase.epochs
    return None


def _targets(document: Document, graph: Graph, phase: Phase, dataset: Dataset) -> tuple[dict[str, Targets], list[Diagnostic]]:
    spec, found, wrong = spec_of(document, graph), {}, []
    for goal in phase.goals:
        head = Head(graph.shape_of(goal.output) or (None,), end_of(spec, goal.output).wide)
        targets, problems = targets_of(document, goal, head, dataset)
        if targets is None:
            wrong += problems
        else:
            found[goal.output] = targets
    return found, wrong


def _image(batch: Any, name: str) -> Array:
    return np.asarray(batch[0][name] if isinstance(batch[0], dict) else batch[0])


def _learnt(batch: Any, targets: Mapping[str, Targets]) -> dict[str, Array]:
    learnt = batch[1] if isinstance(batch[1], tuple) else (batch[1],)
    return {name: np.asarray(values) for name, values in zip(targets, learnt, strict=True)}

"""Class weights: how much each class counts in the loss."""

from __future__ import annotations

import numpy as np

from cnnspec.consistency.outputs import no_class
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document, escape
from cnnspec.plan.place import at
from cnnspec.plan.plan import Phase
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.targets import class_count


def class_weights(document: Document, phase: Phase, dataset: Dataset) -> tuple[dict[int, float] | None, list[Diagnostic]]:
    """The weight of each class by number. "balanced" gives every class the same total: images / (classes * images of the class).

    Errors: a class that there is not (E0807), labels that are no classes.
    """
    given, labels = phase.class_weight, dataset.train.labels
    place = phase.places.get("class_weight", phase.pointer)
    if given is None:
        return None, []
    if labels.ndim != 1 or labels.dtype.kind == "f":
        return None, [at(document, place, "E0801", "`class_weight` needs one class per image; these labels are numbers", help="delete it")]
    if given == "balanced":
        numbers, counts = np.unique(labels, return_counts=True)
        return {int(n): len(labels) / (len(numbers) * int(c)) for n, c in zip(numbers, counts, strict=True)}, []
    weights, found = {}, []
    names = list(dataset.classes or ())
    for key, weight in given.items():
        if key in names:
            weights[names.index(key)] = weight
        elif key.isdigit() and int(key) < class_count(dataset):
            weights[int(key)] = weight
        else:
            found.append(no_class(document, f"{place}/{escape(key)}", key, names, class_count(dataset)))
    return weights, found

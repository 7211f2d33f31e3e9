"""Class weights: how much each class counts in the loss."""

from __future__ import annotations

from cnnspec.consistency.naming import argument
from cnnspec.consistency.outputs import no_class
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document, escape
from cnnspec.plan.place import at
from cnnspec.plan.plan import Goal
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.data.items import counted
from cnnspec.runtime.data.targets import Labels, Targets, objective_of


def class_weights(document: Document, goal: Goal, targets: Targets, dataset: Dataset) -> tuple[dict[int, float] | None, list[Diagnostic]]:
    """The weight of each class by number. "balanced" gives every class the same total: labels / (classes * labels of the class).

    In a mask every pixel is a label; what the loss leaves out is none. Errors: a class that there is not (E0807), labels that are no
    classes (E0801).
    """
    given, labels, place = goal.class_weight, Labels(goal.output, dataset), goal.places.get("class_weight", "")
    if given is None:
        return None, []
    if labels.fractional or (labels.shape and targets.form != "number"):
        return None, [
            at(document, place, "E0801", "`class_weight` needs class numbers as labels; these are other numbers", help="delete it")
        ]
    if given == "balanced":
        left_out = argument("loss", objective_of(goal).loss, "ignore_class")
        counts = {number: count for number, count in counted(labels.columns[0]).items() if number != left_out}
        return {number: sum(counts.values()) / (len(counts) * count) for number, count in counts.items()}, []
    weights, found = {}, []
    names = list(labels.names or ())
    for key, weight in given.items():
        if key in names:
            weights[names.index(key)] = weight
        elif key.isdigit() and int(key) < labels.classes:
            weights[int(key)] = weight
        else:
            found.append(no_class(document, f"{place}/{escape(key)}", key, names, labels.classes))
    return weights, found

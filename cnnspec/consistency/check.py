"""The sections of a spec against each other and against the network, after each of them was found right by itself."""

from __future__ import annotations

from typing import Final

from cnnspec.consistency.augmentation import augmentation
from cnnspec.consistency.effects import effects
from cnnspec.consistency.freeze import frozen
from cnnspec.consistency.head import heads
from cnnspec.consistency.images import images
from cnnspec.consistency.logits import logits
from cnnspec.consistency.metrics import metrics
from cnnspec.consistency.monitor import monitors
from cnnspec.consistency.outputs import outputs
from cnnspec.consistency.promises import promises
from cnnspec.consistency.schedules import schedules
from cnnspec.consistency.spec import spec_of
from cnnspec.consistency.split import split
from cnnspec.consistency.values import values
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph import Graph

_CHECKS: Final = (heads, logits, metrics, split, images, augmentation, monitors, frozen, outputs, schedules, promises, effects, values)


def check_consistency(document: Document, graph: Graph) -> list[Diagnostic]:
    """What contradicts each other, or has no effect. Expects a document without errors; one with holes is passed over.

    What only the data or Keras shows is left to the run, which says it in the same words.
    """
    if document.holes or not graph.outputs:
        return []
    spec = spec_of(document, graph)
    return list(dict.fromkeys(diagnostic for check in _CHECKS for diagnostic in check(spec)))

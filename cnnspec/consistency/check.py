"""The sections of a spec against each other and against the network, as far as each of them was found right by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from cnnspec.consistency.augmentation import augmentation
from cnnspec.consistency.averages import averages
from cnnspec.consistency.damage import damage
from cnnspec.consistency.effects import effects
from cnnspec.consistency.freeze import frozen
from cnnspec.consistency.head import heads
from cnnspec.consistency.images import images
from cnnspec.consistency.logits import logits
from cnnspec.consistency.masks import masks
from cnnspec.consistency.metrics import metrics
from cnnspec.consistency.monitor import monitors
from cnnspec.consistency.moved import moved
from cnnspec.consistency.outputs import outputs
from cnnspec.consistency.precision import precision
from cnnspec.consistency.promises import promises
from cnnspec.consistency.schedules import schedules
from cnnspec.consistency.spec import Spec, spec_of
from cnnspec.consistency.split import split
from cnnspec.consistency.values import values
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.graph import Graph

Check: TypeAlias = Callable[[Spec], Iterable[Diagnostic]]

_TRAINED: Final = ("/train/loss", "/train/head", "/train/phase")
_ENDS: Final = ("/model/input", "/model/output")
_CHECKS: Final[Mapping[Check, Sequence[str]]] = {
    heads: (*_ENDS, "/data/source", *_TRAINED),
    logits: (*_ENDS, *_TRAINED),
    metrics: (*_ENDS, "/data/source", *_TRAINED, "/train/metrics"),
    split: ("/data",),
    images: (*_ENDS, "/data"),
    augmentation: ("/model/input", "/data", "/augment"),
    monitors: (*_ENDS, "/data", *_TRAINED, "/train/metrics", "/train/callbacks", "/train/checkpoint", "/tune"),
    frozen: ("/model", "/train/freeze", "/train/phase"),
    outputs: (*_ENDS, "/data", *_TRAINED, "/train/class_weight"),
    masks: (*_ENDS, "/data", *_TRAINED),
    moved: (*_ENDS, "/data", "/augment", *_TRAINED),
    schedules: ("/data", "/train/epochs", "/train/optimizer", "/train/callbacks", "/train/phase"),
    averages: ("/train/optimizer", "/train/callbacks", "/train/checkpoint", "/train/phase"),
    precision: ("/train/optimizer", "/train/phase", "/run"),
    promises: ("/model", "/data", "/train", "/expect"),
    effects: ("/data", "/augment", "/train", "/tune", "/search", "/export"),
    values: ("/model", "/data", "/augment"),
}
"""Each check, and the regions of the document that it looks at. A layer of which it speaks it points at."""


def check_consistency(document: Document, graph: Graph, problems: Sequence[Diagnostic] = ()) -> list[Diagnostic]:
    """What contradicts each other, or has no effect. `problems` is what was found before: nothing is said about what is in doubt.

    What only the data or Keras shows is left to the run, which says it in the same words.
    """
    doubt = damage(document, problems)
    if "" in doubt.pointers or not graph.outputs:
        return []
    spec = spec_of(document, graph)
    found = (diagnostic for check, regions in _CHECKS.items() if not doubt.touches(regions) for diagnostic in check(spec))
    return [diagnostic for diagnostic in dict.fromkeys(found) if not doubt.is_about(diagnostic)]

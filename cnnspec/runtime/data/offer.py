"""What a source offers, and what the model wants of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.items import Array, ArrayColumn, Column, Items, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What the data must become: the inputs of the model by name (None is a free size), its outputs, and the settings of `data`.

    The shape of an output is None where only Keras knows it. `cache` says where decoded images are kept, `skip` that files which cannot be
    read are left out. `group` is what `split { by_group }` says. `told` is called with a line for the user before something slow.
    """

    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape | None]
    resize: tuple[int, int] | None
    method: str
    cache: Literal["memory", "disk"] | None
    skip: bool
    group: str | None
    told: Callable[[str], None]

    @property
    def shape(self) -> Shape:
        """The input of a model that has one: what a source of one image and one label looks at."""
        (shape,) = self.inputs.values()
        return shape

    def items(self, images: Column, labels: Array | Column) -> Items:
        """Pairs of an image and a label, under the names of the model's one input and one output."""
        (given,), (learnt,) = self.inputs, self.outputs
        return Items({given: images}, {learnt: ArrayColumn(labels) if isinstance(labels, np.ndarray) else labels})

    def named(self, classes: tuple[str, ...] | None) -> Mapping[str, tuple[str, ...]]:
        """The class names of the model's one output, where there are some."""
        (learnt,) = self.outputs
        return {learnt: classes} if classes is not None else {}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that a run does without, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The parts of a source. `classes` are the names by class number, for each output whose classes have names.

    `groups` has the number of the group of each item of `train`, where the split asks for groups.
    """

    train: Items
    validation: Items | None = None
    test: Items | None = None
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Array | None = None
    left_out: tuple[LeftOut, ...] = ()


Opened: TypeAlias = tuple[Offer | None, list[Diagnostic]]
Open: TypeAlias = Callable[[Document, Object, Want], Opened]
"""Opens a source. Errors stand at the source's place in the document."""

"""What a run executes."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from cnnspec.document.document import Document
from cnnspec.graph import Graph
from cnnspec.plan.plan import Plan
from cnnspec.runtime.data.dataset import Dataset
from cnnspec.runtime.observer import Observer
from cnnspec.runtime.record.former import Former
from cnnspec.runtime.record.state import BEGINNING, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A checked spec with its data and its model. `former` is the run that goes on or is repeated."""

    document: Document
    graph: Graph
    plan: Plan
    dataset: Dataset
    model: keras.Model
    backend: str
    observer: Observer
    former: Former | None = None

    @property
    def steps(self) -> int:
        """The steps of an epoch."""
        return -(-len(self.dataset.train) // self.plan.data.batch)

    @property
    def begin(self) -> State:
        """The state in which the training begins."""
        return self.former.state if self.former else BEGINNING

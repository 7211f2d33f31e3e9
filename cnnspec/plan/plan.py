"""The training plan: every setting of a run, resolved, as plain frozen data. No Keras here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Object:
    """An object of the document, `{kind: name, "arguments": {...}}`, and the JSON pointer where it stands."""

    kind: str
    name: str
    arguments: Mapping[str, Json]
    pointer: str

    def to_json(self) -> Json:
        return {self.kind: self.name, "arguments": dict(self.arguments)}


Part: TypeAlias = Object | float | int | None
"""How much of the data a part gets: a share in (0, 1), a count, or a source of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Where the images come from and how they become batches.

    Without a `validation` there is none; without a `test`, the test images of the source are used, if it has any. `places` holds
    the JSON pointer of each setting. `resize` is (height, width). `cache` says where decoded images are kept
    after they were decoded once; None keeps small sets in memory.
    """

    source: Object
    validation: Part
    test: Part
    stratify: bool | str
    by_group: str | None
    split_seed: int
    resize: tuple[int, int] | None
    resize_method: str
    cache: Literal["memory", "disk"] | None
    shuffle: bool
    batch: int
    prefetch: int | Literal["auto"]
    on_error: Literal["stop", "skip"]
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What one output of the model is trained for. An output without a loss is not trained, and nothing of it is measured.

    `places` holds the JSON pointer of each setting: that of the phase or of `train` where the output has no `head` that says it.
    """

    output: str
    loss: Object | str | None
    metrics: tuple[Object | str, ...]
    loss_weight: float
    class_weight: Literal["balanced"] | Mapping[str, float] | None
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One call of `fit`: a plan without phases has one, with the name "". It has a goal for each output of the model, in their order.

    `places` holds the JSON pointer of each setting: that of `train` where the phase itself says nothing.
    """

    name: str
    pointer: str
    epochs: int
    optimizer: Object | str
    goals: tuple[Goal, ...]
    callbacks: tuple[Object, ...]
    freeze: tuple[Object | str, ...]
    clip: float | None
    accumulate: int
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The best weights by `monitor` are the ones that are tested and saved; the `keep` best ones stay on disk."""

    monitor: str
    keep: int
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the run is executed. `steps_per_execution` and `jit_compile` are "auto" until the backend is known.

    `save_every` is the time in seconds after which the state of the training is written again.
    """

    backend: str | None
    seed: int
    precision: str
    deterministic: bool
    steps_per_execution: int | Literal["auto"]
    jit_compile: bool | Literal["auto"]
    save_every: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that is written when the run has ended: `kind` is "keras" or "weights", `path` as the author wrote it."""

    kind: Literal["keras", "weights"]
    path: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One line of `expect` that a run can check: `quantity op value`, such as test.accuracy >= 0.98."""

    quantity: str
    op: str
    value: float
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that `run` does with a model, in the order of the document."""

    data: Data
    augment: tuple[Object, ...]
    phases: tuple[Phase, ...]
    checkpoint: Checkpoint | None
    run: Run
    exports: tuple[Export, ...] = ()
    promises: tuple[Promise, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict)
    """The same as JSON, defaults filled in: what is written into the run folder."""

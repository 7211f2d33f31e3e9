"""What every check looks at: the document, its graph, its phases, and what each output of the model is trained with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from cnnspec.catalogue.facts import NOTHING, Facts, facts_of
from cnnspec.consistency.naming import metric_names
from cnnspec.document.document import Document
from cnnspec.graph.graph import Graph, Input, Node
from cnnspec.plan.settings import PhaseSettings, data_part, goal_settings, phase_settings

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """A document without mistakes of its own. `made` has every tensor's maker by name."""

    document: Document
    graph: Graph
    phases: Sequence[PhaseSettings]
    made: Mapping[str, Node | Input]

    @property
    def source(self) -> Json:
        """The source of the images, None where none is named yet."""
        return self.document.get("/data/source")

    @property
    def facts(self) -> Facts:
        """What is known of the source before it is opened."""
        return facts_of(self.source) if self.source is not None else NOTHING

    @property
    def has(self) -> Mapping[str, bool | None]:
        """Whether there is validation and test data; None where only the data shows it."""
        if self.source is None:
            return {"validation": None, "test": None}
        own = {"validation": None if self.facts.parts else False, "test": None if self.facts.tests is None else self.facts.tests > 0}
        return {part: True if data_part(self.document, part)[0] is not None else own[part] for part in own}

    def instance(self, node: Node) -> Node:
        """The node that made the layer: the node itself, or the first use of a shared layer."""
        first = self.made.get(node.layer) if node.kind == "reuse" else None
        return first if isinstance(first, Node) else node


@dataclass(frozen=True, slots=True)
class Objective:
    """What one output is trained with. `loss` and the metrics are as the document has them; with each stands its pointer."""

    output: str
    loss: Json
    place: str
    metrics: tuple[tuple[Json, str], ...]


def spec_of(document: Document, graph: Graph) -> Spec:
    made: dict[str, Node | Input] = {**{part.name: part for part in graph.inputs}, **{node.name: node for node in graph.nodes}}
    return Spec(document, graph, phase_settings(document), made)


def heads_of(document: Document) -> Mapping[str, Mapping[str, Json]]:
    """The settings of each `head`, by the name of its output."""
    return (document.json.get("train") or {}).get("head") or {}


def objectives(spec: Spec) -> Iterator[Objective]:
    """Each output with its loss, once for each phase. An output without a loss is left out."""
    for phase in spec.phases:
        yield from trained(spec, phase)


def trained(spec: Spec, phase: PhaseSettings) -> Iterator[Objective]:
    """The outputs that a phase trains."""
    for goal in goal_settings(spec.document, phase):
        loss, metrics, around = goal.values["loss"], goal.values["metrics"], goal.places["metrics"]
        if loss is not None:
            listed = metrics if isinstance(metrics, list) else []  # anything else is a mistake of its own
            yield Objective(goal.output, loss, goal.places["loss"], tuple((metric, f"{around}/{i}") for i, metric in enumerate(listed)))


def measured(spec: Spec, phase: PhaseSettings) -> dict[str, Json] | None:
    """The quantities of a phase by the names that Keras gives them, each with its metric (None: a loss).

    None where the names are not known: a metric in Python.
    """
    found: dict[str, Json] = {"loss": None}
    several, goals = len(spec.graph.outputs) > 1, list(trained(spec, phase))
    if several and len(goals) > 1:
        found |= {f"{_keras_name(goal)}_loss": None for goal in goals}
    for goal in goals:
        metrics = [metric for metric, _ in goal.metrics]
        names = metric_names(metrics)
        if None in names:
            return None
        found |= {f"{_keras_name(goal)}_{name}" if several else str(name): metric for name, metric in zip(names, metrics, strict=True)}
    return found


def _keras_name(goal: Objective) -> str:
    """Keras names an output by the layer that makes it."""
    return goal.output.partition(":")[0]

"""The memory in which the network of a spec is trained, from its `data`, `train` and `run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnspec.catalogue import load_catalogue
from cnnspec.cost import Costs, Memory, training_memory
from cnnspec.document.document import Document
from cnnspec.graph import Graph
from cnnspec.plan.settings import phase_settings, section


def precision_of(document: Document) -> str:
    """The precision of a run."""
    return str(section(document, "/run", "run")["precision"])


def memory_of(document: Document, graph: Graph, costs: Costs) -> Memory | None:
    """The estimate for the phase that needs most; None where the spec has no `data` or `train`, or where it is not known.

    It is that of the model as it is written: a phase that freezes layers needs less.
    """
    batch = section(document, "/data", "data")["batch"]
    if not document.json.get("data") or not isinstance(batch, int):
        return None
    phases = [_phase(graph, costs, phase.values, batch, precision_of(document)) for phase in phase_settings(document)]
    known = [memory for memory in phases if memory is not None]
    return max(known, key=lambda memory: memory.total) if known and len(known) == len(phases) else None


def _phase(graph: Graph, costs: Costs, settings: Mapping[str, Any], batch: int, precision: str) -> Memory | None:
    optimizer = settings["optimizer"]
    written = optimizer if isinstance(optimizer, Mapping) else {"optimizer": optimizer}
    entry = load_catalogue().entry("optimizer", str(written.get("optimizer")))
    if entry is None:
        return None
    arguments = dict(written.get("arguments", {}))
    if settings["accumulate"] > 1:
        arguments["gradient_accumulation_steps"] = settings["accumulate"]
    return training_memory(graph, costs, batch, entry.name, arguments, precision)

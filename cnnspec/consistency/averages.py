"""Callbacks that put other weights into the model, or keep those that are in it, against the optimizer and against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from cnnspec.consistency.monitor import CHECKPOINT, callbacks
from cnnspec.consistency.naming import argument, canonical
from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.place import at
from cnnspec.plan.settings import PhaseSettings

Json: TypeAlias = Any

_SWAP: Final = "SwapEMAWeights"


def averages(spec: Spec) -> Iterator[Diagnostic]:
    """E0809: averages that no optimizer keeps, weights that are kept and are not those that were measured, a second state of the run."""
    for phase in spec.phases:
        yield from _backup(spec, phase)
        swap = next(((callback, place) for callback, place in callbacks(phase) if callback["callback"] == _SWAP), None)
        if swap is not None and not (missing := list(_no_average(spec, phase, swap[1]))):
            yield from _others_kept(spec, phase, *swap)
        elif swap is not None:
            yield from missing


def _backup(spec: Spec, phase: PhaseSettings) -> Iterator[Diagnostic]:
    for callback, pointer in callbacks(phase):
        if callback["callback"] == "BackupAndRestore":
            message = "every run keeps its own state: `BackupAndRestore` would put another in its place"
            help = "delete it; after a stop, `cnnspec run --resume RUN` goes on"
            yield at(spec.document, pointer, "E0809", message, help=help)


def _no_average(spec: Spec, phase: PhaseSettings, pointer: str) -> Iterator[Diagnostic]:
    """The average of the weights, which SwapEMAWeights puts in their place, is kept by the optimizer."""
    optimizer, inner = phase.values["optimizer"], "{}"
    name = canonical("optimizer", optimizer) if optimizer is not None else None
    if name == "LossScaleOptimizer":
        optimizer, inner = argument("optimizer", optimizer, "inner_optimizer"), "LossScaleOptimizer({})"
        name = canonical("optimizer", optimizer) if optimizer is not None else None
    if name is not None and not argument("optimizer", optimizer, "use_ema"):
        message = f"`{_SWAP}` needs an optimizer that keeps an average of the weights"
        help = f"write `{inner.format(f'{name}(use_ema=True)')}`"
        labels = ((phase.places["optimizer"], "keeps no average"),)
        yield at(spec.document, pointer, "E0809", message, help=help, labels=labels)


def _others_kept(spec: Spec, phase: PhaseSettings, swap: Mapping[str, Json], pointer: str) -> Iterator[Diagnostic]:
    """Validation measures the averages. What keeps the best weights must find them in the model, so they must stay until it has."""
    keepers = [(f"`{callback['callback']}`", place) for callback, place in callbacks(phase) if _keeps(callback)]
    stays = bool(argument("callback", swap, "swap_on_epoch"))
    early = [(who, place) for who, place in keepers if not stays or _number(place) < _number(pointer)]
    if not stays and spec.document.get(CHECKPOINT) is not None:
        early.append(("`checkpoint`", CHECKPOINT))
    for who, place in early:
        message = f"{who} would not keep the averages, which are measured, but the weights of the last step"
        order = "before it in `callbacks`" if place != CHECKPOINT else "in `callbacks`"
        help = f"write `{_SWAP}(swap_on_epoch=True)` {order}"
        yield at(spec.document, pointer, "E0809", message, help=help, labels=((place, "keeps weights"),))


def _keeps(callback: Mapping[str, Json]) -> bool:
    if callback["callback"] == "EarlyStopping":
        return bool(argument("callback", callback, "restore_best_weights"))
    return str(callback["callback"]) == "ModelCheckpoint"


def _number(pointer: str) -> int:
    return int(pointer.rpartition("/")[2])

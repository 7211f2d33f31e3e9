"""Whether the quantities that callbacks and the checkpoint watch will exist. Keras only warns, and then never stops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.catalogue import load_catalogue
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Object, Phase, Plan
from cnnspec.suggest import nearest


def unknown_monitors(document: Document, plan: Plan, phase: Phase, measured: Sequence[str], validated: bool) -> list[Diagnostic]:
    """Every `monitor` of a phase that is not measured (E0801). `measured` are loss and metrics as Keras names them."""
    known = [*measured, *(f"val_{name}" for name in measured if validated)]
    return [_unknown(document, *watched, known, validated) for watched in _watched(plan, phase) if watched[1] not in known]


def _watched(plan: Plan, phase: Phase) -> Iterator[tuple[str, str, str]]:
    """Who watches, what, and where that is written."""
    for callback in phase.callbacks:
        entry = load_catalogue().entry(callback.kind, callback.name)
        parameter = entry.parameter("monitor") if entry else None
        if parameter is not None:
            given = "monitor" in callback.arguments
            watched = callback.arguments.get("monitor", parameter.default)
            if _matters(callback):
                yield f"`{callback.name}`", watched, f"{callback.pointer}/arguments/monitor" if given else callback.pointer
    if plan.checkpoint:
        yield "`checkpoint`", plan.checkpoint.monitor, f"{plan.checkpoint.pointer}/monitor"


def _matters(callback: Object) -> bool:
    """A ModelCheckpoint that saves every time reads its monitor for nothing."""
    return callback.name != "ModelCheckpoint" or bool(callback.arguments.get("save_best_only"))


def _unknown(document: Document, who: str, what: str, place: str, known: Sequence[str], validated: bool) -> Diagnostic:
    if what.startswith("val_") and not validated:
        message = f"{who} watches `{what}`, but there is no validation data"
        help = f'write `validation = 10%` in `data`, or `monitor="{what.removeprefix("val_")}"`'
        return at(document, place, "E0801", message, help=help)
    near = nearest(what, known)
    listed = ", ".join(f"`{name}`" for name in known)
    guess = f"did you mean `{near}`?" if near else None
    return at(document, place, "E0801", f"{who} watches `{what}`, which is not measured", notes=(f"measured are {listed}",), help=guess)

"""What callbacks and the checkpoint watch against what will be measured. Keras only warns about some of it, and then never stops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from cnnspec.consistency import losses
from cnnspec.consistency.ends import end_of
from cnnspec.consistency.naming import argument, canonical, place_of
from cnnspec.consistency.spec import Spec, measured
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.settings import PhaseSettings
from cnnspec.suggest import nearest

Json: TypeAlias = Any
Watched: TypeAlias = tuple[str, str, str, bool]
"""Who watches, what, where that is written, and whether what it does depends on it."""

CHECKPOINT: Final = "/train/checkpoint"
_UPWARDS: Final = frozenset({"TrueNegatives", "TruePositives"})


def monitors(spec: Spec) -> Iterator[Diagnostic]:
    """Every watched name of every phase that will not be measured, or that is no number with a direction (E0806)."""
    for phase in spec.phases:
        known = measured(spec, phase)
        if known is not None:
            yield from unmeasured(spec.document, phase, list(known), spec.has["validation"])
            yield from _no_order(spec, phase, known)
            yield from _placeholders(spec, phase, list(known))


def unmeasured(document: Document, phase: PhaseSettings, names: Sequence[str], validated: bool | None) -> list[Diagnostic]:
    """Every watched name of a phase that is not among `names`, which Keras gives to loss and metrics.

    `validated` says whether there is validation data; None: not known yet, then nothing is said of `val_`.
    """
    found = []
    for who, what, place, acts in (*_watched(document, phase), *_objective(document)):
        if what.removeprefix("val_") not in names:
            found.append(_unknown(document, who, what, place, names, validated))
        elif what.startswith("val_") and validated is False and acts:
            base = what.removeprefix("val_")
            key = {CHECKPOINT: "monitor = ", "/tune": "objective = "}.get(place.rpartition("/")[0], "monitor=")
            help = f'write `validation = 10%` in `data`, or `{key}"{base}"`'
            message = f"{who} watches `{what}`, but there is no validation data"
            found.append(at(document, place, "E0806", message, label="never measured", help=help))
    return found


def _unknown(document: Document, who: str, what: str, place: str, names: Sequence[str], validated: bool | None) -> Diagnostic:
    known = [*names, *(f"val_{name}" for name in names if validated is not False)]
    base = what.partition("_")[2] if what.startswith("val") else what  # also `validation_accuracy`
    start = "val_" if base != what and validated is not False else ""
    close = nearest(base, names) or next((name for name in names if base.endswith(f"_{name}") or ("acc" in base and "acc" in name)), None)
    near = f"{start}{close}" if close else nearest(what, known)
    notes = (f"measured are {', '.join(f'`{name}`' for name in known)}",)
    help = f"did you mean `{near}`?" if near else "watch one of these, or add the metric to `metrics`"
    return at(document, place, "E0806", f"{who} watches `{what}`, which is not measured", label="not measured", notes=notes, help=help)


def _watched(document: Document, phase: PhaseSettings) -> Iterator[Watched]:
    for callback, pointer in callbacks(phase):
        what, acts = argument("callback", callback, "monitor"), _acts(callback)
        # Where it does not act on it, Keras still looks for the metric to know its direction.
        if what is not None and (acts or argument("callback", callback, "mode") == "auto"):
            yield f"`{callback['callback']}`", what, _given(callback, pointer, "monitor"), acts
    if (checkpoint := document.get(CHECKPOINT)) is not None:
        yield "`checkpoint`", checkpoint.get("monitor", "val_loss"), f"{CHECKPOINT}/monitor", True


def _objective(document: Document) -> Iterator[Watched]:
    """What the search makes best, where that is written."""
    if (objective := document.get("/tune/objective")) is not None:
        yield "`tune`", objective, "/tune/objective", True


def callbacks(phase: PhaseSettings) -> Iterator[tuple[Mapping[str, Json], str]]:
    """Keras's callbacks of a phase, each with its pointer."""
    for i, callback in enumerate(phase.values["callbacks"]):
        if "callback" in callback:
            yield callback, f"{phase.places['callbacks']}/{i}"


def _acts(callback: Mapping[str, Json]) -> bool:
    """A ModelCheckpoint that saves every time reads its monitor for nothing."""
    return not callback["callback"].endswith("Checkpoint") or bool(argument("callback", callback, "save_best_only"))


def _given(callback: Mapping[str, Json], pointer: str, name: str) -> str:
    return place_of(pointer, name) if name in callback.get("arguments", {}) else pointer


def _no_order(spec: Spec, phase: PhaseSettings, known: Mapping[str, Json]) -> Iterator[Diagnostic]:
    """A metric that is several numbers, or of which it is not known whether more is better."""
    modes = {pointer: argument("callback", callback, "mode") for callback, pointer in callbacks(phase)}
    one_output = len(spec.graph.outputs) == 1 and end_of(spec, spec.graph.outputs[0]).width == 1
    for who, what, place, acts in _watched(spec.document, phase):
        metric = known.get(what.removeprefix("val_"))
        name = canonical("metric", metric) if metric is not None else None
        if metric is None or name is None:
            continue
        mode = modes.get(place.partition("/arguments/")[0])
        if acts and not (mode and one_output) and (remedy := one_number(metric)) is not None:
            message = f"{who} watches `{what}`, which is several numbers"
            yield at(spec.document, place, "E0806", message, label="not one number", help=remedy)
        elif name in (losses.NO_DIRECTION if mode == "auto" else _UPWARDS if mode is None else ()):
            message = f"{who} watches `{what}`, and it is not known whether more of it is better"
            help = 'write `mode="max"` or `mode="min"`' if mode else "let `ModelCheckpoint` save them, which has a `mode`"
            yield at(spec.document, place, "E0806", message, label="more or less?", help=help)


def one_number(metric: Json) -> str | None:
    """What to write for a metric that gives several numbers; None if it gives one."""
    name = canonical("metric", metric)
    if name in ("F1Score", "FBetaScore") and argument("metric", metric, "average") is None:
        return f'write `{name}(average="macro")`: without it there is one number for each class'
    if name == "R2Score" and argument("metric", metric, "class_aggregation") is None:
        return 'write `R2Score(class_aggregation="uniform_average")`'
    thresholds = argument("metric", metric, "thresholds") if name != "AUC" else None
    if isinstance(thresholds, list) and len(thresholds) > 1:
        return "give it one threshold"
    return None


def _placeholders(spec: Spec, phase: PhaseSettings, names: Sequence[str]) -> Iterator[Diagnostic]:
    """`ModelCheckpoint("{epoch}-{val_loss:.2f}.keras")`: what stands in braces is looked up among what is measured."""
    validated = [f"val_{name}" for name in names if spec.has["validation"] is not False]
    rate = ["learning_rate"] if any(callback["callback"] == "ReduceLROnPlateau" for callback, _ in callbacks(phase)) else []
    for callback, pointer in callbacks(phase):
        path, each_epoch = argument("callback", callback, "filepath"), argument("callback", callback, "save_freq") == "epoch"
        known = ["epoch", *names, *rate, *validated] if each_epoch else ["epoch", "batch", *names]
        for name in _fields(path) if isinstance(path, str) else ():
            if name not in known:
                near, listed = nearest(name, known), ", ".join(f"`{{{one}}}`" for one in known)
                help = f"did you mean `{{{near}}}`?" if near else f"there are {listed}"
                message = f"the path names `{{{name}}}`, which is not measured"
                yield at(spec.document, place_of(pointer, "filepath"), "E0806", message, label="not measured", help=help)


def _fields(path: str) -> list[str]:
    from string import Formatter

    try:
        return [name for _, name, _, _ in Formatter().parse(path) if name]
    except ValueError:  # a lone brace: Keras says so
        return []

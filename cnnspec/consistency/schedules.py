"""Schedules of the learning rate, and callbacks that wait, against the epochs of their phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from cnnspec.consistency.monitor import callbacks
from cnnspec.consistency.naming import argument, place_of
from cnnspec.consistency.spec import Spec
from cnnspec.consistency.split import drawn, images_of
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.place import at
from cnnspec.plan.settings import PhaseSettings

Json: TypeAlias = Any

_SLACK: Final = 1.1
"""A schedule that is counted in steps may end this much later: people do not count the steps of the held-out images."""

_DECAYS: Final[Mapping[str, str]] = {
    "CosineDecay": "decay_steps",
    "PolynomialDecay": "decay_steps",
    "CosineDecayRestarts": "first_decay_steps",
}
_STAIRS: Final = ("ExponentialDecay", "InverseTimeDecay")


def schedules(spec: Spec) -> Iterator[Diagnostic]:
    """W0804: a schedule or a callback that never gets to its point. E0809: two that want to set the same."""
    for phase in spec.phases:
        rate = _schedule(phase)
        if rate is not None:
            yield from _decay(spec, phase, rate)
            yield from _plateau(spec, phase)
        optimizer = phase.values["optimizer"]
        if optimizer is not None and (warm := _written(optimizer, "warmup_steps")) is not None:
            yield from _warm_up(spec, phase, warm, place_of(phase.places["optimizer"], "warmup_steps"))
        yield from _patience(spec, phase)


def _schedule(phase: PhaseSettings) -> Mapping[str, Json] | None:
    """The schedule that is the learning rate of a phase."""
    rate = _written(phase.values["optimizer"], "learning_rate") if phase.values["optimizer"] is not None else None
    return rate if isinstance(rate, Mapping) and "schedule" in rate else None


def _written(value: Json, name: str) -> Json:
    return value.get("arguments", {}).get(name) if isinstance(value, Mapping) else None


def _decay(spec: Spec, phase: PhaseSettings, schedule: Mapping[str, Json]) -> Iterator[Diagnostic]:
    name, inside = schedule["schedule"], place_of(phase.places["optimizer"], "learning_rate")
    if name in _DECAYS:
        word = _DECAYS[name]
        if _too_long(spec, phase, _written(schedule, word)):
            what = "its first restart comes" if name == "CosineDecayRestarts" else "the learning rate comes to its end"
            yield _late(spec, phase, place_of(inside, word), f"{what} after the last epoch", _written(schedule, word), may_end=True)
    elif name in _STAIRS and argument("schedule", schedule, "staircase"):
        if _reaches(spec, phase, steps := _written(schedule, "decay_steps")):
            message = "the first stair comes after the last epoch: the learning rate stays"
            yield _late(spec, phase, place_of(inside, "decay_steps"), message, steps)
    elif name == "PiecewiseConstantDecay":
        for i, boundary in enumerate(_written(schedule, "boundaries") or []):
            if _reaches(spec, phase, boundary):  # nor is any behind it
                yield _late(spec, phase, f"{place_of(inside, 'boundaries')}/{i}", "this boundary is never reached", boundary)
                return
    if (warm := _written(schedule, "warmup_steps")) and argument("schedule", schedule, "warmup_target") is not None:
        yield from _warm_up(spec, phase, warm, place_of(inside, "warmup_steps"))


def _warm_up(spec: Spec, phase: PhaseSettings, steps: Json, place: str) -> Iterator[Diagnostic]:
    if _reaches(spec, phase, steps):
        yield _late(spec, phase, place, "the whole training is warm-up", steps)


def _late(spec: Spec, phase: PhaseSettings, place: str, message: str, amount: Json, *, may_end: bool = False) -> Diagnostic:
    """What comes after the last epoch. It `may_end` with the training, or should come before."""
    epochs, lasts = phase.values["epochs"], epochs_of(spec, amount)
    label = "longer than the training" if may_end else "not before the end of the training"
    if lasts is not None and not isinstance(amount, Mapping):
        label = f"{label}: about {_count(round(lasts))}"
    help = f"write `{epochs}epochs`, or train longer" if may_end else f"write less than `{epochs}epochs`, or train longer"
    return at(spec.document, place, "W0804", message, label=label, help=help, labels=_trained(spec, phase))


def _trained(spec: Spec, phase: PhaseSettings) -> tuple[tuple[str, str], ...]:
    """Where the number of epochs is written, if it is."""
    place = phase.places["epochs"]
    return ((place, f"{_count(phase.values['epochs'])} in all"),) if spec.document.get(place) else ()


def _too_long(spec: Spec, phase: PhaseSettings, amount: Json) -> bool:
    epochs = epochs_of(spec, amount)
    exact = isinstance(amount, Mapping) and "epochs" in amount
    return epochs is not None and epochs > phase.values["epochs"] * (1 if exact else _SLACK)


def _reaches(spec: Spec, phase: PhaseSettings, amount: Json) -> bool:
    """Whether an amount of steps lasts to the end of the phase, or beyond."""
    epochs = epochs_of(spec, amount)
    return epochs is not None and epochs >= phase.values["epochs"]


def epochs_of(spec: Spec, amount: Json) -> float | None:
    """A number of steps in epochs; None where the number of images is not known.

    Keras counts batches, also where `accumulate` makes several of them one update.
    """
    if isinstance(amount, Mapping) and "epochs" in amount:
        return float(amount["epochs"])
    steps = amount.get("steps") if isinstance(amount, Mapping) else amount
    images = images_of(spec)
    if not isinstance(steps, int | float) or images is None:
        return None
    left = images - sum(drawn(spec.document, images).values())
    batches = -(-left // (spec.document.get("/data/batch") or 32))
    return float(steps / batches) if batches > 0 else None


def _patience(spec: Spec, phase: PhaseSettings) -> Iterator[Diagnostic]:
    """A callback that waits for longer than there are epochs."""
    epochs = phase.values["epochs"]
    for callback, pointer in callbacks(phase):
        name, patience = callback["callback"], argument("callback", callback, "patience")
        if name == "EarlyStopping":
            restores = argument("callback", callback, "restore_best_weights")
            baseline = argument("callback", callback, "baseline") is not None
            acts = restores or patience < epochs - argument("callback", callback, "start_from_epoch") + baseline
        else:
            acts = name != "ReduceLROnPlateau" or patience < epochs
        if not acts:
            place = place_of(pointer, "patience") if "patience" in callback.get("arguments", {}) else pointer
            message = f"`{name}` waits {_count(patience)}, so it never acts in a training of {_count(epochs)}"
            help = f"write a smaller `patience`, such as `patience={max(1, epochs // 5)}`"
            yield at(spec.document, place, "W0804", message, label="too patient", help=help, labels=_trained(spec, phase))


def _plateau(spec: Spec, phase: PhaseSettings) -> Iterator[Diagnostic]:
    for callback, pointer in callbacks(phase):
        if callback["callback"] == "ReduceLROnPlateau":
            message = "`ReduceLROnPlateau` cannot lower a learning rate that is a schedule: Keras stops when it tries to"
            labels = ((place_of(phase.places["optimizer"], "learning_rate"), "the learning rate follows this schedule"),)
            help = "delete one of the two: the callback, or the schedule (`learning_rate=1e-3`)"
            yield at(spec.document, pointer, "E0809", message, help=help, labels=labels)


def _count(epochs: int) -> str:
    return "1 epoch" if epochs == 1 else f"{epochs:,} epochs"

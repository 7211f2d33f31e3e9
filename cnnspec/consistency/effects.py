"""Settings that are allowed where they stand and change nothing there (W0801)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from cnnspec.consistency.images import IMAGE_FILES, sources
from cnnspec.consistency.naming import argument, canonical, place_of
from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.place import at
from cnnspec.plan.settings import PhaseSettings, data_part

Json: TypeAlias = Any

_OF_PHASES: Final = ("epochs", "optimizer", "loss", "metrics", "callbacks", "class_weight", "clip", "accumulate")
"""Settings of `train` that a phase may have itself."""


def effects(spec: Spec) -> Iterator[Diagnostic]:
    yield from _data(spec)
    yield from _empty(spec)
    yield from _behind_phases(spec)
    for phase in spec.phases:
        yield from _weights(spec, phase)
        yield from _optimizer(spec, phase)


def _nothing(spec: Spec, pointer: str, message: str, help: str = "delete it", labels: tuple[tuple[str, str], ...] = ()) -> Diagnostic:
    return at(spec.document, pointer, "W0801", message, label="changes nothing", help=help, labels=labels, part="key")


def _data(spec: Spec) -> Iterator[Diagnostic]:
    data = spec.document.json.get("data") or {}
    if "resize_method" in data and not data.get("resize"):
        help = "write `resize = (HEIGHT, WIDTH)`, or delete it"
        yield _nothing(spec, "/data/resize_method", "`resize_method` has no effect: there is no `resize`", help)
    yield from _of_files(spec, data)
    drawn = any(isinstance(data_part(spec.document, part)[0], int | float) for part in ("validation", "test"))
    for name in ("stratify", "by_group", "seed"):
        if not drawn and name in (data.get("split") or {}) and spec.source is not None:
            help = "write `validation = 10%`, or delete it"
            yield _nothing(spec, f"/data/split/{name}", f"`{name}` has no effect: nothing is drawn from the images", help)


def _of_files(spec: Spec, data: Mapping[str, Json]) -> Iterator[Diagnostic]:
    """Settings about image files where every source has its images in memory."""
    names = [source["source"] for _, source in sources(spec.document)]
    if not names or any(name in (*IMAGE_FILES, "csv") for name in names):
        return
    for name, value in (("cache", "disk"), ("on_error", "skip")):
        if data.get(name) == value:
            yield _nothing(spec, f"/data/{name}", f'`{name} = "{value}"` has no effect: `{names[0]}` reads no image files')


def _empty(spec: Spec) -> Iterator[Diagnostic]:
    json = spec.document.json
    if json.get("augment") == []:
        yield _nothing(
            spec, "/augment", "`augment` has no layers", 'write a layer into it, such as `RandomFlip("horizontal")`, or delete it'
        )
    if "export" in json and not any((json["export"] or {}).values()):
        yield _nothing(spec, "/export", "`export` names no file", 'write `keras = "model.keras"` into it, or delete it')
    if "tune" in json and not json.get("search"):
        help = "write `let width = 32 search choice(16, 32)`, and use `width` in the model"
        yield _nothing(spec, "/tune", "`tune` has no effect: no `let` has a `search`", help)


def _behind_phases(spec: Spec) -> Iterator[Diagnostic]:
    """A setting of `train` that every phase has, too."""
    train = spec.document.json.get("train") or {}
    for name in _OF_PHASES if train.get("phase") else ():
        if train.get(name) is not None and all(phase.places[name] != f"/train/{name}" for phase in spec.phases):
            labels = tuple((phase.places[name], "this one counts") for phase in spec.phases)
            yield _nothing(spec, f"/train/{name}", f"`{name}` in `train` has no effect: every phase has its own", labels=labels)


def _weights(spec: Spec, phase: PhaseSettings) -> Iterator[Diagnostic]:
    given = phase.values["class_weight"]
    if isinstance(given, Mapping) and all(weight == 1 for weight in given.values()):
        message = "`class_weight` has no effect: a class that it does not name counts 1, too"
        yield _nothing(spec, phase.places["class_weight"], message, 'write another weight, or `class_weight = "balanced"`, or delete it')


def _optimizer(spec: Spec, phase: PhaseSettings) -> Iterator[Diagnostic]:
    optimizer, place = phase.values["optimizer"], phase.places["optimizer"]
    if not isinstance(optimizer, Mapping) or canonical("optimizer", optimizer) is None:
        return
    given = optimizer.get("arguments", {})
    if optimizer["optimizer"] == "SGD" and given.get("nesterov") and not given.get("momentum"):
        yield _nothing(spec, place_of(place, "nesterov"), "`nesterov` has no effect without momentum", "write `momentum=0.9`, or delete it")
    for name in ("ema_momentum", "ema_overwrite_frequency"):
        if given.get(name) is not None and not given.get("use_ema"):
            yield _nothing(spec, place_of(place, name), f"`{name}` has no effect without `use_ema`", "write `use_ema=True`, or delete it")
    rate = given.get("learning_rate")
    warm = rate.get("arguments", {}).get("warmup_steps") if isinstance(rate, Mapping) else None
    if isinstance(rate, Mapping) and warm and rate.get("schedule") == "CosineDecay" and argument("schedule", rate, "warmup_target") is None:
        help = "write `warmup_target=0.1` (the rate after the warm-up), or delete it"
        where = place_of(place_of(place, "learning_rate"), "warmup_steps")
        yield _nothing(spec, where, "`warmup_steps` has no effect without `warmup_target`", help)
    yield from _given_in_both(spec, phase, given)


def _given_in_both(spec: Spec, phase: PhaseSettings, given: Mapping[str, Json]) -> Iterator[Diagnostic]:
    """What `train` gives to the optimizer, and the optimizer has itself."""
    place = phase.places["optimizer"]
    for name, own, unset in (("clip", "global_clipnorm", None), ("accumulate", "gradient_accumulation_steps", 1)):
        if given.get(own) is not None and phase.values[name] != unset:
            labels = ((phase.places[name], "this one counts"),)
            yield _nothing(spec, place_of(place, own), f"`{own}` has no effect: `{name}` says the same", labels=labels)
    for own in ("clipnorm", "clipvalue"):
        if given.get(own) is not None and phase.values["clip"] is not None:
            message = f"`clip` and `{own}` cannot both be set: gradients are clipped in one way"
            labels = ((phase.places["clip"], "the other way"),)
            yield at(spec.document, place_of(place, own), "E0809", message, help="delete one of the two", labels=labels, part="key")

"""The training plan of a document: defaults, phases, and what has to be there before anything can be trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from cnnspec.diagnostics import Diagnostic, has_errors
from cnnspec.document.document import Document
from cnnspec.plan.advice import TRAIN_EXAMPLE, loss_for
from cnnspec.plan.later import not_executed, not_measured
from cnnspec.plan.place import at
from cnnspec.plan.plan import Checkpoint, Data, Export, Goal, Object, Part, Phase, Plan, Promise, Run
from cnnspec.plan.settings import PhaseSettings, data_part, goal_settings, phase_settings, section

Json: TypeAlias = Any
EXPORTS = ("keras", "weights")
"""The formats of `export` that are written."""


def resolve(document: Document) -> tuple[Plan | None, list[Diagnostic]]:
    """Every setting of a run, with the defaults of the catalogue.

    Expects a document that the schema accepts. Errors: what is missing (E0801), what is not executed yet although it would
    change the result (E0890). What is not executed and changes nothing is a warning (W0890).
    """
    found = [*_missing(document), *not_executed(document), *not_measured(document)]
    if has_errors(found):
        return None, found
    data, phases, run = _data(document), tuple(_phases(document)), _run(document)
    checkpoint = _checkpoint(document)
    augment = tuple(_object(value, f"/augment/{i}") for i, value in enumerate(document.json.get("augment", [])))
    exports = tuple(
        Export(kind=kind, path=path, pointer=f"/export/{kind}")
        for kind, path in document.json.get("export", {}).items()
        if kind in EXPORTS and path is not None
    )
    plan = Plan(
        data=data,
        augment=augment,
        phases=phases,
        checkpoint=checkpoint,
        run=run,
        exports=exports,
        promises=tuple(_promises(document)),
        settings=_settings(data, augment, phases, checkpoint, run),
    )
    return plan, found


def _missing(document: Document) -> Iterator[Diagnostic]:
    if not document.json.get("data"):
        yield at(
            document,
            "",
            "E0801",
            "there is no `data` section, so there is nothing to train on",
            help='add `data { source = digits() }`, or another source: `mnist()`, `cifar10()`, `image_folder("path")`, `npz("path")`',
        )
    elif "source" not in document.json["data"]:
        yield at(document, "/data", "E0801", "`data` has no `source`", part="key", help="write `source = digits()`, or another source")
    if "train" not in document.json:
        text = TRAIN_EXAMPLE.format(loss=loss_for(document))
        yield at(document, "", "E0801", "there is no `train` section, so it is not known how to train", help=f"add\n{text}")
        return
    for phase in phase_settings(document):
        pointer, where = phase.pointer, f"phase `{phase.name}`" if phase.name else "`train`"
        if all(goal.values["loss"] is None for goal in goal_settings(document, phase)):
            help = f"write `loss = {loss_for(document)}`, which fits the last layer of this model and whole-number labels"
            yield at(document, pointer, "E0801", f"{where} has no `loss`, so there is nothing to make small", part="key", help=help)
        if phase.values["optimizer"] is None:
            help = 'write `optimizer = "adam"`, or `optimizer = Adam(learning_rate=1e-3)`'
            yield at(document, pointer, "E0801", f"{where} has no `optimizer`, so nothing would learn", part="key", help=help)
    if document.json["train"].get("phase") and document.json["train"].get("freeze"):
        message = "`freeze` in `train` has no effect when there are phases: a phase freezes only what it names itself"
        yield at(document, "/train/freeze", "E0801", message, part="key", help="move `freeze` into the phases where it is meant")


def _data(document: Document) -> Data:
    settings = section(document, "/data", "data")
    split = section(document, "/data/split", "split")
    (validation, held_out), (test, tested) = data_part(document, "validation"), data_part(document, "test")
    places = {name: f"/data/{name}" for name in settings} | {"validation": held_out, "test": tested}
    resize = settings["resize"]
    return Data(
        source=_object(settings["source"], "/data/source"),
        validation=_part(validation, held_out),
        test=_part(test, tested),
        stratify=split["stratify"],
        by_group=split["by_group"],
        split_seed=split["seed"],
        resize=(resize[0], resize[1]) if resize else None,
        resize_method=settings["resize_method"],
        cache=settings["cache"],
        shuffle=bool(settings["shuffle"]),
        batch=settings["batch"],
        prefetch=settings["prefetch"],
        on_error=settings["on_error"],
        places=places,
    )


def _phases(document: Document) -> Iterator[Phase]:
    for phase in phase_settings(document):
        settings, places = phase.values, phase.places
        yield Phase(
            name=phase.name,
            pointer=phase.pointer,
            epochs=settings["epochs"],
            optimizer=_object_or_name(settings["optimizer"], places["optimizer"]),
            goals=tuple(_goals(document, phase)),
            callbacks=tuple(_object(c, f"{places['callbacks']}/{i}") for i, c in enumerate(settings["callbacks"])),
            freeze=tuple(_object_or_name(f, f"{places['freeze']}/{i}") for i, f in enumerate(settings["freeze"])),
            clip=settings["clip"],
            accumulate=settings["accumulate"],
            places=places,
        )


def _goals(document: Document, phase: PhaseSettings) -> Iterator[Goal]:
    for goal in goal_settings(document, phase):
        settings, places = goal.values, goal.places
        loss, weight = settings["loss"], settings["class_weight"]
        yield Goal(
            output=goal.output,
            loss=None if loss is None else _object_or_name(loss, places["loss"]),
            metrics=tuple(_object_or_name(m, f"{places['metrics']}/{i}") for i, m in enumerate(settings["metrics"])),
            loss_weight=settings["loss_weight"],
            class_weight=weight if weight is None or weight == "balanced" else dict(weight),
            places=places,
        )


def _checkpoint(document: Document) -> Checkpoint | None:
    if (document.json.get("train") or {}).get("checkpoint") is None:
        return None
    settings = section(document, "/train/checkpoint", "checkpoint")
    return Checkpoint(monitor=settings["monitor"], keep=settings["keep"], pointer="/train/checkpoint")


def _run(document: Document) -> Run:
    settings = section(document, "/run", "run")
    names = ("backend", "seed", "precision", "deterministic", "steps_per_execution", "jit_compile")
    return Run(**{name: settings[name] for name in names}, save_every=_seconds(settings["save_every"]))


def _seconds(value: Json) -> float:
    return float(value["seconds"] if isinstance(value, Mapping) else value)


def _promises(document: Document) -> Iterator[Promise]:
    for i, line in enumerate(document.json.get("expect", [])):
        if isinstance(line["value"], int | float):
            yield Promise(quantity=line["quantity"], op=line["op"], value=line["value"], pointer=f"/expect/{i}")


def _object(value: Mapping[str, Json], pointer: str) -> Object:
    kind = next(key for key in value if key != "arguments")
    return Object(kind, value[kind], dict(value.get("arguments", {})), pointer)


def _object_or_name(value: Json, pointer: str) -> Object | str:
    return value if isinstance(value, str) else _object(value, pointer)


def _part(value: Json, pointer: str) -> Part:
    return _object(value, pointer) if isinstance(value, Mapping) else value


def _settings(
    data: Data, augment: tuple[Object, ...], phases: tuple[Phase, ...], checkpoint: Checkpoint | None, run: Run
) -> dict[str, Json]:
    """The plan as JSON."""
    return {
        "data": _slots(data),
        "augment": [layer.to_json() for layer in augment],
        "train": [_slots(phase, "pointer") for phase in phases],
        "checkpoint": {"monitor": checkpoint.monitor, "keep": checkpoint.keep} if checkpoint else None,
        "run": _slots(run),
    }


def _slots(part: Data | Phase | Goal | Run, *without: str) -> dict[str, Json]:
    return {name: _json(getattr(part, name)) for name in part.__slots__ if name not in ("places", *without)}


def _json(value: Any) -> Json:
    if isinstance(value, Object):
        return value.to_json()
    if isinstance(value, Goal):
        return _slots(value)
    return [_json(item) for item in value] if isinstance(value, tuple) else value

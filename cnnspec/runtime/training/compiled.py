"""The Keras objects of a phase: optimizer, loss, metrics and callbacks, as `compile` and `fit` take them."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import keras

from cnnspec.catalogue import load_catalogue
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at, path_of
from cnnspec.plan.plan import Goal, Object, Phase
from cnnspec.runtime.model.externs import extern_object
from cnnspec.runtime.model.objects import MODULES, Context, NotBuilt, build, to_keras

_NEEDED: Final[Mapping[str, Sequence[str]]] = {"TensorBoard": ("tensorflow", "tensorboard"), "RemoteMonitor": ("requests",)}
"""Packages that a callback of Keras looks for in the middle of the training, on whatever backend."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one phase is trained with. Losses and metrics stand in the order of the outputs; an output that is not trained has no loss."""

    optimizer: Any
    outputs: tuple[str, ...]
    losses: list[Any]
    loss_weights: list[float]
    metrics: list[list[Any]]
    callbacks: list[Any]

    @property
    def measured(self) -> list[str]:
        """The names under which Keras reports losses and metrics."""
        names = [[metric if isinstance(metric, str) else metric.name for metric in metrics] for metrics in self.metrics]
        if len(self.outputs) == 1:
            return ["loss", *names[0]]
        trained = [output for output, loss in zip(self.outputs, self.losses, strict=True) if loss is not None]
        own = [f"{output}_loss" for output in trained] if len(trained) > 1 else []
        return ["loss", *own, *(f"{output}_{name}" for output, of in zip(self.outputs, names, strict=True) for name in of)]

    @property
    def objective(self) -> dict[str, Any]:
        """Losses and metrics as `compile` takes them."""
        return _objective(self.losses, self.loss_weights, self.metrics)


def compile_phase(document: Document, phase: Phase, steps_per_epoch: int) -> tuple[Compiled | None, list[Diagnostic]]:
    """Builds the objects of a phase; what Keras refuses is E0801 at the object's place. `steps_per_epoch` counts batches."""
    context = Context(steps_per_epoch)  # also with `accumulate`: Keras looks a schedule up by the number of batches
    outputs = tuple(goal.output.partition(":")[0] for goal in phase.goals)  # Keras names an output by the layer that makes it
    try:
        metrics = [_metrics(goal, context) for goal in phase.goals]
        found = Compiled(
            _optimizer(phase, context),
            outputs,
            [_loss(goal.loss, context) for goal in phase.goals],
            [goal.loss_weight for goal in phase.goals],
            metrics,
            [_directed(_callback(document, callback, context), outputs, metrics) for callback in phase.callbacks],
        )
    except NotBuilt as refusal:
        help = "a schedule that counts epochs is allowed in an optimizer alone" if "epochs" in refusal.name else None
        code, who = ("E0910", "the extern") if extern_object(refusal.name) is not None else ("E0801", "Keras refuses")
        return None, [at(document, refusal.pointer, code, f"{who} `{refusal.name}`: {refusal.reason}", help=help)]
    return found, []


def fresh_objective(phase: Phase, compiled: Compiled) -> dict[str, Any]:
    """The losses of a phase, and its metrics once more, for another `compile`."""
    return _objective(compiled.losses, compiled.loss_weights, [_metrics(goal, Context()) for goal in phase.goals])


def _objective(losses: list[Any], weights: list[float], metrics: list[list[Any]]) -> dict[str, Any]:
    if len(losses) == 1:
        alone = {} if weights[0] == 1.0 else {"loss_weights": weights[0]}
        return {"loss": losses[0], "metrics": metrics[0], **alone}
    return {"loss": losses, "loss_weights": weights, "metrics": metrics}


def _optimizer(phase: Phase, context: Context) -> Any:
    """With `clip` as the largest global norm of the gradients, and `accumulate` as steps whose gradients are averaged before an update."""
    name, arguments, pointer = phase.optimizer, {}, phase.places.get("optimizer", phase.pointer)
    if isinstance(phase.optimizer, Object):
        name = phase.optimizer.name
        arguments = {k: to_keras(v, context, f"{pointer}/arguments/{k}") for k, v in phase.optimizer.arguments.items()}
    else:
        name = load_catalogue().identifiers("optimizer").get(phase.optimizer) or phase.optimizer
    own: dict[str, Any] = {}
    if phase.clip is not None:
        own["global_clipnorm"] = phase.clip
    if phase.accumulate > 1:
        own["gradient_accumulation_steps"] = phase.accumulate
    if own and name == "LossScaleOptimizer" and isinstance(phase.optimizer, Object):
        arguments["inner_optimizer"] = _inner(phase.optimizer, own, context)  # gradients are clipped as they are, not as they are scaled
        own = {}
    return build("optimizer", str(name), {**arguments, **own}, pointer)


def _inner(scaling: Object, own: Mapping[str, Any], context: Context) -> Any:
    """The optimizer inside of a LossScaleOptimizer, with what `train` gives it."""
    given, pointer = scaling.arguments["inner_optimizer"], f"{scaling.pointer}/arguments/inner_optimizer"
    name = (load_catalogue().identifiers("optimizer").get(given) or given) if isinstance(given, str) else given["optimizer"]
    written = {} if isinstance(given, str) else given.get("arguments", {})
    arguments = {k: to_keras(v, context, f"{pointer}/arguments/{k}") for k, v in written.items()}
    return build("optimizer", name, {**arguments, **own}, pointer)


def _loss(value: Object | str | None, context: Context) -> Any:
    if not isinstance(value, Object):
        return value
    loss = to_keras(value.to_json(), context, value.pointer)
    if not isinstance(loss, keras.Loss) and not inspect.isfunction(loss):
        raise _unlike(value, "loss: neither a function nor a `keras.Loss`")
    return loss


def _unlike(value: Object, what: str) -> NotBuilt:
    """An extern object of another kind than its place wants."""
    return NotBuilt(value.pointer, value.name, f"it is no {what}")


def _metrics(goal: Goal, context: Context) -> list[Any]:
    """A metric without a name of its own gets one from its class, the same in every phase: Keras would number them on and on."""
    metrics: Sequence[Object | str] = goal.metrics if goal.loss is not None else ()
    used: Counter[str] = Counter()
    found = []
    for metric in metrics:
        if isinstance(metric, str):
            used[metric] += 1
            found.append(metric)
            continue
        arguments = {k: to_keras(v, context, f"{metric.pointer}/arguments/{k}") for k, v in metric.arguments.items()}
        if "name" not in arguments and (name := _default_name(metric)):
            used[name] += 1
            arguments["name"] = name if used[name] == 1 else f"{name}_{used[name] - 1}"
        found.append(_measuring(metric, build(metric.kind, metric.name, arguments, metric.pointer)))
    return found


def _measuring(metric: Object, built: Any) -> Any:
    """A function of labels and predictions as a metric: Keras averages it over the images."""
    if inspect.isfunction(built):
        return keras.metrics.MeanMetricWrapper(built, name=built.__name__)
    if not isinstance(built, keras.Metric):
        raise _unlike(metric, "metric: neither a function nor a `keras.Metric`")
    return built


def _default_name(metric: Object) -> str | None:
    parameters = inspect.signature(getattr(keras.metrics, metric.name)).parameters if metric.kind in MODULES else {}
    if "name" not in parameters:
        return None
    default: str | None = parameters["name"].default
    return default or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", metric.name).lower()


def _callback(document: Document, callback: Object, context: Context) -> Any:
    missing = [package for package in _NEEDED.get(callback.name, ()) if find_spec(package) is None]
    if missing:
        raise NotBuilt(callback.pointer, callback.name, f"it needs a package that is not installed: `pip install {' '.join(missing)}`")
    entry = load_catalogue().entry(callback.kind, callback.name)
    arguments = {}
    for name, value in callback.arguments.items():
        place = f"{callback.pointer}/arguments/{name}"
        parameter = entry.parameter(name) if entry else None
        is_path = parameter is not None and parameter.type.startswith("path") and isinstance(value, str)
        arguments[name] = str(path_of(document, value)) if is_path else to_keras(value, context, place)
    built = build(callback.kind, callback.name, arguments, callback.pointer)
    if not isinstance(built, keras.callbacks.Callback):
        raise _unlike(callback, "`keras.callbacks.Callback`")
    return built


def _directed(callback: Any, outputs: tuple[str, ...], metrics: list[list[Any]]) -> Any:
    """A callback that watches a quantity of one of several outputs is told whether more is better: Keras knows it of one output alone."""
    watched = str(getattr(callback, "monitor", "")).removeprefix("val_")
    if len(outputs) > 1 and getattr(callback, "mode", None) == "auto":
        for output, of_output in zip(outputs, metrics, strict=True):
            if watched == f"{output}_loss":
                callback.mode = "min"
            for metric in of_output:
                if watched == f"{output}_{metric if isinstance(metric, str) else metric.name}":
                    callback.mode = "max" if _upwards(metric) else "min"
    return callback


def _upwards(metric: Any) -> bool:
    if isinstance(metric, str) and metric.lower() in ("accuracy", "acc", "crossentropy", "ce"):  # which class they are the shapes decide
        return metric.lower().startswith("acc")
    built = keras.metrics.get(metric) if isinstance(metric, str) else metric
    return getattr(built, "_direction", "down") == "up"


def make_folders(callbacks: Sequence[Any]) -> None:
    """The folders that a log is written into; the other callbacks of Keras make theirs. Raises OSError."""
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.CSVLogger):
            Path(callback.filename).parent.mkdir(parents=True, exist_ok=True)

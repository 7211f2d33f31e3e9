"""Settings of a run that hold for the whole process or that depend on backend and model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import keras

from cnnspec.consistency.head import Head
from cnnspec.consistency.naming import argument, canonical
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Goal, Object, Run

MOST_STEPS: Final = 32
"""More steps in one call win nothing on TensorFlow; 32 made a small network on two cores twice as fast as 1."""

_FLOPS_PER_CALL: Final = 4e9
"""So much work, about a fifth of a second on two cores, may pass between two signs of life."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How Keras runs the steps, and whether batches are augmented ahead of them, in the input pipeline, or as their first part."""

    steps_per_execution: int
    jit_compile: bool | Literal["auto"]
    augment_ahead: bool = False


def set_up(run: Run, backend: str) -> None:
    """Seed, precision and determinism of this process. To be called after `backend.activate`, before the model is built.

    Keras's messages go to its log: standard output belongs to the command.
    """
    keras.utils.disable_interactive_logging()
    keras.config.set_dtype_policy(run.precision)
    keras.utils.set_random_seed(run.seed)
    if run.deterministic:
        _be_deterministic(backend)


def refused_by(backend: str, document: Document, run: Run) -> list[Diagnostic]:
    """Settings of `run` that this backend does not have (E0801)."""
    if backend == "torch" and run.steps_per_execution not in ("auto", 1):
        message = f"torch runs one step in a call, not {run.steps_per_execution}: Keras allows more on TensorFlow and JAX alone"
        help = 'write `steps_per_execution = "auto"`, or delete it'
        return [at(document, "/run/steps_per_execution", "E0801", message, help=help)]
    return []


def refused_loss(backend: str, document: Document, goal: Goal, head: Head) -> list[Diagnostic]:
    """A loss over masks that this backend does not have (E0801)."""
    loss = goal.loss.to_json() if isinstance(goal.loss, Object) else goal.loss
    if backend != "torch" or len(head.shape) != 3 or loss is None or canonical("loss", loss) != "SparseCategoricalCrossentropy":
        return []
    if argument("loss", loss, "from_logits"):
        return []
    message = "torch cannot learn class numbers at each place from probabilities: its own loss refuses how Keras lays them out"
    help = "write `from_logits=True` in the loss, and delete the softmax at the end of the model"
    labels = ((head.pointer, "the end of the model"),)
    return [at(document, goal.places["loss"], "E0801", message, label="not on torch", help=help, labels=labels)]


def execution(run: Run, backend: str, model: keras.Model, batch: int, steps: int) -> Execution:
    """What "auto" means here: `model` is the network without its augmentation, `steps` the steps of one epoch."""
    return Execution(
        _steps_per_execution(backend, model, batch, steps) if run.steps_per_execution == "auto" else run.steps_per_execution,
        _jit_compile(backend, model) if run.jit_compile == "auto" else run.jit_compile,
        _augment_ahead(backend),
    )


def _steps_per_execution(backend: str, model: keras.Model, batch: int, steps: int) -> int:
    """On torch Keras allows 1 alone; on JAX more made no difference."""
    if backend != "tensorflow":
        return 1
    work = 6 * multiplications(model) * batch  # two operations each, once forward and twice backward
    return max(1, min(MOST_STEPS, steps, round(_FLOPS_PER_CALL / max(work, 1))))


def _jit_compile(backend: str, model: keras.Model) -> bool | Literal["auto"]:
    """XLA on JAX, as JAX is slow without it; never on TensorFlow's CPU, where it halved the speed."""
    if backend == "jax":
        return bool(all(layer.supports_jit for layer in model._flatten_layers()))
    if backend == "tensorflow":
        import tensorflow as tf

        return "auto" if tf.config.list_physical_devices("GPU") else False
    return False


def _augment_ahead(backend: str) -> bool:
    """On TensorFlow's CPU, where cores that wait for the step have the time; an accelerator is faster within the step."""
    if backend != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def multiplications(model: keras.Model) -> int:
    """About how many multiplications a forward pass of one image takes: those of kernels, which are nearly all."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            total += multiplications(layer)
        elif (kernel := getattr(layer, "kernel", None)) is not None:
            total += math.prod(kernel.shape) * math.prod(_positions(layer))
    return total


def _positions(layer: Any) -> list[int]:
    """At how many places a kernel is applied: the output without batch and channels."""
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):  # a layer that was called several times has no single output
        return [1]
    return [n or 1 for n in shape[1:-1]]


def _be_deterministic(backend: str) -> None:
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif backend == "torch":
        import torch

        torch.use_deterministic_algorithms(True, warn_only=True)

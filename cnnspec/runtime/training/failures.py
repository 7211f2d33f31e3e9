"""What went wrong in a training, as diagnostics (E0703, E0804, E1104)."""

from __future__ import annotations

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.place import at
from cnnspec.plan.plan import Phase, Plan
from cnnspec.runtime.data.images.columns import BadImage
from cnnspec.runtime.model.objects import first_sentence


def unreadable(document: Document, plan: Plan, failure: BadImage) -> Diagnostic:
    """A file that passed every check and cannot be decoded after all."""
    help = 'replace or delete the file, or write `on_error = "skip"` in `data`'
    return at(document, plan.data.source.pointer, "E0703", f"{failure.path}: {failure.reason}", help=help)


def raised(document: Document, plan: Plan, phase: Phase, error: Exception) -> Diagnostic:
    """What Keras, or the framework below it, raised."""
    text = str(error)
    if isinstance(error, OSError) and not isinstance(error, TimeoutError | ConnectionError):
        message = f"{error.filename or 'a file of the run'} cannot be written: {error.strerror or error}"
        return at(document, "", "E1104", message, help="see to the disk's space and rights")
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in text or "OOM" in text or "out of memory" in text.lower():
        help = f"write a smaller `batch` in `data`, for example `batch = {max(1, plan.data.batch // 2)}`"
        return at(document, phase.pointer, "E0804", "there is not enough memory to train this", part="key", help=help)
    message = f"Keras stopped: {first_sentence(error) or type(error).__name__}"
    return at(document, phase.pointer, "E0804", message, part="key", help="CNNSPEC_TRACEBACK=1 shows where, for a report")


def not_a_number(document: Document, phase: Phase, epoch: int, step: int) -> Diagnostic:
    """The loss became NaN."""
    return at(
        document,
        next(goal.places["loss"] for goal in phase.goals if goal.loss is not None),
        "E0804",
        f"the loss became NaN in epoch {epoch}, by step {step}",
        notes=("from there on no weight means anything; nothing was saved",),
        help="try a smaller learning rate, `clip = 1.0` in `train`, or `Rescaling(1 / 255)` as the first layer",
    )

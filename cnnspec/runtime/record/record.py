"""What a run writes into its folder at its beginning and at its end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import keras

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.rebase import rebased
from cnnspec.plan.place import at, path_of
from cnnspec.runtime.backend.settings import Execution
from cnnspec.runtime.backend.versions import installed_versions
from cnnspec.runtime.job import Job
from cnnspec.runtime.observer import Epoch
from cnnspec.runtime.record import lock
from cnnspec.runtime.record.run_folder import DOCUMENT, RESULT, SETTINGS, RunFolder, create, written_whole
from cnnspec.runtime.record.state import FILE as STATE
from cnnspec.runtime.refused import Refused

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run found. Times are seconds; `test` is empty without test data; `weights` is a hash of the weights that were saved."""

    run_dir: Path
    model: str
    backend: str
    params: int
    epochs: tuple[Epoch, ...]
    test: Mapping[str, float] = field(default_factory=dict)
    seconds: float
    weights: str = ""

    def to_json(self) -> dict[str, Json]:
        return {
            "run_dir": str(self.run_dir),
            "model": self.model,
            "backend": self.backend,
            "params": self.params,
            "epochs": [epoch.to_json() for epoch in self.epochs],
            "test": dict(self.test),
            "seconds": self.seconds,
            "weights": self.weights,
        }


def new_folder(job: Job, chosen: Execution, conditions: Mapping[str, Json], runs: Path) -> RunFolder:
    """A run folder below `runs` with the document, the settings and the lock. Raises `Refused`."""
    plan, dataset = job.plan, job.dataset
    settings = {
        **plan.settings,
        "run": {
            **plan.settings.get("run", {}),
            "backend": conditions["backend"],
            "steps_per_execution": chosen.steps_per_execution,
            "jit_compile": chosen.jit_compile,
            **({"augment": "ahead of the step" if chosen.augment_ahead else "in the step"} if plan.augment else {}),
        },
        "kept": dataset.kept,
        "images": {part: len(items) for part, items in dataset.parts.items()},
        "classes": {name: list(classes) for name, classes in dataset.classes.items()},
        "versions": installed_versions(),
    }
    try:
        folder = create(runs, job.graph.name)
        folder.write_json(DOCUMENT, rebased(job.document, folder.path).json)
        folder.write_json(SETTINGS, settings)
        folder.write_json(lock.FILE, conditions)
        if dataset.left_out:
            folder.write_json("left_out.json", [{"path": one.path, "reason": one.reason} for one in dataset.left_out])
    except OSError as error:
        message = f"the run folder cannot be written: {error.filename or runs}: {error.strerror}"
        help = "name another folder: `--runs DIR`"
        raise Refused(Diagnostic(code="E1104", message=message, where=str(runs), help=help)) from error
    return folder


def save(job: Job, folder: RunFolder, result: Result) -> Result:
    """The model and the results into the run folder, and what `export` asks for. The last file says that the run is complete.

    Returns the result with the hash of the weights. Raises `Refused`.
    """
    document, model = job.document, job.model
    targets = [(folder.model, "/export", "keras")]
    targets += [(path_of(document, export.path), export.pointer, export.kind) for export in job.plan.exports]
    for path, pointer, kind in targets:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            written_whole(path, model.save if kind == "keras" else model.save_weights)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
            raise Refused(at(document, pointer, "E1104", f"{path} cannot be written: {reason}")) from error
        job.observer.saved(path)
    result = replace(result, weights=_weights_hash(model))
    try:
        folder.write_json("test.json", dict(result.test))
        folder.write_json(RESULT, result.to_json())
        (folder.path / STATE).unlink(missing_ok=True)
    except OSError as error:
        raise Refused(at(document, "", "E1104", f"{error.filename or folder.path} cannot be written: {error.strerror}")) from error
    return result


def _weights_hash(model: keras.Model) -> str:
    """SHA-256 over all weights of a model, in order."""
    digest = hashlib.sha256()
    for weight in model.weights:
        array = keras.ops.convert_to_numpy(weight)
        digest.update(f"{array.dtype} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()

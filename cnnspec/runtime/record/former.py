"""A run of before: one that stopped and goes on (`--resume`), or one that is repeated (`--locked`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from cnnspec.diagnostics import Diagnostic
from cnnspec.runtime.observer import Epoch
from cnnspec.runtime.record import lock
from cnnspec.runtime.record.run_folder import DOCUMENT, RESULT, RunFolder
from cnnspec.runtime.record.state import BEGINNING, FILE, Damaged, State, read_state

Json: TypeAlias = Any

_MATTERS: Final = ("document", "data", "backend")
"""What a run cannot do without: with another order of images, or other variables, it would not be the same run any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The folder of a run, its lock, the state in which it was left, and its result if it is complete.

    `goes_on` says that it is to be finished in its own folder; otherwise it is repeated in a new one, from the beginning.
    """

    folder: RunFolder
    lock: Mapping[str, Json]
    state: State
    result: Mapping[str, Json] | None
    goes_on: bool

    @property
    def document(self) -> Path:
        return self.folder.path / DOCUMENT

    @property
    def backend(self) -> str:
        return str(self.lock["backend"])

    def changes(self, now: Mapping[str, Json]) -> list[Diagnostic]:
        """What is not as it was. E1106 where the run cannot go on so; else W1106."""
        return [self._changed(name, text) for name, text in lock.differences(self.lock, now)]

    def _changed(self, name: str, text: str) -> Diagnostic:
        if self.goes_on and name in _MATTERS:
            help = "bring it back as it was, or begin anew: leave out `--resume`"
            return Diagnostic(code="E1106", message=f"the run cannot go on: {text}", where=str(self.folder.path), help=help)
        help = "the weights may differ from those of a run without a break" if self.goes_on else "the weights may differ"
        return Diagnostic(code="W1106", message=f"not as in that run: {text}", where=str(self.folder.path), help=help)

    def unlike(self, weights: str, epochs: Sequence[Epoch]) -> list[Diagnostic]:
        """E0810 where a repeated run has other weights in the end, with the first epoch whose figures differ."""
        if self.goes_on or self.result is None or self.result["weights"] == weights:
            return []
        notes = [note] if (note := _first_difference(self.result["epochs"], [epoch.to_json() for epoch in epochs])) else []
        message = "the weights are not those of that run"
        return [Diagnostic(code="E0810", message=message, where=str(self.folder.path), notes=tuple(notes))]


def former_run(path: Path, *, goes_on: bool) -> tuple[Former | None, list[Diagnostic]]:
    """The run in the folder `path`. E1106: there is none, it cannot be read, or it is complete and cannot go on."""
    folder = RunFolder(path)
    if not (path / DOCUMENT).is_file() or not (path / lock.FILE).is_file():
        inside = _runs_in(path)
        help = (
            f"did you mean `{inside[-1]}`?"
            if inside
            else "a run folder is what `cnnspec run` prints behind `saved`, such as `runs/net-20250131-120000`"
        )
        return None, [_not(path, "this is no folder of a run" if path.is_dir() else "there is no such folder", help)]
    if goes_on and folder.is_complete:
        return None, [_not(path, "this run is complete", f"to repeat it, write `cnnspec run --locked {path}`")]
    if not goes_on and not folder.is_complete:
        return None, [_not(path, "this run is not complete", f"to finish it, write `cnnspec run --resume {path}`")]
    try:
        return Former(
            folder=folder,
            lock=json.loads((path / lock.FILE).read_text(encoding="utf-8")),
            state=read_state(path / FILE) if goes_on else BEGINNING,
            result=None if goes_on else json.loads((path / RESULT).read_text(encoding="utf-8")),
            goes_on=goes_on,
        ), []
    except (OSError, ValueError, Damaged) as error:
        return None, [_not(path, f"this run cannot be read: {error}", None)]


def in_use(folder: RunFolder) -> Diagnostic:
    """Another process is at work on the run."""
    return _not(folder.path, "this run is still going on, in another process", "wait for its end, or stop it")


def not_this_model(former: Former | None, error: Exception) -> Diagnostic:
    """The state holds other variables than the model. The document is the same, so it must be the code of an extern that changed."""
    path = former.folder.path if former else Path()
    return _not(path, f"the saved state is not one of this model: {error}", "begin anew: leave out `--resume`")


def _not(path: Path, message: str, help: str | None) -> Diagnostic:
    return Diagnostic(code="E1106", message=message, where=str(path), help=help)


def _runs_in(path: Path) -> list[Path]:
    return sorted(folder.parent for folder in path.glob(f"*/{lock.FILE}")) if path.is_dir() else []


def _first_difference(before: Sequence[Mapping[str, Json]], after: Sequence[Mapping[str, Json]]) -> str | None:
    for then, now in zip(before, after, strict=False):
        for name, value in then.items():
            if name not in ("seconds", "images_per_second") and now.get(name) != value:
                return f"the first difference: `{name}` of epoch {then['epoch']} was {value}, now {now.get(name)}"
    return f"there were {len(before)} epochs, now {len(after)}" if len(before) != len(after) else None

"""The state of this machine: which backends there are, whether they start, which one would be used, and what does not fit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.runtime.backend.choice import (
    BACKENDS,
    Choice,
    Place,
    broken,
    choose,
    is_installed,
    judge,
    not_installed,
    places,
)
from cnnspec.runtime.backend.versions import Misfit, installed, installed_versions, misfits

PATIENCE: Final = 60.0
"""Seconds that a framework may take to start: on a slow disk the first import takes half of that."""

_PROBE: Final = Path(__file__).with_name("probe.py")
_GENTLE: Final = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""A look at a GPU must not take its memory from those who work on it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One backend: its version, the devices that it found, and what is wrong with it, if anything."""

    name: str
    version: str | None
    devices: tuple[str, ...] = ()
    trouble: Diagnostic | None = None

    @property
    def state(self) -> str:
        if self.trouble is None:
            return "works"
        return "not installed" if self.trouble.code == "E1101" else "broken"


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that `cnnspec doctor` shows. `diagnostics` says what keeps the backend that would be used from being used."""

    versions: Mapping[str, str]
    probes: tuple[Probe, ...]
    places: tuple[Place, ...]
    choice: Choice | None
    misfits: tuple[Misfit, ...]
    warnings: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def examine(option: str | None, document: Document | None, patience: float = PATIENCE) -> Examination:
    """Looks at the machine; every framework is tried in a process of its own, all at once."""
    versions = installed_versions()
    with ThreadPoolExecutor(len(BACKENDS)) as pool:
        probes = tuple(pool.map(lambda name: probe(name, patience), BACKENDS))
    asked = places(option, document)
    choice, diagnostics = choose(option, document)
    unfit = misfits(versions)
    if choice is not None:
        chosen = next(p for p in probes if p.name == choice.name)
        diagnostics = [*diagnostics, *_obstacles(chosen, unfit)]
    return Examination(versions, probes, asked, choice, unfit, tuple(_warnings(asked)), tuple(diagnostics))


def probe(backend: str, patience: float = PATIENCE) -> Probe:
    """Starts Keras on one backend in a process of its own."""
    if not is_installed(backend):
        return Probe(backend, None, trouble=not_installed(backend))
    version = installed(backend)
    command = [sys.executable, "-P", str(_PROBE), backend]
    environ = {**os.environ, **_GENTLE}
    try:
        end = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=patience, env=environ, check=False)
    except subprocess.TimeoutExpired:
        return Probe(backend, version, trouble=broken(backend, f"it does not answer within {patience:.0f} s", ""))
    if end.returncode != 0:
        return Probe(backend, version, trouble=broken(backend, _last_words(end), ""))
    found = json.loads(end.stdout.splitlines()[-1])
    if "error" in found:
        return Probe(backend, version, trouble=broken(backend, found["error"][:300], found["file"]))
    return Probe(backend, version, tuple(found["devices"]))


def _last_words(end: subprocess.CompletedProcess[str]) -> str:
    """Why the process ended before it could say so: the signal that killed it, or the last thing that it wrote."""
    if end.returncode < 0:
        name = signal.Signals(-end.returncode).name
        why = ": this processor lacks instructions that the build needs, such as AVX" if name == "SIGILL" else ""
        return f"its process was ended by {name}{why}"
    lines = end.stderr.strip().splitlines()
    return lines[-1][:300] if lines else f"its process ended with status {end.returncode}"


def _obstacles(chosen: Probe, unfit: tuple[Misfit, ...]) -> list[Diagnostic]:
    found = [Diagnostic(code="E1105", message=m.text, help=f"`{m.remedy}`") for m in unfit if m.fatal and m.backend in (None, chosen.name)]
    return found or ([chosen.trouble] if chosen.trouble else [])


def _warnings(asked: tuple[Place, ...]) -> list[str]:
    """What does no harm today: a stronger place decides before it. And Keras's own limits, which people forget they have set."""
    deciding = next(place for place in asked if place.value)
    idle = [(place, judge(place)) for place in asked if place is not deciding]
    found = [f"{place.name}: {wrong.message}; {wrong.help}" for place, wrong in idle if wrong and place.name != "default"]
    for name in ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"):
        if os.environ.get(name):
            found.append(f"{name}={os.environ[name]} is set: Keras cuts every training short")
    return found

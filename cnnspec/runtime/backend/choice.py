"""The framework under Keras: which one is used and why, and how it is started. Choosing imports no framework."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import util
from pathlib import Path
from traceback import extract_tb
from typing import Final

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.runtime.backend.quiet import captured_stderr
from cnnspec.runtime.backend.versions import conflicts, installed_versions, misfits
from cnnspec.source import Source, Span
from cnnspec.suggest import nearest

BACKENDS: Final = ("tensorflow", "jax", "torch")
"""The backends that can train."""

DEFAULT: Final = "tensorflow"

DROPPED: Final[Mapping[str, str]] = {"theano": "Theano", "cntk": "CNTK"}
"""Backends of Keras 2 that Keras 3 no longer has, and how they write their names."""

_PREDICT_ONLY: Final = ("numpy", "openvino")
_NICKNAMES: Final[Mapping[str, str]] = {"tf": "tensorflow", "tf.keras": "tensorflow", "flax": "jax", "pytorch": "torch"}

_QUIET: Final[Mapping[str, str]] = {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "ERROR", "ABSL_MIN_LOG_LEVEL": "3"}
"""Settings that keep the frameworks' own logs out of the terminal; what the user has set stands."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A backend that can train and is installed, and why it is the one: a phrase such as "`--backend` says so"."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One of the places that may name a backend: what it says, where it says so, and how to make it say something else."""

    name: str
    value: str | None
    reason: str
    change: str
    span: Span | None = None
    where: str | None = None

    def instead(self, backend: str) -> str:
        return self.change.format(backend=backend)


def choose(
    option: str | None = None, document: Document | None = None, environ: Mapping[str, str] = os.environ
) -> tuple[Choice | None, list[Diagnostic]]:
    """The backend by the first place that names one; see `places`.

    Refuses a backend that Keras 3 does not have or that cannot train (E1103) and one that is not installed (E1101).
    """
    place = next(p for p in places(option, document, environ) if p.value)
    wrong = judge(place)
    return (None, [wrong]) if wrong else (Choice(place.value or DEFAULT, place.reason), [])


def places(option: str | None, document: Document | None, environ: Mapping[str, str] = os.environ) -> tuple[Place, ...]:
    """The places that may name a backend, the strongest first. The last one always does.

    Keras itself knows the last three; an empty KERAS_BACKEND counts as none, as it does there.
    """
    return (
        _from_option(option),
        _from_document(document),
        _from_environment(environ.get("KERAS_BACKEND") or None),
        _from_keras_json(keras_json(environ)),
        Place(name="default", value=DEFAULT, reason="it is the default", change="install {backend}"),
    )


def judge(place: Place) -> Diagnostic | None:
    """What is wrong with the backend that `place` names, or None."""
    name = place.value
    if name is None or (name in BACKENDS and is_installed(name)):
        return None
    code = "E1103"
    if name in BACKENDS:
        code, message, remedy = "E1101", not_installed(name).message, _install_or_other(name, place)
    elif name.lower() in DROPPED:
        message = f"Keras 3 has dropped the backend {DROPPED[name.lower()]}"
        remedy = f"use `tensorflow`, `jax` or `torch`: {place.instead(_first_installed())}"
    elif name in _PREDICT_ONLY:
        message = f"the backend `{name}` cannot train: Keras offers it for predictions alone"
        remedy = f"use `tensorflow`, `jax` or `torch`: {place.instead(_first_installed())}"
    else:
        guess = _NICKNAMES.get(name.lower()) or nearest(name, BACKENDS)
        message = f"there is no backend `{name}`"
        remedy = (
            f"did you mean `{guess}`? {place.instead(guess)}" if guess else f"use `tensorflow`, `jax` or `torch`: {place.instead(DEFAULT)}"
        )
    return Diagnostic(code=code, message=message, span=place.span, where=place.where, label="asked for here", help=remedy)


def is_installed(backend: str) -> bool:
    """Whether the package can be found; it may be broken all the same. A folder that only has its name does not count."""
    found = util.find_spec(backend)
    return found is not None and found.origin is not None


def not_installed(backend: str) -> Diagnostic:
    """A backend that is not there, asked for or not."""
    return Diagnostic(code="E1101", message=f"the backend `{backend}` is not installed", help=install_command(backend))


def install_command(backend: str) -> str:
    """The command that installs a backend."""
    extra = "" if backend == DEFAULT else f', or with cnnspec `pip install "cnnspec[{backend}]"`'
    return f"`pip install {backend}`{extra}"


def activate(choice: Choice, *, deterministic: bool = False) -> list[Diagnostic]:
    """Imports Keras on the chosen backend and starts its device. After this, and not before, `import keras` is safe in this process.

    `deterministic` asks for what a device can only be told before it starts.

    Keras's own defaults are set as the language defines them, whatever `keras.json` says of them: channels last, float32.
    Refuses versions that do not fit (E1105) and a framework that cannot be imported (E1102); then its own output is shown.
    """
    if util.find_spec("keras") is None:
        return [Diagnostic(code="E1101", message="Keras is not installed", help='`pip install "keras>=3.15,<3.16"`')]
    unfit = [m for m in misfits(installed_versions()) if m.fatal and m.backend in (None, choice.name)]
    if unfit:
        return [Diagnostic(code="E1105", message=m.text, help=f"`{m.remedy}`") for m in unfit]
    os.environ["KERAS_BACKEND"] = choice.name
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if deterministic:
        _be_deterministic(choice.name)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"tensorflow\.")
    with captured_stderr() as captured:
        failure = _start_keras(choice.name)
        noise = captured.text() if failure else ""
    if failure is None:
        return []
    sys.stderr.write(noise)
    frames = extract_tb(failure.__traceback__)
    first_line = (str(failure).strip().splitlines() or ["no word of why"])[0]
    refused = broken(choice.name, f"{type(failure).__name__}: {first_line[:300]}", frames[-1].filename)
    return [replace(refused, help=f"{refused.help}; `cnnspec doctor` shows what this machine has")]


def _be_deterministic(backend: str) -> None:
    """What has to be said to a GPU before it starts; a processor is not changed by it. What the user has set stands."""
    if backend == "torch":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    flags = os.environ.get("XLA_FLAGS", "")
    if backend == "jax" and "xla_gpu_deterministic_ops" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()


def _start_keras(backend: str) -> Exception | None:
    """What went wrong, as it was raised: a framework may raise anything while it loads."""
    try:
        import keras

        keras.ops.zeros(())
        if backend != "tensorflow":
            _leave_tensorflow_out()
    except Exception as failure:
        return failure
    if keras.config.backend() != backend:
        raise RuntimeError(f"Keras already runs on {keras.config.backend()} in this process")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    return None


def _leave_tensorflow_out() -> None:
    """Keras imports TensorFlow on every backend where it finds it: to set its seed too, or to ask whether a saved value is a tensor of it.

    That costs seconds and memory, and can crash beside torch. So Keras is told that it is not there. The layers that cannot do without it
    (StringLookup and its like, which read text) then say so.
    """
    from keras.src.utils import module_utils

    module_utils.tensorflow._available = False
    module_utils.gfile._available = False


def broken(backend: str, reason: str, file: str) -> Diagnostic:
    """A backend that is installed and does not start. `file` is the one that raised the error: it may be Keras's, about its settings."""
    if Path(file).as_posix().endswith("keras/src/backend/config.py"):
        path = str(keras_json(os.environ))
        remedy = f"mend or delete `{path}`: Keras writes a new one where there is none"
        return Diagnostic(code="E1102", message="Keras refuses its own settings file", where=path, notes=(reason,), help=remedy)
    unmet = conflicts(backend)
    return Diagnostic(
        code="E1105" if unmet else "E1102",
        message=f"the backend `{backend}` is installed, but it does not start",
        notes=(reason, *unmet),
        help=f"`{repair_command(backend)}`",
    )


def repair_command(backend: str) -> str:
    """The command that mends a backend that is installed but does not start."""
    parts = {"jax": "jax jaxlib"}.get(backend, backend)
    return f"pip install --upgrade --force-reinstall {parts}"


def keras_json(environ: Mapping[str, str]) -> Path:
    """Keras's own settings file, at the place where Keras looks for it."""
    home = Path("~").expanduser()
    folder = environ.get("KERAS_HOME") or str((home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras")
    return Path(folder, "keras.json").expanduser()


def _from_option(option: str | None) -> Place:
    span = _part(Source("<command line>", f"--backend {option}"), option or "") if option else None
    return Place(name="--backend", value=option, reason="`--backend` says so", change="write `--backend {backend}`", span=span)


def _from_document(document: Document | None) -> Place:
    value = document.get("/run/backend") if document else None
    origin = document.origin("/run/backend") if document and value else None
    return Place(
        name="run.backend",
        value=str(value) if value else None,
        reason="the spec says so in `run`",
        change='write `backend = "{backend}"`',
        span=origin.value or origin.key if origin else None,
        where=f"{document.path}#/run/backend" if document and value and not origin else None,
    )


def _from_environment(value: str | None) -> Place:
    return Place(
        name="KERAS_BACKEND",
        value=value,
        reason="the environment variable KERAS_BACKEND says so",
        change="`export KERAS_BACKEND={backend}`",
        span=_part(Source("<environment>", f"KERAS_BACKEND={value}"), value) if value else None,
    )


def _from_keras_json(path: Path) -> Place:
    """A file that is not JSON says nothing: Keras ignores it too."""
    try:
        text = path.read_text(encoding="utf-8")
        settings = json.loads(text)
    except (OSError, ValueError):
        text, settings = "", {}
    value = settings.get("backend") if isinstance(settings, dict) else None
    found = re.search(r'"backend"\s*:\s*("[^"\n]*")', text) if value else None
    return Place(
        name="keras.json",
        value=str(value) if value else None,
        reason=f"Keras's own settings say so, in {path}",
        change='write `"backend": "{backend}"` in this file',
        span=Span(Source(str(path), text), *found.span(1)) if found else None,
        where=str(path) if value and not found else None,
    )


def _part(source: Source, text: str) -> Span:
    return Span(source, len(source.text) - len(text), len(source.text))


def _first_installed() -> str:
    return next((name for name in BACKENDS if is_installed(name)), DEFAULT)


def _install_or_other(name: str, place: Place) -> str:
    others = [other for other in BACKENDS if other != name and is_installed(other)]
    other = f"; or use `{others[0]}`, which is installed: {place.instead(others[0])}" if others and place.name != "default" else ""
    return install_command(name) + other

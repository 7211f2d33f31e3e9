"""What tests of every stage share. Here Keras runs on TensorFlow, loaded once; other backends get a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent
BACKENDS = ("tensorflow", "jax", "torch")


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of the big data sets, from CNNSPEC_TEST_DATA."""
    folder = os.environ.get("CNNSPEC_TEST_DATA")
    if not folder:
        pytest.skip("CNNSPEC_TEST_DATA is not set: it names the folder with mnist.npz and the other data sets")
    return Path(folder)


@pytest.fixture(scope="session")
def keras() -> Any:
    """Keras on TensorFlow. Only a test that asks for it may import Keras in this process."""
    from cnnspec.runtime.backend.choice import Choice, activate

    assert "keras" not in sys.modules, "a test module imports Keras when it is collected: TensorFlow's log is not silenced then"
    refused = activate(Choice("tensorflow", "the tests say so"))
    assert not refused, refused
    import keras

    return keras


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each backend in turn. One that is not installed is skipped, unless CNNSPEC_TEST_BACKENDS says that it must be there."""
    name: str = request.param
    if util.find_spec(name) is None:
        assert name not in os.environ.get("CNNSPEC_TEST_BACKENDS", "").split(), f"{name} must be installed"
        pytest.skip(f"{name} is not installed")
    return name


Cnnspec = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def cnnspec_command() -> Cnnspec:
    """Runs `cnnspec ARGUMENTS...` as a user does, in a process of its own: `cnnspec_command("check", "a.cnn", cwd=tmp_path)`."""

    def run(*arguments: str, cwd: Path = ROOT, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
        return run_python("-m", "cnnspec", *arguments, cwd=cwd, env=env, **options)

    return run


def run_python(
    *arguments: str, cwd: Path = ROOT, env: dict[str, str] | None = None, timeout: float = 300, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Runs Python with this checkout's cnnspec, and returns what it printed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("KERAS_", "NO_COLOR", "CNNSPEC_TRACEBACK"))}
    environ = {**clean, "PYTHONPATH": str(ROOT), **(env or {})}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command: Sequence[str] = [sys.executable, "-P", *arguments]
    return subprocess.run(command, cwd=cwd, env=environ, timeout=timeout, text=True, check=False, **{**streams, **options})


@pytest.fixture(scope="session")
def python() -> Cnnspec:
    """Runs `python ARGUMENTS...` in a process of its own, with this checkout's cnnspec."""
    return run_python

"""What the doctor finds on a machine: each framework is looked at from outside, whatever it does while it loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.runtime.backend import doctor
from cnnspec.runtime.backend.doctor import Probe, probe


@pytest.fixture
def fake_jax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `jax` in front of the real one, for the processes that the doctor starts. Its text is for the test to write."""
    (tmp_path / "jax").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "is_installed", lambda name: True)  # also where the real one is not
    return tmp_path / "jax" / "__init__.py"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("raise RuntimeError('jaxlib is too old\\nmore words')", "RuntimeError: jaxlib is too old"),
        (
            "import os; os.kill(os.getpid(), 4)",
            "its process was ended by SIGILL: this processor lacks instructions that the build needs, such as AVX",
        ),
        ("import os; os._exit(3)", "its process ended with status 3"),
        ("import os; os.write(2, b'no driver\\n'); os._exit(3)", "no driver"),
    ],
    ids=["raises", "crashes", "ends", "ends with a word"],
)
def test_a_broken_backend(fake_jax: Path, text: str, reason: str) -> None:
    fake_jax.write_text(text, encoding="utf-8")
    found = probe("jax")
    assert (found.state, found.devices) == ("broken", ())
    assert found.trouble is not None
    assert found.trouble.notes == (reason,)
    assert found.trouble.help == "`pip install --upgrade --force-reinstall jax jaxlib`"


@pytest.mark.slow
def test_a_backend_that_hangs(fake_jax: Path) -> None:
    fake_jax.write_text("import time; time.sleep(60)", encoding="utf-8")
    found = probe("jax", patience=2)
    assert found.trouble is not None
    assert found.trouble.notes == ("it does not answer within 2 s",)


def test_a_backend_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "is_installed", lambda name: False)
    found = probe("torch")
    assert (found.state, found.version) == ("not installed", None)
    assert found.trouble is not None
    assert found.trouble.help == '`pip install torch`, or with cnnspec `pip install "cnnspec[torch]"`'


@pytest.mark.slow
def test_a_backend_that_works(backend: str) -> None:
    found = probe(backend)
    assert found.state == "works", found.trouble
    assert found.version
    assert found.devices


def test_a_misfit_stands_for_the_crash_that_it_causes(monkeypatch: pytest.MonkeyPatch) -> None:
    works = Probe("tensorflow", "2.17.1", ("CPU",))
    monkeypatch.setattr(doctor, "probe", lambda name, patience: works if name == "tensorflow" else Probe(name, "1", ()))
    monkeypatch.setattr(doctor, "installed_versions", lambda: {"tensorflow": "2.17.1", "numpy": "2.4.6"})
    found = doctor.examine("tensorflow", None)
    assert [(d.code, d.help) for d in found.diagnostics] == [("E1105", '`pip install --upgrade "tensorflow>=2.18"`')]


def test_what_would_do_harm_in_another_place_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "probe", lambda name, patience: Probe(name, "1", ("CPU",)))
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "3")
    found = doctor.examine("tensorflow", None)
    assert found.diagnostics == ()
    assert found.warnings == (
        "KERAS_BACKEND: Keras 3 has dropped the backend Theano; use `tensorflow`, `jax` or `torch`: `export KERAS_BACKEND=tensorflow`",
        "KERAS_MAX_EPOCHS=3 is set: Keras cuts every training short",
    )

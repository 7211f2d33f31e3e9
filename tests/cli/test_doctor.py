"""`cnnspec doctor`: the table, the places, the exit status. What it finds is tested with the runtime."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import cnnspec
from cnnspec.cli.main import main
from cnnspec.runtime.backend import doctor
from cnnspec.runtime.backend.choice import broken, not_installed
from cnnspec.runtime.backend.doctor import Probe

VERSIONS = {"python": "3.11.7", "keras": "3.15.1", "tensorflow": "2.21.0", "jax": "0.10.2", "jaxlib": "0.10.2", "numpy": "2.4.6"}


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Probe], None]:
    """A machine on which TensorFlow works, JAX is broken and torch is missing; settings and variables are empty."""
    probes = {
        "tensorflow": Probe("tensorflow", "2.21.0", ("CPU", "NVIDIA H200")),
        "jax": Probe("jax", "0.10.2", trouble=broken("jax", "RuntimeError: no driver", "")),
        "torch": Probe("torch", None, trouble=not_installed("torch")),
    }
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(doctor, "installed_versions", lambda: VERSIONS)
    monkeypatch.setattr(doctor, "probe", lambda name, patience: probes[name])
    monkeypatch.setattr("cnnspec.runtime.backend.choice.is_installed", lambda name: name != "torch")
    return lambda probe: probes.update({probe.name: probe})


def test_the_whole_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out == (
        f"cnnspec {cnnspec.__version__}, python 3.11.7, keras 3.15.1, numpy 2.4.6\n"
        "\n"
        "  backend     version  state          devices\n"
        "  tensorflow  2.21.0   works          CPU, NVIDIA H200\n"
        "  jax         0.10.2   broken         -\n"
        "  torch       -        not installed  -\n"
        "  jax: RuntimeError: no driver; `pip install --upgrade --force-reinstall jax jaxlib`\n"
        '  torch: `pip install torch`, or with cnnspec `pip install "cnnspec[torch]"`\n'
        "\n"
        "would be used: tensorflow, because it is the default\n"
        "  --backend      -\n"
        "  run.backend    -\n"
        "  KERAS_BACKEND  -\n"
        "  keras.json     -\n"
        "  default        tensorflow  <- decides\n"
    )


def test_a_broken_choice_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--backend", "jax"]) == 1
    text = capsys.readouterr().out
    assert "would be used: jax, because `--backend` says so\n  --backend      jax         <- decides\n" in text
    assert "error[E1102]: the backend `jax` is installed, but it does not start\n  = note: RuntimeError: no driver\n" in text


@pytest.mark.parametrize(("option", "code"), [("torch", "E1101"), ("theano", "E1103")])
def test_no_choice(option: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--backend", option]) == 1
    text = capsys.readouterr().out
    assert "\nwould be used: none, see the error below\n" in text
    assert f"\nerror[{code}]: " in text


def test_a_spec_has_its_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.cnn"
    file.write_text('cnn 1\nmodel m {\n  input x: (4,)\n  Dense(2)\n}\nrun {\n  backend = "jax"\n}\n', encoding="utf-8")
    assert main(["doctor", str(file), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["backend"], found["reason"]) == ("jax", "the spec says so in `run`")
    assert found["places"] == [
        {"place": "--backend", "value": None},
        {"place": "run.backend", "value": "jax"},
        {"place": "KERAS_BACKEND", "value": None},
        {"place": "keras.json", "value": None},
        {"place": "default", "value": "tensorflow"},
    ]
    assert [(b["name"], b["state"], b["devices"]) for b in found["backends"]] == [
        ("tensorflow", "works", ["CPU", "NVIDIA H200"]),
        ("jax", "broken", []),
        ("torch", "not installed", []),
    ]
    assert [d["code"] for d in found["diagnostics"]] == ["E1102"]
    assert found["versions"] == {"cnnspec": cnnspec.__version__, **VERSIONS}


def test_a_spec_with_mistakes_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path / "nowhere.cnn")]) == 1
    assert "there is no file" in capsys.readouterr().err

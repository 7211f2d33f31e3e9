"""`--strict`: a warning ends the command before anything is built, written or trained. A warning keeps its headline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnspec.cli.main import main
from cnnspec.diagnostics import Diagnostic

SPEC = """cnn 1
let width = 8 search choice(8, 16)
model net {
  input image: (8, 8, 1)
  Flatten()
  Dense(width)
  Dense(10, activation="softmax")
}
data { source = digits() }
train {
  epochs = 1
  optimizer = "adam"
  loss = "sparse_categorical_crossentropy"
}
tune { trials = 3 }
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    Path("net.cnn").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that has a warning for every spec."""
    from cnnspec import compiler

    really = compiler.compile_source

    def compile_source(*arguments: object) -> object:
        compiled, found = really(*arguments)  # type: ignore[arg-type]
        return compiled, [*found, Diagnostic(code="W0890", message="`tune` is not executed yet", where="net.cnn")]

    monkeypatch.setattr(compiler, "compile_source", compile_source)
    monkeypatch.setattr(compiler, "check_source", compile_source)


COUNT = "\n1 warning (warnings count as errors) in net.cnn\n"


@pytest.mark.usefixtures("warned")
def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "net.cnn"]) == 0
    assert "\n1 warning in net.cnn\n" in capsys.readouterr().out
    assert main(["check", "net.cnn", "--strict"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("warning[W0890]: ") and COUNT in out
    assert main(["check", "net.cnn", "--strict", "--json"]) == 1
    assert [d["severity"] for d in json.loads(capsys.readouterr().out)["diagnostics"]] == ["warning"]
    assert main(["check", "net.cnn", "--strict", "--sarif"]) == 1
    assert [r["level"] for r in json.loads(capsys.readouterr().out)["runs"][0]["results"]] == ["warning"]


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize("options", [["--emit", "document", "-o", "net.json"], ["--summary"], []])
def test_compile(options: list[str], capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert main(["compile", "net.cnn", *options, "--strict"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("warning[W0890]: ") and COUNT in err
    assert not (folder / "net.json").exists()


@pytest.mark.usefixtures("warned")
def test_compile_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--summary", "--json", "--strict"]) == 1
    assert [d["code"] for d in json.loads(capsys.readouterr().out)["diagnostics"]] == ["W0890"]


def test_run(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Before the backend is started: this test needs none."""
    assert main(["run", "net.cnn", "--strict"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("warning[W0890]: `tune` is not executed yet") and COUNT in err
    assert not (folder / "runs").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
def test_without_it_a_warning_is_shown_and_the_run_goes_on(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert main(["run", "net.cnn"]) == 0
    assert "\n1 warning in net.cnn\n" in capsys.readouterr().err
    assert list(folder.rglob("model.keras"))


def test_a_spec_without_warnings_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cnn").write_text(SPEC.replace("tune { trials = 3 }", ""), encoding="utf-8")
    assert main(["check", "net.cnn", "--strict"]) == 0
    assert main(["compile", "net.cnn", "--emit", "document", "--strict"]) == 0

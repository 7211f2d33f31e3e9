"""`cnnspec compile`: what it prints and writes. What stands in it is tested with the stages that make it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from cnnspec.cli.main import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SPEC = dedent("""\
    cnn 1

    let width = 4

    model net {
      input image: (8, 8, 1)
      Conv2D(width, 3, activation="relu")
      Flatten()
      Dense(10) as digit
    }
    """)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.cnn").write_text(SPEC, encoding="utf-8")
    Path("bad.cnn").write_text(SPEC.replace("Dense", "Dens"), encoding="utf-8")
    return tmp_path


def test_a_document_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--emit", "document"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["model"]["name"] == "net"
    assert err == ""


def test_a_document_is_read_back_as_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--emit", "document", "-o", "net.json"]) == 0
    assert main(["check", "net.json"]) == 0
    assert main(["compile", "net.json", "--emit", "document", "-o", "again.json"]) == 0
    assert Path("again.json").read_text(encoding="utf-8") == Path("net.json").read_text(encoding="utf-8")


def test_a_setting_is_changed() -> None:
    assert main(["compile", "net.cnn", "--set", "width=7", "--emit", "document", "-o", "net.json"]) == 0
    document = json.loads(Path("net.json").read_text(encoding="utf-8"))
    assert document["model"]["layers"][0]["arguments"]["filters"] == 7


@pytest.mark.slow
def test_emitting_loads_no_keras(python: Run, folder: Path) -> None:
    program = "import json, sys; from cnnspec.cli.main import main; print(json.dumps([main(sys.argv[1:]), 'keras' in sys.modules]))"
    for kind in ("document", "keras", "svg", "mermaid", "dot"):
        end = python("-c", program, "compile", str(folder / "net.cnn"), "--emit", kind, "-o", str(folder / "out"))
        assert json.loads(end.stdout) == [0, False]


def test_several_files_into_a_folder(folder: Path) -> None:
    (folder / "two.cnn").write_text(SPEC, encoding="utf-8")
    (folder / "out").mkdir()
    assert main(["compile", "net.cnn", "two.cnn", "--emit", "keras", "-o", "out"]) == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["net.py", "two.py"]


PICTURED = """\
cnn 1

block conv(filters: int) {
  input x
  Conv2D(filters, 3)
  ReLU()
}

model net {
  input image: (8, 8, 1)
  conv(4)
  Flatten()
}
"""


@pytest.mark.parametrize(
    ("kind", "suffix", "start"), [("svg", "svg", "<svg "), ("mermaid", "mmd", "flowchart TD\n"), ("dot", "dot", "digraph ")]
)
def test_a_picture(kind: str, suffix: str, start: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cnn").write_text(PICTURED, encoding="utf-8")
    assert main(["compile", "net.cnn", "--emit", kind]) == 0
    whole = capsys.readouterr().out
    assert whole.startswith(start)
    assert "conv(4)" in whole and "3×3, 4" in whole and "layers" not in whole
    assert main(["compile", "net.cnn", "--emit", kind, "--depth", "0", "-o", "."]) == 0
    folded = Path(f"net.{suffix}").read_text(encoding="utf-8")
    assert "conv(4) · 2 layers" in folded and "3×3, 4" not in folded


def test_a_reader_that_goes_away_is_no_mistake(cnnspec_command: Run, folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        end = cnnspec_command("compile", "net.cnn", "--emit", "svg", cwd=folder, stdout=closed)
    assert (end.returncode, end.stderr) == (141, "")


def test_errors_go_to_standard_error_and_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "bad.cnn", "--emit", "document", "-o", "bad.json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error[E0301]: there is no layer or block called `Dens`\n")
    assert not Path("bad.json").exists()


@pytest.mark.parametrize(
    ("path", "help"),
    [
        ("no/such/x.json", "there is no folder `no/such`: `mkdir -p no/such`, or choose another with `-o`"),
        ("net.cnn/x.json", "there is no folder `net.cnn`: `mkdir -p net.cnn`, or choose another with `-o`"),
        ("/dev/full", "choose a file that you may write with `-o`"),
    ],
)
def test_a_file_that_cannot_be_written(path: str, help: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--emit", "document", "-o", path]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"error[E1104]: `{path}` cannot be written: ")
    assert f"= help: {help}\n" in err


def test_a_file_is_replaced_whole_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = folder / "net.json"
    target.write_text("before", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert main(["compile", "net.cnn", "--emit", "document", "-o", "net.json"]) == 1
    assert target.read_text(encoding="utf-8") == "before"
    assert not list(folder.glob(".*"))
    assert main(["compile", "net.cnn", "--emit", "document", "-o", "net.json"]) == 0
    assert target.read_text(encoding="utf-8") != "before"


@pytest.mark.usefixtures("keras")
def test_the_model_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--backend", "tensorflow"]) == 0
    assert capsys.readouterr() == ("net.cnn: model net, 3 layers, 1,490 parameters\n", "")


@pytest.mark.usefixtures("keras")
def test_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--summary", "--backend", "tensorflow"]) == 0
    assert capsys.readouterr().out == dedent("""\
        model net
        name       layer    output shape  params
        ----------------------------------------
        image      Input    (8, 8, 1)          0
        conv2d_1   Conv2D   (6, 6, 4)         40
        flatten_1  Flatten  (144,)             0
        digit      Dense    (10,)          1,450
        ----------------------------------------
        1,490 parameters
        """)


@pytest.mark.usefixtures("keras")
def test_the_summary_in_json_is_a_line_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "bad.cnn", "net.cnn", "--summary", "--json", "--backend", "tensorflow"]) == 1
    good, bad, again = map(json.loads, capsys.readouterr().out.splitlines())
    assert good == again
    assert good["totals"] == {"params": 1490, "trainable_params": 1490}
    assert [d["code"] for d in bad["diagnostics"]] == ["E0301"]


@pytest.mark.usefixtures("keras")
def test_summary_and_document_together(keras: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--summary", "--emit", "document", "-o", "net.json", "--backend", "tensorflow"]) == 0
    assert capsys.readouterr().out.startswith("model net\n")
    assert Path("net.json").exists()


def test_a_backend_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--backend", "theano"]) == 1
    assert capsys.readouterr().err.startswith("error[E1103]: Keras 3 has dropped the backend Theano\n")

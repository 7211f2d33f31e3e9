"""`cnnspec compile`: what it prints and writes. What stands in it is tested with the stages that make it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from cnnspec.cli.main import main
from cnnspec.shapes import Facts, Tensor
from cnnspec.shapes.facts import frozen
from cnnspec.shapes.table import RULES

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


def test_the_model_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn"]) == 0
    assert capsys.readouterr() == ("net.cnn: model net, 3 layers, 1,490 parameters\n", "")


def test_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--summary"]) == 0
    assert capsys.readouterr().out == dedent("""\
        model net
        name       layer    output shape  params    %    MACs    %  field
        -----------------------------------------------------------------
        image      Input    (8, 8, 1)          0            0        1 /1
        conv2d_1   Conv2D   (6, 6, 4)         40   3%  1.44 k  50%   3 /1
        flatten_1  Flatten  (144,)             0            0         all
        digit      Dense    (10,)          1,450  97%  1.45 k  50%    all
        -----------------------------------------------------------------
        1,490 parameters, 5.82 KiB
        2.89 k MACs and 616 bytes of activations for one image
        receptive field 3, stride 1, offset 0
        """)


def test_the_summary_in_json_is_a_line_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "bad.cnn", "net.cnn", "--summary", "--json"]) == 1
    good, bad, again = map(json.loads, capsys.readouterr().out.splitlines())
    assert good == again
    assert (good["totals"]["params"], good["totals"]["trainable_params"]) == (1490, 1490)
    assert [d["code"] for d in bad["diagnostics"]] == ["E0301"]


def test_summary_and_document_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--summary", "--emit", "document", "-o", "net.json"]) == 0
    assert capsys.readouterr().out.startswith("model net\n")
    assert Path("net.json").exists()


def test_blocks_are_folded_to_a_depth(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.cnn").write_text(PICTURED, encoding="utf-8")
    shown = {}
    for depth in ("0", "1"):
        assert main(["compile", "net.cnn", "--summary", "--depth", depth]) == 0
        shown[depth] = [line.split()[0] for line in capsys.readouterr().out.splitlines()[3:8] if line]
    assert shown["0"][:3] == ["image", "conv_1", "flatten_1"]
    assert shown["1"] == ["image", "conv_1", "conv2d_1", "re_lu_1", "flatten_1"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--depth", "1"], "`--depth` folds blocks: add `--summary`"),
        (["--summary", "--json", "--depth", "1"], "`--depth` has no effect on `--json`"),
        (["--summary", "--backend", "jax"], "`--backend` goes with `--verify`"),
        (["--summary", "--allow-extern", "mine"], "`--allow-extern` goes with `--verify`"),
    ],
)
def test_options_that_do_not_fit(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", *options]) == 2
    assert f"cnnspec compile: {message}" in capsys.readouterr().err


@pytest.mark.slow
def test_a_summary_loads_no_framework(python: Run, folder: Path) -> None:
    program = (
        "import json, sys; from cnnspec.cli.main import main; status = main(sys.argv[1:]); "
        "print(json.dumps([status, sorted({'keras', 'tensorflow', 'jax', 'torch', 'numpy', 'rich'} & {*sys.modules})]))"
    )
    for options in ([], ["--summary"], ["--summary", "--json"]):
        end = python("-c", program, "compile", str(folder / "net.cnn"), *options)
        assert json.loads(end.stdout.splitlines()[-1]) == [0, []], end.stderr


# ---------------------------------------------------------------- --verify


@pytest.mark.usefixtures("keras")
def test_keras_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--verify", "--backend", "tensorflow"]) == 0
    assert capsys.readouterr() == ("net.cnn: model net, 3 layers, 1,490 parameters\n", "")


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts: replace(facts, outputs=(Tensor((11,)),)), "`Dense` gives (11,) here, and (10,) in Keras"),
        (lambda facts: replace(facts, weights=facts.weights[:1]), "`Dense` gives 1,440 parameters here, and 1,450 in Keras"),
        (lambda facts: frozen(facts), "`Dense` gives 0 parameters that are trained here, and 1,450 in Keras"),
    ],
)
def test_a_difference_to_keras_is_told_at_its_line(
    change: Callable[[Facts], Facts], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = RULES["Dense"]
    monkeypatch.setattr("cnnspec.shapes.table.RULES", {**RULES, "Dense": lambda use: change(rule(use))})
    assert main(["compile", "net.cnn", "--summary", "--verify", "--backend", "tensorflow"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"error[E1002]: {message}\n" in err and "net.cnn:9:3" in err


@pytest.mark.usefixtures("keras")
def test_what_only_keras_knows_is_filled_in(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "scaling.py").write_text(SCALING, encoding="utf-8")
    declared = SPEC.replace("let width", 'extern Scale() from "scaling:Scale"\nlet width')
    (folder / "net.cnn").write_text(declared.replace("Flatten", "Scale()\n  Flatten"), encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    assert main(["compile", "net.cnn"]) == 0
    assert capsys.readouterr().out == "net.cnn: model net, 4 layers, at least 40 parameters: some are not known\n"
    assert main(["compile", "net.cnn", "--verify", "--backend", "tensorflow"]) == 1
    assert "error[E0908]" in capsys.readouterr().err
    assert main(["compile", "net.cnn", "--summary", "--json", "--verify", "--backend", "tensorflow", "--allow-extern", "scaling"]) == 0
    layers = {layer["name"]: layer for layer in json.loads(capsys.readouterr().out)["layers"]}
    assert [layers["scale_1"][key] for key in ("output_shape", "params", "macs", "receptive_field")] == [[6, 6, 4], 4, None, None]
    assert [layers["digit"][key] for key in ("output_shape", "params")] == [[10], 1450]


SCALING = """
import keras


class Scale(keras.layers.Layer):
    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.factor
"""


def test_a_backend_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "net.cnn", "--verify", "--backend", "theano"]) == 1
    assert capsys.readouterr().err.startswith("error[E1103]: Keras 3 has dropped the backend Theano\n")

"""`cnnspec check`: what it prints, its exit status, and what it leaves alone."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from cnnspec.cli.main import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]

GOOD = dedent("""\
    cnn 1

    model m {
      input image: (8, 8, 1)
      Conv2D(4, 3, activation="relu")
      Flatten()
      Dense(10)
    }
    """)

TWO_TYPOS = GOOD.replace("Conv2D", "Comv2D").replace("Dense(10)", "Dense(10, activaton='relu')")

FRAMEWORKS = {"keras", "tensorflow", "jax", "torch", "numpy"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("good.cnn").write_text(GOOD, encoding="utf-8")
    Path("bad.cnn").write_text(TWO_TYPOS, encoding="utf-8")
    return tmp_path


def test_a_clean_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.cnn"]) == 0
    assert capsys.readouterr() == ("good.cnn: no mistakes found\n", "")


def test_every_mistake_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "bad.cnn"]) == 1
    assert capsys.readouterr() == (
        dedent("""\
            error[E0301]: there is no layer or block called `Comv2D`
             --> bad.cnn:5:3
              |
            5 |   Comv2D(4, 3, activation="relu")
              |   ^^^^^^ unknown layer
              |
              = help: did you mean `Conv2D`?

            error[E0302]: `Dense` has no argument `activaton`
             --> bad.cnn:7:13
              |
            7 |   Dense(10, activaton='relu')
              |             ^^^^^^^^^ unknown argument
              |
              = help: did you mean `activation`?

            2 errors in bad.cnn
            for more about the first one: `cnnspec explain E0301`

            """),
        "",
    )


def test_json_is_one_object_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "good.cnn", "bad.cnn", "--json"]) == 1
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert good == {"file": "good.cnn", "diagnostics": []}
    assert bad["file"] == "bad.cnn"
    assert [(d["code"], d["line"], d["column"], d["end_line"], d["end_column"], d["help"]) for d in bad["diagnostics"]] == [
        ("E0301", 5, 3, 5, 9, "did you mean `Conv2D`?"),
        ("E0302", 7, 13, 7, 22, "did you mean `activation`?"),
    ]


def test_a_good_file_does_not_excuse_a_bad_one() -> None:
    assert main(["check", "bad.cnn", "good.cnn"]) == 1
    assert main(["check", "good.cnn", "good.cnn"]) == 0


def test_several_files_with_mistakes_end_with_a_total(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "bad.cnn", "good.cnn", "missing.cnn"]) == 1
    assert capsys.readouterr().out.endswith("\n\n2 of 3 files have problems: 3 errors\n")
    assert main(["check", "bad.cnn", "good.cnn"]) == 1
    assert capsys.readouterr().out.endswith("\ngood.cnn: no mistakes found\n")


def test_the_page_shows_a_message_as_it_is(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (root / "docs" / "checking.md").read_text(encoding="utf-8")
    (shown,) = [block for block in re.findall(r"```text\n(.+?)```", page, re.DOTALL) if block.startswith("error[")]
    lines = ['Conv2D(8, 3, padding="same") as start', 'Conv2D(16, 3, padding="same") as main', "[main, start] -> Add()", "Flatten()"]
    Path("net.cnn").write_text("cnn 1\n\nmodel net {\n  input image: (8, 8, 3)\n  " + "\n  ".join(lines) + "\n}\n", encoding="utf-8")
    assert main(["check", "net.cnn"]) == 1
    assert capsys.readouterr().out.startswith(shown)


def test_the_page_names_every_key_of_the_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (root / "docs" / "checking.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", "\n".join(line for line in page.splitlines() if line.startswith("|"))))
    assert main(["check", "bad.cnn", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {*found, "fixes", *found["diagnostics"][0], "text", "replacement", "safe"} <= named


def test_standard_input(cnnspec_command: Run, folder: Path) -> None:
    end = cnnspec_command("check", "-", "--json", stdin=None, input=TWO_TYPOS)
    assert end.returncode == 1
    assert [d["code"] for d in json.loads(end.stdout)["diagnostics"]] == ["E0301", "E0302"]


def test_no_framework_is_loaded(python: Run, folder: Path) -> None:
    program = "import json, sys; from cnnspec.cli.main import main; print(json.dumps([main(sys.argv[1:]), [*sys.modules]]))"
    for file, expected in (("good.cnn", 0), ("bad.cnn", 1)):
        status, modules = json.loads(python("-c", program, "check", str(folder / file)).stdout.splitlines()[-1])
        assert status == expected
        assert FRAMEWORKS & set(modules) == set()


def noise(size: int, allowed: bytes) -> bytes:
    return bytes(random.Random(1).choices(allowed, k=size))


PRINTABLE = bytes(range(32, 127)) + b"\n"


@pytest.mark.parametrize(
    ("name", "data", "codes"),
    [
        ("empty.cnn", b"", {"E0004"}),
        ("spaces.cnn", b" \n\t\n", {"E0004"}),
        ("large.cnn", noise(5_000_000, PRINTABLE), {"E0003"}),
        ("binary.cnn", noise(5_000, bytes(range(256))), {"E0002"}),
        ("zip.cnn", b"PK\x03\x04" + noise(500, bytes(range(256))), {"E0002"}),
        ("latin.cnn", GOOD.encode() + b"# caf\xe9\n", {"E0002"}),
        ("list.json", b"[1, 2]", {"E0006"}),
        ("broken.json", b'{"cnn": 1,}', {"E0006"}),
        ("python.cnn", b"import keras\nmodel = keras.Sequential()\n", None),
        ("noise.cnn", noise(20_000, PRINTABLE), None),
        ("deep.cnn", b"cnn 1\nlet x = " + b"(" * 100_000, None),
        ("controls.cnn", noise(2_000, bytes(range(1, 128))), None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_files_are_answered(name: str, data: bytes, codes: set[str] | None, capsys: pytest.CaptureFixture[str]) -> None:
    Path(name).write_bytes(data)
    assert main(["check", name, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert found
    assert codes is None or {d["code"] for d in found} == codes
    assert main(["check", name]) == 1
    text = capsys.readouterr().out
    assert "error" in text
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("path", ["nowhere.cnn", ".", "good.cnn/x"])
def test_what_is_no_file(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", path]) == 1
    assert capsys.readouterr().out.startswith("error[E0001]: ")


@pytest.mark.parametrize("colour", [True, False])
def test_colour_on_a_terminal_alone_and_not_against_the_user(python: Run, folder: Path, colour: bool) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo terminals")
    ours, theirs = pty.openpty()
    env = {"TERM": "xterm", **({} if colour else {"NO_COLOR": "1"})}
    python("-m", "cnnspec", "check", str(folder / "bad.cnn"), env=env, stdout=theirs)
    os.close(theirs)
    with open(ours, "rb", buffering=0) as terminal:  # noqa: PTH123 (a descriptor)
        text = terminal.read(65536)
    assert (b"\x1b[1;31merror[E0301]" in text) == colour
    assert (b"\x1b[" in text) == colour

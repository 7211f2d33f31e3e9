"""`cnnspec check --fix`: which files it writes, how, and what it says."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from cnnspec.cli.main import main

WRONG = """cnn 1
model m {
  input image: (8, 8, 1)
  Conv2D(4, 3x3, use_bias=false)
  Flatten()
}
"""
RIGHT = WRONG.replace("3x3", "(3, 3)").replace("false", "False")
HALF_WRONG = WRONG.replace("Flatten()", "Dense(10, wrong=3)\n  Flatten()")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.write_bytes(text.encode())
    return path


def test_the_file_is_mended_and_then_checked(capsys: pytest.CaptureFixture[str]) -> None:
    file = written("a.cnn", WRONG)
    assert main(["check", "a.cnn", "--fix"]) == 0
    assert capsys.readouterr() == ("a.cnn: 2 fixes applied\na.cnn: no mistakes found\n", "")
    assert file.read_text() == RIGHT
    assert list(file.parent.iterdir()) == [file], "nothing is left beside it"


def test_what_is_left_is_shown_as_it_stands_now(capsys: pytest.CaptureFixture[str]) -> None:
    written("a.cnn", HALF_WRONG)
    assert main(["check", "a.cnn", "--fix"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("a.cnn: 2 fixes applied\nerror[E0302]: `Dense` has no argument `wrong`\n --> a.cnn:5:13\n")


def test_a_file_without_fixes_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    file = written("a.cnn", RIGHT)
    before = (file.stat().st_ino, file.stat().st_mtime_ns)
    assert main(["check", "a.cnn", "--fix"]) == 0
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == before
    assert capsys.readouterr().out == "a.cnn: no mistakes found\n"


def test_the_rest_of_the_file_stays_byte_by_byte() -> None:
    file = written("a.cnn", "\ufeff" + WRONG.replace("\n", "\r\n"))
    file.chmod(0o640)
    assert main(["check", "a.cnn", "--fix"]) == 0
    assert file.read_bytes() == ("\ufeff" + RIGHT.replace("\n", "\r\n")).encode()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_link_still_points_to_its_file(folder: Path) -> None:
    (folder / "specs").mkdir()
    file = written("specs/a.cnn", WRONG)
    Path("link.cnn").symlink_to(file)
    assert main(["check", "link.cnn", "--fix"]) == 0
    assert Path("link.cnn").is_symlink()
    assert file.read_text() == RIGHT


def test_a_library_is_mended_only_if_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    text = "cnn 1\n\nblock f(n: int) {\n  input x\n  Dense(n, use_bias=false)\n}\n"
    library = written("lib.cnn", text)
    written("a.cnn", 'cnn 1\nimport "lib.cnn" as lib\nmodel m {\n  input v: (8,)\n  lib.f(3)\n}\n')
    assert main(["check", "a.cnn", "--fix"]) == 1
    assert library.read_text() == text
    assert "applied" not in capsys.readouterr().out
    assert main(["check", "a.cnn", "lib.cnn", "--fix"]) == 0
    assert capsys.readouterr().out == "a.cnn: no mistakes found\nlib.cnn: 1 fix applied\nlib.cnn: no mistakes found\n"


def test_json_counts_the_fixes(capsys: pytest.CaptureFixture[str]) -> None:
    written("a.cnn", HALF_WRONG)
    assert main(["check", "a.cnn", "--fix", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["fixes"], [d["code"] for d in found["diagnostics"]]) == (2, ["E0302"])
    assert main(["check", "a.cnn", "--json"]) == 1
    assert "fixes" not in json.loads(capsys.readouterr().out)


def test_sarif_stays_the_only_thing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    written("a.cnn", WRONG)
    assert main(["check", "a.cnn", "--fix", "--sarif"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["runs"][0]["results"] == []
    assert err == "a.cnn: 2 fixes applied\n"


def standard_input(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_standard_input_comes_out_mended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    standard_input(WRONG, monkeypatch)
    assert main(["check", "-", "--fix"]) == 0
    assert capsys.readouterr() == (RIGHT, "")
    standard_input(HALF_WRONG, monkeypatch)
    assert main(["check", "--fix", "-"]) == 1
    out, err = capsys.readouterr()
    assert out == HALF_WRONG.replace("3x3", "(3, 3)").replace("false", "False")
    assert err.startswith("error[E0302]: `Dense` has no argument `wrong`\n --> <stdin>:5:13\n")


@pytest.mark.parametrize("others", [["a.cnn"], ["--json"], ["--sarif"]])
def test_standard_input_goes_with_nothing_else(others: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-", "--fix", *others]) == 2
    assert capsys.readouterr().err.startswith("cnnspec check: `--fix -` prints the fixed text: give it no other FILE")


@pytest.mark.parametrize("path", ["missing.cnn", "."])
def test_what_cannot_be_read_is_told_by_the_check(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", path, "--fix"]) == 1
    assert capsys.readouterr().out.startswith("error[E0001]: ")


def test_a_document_in_json_has_no_text_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    file = written("a.json", "{}")
    assert main(["check", "a.json", "--fix"]) == 1
    assert file.read_text() == "{}"


def test_a_file_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    file = written("a.cnn", WRONG)
    monkeypatch.setattr(os, "fsync", full)
    assert main(["check", "a.cnn", "--fix"]) == 1
    out = capsys.readouterr().out
    assert "error[E1104]: `a.cnn` cannot be written: no space left on device\n" in out
    assert "applied" not in out and "error[E0104]" in out
    assert file.read_text() == WRONG
    assert list(file.parent.iterdir()) == [file]

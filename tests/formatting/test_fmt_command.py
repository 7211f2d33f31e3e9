"""`cnnspec fmt`: what it prints, what it writes, its exit status, and what it leaves alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from cnnspec.cli.main import main
from tests.formatting.test_layout import SPECS

Run = Callable[..., "subprocess.CompletedProcess[str]"]

UGLY = "cnn 1\nlet a=1 # one\nlet b = [1,2,]\n"
FINE = "cnn 1\n\nlet a = 1  # one\nlet b = [\n  1,\n  2,\n]\n"
WRONG = "cnn 1\nlet a = )\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("ugly.cnn").write_text(UGLY, encoding="utf-8")
    Path("fine.cnn").write_text(FINE, encoding="utf-8")
    Path("wrong.cnn").write_text(WRONG, encoding="utf-8")
    return tmp_path


def test_only_what_changes_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("fine.cnn").stat()
    assert main(["fmt", "ugly.cnn", "fine.cnn"]) == 0
    assert capsys.readouterr() == ("ugly.cnn: formatted\nfine.cnn: is formatted\n", "")
    assert Path("ugly.cnn").read_text(encoding="utf-8") == FINE
    after = Path("fine.cnn").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(path.name for path in Path().iterdir()) == ["fine.cnn", "ugly.cnn", "wrong.cnn"]


def test_permissions_and_links_stay(folder: Path) -> None:
    Path("ugly.cnn").chmod(0o640)
    Path("link.cnn").symlink_to("ugly.cnn")
    assert main(["fmt", "link.cnn"]) == 0
    assert Path("link.cnn").is_symlink()
    assert Path("ugly.cnn").read_text(encoding="utf-8") == FINE
    assert Path("ugly.cnn").stat().st_mode & 0o777 == 0o640


def test_check_names_the_files_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", "fine.cnn"]) == 0
    assert main(["fmt", "--check", "fine.cnn", "ugly.cnn"]) == 1
    out = "fine.cnn: is formatted\n"
    assert capsys.readouterr() == (f"{out}{out}ugly.cnn: would be formatted\n", "")
    assert Path("ugly.cnn").read_text(encoding="utf-8") == UGLY


@pytest.mark.parametrize(("options", "status"), [(["--diff"], 0), (["--diff", "--check"], 1)])
def test_diff_prints_and_writes_nothing(options: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", *options, "ugly.cnn", "fine.cnn"]) == status
    assert capsys.readouterr() == (
        dedent("""\
            --- ugly.cnn
            +++ ugly.cnn
            @@ -1,3 +1,7 @@
             cnn 1
            -let a=1 # one
            -let b = [1,2,]
            +
            +let a = 1  # one
            +let b = [
            +  1,
            +  2,
            +]
            """),
        "",
    )
    assert Path("ugly.cnn").read_text(encoding="utf-8") == UGLY


def test_diff_of_a_missing_end_of_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ugly.cnn").write_text("# one \u2028 line", encoding="utf-8")
    assert main(["fmt", "--diff", "ugly.cnn"]) == 0
    assert capsys.readouterr().out == (
        "--- ugly.cnn\n+++ ugly.cnn\n@@ -1 +1 @@\n-# one \u2028 line\n\\ No newline at end of file\n+# one \u2028 line\n"
    )


@pytest.mark.parametrize("options", [[], ["--check"], ["--diff"]])
def test_what_does_not_parse_is_shown_and_left_alone(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", *options, "wrong.cnn", "fine.cnn"]) == 1
    out, err = capsys.readouterr()
    assert "wrong.cnn" not in out
    assert err.startswith("error[E0100]: ")
    assert " --> wrong.cnn:2:8\n" in err
    assert Path("wrong.cnn").read_text(encoding="utf-8") == WRONG


def test_a_mistake_that_is_none_of_syntax_does_not_matter() -> None:
    Path("typo.cnn").write_text("cnn 1\n\nmodel m { Dens( 3 ) }\n", encoding="utf-8")
    assert main(["fmt", "typo.cnn"]) == 0
    assert Path("typo.cnn").read_text(encoding="utf-8") == "cnn 1\n\nmodel m { Dens(3) }\n"


def test_ends_of_lines_of_windows(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ugly.cnn").write_bytes(UGLY.replace("\n", "\r\n").encode())
    assert main(["fmt", "ugly.cnn"]) == 0
    assert Path("ugly.cnn").read_bytes() == FINE.encode()


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        (["model.json"], 2, "cnnspec fmt: `model.json` is a document, not a spec: give a `.cnn` file\nusage: cnnspec fmt "),
        (["fine.cnn", "model.json"], 2, "cnnspec fmt: `model.json` is a document, not a spec: give a `.cnn` file\nusage: cnnspec fmt "),
        ([], 2, "cnnspec fmt: the following arguments are required: FILE\nusage: cnnspec fmt "),
        (["--chek", "a.cnn"], 2, "cnnspec fmt: unrecognized arguments: --chek: did you mean `--check`?\nusage: cnnspec fmt "),
        (["nowhere.cnn"], 1, "error[E0001]: there is no file `nowhere.cnn`\n"),
        (["."], 1, "error[E0001]: `.` is a folder, not a file\n"),
    ],
)
def test_what_is_refused(arguments: list[str], status: int, error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", *arguments]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(error)


def test_what_cannot_be_written(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    assert main(["fmt", "ugly.cnn", "fine.cnn"]) == 1
    out, err = capsys.readouterr()
    assert out == "fine.cnn: is formatted\n"
    assert err.startswith("error[E1104]: `ugly.cnn` cannot be written: permission denied\n")
    assert "= help: make the file and its folder writable\n" in err
    assert Path("ugly.cnn").read_text(encoding="utf-8") == UGLY


@pytest.mark.slow
def test_standard_input(cnnspec_command: Run) -> None:
    def fmt(text: str, *options: str) -> tuple[int, str]:
        end = cnnspec_command("fmt", "-", *options, stdin=None, input=text)
        return end.returncode, end.stdout

    assert fmt(UGLY) == (0, FINE)
    assert fmt(FINE) == (0, FINE)
    assert fmt(WRONG) == (1, "")
    assert fmt(UGLY, "--check") == (1, "<stdin>: would be formatted\n")
    assert fmt(FINE, "--diff") == (0, "")


def test_the_specs_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", *map(str, SPECS)]) == 0
    assert capsys.readouterr().out.count(": is formatted\n") == len(SPECS)


@pytest.mark.slow
def test_no_framework_and_no_schema_is_loaded(python: Run, root: Path) -> None:
    program = "import sys; from cnnspec.cli.main import main; main(sys.argv[1:]); print(*sys.modules)"
    loaded = set(python("-c", program, "fmt", "--check", str(root / "specs/digits.cnn")).stdout.split())
    assert {"keras", "tensorflow", "numpy", "jsonschema", "rich", "difflib", "cnnspec.catalogue"} & loaded == set()

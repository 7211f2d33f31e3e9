"""The command as a whole: help, unknown words, exit status, and what happens when something ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cnnspec
from cnnspec.cli import check, main

Run = Callable[..., "subprocess.CompletedProcess[str]"]

HEAVY = {"keras", "tensorflow", "jax", "torch", "numpy", "lark", "jsonschema", "rich", "argparse", "sklearn", "PIL"}

LOADED = """
import json, sys
from cnnspec.cli.main import main
status = main(sys.argv[1:])
sys.stderr.write(json.dumps([status, sorted(sys.modules)]))
"""


def loaded_by(python: Run, *arguments: str) -> tuple[int, set[str]]:
    """The exit status of a command line and the packages that it has loaded."""
    status, modules = json.loads(python("-c", LOADED, *arguments).stderr)
    return status, {module.split(".")[0] for module in modules}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("explain",)])
def test_what_is_asked_most_loads_nothing_heavy(python: Run, arguments: tuple[str, ...]) -> None:
    status, modules = loaded_by(python, *arguments)
    assert status == 0
    assert modules & (HEAVY - {"argparse"} if arguments == ("explain",) else HEAVY) == set()


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in main.COMMANDS)


@pytest.mark.parametrize("name", main.COMMANDS)
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: cnnspec {name} ")
    assert main.COMMANDS[name][:40] in " ".join(text.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--version"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"cnnspec {cnnspec.__version__} (keras 3.")
    assert text.endswith(f"python {sys.version.split()[0]})\n")


def test_no_command_prints_the_help_and_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([]) == 2
    assert capsys.readouterr().out.startswith("usage: cnnspec COMMAND")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["chek", "a.cnn"], "cnnspec: there is no command `chek`: did you mean `cnnspec check`?\n"),
        (["train"], f"cnnspec: there is no command `train`: the commands are {', '.join(main.COMMANDS)}\n"),
        (["a.cnn"], "cnnspec: there is no command `a.cnn`: did you mean `cnnspec check a.cnn` or `cnnspec run a.cnn`?\n"),
        (["--json", "check"], "cnnspec: there is no option `--json`: options stand after the command: `cnnspec --help`\n"),
        (
            ["check", "--jsno", "a.cnn"],
            "cnnspec check: unrecognized arguments: --jsno: did you mean `--json`?\n"
            "usage: cnnspec check [-h] [--json | --sarif] [--fix] [--strict] [--set PATH=VALUE] FILE [FILE ...]\n"
            "for all options: `cnnspec check --help`\n",
        ),
        (
            ["check"],
            "cnnspec check: the following arguments are required: FILE\n"
            "usage: cnnspec check [-h] [--json | --sarif] [--fix] [--strict] [--set PATH=VALUE] FILE [FILE ...]\n"
            "for all options: `cnnspec check --help`\n",
        ),
    ],
)
def test_wrong_usage_is_told_in_a_line(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main.main(arguments) == 2
    assert capsys.readouterr() == ("", error)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--json"], "`--json` goes with `--summary`"),
        (["-o", "x"], "`-o` says where `--emit` writes: add `--emit document` or `--emit keras`"),
        (
            ["--depth", "1", "--emit", "keras"],
            "`--depth` folds blocks: add `--summary`, or a picture with `--emit svg`, `--emit mermaid` or `--emit dot`",
        ),
        (
            ["--depth", "-1", "--emit", "svg"],
            "argument --depth: `-1` is not a whole number: `--depth 0` folds every block, `--depth 1` those in others",
        ),
        (["--emit", "keras", "--summary"], "`--summary` and `--emit` would both print: give `--emit` a file with `-o`"),
        (["--emit", "keras", "--backend", "jax"], "`--backend` goes with `--verify`: nothing else loads Keras"),
        (["--emit", "keras", "b.cnn", "-o", "x"], "`-o x` is not a folder: 2 files need one to be written into"),
        (["--emit", "keras", "lib/a.cnn", "-o", "."], "two of the files have the same name and would be written over each other"),
    ],
)
def test_options_that_do_not_fit_together(arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["compile", "a.cnn", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"cnnspec compile: {error}\n")


def ends_with(monkeypatch: pytest.MonkeyPatch, end: BaseException) -> None:
    def execute(*_: object) -> int:
        raise end

    monkeypatch.setattr(check, "execute", execute)


def test_an_interrupt_is_one_plain_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ends_with(monkeypatch, KeyboardInterrupt())
    assert main.main(["check", "a.cnn"]) == 130
    assert capsys.readouterr().err == "\ninterrupted\n"


def test_a_bug_says_that_it_is_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("CNNSPEC_TRACEBACK", raising=False)
    ends_with(monkeypatch, ZeroDivisionError("of two\nlines"))
    assert main.main(["check", "a.cnn"]) == 70
    assert capsys.readouterr().err == (
        "cnnspec: this is a bug in cnnspec, not in your spec: ZeroDivisionError: of two\n"
        "To report it, open an issue in the project's repository with the spec, this command,\n"
        "and what it prints when the environment variable CNNSPEC_TRACEBACK=1 is set.\n"
    )


def test_a_bug_shows_its_traceback_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_TRACEBACK", "1")
    ends_with(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main.main(["check", "a.cnn"])


def test_a_reader_that_goes_away_is_no_error(python: Run) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    end = python("-m", "cnnspec", "explain", stdout=writer)
    os.close(writer)
    assert (end.returncode, end.stderr) == (141, "")


def test_a_terminal_without_unicode_gets_escapes(cnnspec_command: Run) -> None:
    end = cnnspec_command("check", "猫.cnn", env={"PYTHONIOENCODING": "ascii"})
    assert end.returncode == 1
    assert "there is no file `\\u732b.cnn`" in end.stdout


def test_the_modules_of_the_commands_are_all_in_the_table() -> None:
    shared = {"__init__", "main", "arguments", "printing", "starting", "writing"}
    modules = {path.stem for path in Path(main.__file__).parent.glob("*.py")}
    assert modules - shared == set(main.COMMANDS)

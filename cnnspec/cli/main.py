"""The command `cnnspec`: finds the subcommand, runs it, and turns every way it can end into an exit status.

0: done. 1: the input has errors, or `diff` found differences. 2: wrong usage. 70: a bug in cnnspec. 130: interrupted.
141: the reader of our output went away.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, TextIO

import cnnspec
from cnnspec.suggest import nearest

COMMANDS: Final[Mapping[str, str]] = {
    "check": "find every mistake in specs, without loading Keras",
    "fmt": "lay out specs in the one style, with every comment where it was",
    "compile": "show the model: its summary, its document, its picture, or the Keras program that makes it",
    "diff": "tell what changed between two specs, also between revisions of git",
    "preview": "draw the first batch as the network will see it, originals beside augmented images",
    "run": "train, validate, test and save the model of a spec",
    "lsp": "serve an editor: mistakes, completion, hover and more while a spec is written",
    "doctor": "show the backends of this machine, and which one would be used",
    "explain": "explain the code of an error",
}
"""Each is the module of its name here, with `configure(parser)` and `execute(parser, options)`; it is imported when it is called."""

_BUG: Final = 70
_INTERRUPTED: Final = 130
_NO_READER: Final = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line `argv` (without the program's name) and returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        _never_refuse(stream)
    try:
        status = _dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return status
    except SystemExit as end:  # argparse ends `--help` and wrong usage so
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt as stopped:
        sys.stderr.write(f"\n{str(stopped) or 'interrupted'}\n")
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return _NO_READER
    except Exception as bug:
        if os.environ.get("CNNSPEC_TRACEBACK"):
            raise
        _confess(bug)
        return _BUG


def _dispatch(argv: list[str]) -> int:
    name = argv[0] if argv else "--help"
    if name in ("-h", "--help", "help"):
        print(_overview(), end="")
        return 0 if argv else 2
    if name in ("-V", "--version"):
        print(_versions())
        return 0
    if name not in COMMANDS:
        return _unknown(name)
    command = import_module(f"cnnspec.cli.{name}")
    from cnnspec.cli.arguments import Parser

    parser = Parser(name, COMMANDS[name])
    command.configure(parser)
    status: int = command.execute(parser, parser.parse_intermixed_args(argv[1:]))
    return status


def _overview() -> str:
    lines = [
        "usage: cnnspec COMMAND [options] [FILE...]",
        "",
        "A declarative compiler for convolutional networks: a .cnn file becomes a checked, trained Keras model.",
        "",
        "commands:",
        *(f"  {name:<9} {summary}" for name, summary in COMMANDS.items()),
        "",
        "options:",
        "  -h, --help     this text; `cnnspec COMMAND --help` for a command's own options",
        "  -V, --version  the versions of cnnspec, Keras and Python",
        "",
        "for example: cnnspec run specs/digits.cnn",
    ]
    return "\n".join(lines) + "\n"


def _versions() -> str:
    from importlib import metadata
    from platform import python_version

    try:
        keras = metadata.version("keras")
    except metadata.PackageNotFoundError:
        keras = "not installed"
    return f"cnnspec {cnnspec.__version__} (keras {keras}, python {python_version()})"


def _unknown(name: str) -> int:
    """A word that is no command; a file in its place is what people forget `check` or `run` before."""
    if name.endswith((".cnn", ".json")):
        hint = f"did you mean `cnnspec check {name}` or `cnnspec run {name}`?"
    elif name.startswith("-"):
        hint = "options stand after the command: `cnnspec --help`"
    else:
        guess = nearest(name, COMMANDS)
        hint = f"did you mean `cnnspec {guess}`?" if guess else f"the commands are {', '.join(COMMANDS)}"
    kind = "option" if name.startswith("-") else "command"
    sys.stderr.write(f"cnnspec: there is no {kind} `{name}`: {hint}\n")
    return 2


def _never_refuse(stream: TextIO) -> None:
    """A character that the terminal's encoding lacks is printed as an escape."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Nobody reads our output any more: what is still in the buffer must not raise once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _confess(bug: Exception) -> None:
    reason = (str(bug).strip().splitlines() or ["no message"])[0]
    sys.stderr.write(
        f"cnnspec: this is a bug in cnnspec, not in your spec: {type(bug).__name__}: {reason}\n"
        "To report it, open an issue in the project's repository with the spec, this command,\n"
        "and what it prints when the environment variable CNNSPEC_TRACEBACK=1 is set.\n"
    )

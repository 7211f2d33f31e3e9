"""Command lines: a parser that suggests what was meant, and the options that several commands share."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from cnnspec.suggest import nearest


class Parser(argparse.ArgumentParser):
    """A command's parser. Wrong usage is one line that says what to write, and exit status 2."""

    def __init__(self, command: str, summary: str) -> None:
        super().__init__(prog=f"cnnspec {command}", description=summary, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        unknown = message.removeprefix("unrecognized arguments: ").split("=")[0].split(" ")[0]
        guess = nearest(unknown, self._option_string_actions) if message.startswith("unrecognized arguments: -") else None
        hint = f": did you mean `{guess}`?" if guess else ""
        self.wrong_usage(f"{message}{hint}")

    def wrong_usage(self, message: str) -> NoReturn:
        """Ends the command: the words of the command line do not fit together."""
        sys.stderr.write(f"{self.prog}: {message}\n{self.format_usage()}for all options: `{self.prog} --help`\n")
        sys.exit(2)


def add_backend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backend", metavar="NAME", help="tensorflow, jax or torch; by default as `cnnspec doctor` shows")


def add_externs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-extern",
        dest="externs",
        action="append",
        default=[],
        metavar="MODULE",
        help="import this Python module, which the spec declares by `extern`; may be given several times",
    )


def add_overrides(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a setting, a `let` or a layer of the spec, for example `train.epochs=3`; may be given several times",
    )


def add_strict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")

"""`cnnspec fmt FILE...`: every spec in the same layout. What it says, and its comments, stay as they are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace

from cnnspec.cli.arguments import Parser
from cnnspec.diagnostics import Diagnostic


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .cnn spec; `-` reads standard input and writes standard output")
    parser.add_argument("--check", action="store_true", help="write nothing; end with status 1 if the layout of a file would change")
    parser.add_argument("--diff", action="store_true", help="write nothing; print what would change")


def execute(parser: Parser, options: argparse.Namespace) -> int:
    for file in options.files:
        if file.endswith(".json"):
            parser.wrong_usage(f"`{file}` is a document, not a spec: give a `.cnn` file")
    return max(_format(file, check=options.check, diff=options.diff) for file in options.files)


def _format(file: str, *, check: bool, diff: bool) -> int:
    from cnnspec.cli.printing import show
    from cnnspec.formatting import format_source
    from cnnspec.reading import STDIN, read_source

    source, problems = read_source(file)
    text = None
    if source is not None:
        text, problems = format_source(source)
    if source is None or text is None:
        return show(file, problems, json=False)
    changed = text != source.text
    if diff:
        sys.stdout.writelines(_difference(source.path, source.text, text))
    elif check:
        print(f"{source.path}: {'would be formatted' if changed else 'is formatted'}")
    elif file == STDIN:
        sys.stdout.write(text)
    else:
        refused = _write(text, file) if changed else []
        if refused:
            return show(file, refused, json=False)
        print(f"{file}: {'formatted' if changed else 'is formatted'}")
    return int(check and changed)


def _write(text: str, file: str) -> list[Diagnostic]:
    from cnnspec.cli.writing import write_output

    return [replace(problem, help="make the file and its folder writable") for problem in write_output(text, file)]


def _difference(path: str, before: str, after: str) -> Iterator[str]:
    """The lines of a unified diff, as `patch` reads it."""
    from difflib import unified_diff

    for line in unified_diff(_lines(before), _lines(after), path, path):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """With their ends. `splitlines` would also end a line at signs that end none here."""
    *lines, rest = text.split("\n")
    return [*(f"{line}\n" for line in lines), *([rest] if rest else [])]

"""`cnnspec diff A B`: what changed between two specs, as a person would say it. Loads no Keras.

0: the same network and training. 1: there are differences, or a file has mistakes. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from cnnspec.cli.arguments import Parser

if TYPE_CHECKING:
    from cnnspec.compiler import Compiled
    from cnnspec.diagnostics import Diagnostic

_SIDE = "a .cnn spec, a .json document, `-` for standard input, or REVISION:PATH for a file as git has it"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="A", help=f"what was: {_SIDE}")
    parser.add_argument("after", metavar="B", help="what is: the same")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(parser: Parser, options: argparse.Namespace) -> int:
    from cnnspec.reading import STDIN

    if options.before == options.after == STDIN:
        parser.wrong_usage("standard input can be read once: give `-` for A or for B")
    sides = [(file, *_compile(file)) for file in (options.before, options.after)]
    (_, a, _), (_, b, _) = sides
    if options.json:
        return _print_json(sides)
    from cnnspec.cli.printing import show

    for file, _, diagnostics in sides:
        show(file, diagnostics, json=False)
    if a is None or b is None:
        return 1
    from cnnspec.comparison.compare import compare
    from cnnspec.render import look_of
    from cnnspec.report.difference import difference_text

    difference = compare(a, b)
    sys.stdout.write(difference_text(options.before, options.after, difference, look_of(sys.stdout)))
    return int(bool(difference.changes))


def _print_json(sides: list[tuple[str, Compiled | None, list[Diagnostic]]]) -> int:
    from cnnspec.comparison.compare import compare
    from cnnspec.diagnostics import in_order
    from cnnspec.render.records import record
    from cnnspec.report.difference import difference_json

    (before, a, _), (after, b, _) = sides
    difference = compare(a, b) if a is not None and b is not None else None
    diagnostics = [{"file": file, "diagnostics": [record(d) for d in in_order(found)]} for file, _, found in sides]
    print(difference_json(before, after, difference, diagnostics))
    return int(difference is None or bool(difference.changes))


def _compile(file: str) -> tuple[Compiled | None, list[Diagnostic]]:
    from cnnspec.compiler import compile_file, compile_source
    from cnnspec.revisions import read_revision, split_revision

    revision = split_revision(file)
    if revision is None:
        return compile_file(file)
    source, problems, files = read_revision(*revision)
    if source is None:
        return None, problems
    compiled, more = compile_source(source, files=files)
    return compiled, [*problems, *more]

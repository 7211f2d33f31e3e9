"""`cnnspec check FILE...`: every mistake of each file, in one run, without loading Keras."""

from __future__ import annotations

import argparse
import sys

from cnnspec.cli.arguments import Parser, add_overrides


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .cnn spec or a .json document; `-` is standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file, on a line of its own")
    add_overrides(parser)


def execute(parser: Parser, options: argparse.Namespace) -> int:
    from cnnspec.cli.printing import show
    from cnnspec.compiler import check_file

    status = 0
    for file in options.files:
        _, diagnostics = check_file(file, options.overrides)
        if not diagnostics and not options.json:
            print(f"{file}: no mistakes found")
            continue
        status = max(status, show(file, diagnostics, json=options.json, stream=sys.stdout))
    return status

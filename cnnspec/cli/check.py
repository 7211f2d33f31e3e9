"""`cnnspec check FILE...`: every mistake of each file, in one run, without loading Keras."""

from __future__ import annotations

import argparse
import sys

from cnnspec.cli.arguments import Parser


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .cnn spec or a .json document; `-` is standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file, on a line of its own")


def execute(parser: Parser, options: argparse.Namespace) -> int:
    from cnnspec.cli.printing import show
    from cnnspec.compiler import compile_file

    status = 0
    for file in options.files:
        _, diagnostics = compile_file(file)
        if not diagnostics and not options.json:
            print(f"{file}: no mistakes found")
            continue
        status = max(status, show(file, diagnostics, json=options.json, stream=sys.stdout))
    return status

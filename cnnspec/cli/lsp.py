"""`cnnspec lsp`: the language server, which an editor starts and speaks with over standard input and output."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

from cnnspec.cli.arguments import Parser

_MISSING = """\
cnnspec lsp: the language server needs the package `pygls`, which is not installed
install it into the same environment: `pip install "cnnspec[lsp]"`
"""
_TERMINAL = """\
cnnspec lsp: this is a language server: an editor starts it and speaks with it over standard input and output
how to set up your editor is in docs/editors.md
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stdio", action="store_true", help="speak over standard input and output, as is always done; editors pass this")


def execute(parser: Parser, options: argparse.Namespace) -> int:
    if find_spec("pygls") is None:
        sys.stderr.write(_MISSING)
        return 1
    if sys.stdin.isatty():
        sys.stderr.write(_TERMINAL)
        return 2
    from cnnspec.server.app import serve

    protocol = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing but the protocol may reach standard output
    return serve(sys.stdin.buffer, protocol)

"""`cnnspec explain CODE`: what a code means, with a wrong and a right example."""

from __future__ import annotations

import argparse
import sys

from cnnspec.cli.arguments import Parser
from cnnspec.codes import CODES
from cnnspec.resources import page_path
from cnnspec.suggest import nearest


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="for example E0601; without it, all codes are listed")


def execute(parser: Parser, options: argparse.Namespace) -> int:
    if options.code is None:
        print("\n".join(f"{code}  {title}" for code, title in CODES.items()))
        return 0
    code = options.code.strip().strip("[]").upper()
    if code not in CODES:
        guess = nearest(code, CODES)
        hint = f"did you mean `{guess}`?" if guess else "`cnnspec explain` lists them all"
        sys.stderr.write(f"cnnspec explain: there is no code `{options.code}`: {hint}\n")
        return 2
    print(page_path(code).read_text(encoding="utf-8"), end="")
    return 0

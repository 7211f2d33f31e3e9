"""`cnnspec explain CODE...`: what a code means, with a wrong and a right example."""

from __future__ import annotations

import argparse
import sys

from cnnspec.cli.arguments import Parser
from cnnspec.codes import CODES
from cnnspec.resources import page_path
from cnnspec.suggest import nearest


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("codes", nargs="*", metavar="CODE", help="for example E0601; without one, all codes are listed")


def execute(parser: Parser, options: argparse.Namespace) -> int:
    if not options.codes:
        print("\n".join(f"{code}  {title}" for code, title in CODES.items()))
        return 0
    codes = {word: _code(word) for word in options.codes}
    unknown = [word for word, code in codes.items() if code not in CODES]
    for word in unknown:
        guess = nearest(codes[word], CODES)
        hint = f"did you mean `{guess}`?" if guess else "`cnnspec explain` lists them all"
        sys.stderr.write(f"cnnspec explain: there is no code `{word}`: {hint}\n")
    if unknown:
        return 2
    print("\n".join(page_path(code).read_text(encoding="utf-8") for code in dict.fromkeys(codes.values())), end="")
    return 0


def _code(word: str) -> str:
    """The code in a word as it may be pasted: `e0601`, `[E0601]`, `error[E0601]:`."""
    return word.rpartition("[")[2].rstrip("]:, ").upper()

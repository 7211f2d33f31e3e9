"""Diagnostics on their way to the user."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from cnnspec.diagnostics import Diagnostic, has_errors, in_order
from cnnspec.render import look_of, report, to_json


def show(file: str, diagnostics: Sequence[Diagnostic], *, json: bool, strict: bool = False, stream: TextIO | None = None) -> int:
    """Prints the diagnostics of `file`, as one JSON object on standard output or as text to `stream` (standard error).

    Returns the exit status: 1 if one of them is fatal.
    """
    found = in_order(diagnostics)
    if json:
        print(to_json(file, found))
    elif found:
        out = stream or sys.stderr
        out.write(report(file, found, look_of(out), strict=strict) + "\n")
    return int(fatal(found, strict=strict))


def fatal(diagnostics: Sequence[Diagnostic], *, strict: bool) -> bool:
    """Whether they end the command: errors do, and with `--strict` warnings too."""
    return has_errors(diagnostics) or (strict and bool(diagnostics))

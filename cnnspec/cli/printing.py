"""Diagnostics on their way to the user."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from cnnspec.diagnostics import Diagnostic, has_errors, in_order
from cnnspec.render import look_of, report, to_json


def show(file: str, diagnostics: Sequence[Diagnostic], *, json: bool, stream: TextIO | None = None) -> int:
    """Prints the diagnostics of `file`, as one JSON object on standard output or as text to `stream` (standard error).

    Returns the exit status: 1 if one of them is an error.
    """
    found = in_order(diagnostics)
    if json:
        print(to_json(file, found))
    elif found:
        out = stream or sys.stderr
        out.write(report(file, found, look_of(out)) + "\n")
    return int(has_errors(found))

"""Frameworks write to the terminal while they load, from C++ too, where no logging setting reaches them."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Captured:
    """What was written to the file descriptor of standard error meanwhile."""

    file: IO[bytes]

    def text(self) -> str:
        self.file.seek(0)
        return self.file.read().decode(errors="replace")


@contextmanager
def captured_stderr() -> Iterator[Captured]:
    """Keeps whatever this process writes to descriptor 2 out of the terminal; the caller decides what becomes of it."""
    with tempfile.TemporaryFile() as file:
        try:
            saved = os.dup(2)
        except OSError:  # the user closed standard error: nothing reaches a terminal anyway
            yield Captured(file)
            return
        _flush()
        os.dup2(file.fileno(), 2)
        try:
            yield Captured(file)
        finally:
            _flush()
            os.dup2(saved, 2)
            os.close(saved)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()

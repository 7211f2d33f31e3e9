"""How a user's mistake gets out of the middle of a run: as an exception that carries diagnostics."""

from __future__ import annotations

from cnnspec.diagnostics import Diagnostic


class Refused(Exception):
    """A user's mistake found where Keras calls us back. `execute` turns it into returned diagnostics."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics

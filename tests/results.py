"""What a run printed."""

from __future__ import annotations

import json
import subprocess
from typing import Any


def result_of(end: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The object that ends the output of `run --json`."""
    assert end.returncode == 0, end.stdout + end.stderr
    assert "Traceback" not in end.stderr
    found: dict[str, Any] = json.loads(end.stdout.splitlines()[-1])
    return found

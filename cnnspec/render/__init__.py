"""Diagnostics for their readers: people at a terminal, programs that read JSON, and services that read SARIF (`render.sarif`)."""

from cnnspec.render.records import to_json
from cnnspec.render.terminal import Look, look_of, render, report, tally, total, visible

__all__ = ["Look", "look_of", "render", "report", "tally", "to_json", "total", "visible"]

"""Diagnostics as programs read them: JSON with everything that is known of each. docs/checking.md names the fields."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cnnspec.codes import CODES
from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.source import Span


def to_json(file: str, diagnostics: Iterable[Diagnostic], **more: Any) -> str:
    """One JSON object on one line: the file, its diagnostics, and what `more` says of it."""
    return json.dumps({"file": file, **more, "diagnostics": [record(d) for d in diagnostics]})


def record(d: Diagnostic) -> dict[str, Any]:
    """One diagnostic. A part without a text has null for its place, and `where` says what is known of it."""
    return {
        "code": d.code,
        "title": CODES[d.code],
        "severity": d.severity,
        "message": d.message,
        **place(d.span),
        "where": d.where,
        "label": d.label or None,
        "labels": [{"text": label.text, **place(label.span)} for label in d.labels],
        "notes": list(d.notes),
        "help": d.help,
        "fix": _fix(d.fix) if d.fix else None,
    }


def place(span: Span | None) -> dict[str, Any]:
    """Lines and columns count from 1, columns in code points; the end is the first column after the part."""
    return {
        "path": span.source.path if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"replacement": fix.replacement, "safe": fix.safe, **place(fix.span)}

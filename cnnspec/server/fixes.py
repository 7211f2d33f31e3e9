"""Corrections that an editor offers: what the diagnostics themselves say to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cnnspec.compiler import Analysis
from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.fixing import fix_text

_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class QuickFix:
    title: str
    diagnostic: Diagnostic
    fix: Fix


def quick_fixes(analysis: Analysis, start: int, end: int) -> list[QuickFix]:
    """The corrections of what is wrong between two offsets."""
    source = analysis.source
    found = []
    for diagnostic in analysis.diagnostics:
        span, fix = diagnostic.span, diagnostic.fix
        if span is None or fix is None or fix.span.source is not source:
            continue
        if span.start <= end and span.end >= start:
            found.append(QuickFix(_title(fix), diagnostic, fix))
    return found


def _title(fix: Fix) -> str:
    text = fix.replacement or fix.span.text
    line, more, _ = text.strip().partition("\n")
    shown = f"{line[:_LONGEST]}..." if more or len(line) > _LONGEST else line
    return f"write `{shown}`" if fix.replacement.strip() else f"delete `{shown}`" if shown else "delete this"


def fix_all(analysis: Analysis) -> str | None:
    """The text with every correction that is certain, or None if there is none."""
    if not any(diagnostic.fix is not None and diagnostic.fix.safe for diagnostic in analysis.diagnostics):
        return None
    text, count = fix_text(analysis.source.path, analysis.source.text)
    return text if count else None

"""Which names may be read at a place: the elaborator's own scopes, cut off at the line of the cursor."""

from __future__ import annotations

from cnnspec.compiler import Analysis
from cnnspec.elaborate.scope import Binding, Scope
from cnnspec.source import Span
from cnnspec.syntax import tree


def visible(analysis: Analysis, at: int, before: int) -> dict[str, Binding]:
    """The names at the offset `at` that are defined before the offset `before`.

    A model and the sections see every definition of the file; what a body defines is visible below its line.
    """
    scope = scope_at(analysis, at)
    found: dict[str, Binding] = {}
    in_body = scope is not None and scope.parent is not None
    while scope is not None:
        everything = scope.parent is None and (in_body or _in_section(analysis, at))
        for name, binding in scope.names.items():
            if everything or binding.span.source is not analysis.source or binding.span.end <= before:
                found.setdefault(name, binding)
        scope = scope.parent
    return found


def scope_at(analysis: Analysis, at: int) -> Scope | None:
    """The scope of the innermost body around an offset that was expanded."""
    around = [span for span in analysis.trace.scopes if span.source is analysis.source and holds(span, at)]
    innermost = min(around, key=lambda span: span.end - span.start, default=None)
    return None if innermost is None else analysis.trace.scopes[innermost]


def holds(body: Span, at: int) -> bool:
    """Whether an offset is inside of a body, which may lack its closing brace, or of a whole file."""
    text = body.source.text
    if body.start == 0 and body.end == len(text):
        return True
    closed = text.endswith("}", body.start, body.end)
    return body.start < at < body.end or (at == body.end and not closed)


def _in_section(analysis: Analysis, at: int) -> bool:
    sections = (statement for statement in analysis.file.statements if isinstance(statement, tree.Section))
    return any(section.span.start < at < section.span.end for section in sections)

"""Texts of calls as they would be written otherwise: the material of fixes."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics import Fix
from cnnspec.source import Span
from cnnspec.syntax import tree


def call_text(name: str, arguments: list[str]) -> str:
    return f"{name}({', '.join(arguments)})"


def without(call: tree.Call, *dropped: tree.Argument) -> str:
    """The text of a call without some of its arguments."""
    kept = [argument.span.text for argument in call.arguments if argument not in dropped]
    return call_text(call.callee.span.text, kept)


def removal(call: tree.Call, argument: tree.Argument) -> Fix:
    """The fix that takes an argument out of a call, with one of the commas at its sides."""
    arguments, source = call.arguments, call.span.source
    at = arguments.index(argument)
    start, end = argument.span.start, argument.span.end
    if at:
        start = arguments[at - 1].span.end
    elif len(arguments) > 1:
        end = arguments[1].span.start
    return Fix(Span(source, start, end), "", safe=True)


def replaced(parts: Sequence[tuple[Span, str]]) -> Fix:
    """The fix that replaces several parts of a text, in their order, and leaves what stands between them."""
    first, last = parts[0][0], parts[-1][0]
    pieces, at = [], first.start
    for span, text in parts:
        pieces += [first.source.text[at : span.start], text]
        at = span.end
    return Fix(Span(first.source, first.start, last.end), "".join(pieces), safe=True)


def renaming(name: tree.Identifier | tree.Name, now: str) -> Fix:
    """The fix that writes another name."""
    return Fix(name.span, now, safe=True)


def ends_line(span: Span) -> bool:
    """Whether nothing but a shape column or a comment stands behind a part of a text on its line."""
    text = span.source.text
    end = text.find("\n", span.end)
    rest = text[span.end : end if end >= 0 else len(text)].strip()
    return not rest or rest[0] in "#:"


def before_on_line(span: Span) -> str:
    """What stands before a part of a text on its line."""
    text = span.source.text
    return text[text.rfind("\n", 0, span.start) + 1 : span.start].strip()

"""Rename: every use of a name in its file, or a refusal that says why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cnnspec.compiler import Analysis, analyse
from cnnspec.diagnostics import Diagnostic
from cnnspec.reading import Files, Reader
from cnnspec.server.names import Definition, Names, names_of
from cnnspec.server.navigation import references
from cnnspec.server.walk import statements
from cnnspec.server.where import words
from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.explain import KEYWORDS


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a name is not changed, in a sentence for the user."""

    reason: str


def name_at(analysis: Analysis, offset: int) -> Span | Refusal:
    """The place of the name at an offset, if it can be renamed."""
    names = names_of(analysis)
    found = names.at(offset)
    if found is None:
        word = next((token for token in words(analysis.source.text) if token.start <= offset <= token.end and token.kind == "word"), None)
        return Refusal(f"`{word.text}` is not a name that this file defines" if word else "there is no name here")
    place, definition = found
    if definition not in names.definitions:
        return Refusal(f"`{definition.text}` is defined in `{definition.source.path}`: rename it there")
    return _mentioned_in_broken(analysis, names.definitions[definition]) or place


def rename(analysis: Analysis, offset: int, new: str, read: Reader) -> list[Span] | Refusal:
    """The places to write `new` in. The text that comes of it is checked: a name that does harm is refused."""
    place = name_at(analysis, offset)
    if isinstance(place, Refusal):
        return place
    names = names_of(analysis)
    definition = names.definitions[names.at(offset)[1]]  # type: ignore[index]  # there is a name: it was just found
    if new == definition.name:
        return []
    if (refusal := _no_name(new) or _taken(names, definition, new)) is not None:
        return refusal
    places = references(analysis, offset)
    after = analyse(Source(analysis.source.path, _replaced(analysis.source.text, places, new)), Files(read))
    worse = _worse(analysis.diagnostics, after.diagnostics)
    return Refusal(f"`{new}` cannot be used here: {worse.message}") if worse else places


def _no_name(new: str) -> Refusal | None:
    if new in KEYWORDS:
        return Refusal(f"`{new}` is a word of the language")
    if not re.fullmatch(r"[A-Za-z_]\w*", new, re.ASCII) or "__" in new:
        return Refusal(f"`{new}` is not a name: write letters, digits and single `_`, and no digit first")
    return None


def _taken(names: Names, definition: Definition, new: str) -> Refusal | None:
    """A name means one thing, also where the elaborator does not come to."""
    for other in names.definitions.values():
        if other.name == new and (_is_in(other.span, definition.body) or _is_in(definition.span, other.body)):
            return Refusal(f"`{new}` is defined already, in line {other.span.line}")
    return None


def _is_in(span: Span, body: Span) -> bool:
    return body.start <= span.start < body.end


def _mentioned_in_broken(analysis: Analysis, definition: Definition) -> Refusal | None:
    """A line that cannot be read may use the name."""
    for line in statements(analysis.file.statements):
        if isinstance(line, tree.Broken) and any(token.text == definition.name for token in words(line.span.text)):
            return Refusal(f"line {line.span.line} has a syntax error and may use `{definition.name}`: correct it first")
    return None


def _replaced(text: str, places: Sequence[Span], new: str) -> str:
    for place in reversed(places):
        text = text[: place.start] + new + text[place.end :]
    return text


def _worse(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> Diagnostic | None:
    """A problem of a kind of which there are more than before: one of names, if there is one, as the others follow from it."""
    had, has = Counter(d.code for d in before), Counter(d.code for d in after)
    return min((d for d in after if has[d.code] > had[d.code]), key=lambda d: d.code, default=None)

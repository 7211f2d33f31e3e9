"""What is said about a name that means nothing: what it may have been meant to be, and how that is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cnnspec.diagnostics import Diagnostic, Fix, Label
from cnnspec.elaborate.functions import FUNCTIONS, TENSOR_FUNCTIONS
from cnnspec.elaborate.scope import Lost, Scope
from cnnspec.suggest import nearest
from cnnspec.syntax import tree
from cnnspec.syntax.explain import KEYWORDS
from cnnspec.syntax.yaml import CONSTANTS

ANY_WORD: Final = "*"
"""The key among the offers that says that any string may stand in a position."""


def undefined(name: tree.Name, scope: Scope, layers: Iterable[str], offers: Mapping[str, str]) -> Diagnostic:
    """The diagnostic. `offers` says for each word that may stand in the position how it is written: `"relu"`, `mnist()`."""
    message, label = f"`{name.text}` is not defined", "not found in this scope"
    later = scope.defined_later(name.text)
    if later is not None:
        return Diagnostic(
            code="E0201",
            message=message + " yet",
            span=name.span,
            label="not defined above this line",
            labels=(Label(later, "defined here"),),
            help="a name is visible after its line: move the definition up",
        )
    lost = scope.lost_name(name.text)
    if lost is not None:
        return _lost(name, lost)
    written = written_word(name.text, offers)
    if written is not None:
        label = "a string needs quotes" if written[0] == '"' else label
        fix = Fix(name.span, written, safe=True)
        return Diagnostic(code="E0201", message=message, span=name.span, label=label, help=f"write `{written}`", fix=fix)
    if name.text in KEYWORDS:
        advice = "`search` stands behind the value of a top-level `let`" if name.text == "search" else "use another name"
        return Diagnostic(code="E0105", message=f"`{name.text}` is a word of the language", span=name.span, label="not a name", help=advice)
    near = nearest(name.text, [*(known for known, _ in scope.visible()), *layers]) or _nearest_offer(name.text, offers)
    if near is None and ANY_WORD in offers:
        written, label = offers[ANY_WORD].format(name.text), "a string needs quotes"
        fix = Fix(name.span, written)
        return Diagnostic(code="E0201", message=message, span=name.span, label=label, help=f"write `{written}`", fix=fix)
    help = f"did you mean `{near}`?" if near else _choices(offers)
    return Diagnostic(code="E0201", message=message, span=name.span, label=label, help=help, fix=Fix(name.span, near) if near else None)


def _choices(offers: Mapping[str, str]) -> str | None:
    """What may stand in a position, if that is little."""
    return f"write one of {', '.join(f'`{written}`' for written in offers.values())}" if 1 < len(offers) <= 8 else None


def _lost(name: tree.Name, lost: Lost) -> Diagnostic:
    """A name that ended with the body in which it stands."""
    if lost.in_loop:
        label, help = "a name ends with the turn of its loop", f"name what comes out of the loop behind it: `Identity() as {name.text}`"
    else:
        label, help = "a name ends with its branch", "define it in every branch of the `if`, the `else` too: then it stays"
    message = f"`{name.text}` is not defined here any more"
    return Diagnostic(code="E0201", message=message, span=name.span, label=label, labels=(Label(lost.span, "defined here"),), help=help)


def written_word(word: str, offers: Mapping[str, str]) -> str | None:
    """How a word is written that means nothing by itself: as a constant of Python, or as the position takes it."""
    return CONSTANTS.get(word.lower()) or offered(word, offers)


def _nearest_offer(word: str, offers: Mapping[str, str]) -> str | None:
    near = nearest(word, offers)
    return offers[near] if near is not None else None


def unknown_function(callee: tree.Name, notes: tuple[str, ...] = (), objects: Iterable[str] = ()) -> Diagnostic:
    """The diagnostic for a function that expressions do not have; where `objects` may stand, one of them may be meant."""
    known = (*FUNCTIONS, *TENSOR_FUNCTIONS)
    near = nearest(callee.text, [*known, *objects])
    help = f"did you mean `{near}`?" if near else f"the functions are {', '.join(f'`{name}`' for name in known)}"
    message = f"there is no function `{callee.text}`"
    return Diagnostic(code="E0201", message=message, span=callee.span, label="unknown function", help=help, notes=notes)


def offered(word: str, offers: Mapping[str, str]) -> str | None:
    """How a word is written that the position takes, whatever its case."""
    return offers.get(word) or next((written for known, written in offers.items() if known.lower() == word.lower()), None)

"""Giving a name a meaning: once, and never one that the language itself has."""

from __future__ import annotations

from cnnspec.diagnostics import Label
from cnnspec.elaborate.context import Context, Stack
from cnnspec.elaborate.scope import Binding, Scope
from cnnspec.elaborate.values import POISON, Value
from cnnspec.syntax import tree
from cnnspec.syntax.explain import KEYWORDS


def define_unknown(scope: Scope, statement: tree.Broken) -> None:
    """The names of a line that could not be read: they exist, but nothing is known of them."""
    for name in statement.names:
        if scope.find(name.text) is None:
            scope.names[name.text] = Binding(POISON, name.span)


def define(context: Context, scope: Scope, name: tree.Identifier, value: Value, stack: Stack = ()) -> bool:
    """Bind `name` in `scope`, unless it is visible there already (then False) or not a name for users."""
    if "__" in name.text:
        help = "use one `_`; two stand in generated names"
        context.error("E0203", name.span, f"`{name.text}` cannot be used as a name", label="has `__`", help=help, stack=stack)
    if name.text in KEYWORDS:
        help = f"use another name, for example `{name.text}_1`"
        message = f"`{name.text}` is a word of the language"
        context.error("E0105", name.span, message, label="cannot be used as a name", help=help, stack=stack)
    taken = _meaning(context, name.text)
    if taken is not None:
        label = f"this is {taken}"
        context.error("E0203", name.span, f"`{name.text}` has a meaning already", label=label, help="use another name", stack=stack)
        value = POISON
    found = scope.find(name.text)
    if found is None:
        scope.names[name.text] = Binding(value, name.span)
        return True
    context.error(
        "E0203",
        name.span,
        f"`{name.text}` is defined already",
        label="second definition",
        labels=(Label(found.span, "first definition"),),
        help="use another name: a name means one thing",
        stack=stack,
    )
    return False


def _meaning(context: Context, name: str) -> str | None:
    """What a name is in Keras: a name of the user's would hide it. Those of built-in functions are free: `width` and `sum` are common."""
    if context.catalogue.entry("layer", name) is not None:
        return "a layer of Keras"
    return "a backbone of Keras" if context.catalogue.entry("application", name) is not None else None

"""An object as Keras saves it, `{"class_name": "HeNormal", "config": {"seed": 1}}`, as the call that it is."""

from __future__ import annotations

from cnnspec.elaborate.edits import call_text
from cnnspec.syntax import tree


def as_call(expression: tree.Expression) -> tree.Call | None:
    """The call, with its values where they stand; None where the expression is no saved object."""
    parts = _items(expression)
    name, config = parts.get("class_name"), _items(parts["config"]) if "config" in parts else {}
    if not isinstance(name, tree.String) or not name.value.isidentifier():
        return None
    arguments = (tree.Argument(value.span, tree.Identifier(value.span, key), value) for key, value in config.items() if key != "name")
    return tree.Call(expression.span, tree.Name(name.span, name.value), tuple(arguments))


def text_of(call: tree.Call) -> str:
    """The text of such a call."""
    assert isinstance(call.callee, tree.Name)
    return call_text(call.callee.text, [f"{a.name.text}={a.value.span.text}" for a in call.arguments if a.name])


def _items(expression: tree.Expression) -> dict[str, tree.Expression]:
    if not isinstance(expression, tree.DictExpression):
        return {}
    return {key.value: value for key, value in expression.pairs if isinstance(key, tree.String)}

"""The shape of the input, where Keras has it: `Input(shape=(28, 28, 1))`, and `input_shape=` of the first layer."""

from __future__ import annotations

from typing import Final

from cnnspec.syntax import tree

_SHAPES: Final = ("input_shape", "input_dim", "batch_input_shape", "batch_shape")
"""Arguments of a layer that say the shape of what it reads."""


def of_input(call: tree.Call) -> tree.Expression | None:
    """The shape in `Input((28, 28, 1))`; None where it has none, or where more is said than that."""
    given = {argument.name.text if argument.name else "shape": argument.value for argument in call.arguments}
    given.pop("name", None)
    if len(given) != 1:
        return None
    (name, value), *_ = given.items()
    return _without_batch(value) if name.startswith("batch") else _shape(value) if name in ("shape", "input_shape") else None


def of_layer(call: tree.Call) -> tuple[tree.Argument, tree.Expression] | None:
    """The argument of a layer that says what it reads, and the shape."""
    for argument in call.arguments:
        if argument.name is not None and argument.name.text in _SHAPES:
            batch = argument.name.text.startswith("batch")
            shape = _without_batch(argument.value) if batch else _shape(argument.value)
            return (argument, shape) if shape is not None else None
    return None


def _shape(value: tree.Expression) -> tree.Expression | None:
    """`784` is the shape `(784,)`; the `None` in `(None, None, 3)` is any size."""
    if isinstance(value, tree.Number):
        return tree.TupleExpression(value.span, (value,))
    if isinstance(value, tree.TupleExpression | tree.ListExpression):
        return _sizes(value, value.items)
    return value if isinstance(value, tree.Name) else None


def _without_batch(value: tree.Expression) -> tree.Expression | None:
    if not isinstance(value, tree.TupleExpression | tree.ListExpression) or not value.items:
        return None
    return _sizes(value, value.items[1:])


def _sizes(value: tree.Expression, items: tuple[tree.Expression | tree.KeywordItem, ...]) -> tree.TupleExpression:
    sizes = [item for item in items if not isinstance(item, tree.KeywordItem)]
    unknown = [isinstance(size, tree.Constant) and size.text == "None" for size in sizes]
    known = (tree.Constant(size.span, "?") if any_ else size for size, any_ in zip(sizes, unknown, strict=True))
    return tree.TupleExpression(value.span, tuple(known))

"""Shapes as they are written: behind an input, and in the shape column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnspec.diagnostics import Label
from cnnspec.elaborate.values import ANY, POISON, Tensor, Value, describe
from cnnspec.shapes import Shape, agree, joined, show
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.body import Body


def input_shape(body: Body, expression: tree.Expression) -> tuple[Shape | None, str]:
    """The shape and the dtype of `(28, 28, 1)`, or of `uint8(28, 28, 1)`."""
    if isinstance(expression, tree.Call) and isinstance(expression.callee, tree.Name):
        items = tuple(argument.value for argument in expression.arguments)
        return read_shape(body, tree.TupleExpression(expression.span, items)), expression.callee.text
    return read_shape(body, expression), "float32"


def declare_shape(body: Body, value: Value, expression: tree.Expression) -> None:
    """The shape column of a line. What a block gives may have a column inside of it, or be what it was given: then the two are compared."""
    declared = read_shape(body, expression)
    if declared is None or not isinstance(value, Tensor):
        return
    call = value.call
    before = call.json.get("shape") if call else body.context.network.shape(value)
    if call and before is None:
        body.context.written(f"{call.pointer}/shape", None, expression.span, body.stack)
        call.json["shape"] = list(declared)
    elif before is not None and not agree(declared, tuple(before)):
        message = f"this line says {show(declared)}, the block gives {show(before)}"
        help = f"write `{show(before)}`, or change the block"
        labels = (_given(body, value, tuple(before)),)
        body.context.error("E0602", expression.span, message, label="declared here", labels=labels, help=help, stack=body.stack)
    elif call and before is not None:
        call.json["shape"] = list(joined(declared, tuple(before)))


def _given(body: Body, value: Tensor, shape: Shape) -> Label:
    """Where a block's tensor has its shape from: the column of its line, or the input that it is."""
    if value.call is None:
        return Label(body.context.network.inputs[value.name].span, f"{show(shape)} comes from here")
    column = body.context.origins[f"{value.call.pointer}/shape"].value
    return Label(column or value.call.span, f"{show(shape)} in the block")


def read_shape(body: Body, expression: tree.Expression) -> Shape | None:
    """A shape, with None for each `?`; None after a diagnostic."""
    value = body.evaluator().evaluate(expression)
    if value is POISON:
        return None
    if not isinstance(value, tuple | list):
        help = "write for example `(28, 28, 1)`"
        if isinstance(value, int) and not isinstance(value, bool):
            help = f"a vector of {value} is written `({value},)`"
        _refuse(body, expression, value, help)
        return None
    if None in value:
        _none_in_shape(body, expression, value)
        return None
    sizes = tuple(None if item is ANY else item for item in value)
    if any(size is POISON for size in sizes):
        return None
    if not all(_is_size(size) for size in sizes):
        _refuse(body, expression, value, "a size is an integer of at least 1, or `?` for any size")
        return None
    return sizes


def _refuse(body: Body, expression: tree.Expression, value: Value, help: str) -> None:
    message, label = "a shape is a tuple of sizes, without the batch", f"this is {describe(value)}"
    body.error("E0403", expression.span, message, label=label, help=help)


def _none_in_shape(body: Body, expression: tree.Expression, value: Sequence[Value]) -> None:
    """`(None, 28, 28, 1)`, as Keras writes it."""
    sizes = [describe(ANY if size is None else size) for size in value]
    batch = value[0] is None and len(value) > 1 and None not in value[1:]
    written = f"({', '.join(sizes[1:] if batch else sizes)}{',' if len(sizes) - batch == 1 else ''})"
    message = "a shape leaves the batch out" if batch else "a size that is not fixed is written `?`"
    body.error("E0403", expression.span, message, label=f"this is {describe(value)}", help=f"write `{written}`")


def _is_size(value: Value) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)

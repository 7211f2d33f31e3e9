"""`let x = default search int(1, 4)`: whether there is anything to draw, and whether the default is one of it."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.diagnostics import Label
from cnnspec.document.document import Json
from cnnspec.elaborate.context import Context
from cnnspec.elaborate.parameters import TYPES
from cnnspec.elaborate.values import describe
from cnnspec.syntax import tree


def check_search(context: Context, statement: tree.Let, search: tree.Call, space: Mapping[str, Json], overridden: bool) -> None:
    """Report a space that holds nothing, or not the default (E0407). A default from the command line may lie outside."""
    kind, arguments, default = space["search"], space["arguments"], space["default"]
    if _is_of_another_type(context, statement, search, kind, arguments):
        return
    if kind == "choice":
        values = arguments["values"]
        if not values:
            help = "list the values: `search choice(16, 32, 64)`"
            context.error("E0407", search.span, "there is nothing to choose from", label="no values", help=help)
        elif default not in values and not overridden and default is not None:
            _not_in(context, statement, search, f"write `choice({', '.join([describe(default), *map(describe, values)])})`")
        return
    low, high = arguments.get("low"), arguments.get("high")
    if not _is_number(low) or not _is_number(high):
        return
    if low >= high:
        text = f"{describe(high)}, {describe(low)}"
        help = f"write `{kind}({text})`" if low > high else "write two different numbers, or leave out `search`"
        context.error("E0407", search.span, f"the range ends at {describe(high)}, where it begins at {describe(low)}", help=help)
    elif not _is_number(default):
        if default is not None:
            message = f"`{statement.name.text}` is {describe(default)}, but numbers are searched"
            context.error("E0407", statement.value.span, message, label="the default", help="write a number, or search by `choice(...)`")
    elif not low <= default <= high and not overridden:
        _not_in(context, statement, search, f"write a default from {describe(low)} to {describe(high)}, or a wider range")
    elif kind == "int" and not overridden and (default - low) % (step := _step(arguments)):
        below = low + (default - low) // step * step
        _not_in(context, statement, search, f"write a default that is drawn, such as `{below:g}`")


def _step(arguments: Mapping[str, Json]) -> int:
    """The step of a range of whole numbers; one that is wrong is refused elsewhere."""
    step = arguments.get("step")
    return step if isinstance(step, int) and step > 0 else 1


def _is_of_another_type(context: Context, statement: tree.Let, search: tree.Call, kind: str, arguments: Mapping[str, Json]) -> bool:
    """`let n: int = 3 search choice(3, "x")`: reported at the first value that is not of the declared type."""
    if statement.type is None or (test := TYPES.get(statement.type.text)) is None:
        return False
    numbers = {"choice": (), "int": (1,)}.get(kind, (0.5,))
    wrong = [value for value in arguments.get("values", numbers) if value is not None and not test(value)]
    if not wrong:
        return False
    drawn = describe(wrong[0]) if kind == "choice" else f"a number of `{kind}`"
    message, labels = f"`{statement.name.text}` cannot become {drawn}", (Label(statement.type.span, "declared here"),)
    help = f"search values of the type `{statement.type.text}`, or leave out the type"
    context.error("E0403", search.span, message, label="draws a value of another type", labels=labels, help=help)
    return True


def _not_in(context: Context, statement: tree.Let, search: tree.Call, help: str) -> None:
    labels = (Label(search.span, "the values that are searched"),)
    message = f"the default of `{statement.name.text}` is none of the values that are searched"
    context.error("E0407", statement.value.span, message, label="the default", labels=labels, help=help)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

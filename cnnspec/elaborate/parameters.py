"""Declared types: of `let`, of a block's parameters, of an extern's."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.diagnostics import Label
from cnnspec.elaborate.context import Context, Stack
from cnnspec.elaborate.expressions import Evaluator
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.undefined import unknown_function
from cnnspec.elaborate.values import ANY, POISON, ObjectCall, Value, describe
from cnnspec.source import Span
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

TYPES: dict[str, Callable[[Value], bool]] = {
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "float": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "bool": lambda v: isinstance(v, bool),
    "str": lambda v: isinstance(v, str),
    "shape": lambda v: isinstance(v, tuple | list) and all(s is ANY or (isinstance(s, int) and not isinstance(s, bool)) for s in v),
    "any": lambda v: True,
}
IN_WORDS = {"int": "an integer", "float": "a number", "bool": "True or False", "str": "a string", "shape": "a shape such as (28, 28, 1)"}


def checked(context: Context, value: Value, declared: tree.Identifier | None, span: Span, stack: Stack, what: str = "this") -> Value:
    """The value if it has the declared type, else POISON and a diagnostic at `span`."""
    if declared is None or value is POISON:
        return value
    test = TYPES.get(declared.text)
    if test is None:
        near = nearest(declared.text, TYPES)
        help = f"did you mean `{near}`?" if near else f"the types are {', '.join(f'`{name}`' for name in TYPES)}"
        context.error("E0403", declared.span, f"there is no type `{declared.text}`", label="unknown type", help=help)
        return POISON
    if test(value):
        return value
    label, labels = f"this is {describe(value)}", (Label(declared.span, "declared here"),)
    context.error(
        "E0403", span, f"{what} must be {IN_WORDS[declared.text]}", label=label, labels=labels, help=_advice(value, declared), stack=stack
    )
    return POISON


def known_call(context: Context, value: Value, stack: Stack = ()) -> Value:
    """A call as the value of a `let`: an object to be used later. POISON after a diagnostic if there is no such thing."""
    if not isinstance(value, ObjectCall) or not isinstance(value.call.callee, tree.Name):
        return value
    callee = value.call.callee
    if value.scope.find(callee.text) is not None or any(kind != "section" for kind in context.catalogue.kinds_of(callee.text)):
        return value
    objects = [name for kind in context.catalogue.kinds() if kind != "section" for name in context.catalogue.names(kind)]
    context.report(unknown_function(callee, tuple(frame.note for frame in reversed(stack)), objects))
    return POISON


def _advice(value: Value, declared: tree.Identifier) -> str | None:
    """What to write instead where it is plain."""
    if declared.text == "int" and isinstance(value, float) and value == int(value):
        return f"write `{int(value)}`; division by `/` gives a number with a fraction, `//` an integer"
    if declared.text in ("int", "float") and isinstance(value, str) and value.strip().removeprefix("-").replace(".", "", 1).isdigit():
        return f"write `{value.strip()}` without quotes"
    if declared.text == "shape" and isinstance(value, int) and not isinstance(value, bool):
        return f"write `({value},)`"
    return f"give it another value, or declare it as `{_type_of(value)}`"


def _type_of(value: Value) -> str:
    return next((name for name, test in TYPES.items() if test(value)), "any")


def bind(
    context: Context,
    owner: str,
    parameters: tuple[tree.Parameter, ...],
    call: tree.Call,
    caller: Scope,
    home: Scope,
    stack: Stack,
    path: str | None = None,
) -> dict[str, Value]:
    """The values of a block's or an extern's parameters for one call: arguments from `caller`, defaults from `home`.

    What `--set` gives at `path` comes first.
    """
    given = _given(context, owner, parameters, call, stack)
    names = {parameter.name.text for parameter in parameters}
    values: dict[str, Value] = {}
    for parameter in parameters:
        name = parameter.name.text
        override = context.overrides.take(f"{path}.{name}") if path is not None else None
        if override is not None:
            expression, scope = override.value, context.root
        elif name in given:
            expression, scope = given[name].value, caller
        elif parameter.default is not None:
            expression, scope = parameter.default, home
        else:
            if not any(argument.name is not None and argument.name.text not in names for argument in call.arguments):
                _missing(context, owner, parameter, call, stack)
            values[name] = POISON
            continue
        value = Evaluator(context, scope).evaluate(expression)
        values[name] = checked(context, value, parameter.type, expression.span, stack, f"`{owner}.{name}`")
    return values


def _given(context: Context, owner: str, parameters: tuple[tree.Parameter, ...], call: tree.Call, stack: Stack) -> dict[str, tree.Argument]:
    names = [parameter.name.text for parameter in parameters]
    required = [parameter.name.text for parameter in parameters if parameter.default is None]
    allowed = max(1, len(required))
    given: dict[str, tree.Argument] = {}
    position = 0
    for argument in call.arguments:
        if argument.name is None:
            name = names[position] if position < len(names) else ""
            if position >= allowed or not name:
                help = f"write `{name}={argument.value.span.text}`" if name else "delete it"
                most = min(allowed, len(names))
                message = f"`{owner}` takes at most {most} positional argument{'s' if most != 1 else ''}"
                context.error(
                    "E0303", argument.span, message, label="this one needs its name" if name else "one too many", help=help, stack=stack
                )
            position += 1
        else:
            name = argument.name.text
            if name not in names:
                near = nearest(name, names)
                help = f"did you mean `{near}`?" if near else f"it has {', '.join(f'`{n}`' for n in names)}" if names else "it has none"
                message = f"`{owner}` has no parameter `{name}`"
                context.error("E0302", argument.name.span, message, label="unknown parameter", help=help, stack=stack)
                continue
        if name in given:
            context.error("E0304", argument.span, f"`{name}` is given twice", label="second value", help="delete one of them", stack=stack)
        elif name:
            given[name] = argument
    return given


def _missing(context: Context, owner: str, parameter: tree.Parameter, call: tree.Call, stack: Stack) -> None:
    name, labels = parameter.name.text, (Label(parameter.span, "declared here"),)
    help = f"write `{name}=...`"
    context.error("E0305", call.span, f"`{owner}` needs `{name}`", label="missing argument", labels=labels, help=help, stack=stack)

"""Values -> the document's JSON: arguments find their parameter, objects their namespace, units their meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnspec.catalogue import Entry, Parameter
from cnnspec.catalogue.types import DictOf, ListOf, Plain, TupleOf, Type, Union, kinds, texts
from cnnspec.catalogue.types import describe as describe_type
from cnnspec.diagnostics import Fix, Label
from cnnspec.document.document import Json, escape
from cnnspec.elaborate import habits
from cnnspec.elaborate.context import Context, Stack
from cnnspec.elaborate.expressions import TIME_UNITS, Evaluator
from cnnspec.elaborate.externs import KINDS as EXTERN_KINDS
from cnnspec.elaborate.overrides import Override
from cnnspec.elaborate.parameters import bind
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.values import ANY, KINDS, POISON, ExternDefinition, Library, ObjectCall, Quantity, Tensor, Value, describe
from cnnspec.source import Span
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

ANYTHING = Parameter("", "any")
OURS = ("source", "tuner", "distribution")
"""Kinds of objects that are written as calls, never as strings."""
FULL_TURN = {"deg": 360.0, "rad": 2 * math.pi}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes: its pointer in the document, its `--set` path if it has one, and what was expanded around it."""

    pointer: str
    path: str | None = None
    stack: Stack = ()
    layers: frozenset[str] = frozenset()
    from_command_line: bool = False

    def inside(self, key: str | int) -> Place:
        path = f"{self.path}.{key}" if self.path is not None and isinstance(key, str) else None
        return replace(self, pointer=f"{self.pointer}/{escape(str(key))}", path=path)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes values into the document of one elaboration, reading names in `scope`."""

    context: Context
    scope: Scope

    # ------------------------------------------------------------ one value

    def parameter(self, parameter: Parameter, expression: tree.Expression, place: Place) -> Json:
        """The JSON of one argument or setting."""
        value = self.evaluate(expression, parameter.parsed, place)
        return self.value(value, expression, parameter.parsed, place)

    def unknown(self, expression: tree.Expression, place: Place) -> Json:
        """What stands behind a key that does not exist, which the schema reports: only its names are looked up."""
        value = self.evaluate(expression, ANYTHING.parsed, place)
        if isinstance(value, ObjectCall):
            self.look_inside(value.call, place)
        return None

    def override(self, override: Override, parameter: Parameter, place: Place) -> Json:
        """The JSON of a value from the command line, which is read in the scope of the file."""
        writer = Writer(self.context, self.context.root)
        place = replace(place, from_command_line=True)
        self.context.written(place.pointer, override.span, override.value.span)
        return writer.parameter(parameter, override.value, place)

    def evaluate(self, expression: tree.Expression, expected: Type, place: Place) -> Value:
        return Evaluator(self.context, self.scope, lambda: self._offers(expected), place.layers).evaluate(expression)

    def _offers(self, expected: Type) -> dict[str, str]:
        """How the words are written that a position takes: strings in quotes, our own objects as calls."""
        catalogue = self.context.catalogue
        calls = {name: f"{name}()" for kind in kinds(expected) if kind in OURS for name in catalogue.names(kind)}
        identifiers = [name for kind in kinds(expected) for name in catalogue.identifiers(kind)]
        return calls | {word: f'"{word}"' for word in (*texts(expected), *identifiers)}

    def value(self, value: Value, expression: tree.Expression, expected: Type, place: Place) -> Json:
        """The JSON of a value. After a mistake that was reported it is a hole."""
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                from_here = place.from_command_line and mentions(expected, "path") and value and value not in texts(expected)
                return _from_here(value) if from_here else value
            case Quantity():
                return _quantity(value, expected)
            case tuple() | list():
                return self._items(value, expression, expected, place)
            case dict():
                return {key: self.value(item, expression, expected, place.inside(key)) for key, item in value.items()}
            case ObjectCall(call=call, scope=scope):
                return Writer(self.context, scope).object(call, expected, place)
        if value is ANY:
            if not (mentions(expected, "shape") or mentions(expected, "any")):
                return self._any_size(expression, expected, place)
            return None
        if value is not POISON:
            self._no_value(value, expression, place)
        return self.context.hole(place.pointer)

    def _items(self, values: Sequence[Value], expression: tree.Expression, expected: Type, place: Place) -> Json:
        parts = expression.items if isinstance(expression, tree.TupleExpression | tree.ListExpression) else ()
        result = []
        for i, item in enumerate(values):
            part = parts[i] if len(parts) == len(values) else expression
            inner = place.inside(i)
            if not isinstance(part, tree.KeywordItem):
                if part is not expression:
                    self.context.written(inner.pointer, None, part.span, place.stack)
                result.append(self.value(item, part, expected, inner))
        return result

    def _any_size(self, expression: tree.Expression, expected: Type, place: Place) -> Json:
        """`?` where no shape stands."""
        help = (
            "write a number; Keras takes `-1` for one size that follows from the others"
            if isinstance(expected, ListOf)
            else "write a number"
        )
        self.context.error(
            "E0403", expression.span, "`?` is a size in a shape, not a value", label="no number", help=help, stack=place.stack
        )
        return self.context.hole(place.pointer)

    def _no_value(self, value: Value, expression: tree.Expression, place: Place) -> None:
        what = KINDS[type(value)]
        help = "pass tensors with an arrow: `x -> Layer(...)`" if isinstance(value, Tensor) else None
        if isinstance(value, ExternDefinition):
            help = f"write `{expression.span.text}()`"
        self.context.error(
            "E0204", expression.span, f"{what} cannot be a value here", label=f"this is {what}", help=help, stack=place.stack
        )

    # ------------------------------------------------------------ objects

    def object(self, call: tree.Call, expected: Type, place: Place) -> Json:
        """`L2(1e-4)` where a regularizer is expected: `{"regularizer": "L2", "arguments": {...}}`."""
        self.context.written(place.pointer, call.callee.span, call.span, place.stack)
        extern = self._extern_at(call.callee, expected)
        if extern is not None:
            return {"extern": extern.name, "arguments": self.extern_arguments(extern, call, place)}
        entry = self._entry(call, expected, place)
        if entry is None:
            self.look_inside(call, place)
            return self.context.hole(place.pointer)
        if entry.code:
            self.refuse_code(entry, call.callee.span, place.stack)
        arguments = self.arguments(entry, call, place)
        return {entry.kind: entry.name, "arguments": arguments}

    def _extern_at(self, callee: tree.Expression, expected: Type) -> ExternDefinition | None:
        """The declaration that is called where Keras takes an object of the user's own."""
        if not any(kind in EXTERN_KINDS for kind in kinds(expected)):
            return None
        bound = self.scope.find(callee.text) if isinstance(callee, tree.Name) else None
        if isinstance(callee, tree.Attribute) and isinstance(callee.value, tree.Name):
            library = self.scope.find(callee.value.text)
            bound = library.value.scope.find(callee.name.text) if library and isinstance(library.value, Library) else None
        return bound.value if bound is not None and isinstance(bound.value, ExternDefinition) else None

    def extern_arguments(self, extern: ExternDefinition, call: tree.Call, place: Place) -> dict[str, Json]:
        """The arguments of a Python object, checked by its declaration alone."""
        definition, inside = extern.definition, replace(place.inside("arguments"), path=None)
        values = bind(self.context, definition.name.text, definition.parameters, call, self.scope, extern.scope, place.stack)
        return {key: self.value(value, call, ANYTHING.parsed, inside.inside(key)) for key, value in values.items()}

    def look_inside(self, call: tree.Call, place: Place) -> None:
        """Evaluate the arguments of something unknown, so that a name that is wrong inside is reported too."""
        for argument in call.arguments:
            self.evaluate(argument.value, ANYTHING.parsed, place)

    def _entry(self, call: tree.Call, expected: Type, place: Place) -> Entry | None:
        catalogue, wanted = self.context.catalogue, kinds(expected)
        callee = call.callee
        if isinstance(callee, tree.Attribute):
            return self._entry_of_module(callee, expected, place)
        if not isinstance(callee, tree.Name):
            self.context.error("E0308", callee.span, "a result cannot be called", help="write `Name(...)`", stack=place.stack)
            return None
        name = callee.text
        bound = self.scope.find(name)
        if bound is not None:
            if bound.value is not POISON:
                what = KINDS.get(type(bound.value), describe(bound.value))
                label, help = "not something to call here", None
                if isinstance(bound.value, ExternDefinition):
                    help = "Python code can be a layer, a loss, a metric or a callback"
                self.context.error("E0204", callee.span, f"`{name}` is {what}", label=label, help=help, stack=place.stack)
            return None
        for kind in wanted or (catalogue.kinds() if mentions(expected, "any") else ()):
            if (entry := catalogue.entry(kind, name)) is not None:
                return entry
        self._unknown_object(callee, expected, place)
        return None

    def _entry_of_module(self, callee: tree.Attribute, expected: Type, place: Place) -> Entry | None:
        """`keras.regularizers.L2(...)`: reported, but understood, so that the rest of the line is looked at too."""
        word = habits.last_word(callee, self.scope)
        found = (entry for kind in kinds(expected) if word and (entry := self.context.catalogue.entry(kind, word)) is not None)
        entry = next(found, None)
        if entry is not None:
            help, fix = f"write `{entry.name}(...)`", Fix(callee.span, entry.name, safe=True)
            message = "an object is written without its module"
            label = "Python's modules are left out"
            self.context.error("E0308", callee.span, message, label=label, help=help, fix=fix, stack=place.stack)
        elif word is None:
            self.context.error(
                "E0306", callee.span, "nothing of a library can stand here", label="not an object of Keras", stack=place.stack
            )
        else:
            self._unknown_object(tree.Name(callee.span, word), expected, place)
        return entry

    def _unknown_object(self, callee: tree.Name, expected: Type, place: Place) -> None:
        catalogue, name, wanted = self.context.catalogue, callee.text, kinds(expected)
        position = place.pointer.rsplit("/", 1)[-1]
        elsewhere = [kind for kind in catalogue.kinds_of(name) if kind != "section"]
        if not wanted:
            message, label = f"`{position}` takes no object", f"`{name}(...)` cannot stand here"
            if not elsewhere:
                message, label = f"there is no function `{name}`", "unknown function"
        elif elsewhere:
            message, label = f"`{name}` is {_a(elsewhere[0])}, not {_a(wanted[0])}", f"expected {_a(wanted[0])}"
        else:
            message, label = f"there is no {wanted[0]} called `{name}`", f"unknown {wanted[0]}"
        options = [option for kind in wanted for option in (*catalogue.names(kind), *catalogue.aliases(kind))]
        near = nearest(name, options)
        help = f"did you mean `{near}`?" if near else _listed([name for kind in wanted for name in catalogue.names(kind)], expected)
        fix = Fix(callee.span, near) if near else None
        self.context.error("E0306", callee.span, message, label=label, help=help, fix=fix, stack=place.stack)

    def refuse_code(self, entry: Entry, span: Span, stack: Stack) -> None:
        """A layer whose arguments are Python code has no place in a spec."""
        help = 'declare a layer of your own: `extern MyLayer() from "my_module:MyLayer"`'
        self.context.error("E0309", span, f"`{entry.name}` needs Python code", label="not part of the language", help=help, stack=stack)

    # ------------------------------------------------------------ arguments

    def arguments(self, entry: Entry, call: tree.Call, place: Place) -> dict[str, Json]:
        """The arguments of a call by name, with the overrides of their paths in place."""
        inside = place.inside("arguments")
        self.context.written(inside.pointer, None, call.span, place.stack)
        given = self._bind(entry, call, place)
        result: dict[str, Json] = {}
        for name, argument in given.items():
            where = replace(inside.inside(name), path=None if place.path is None else f"{place.path}.{name}")
            key = argument.name.span if argument.name else None
            self.context.written(where.pointer, key, argument.value.span, place.stack)
            parameter = entry.parameter(name)
            result[name] = self.parameter(parameter, argument.value, where) if parameter else self.unknown(argument.value, where)
        if entry.variadic is not None:
            positional = [argument for argument in call.arguments if argument.name is None]
            result[entry.variadic] = self._variadic(positional, inside.inside(entry.variadic))
        if place.path is not None:
            self._overridden(entry, result, place, inside)
        return result

    def _variadic(self, positional: list[tree.Argument], place: Place) -> Json:
        values = []
        for i, argument in enumerate(positional):
            where = place.inside(i)
            self.context.written(where.pointer, None, argument.span, place.stack)
            values.append(self.parameter(ANYTHING, argument.value, where))
        return values

    def _overridden(self, entry: Entry, result: dict[str, Json], place: Place, inside: Place) -> None:
        for parameter in entry.params:
            override = self.context.overrides.take(f"{place.path}.{parameter.name}")
            if override is not None:
                result[parameter.name] = self.override(override, parameter, inside.inside(parameter.name))

    def _bind(self, entry: Entry, call: tree.Call, place: Place) -> dict[str, tree.Argument]:
        """Each argument with its parameter. Only as many may be positional as are required, and at least one."""
        bound: dict[str, tree.Argument] = {}
        allowed = max(1, len(entry.required))
        names = [parameter.name for parameter in entry.params]
        position = 0
        for argument in call.arguments:
            if argument.name is not None:
                name = argument.name.text
                if name == "name" and entry.kind in ("layer", "application") and entry.parameter("name") is None:
                    self._no_name(call, argument, place)
                    continue
            elif entry.variadic is not None:
                continue
            else:
                name = names[position] if position < len(names) else ""
                position += 1
                if position > allowed or not name:
                    self._too_many(entry, argument, name, place)
                    self.unknown(argument.value, place)
                    continue
            if name in bound:
                self._twice(name, argument, bound[name], place)
                continue
            bound[name] = argument
        return bound

    def _too_many(self, entry: Entry, argument: tree.Argument, name: str, place: Place) -> None:
        allowed = [parameter.name for parameter in entry.params][: max(1, len(entry.required))]
        if not allowed:
            message = f"`{entry.name}` takes no arguments"
        else:
            plural = "s" if len(allowed) > 1 else ""
            message = f"`{entry.name}` takes at most {len(allowed)} positional argument{plural} ({', '.join(allowed)})"
        written = f"{name}={argument.value.span.text}"
        label = "this one needs its name" if name else "there is no parameter for this one"
        help, fix = (f"write `{written}`", Fix(argument.span, written)) if name else ("delete it", None)
        self.context.error("E0303", argument.span, message, label=label, help=help, fix=fix, stack=place.stack)

    def _no_name(self, call: tree.Call, argument: tree.Argument, place: Place) -> None:
        wanted = argument.value.value if isinstance(argument.value, tree.String) else "name"
        help = f"name the line instead: `{call.callee.span.text}(...) as {wanted}`"
        self.context.error("E0307", argument.span, "a layer's name is not an argument", label="remove this", help=help, stack=place.stack)

    def _twice(self, name: str, argument: tree.Argument, first: tree.Argument, place: Place) -> None:
        span, labels = argument.name.span if argument.name else argument.span, (Label(first.span, "first value"),)
        message, help = f"`{name}` is given twice", "delete one of them"
        self.context.error("E0304", span, message, label="second value", labels=labels, help=help, stack=place.stack)


def _listed(options: Sequence[str], expected: Type) -> str:
    """What may stand in a position: the objects by name if they are few, else the type in words."""
    if options and len(options) <= 12:
        return f"write one of {', '.join(f'`{option}`' for option in options)}"
    return f"for example `{options[0]}`" if options else f"write {describe_type(expected)}"


def _quantity(quantity: Quantity, expected: Type) -> Json:
    if quantity.unit in FULL_TURN:
        if mentions(expected, "angle"):
            return quantity.value / FULL_TURN[quantity.unit]  # Keras counts rotations in full turns
        return {quantity.unit: quantity.value}
    if quantity.unit in TIME_UNITS:
        return {"seconds": quantity.value * TIME_UNITS[quantity.unit]}
    return {quantity.unit: quantity.value}


def _from_here(path: str) -> str:
    """A path of the command line: relative to the folder where the user is, not to that of the spec."""
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError:  # the home folder of a user who does not exist
        return str(Path(path).absolute())


def mentions(type_: Type, name: str) -> bool:
    """Whether a plain type occurs anywhere in `type_`."""
    match type_:
        case Plain(found):
            return found == name
        case Union(parts) | TupleOf(parts):
            return any(mentions(part, name) for part in parts)
        case ListOf(inner) | DictOf(inner):
            return mentions(inner, name)
    return False


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"

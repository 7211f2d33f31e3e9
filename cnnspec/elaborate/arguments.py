"""Values -> the document's JSON: arguments find their parameter, objects their namespace, units their meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnspec.catalogue import Entry, Parameter
from cnnspec.catalogue.types import ListOf, Plain, Type, kinds, mentions, options, texts
from cnnspec.diagnostics import Fix
from cnnspec.document.document import Json, escape
from cnnspec.elaborate.binding import bind_arguments
from cnnspec.elaborate.context import Context, Stack
from cnnspec.elaborate.expressions import TIME_UNITS, Evaluator
from cnnspec.elaborate.externs import KINDS as EXTERN_KINDS
from cnnspec.elaborate.object_names import ObjectNames, refuse_code
from cnnspec.elaborate.overrides import COMMAND_LINE, Override
from cnnspec.elaborate.parameters import bind
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.serialized import as_call, text_of
from cnnspec.elaborate.undefined import ANY_WORD, written_word
from cnnspec.elaborate.values import ANY, KINDS, POISON, ExternDefinition, Library, ObjectCall, Quantity, Tensor, Value
from cnnspec.source import Span
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

    def inside(self, key: str | int) -> Place:
        path = f"{self.path}.{key}" if self.path is not None else None
        return replace(self, pointer=f"{self.pointer}/{escape(str(key))}", path=path)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes values into the document of one elaboration, reading names in `scope`."""

    context: Context
    scope: Scope

    # ------------------------------------------------------------ one value

    def parameter(self, parameter: Parameter, expression: tree.Expression, place: Place) -> Json:
        """The JSON of one argument or setting, or of what `--set` gives in its place."""
        override = self.context.overrides.take(place.path)
        if override is not None:
            return self.override(override, parameter.parsed, place)
        return self._expression(expression, parameter.parsed, place)

    def _expression(self, expression: tree.Expression, expected: Type, place: Place) -> Json:
        saved = as_call(expression) if isinstance(expression, tree.DictExpression) and kinds(expected) else None
        if saved is not None:
            return self._saved(saved, expected, place)
        return self.value(self.evaluate(expression, expected, place), expression, expected, place)

    def unknown(self, expression: tree.Expression, place: Place) -> Json:
        """What stands behind a key that does not exist, which the schema reports: only its names are looked up."""
        value = self.evaluate(expression, ANYTHING.parsed, place)
        if isinstance(value, ObjectCall):
            self.look_inside(value.call, place)
        return None

    def override(self, override: Override, expected: Type, place: Place) -> Json:
        """The JSON of a value from the command line, which is read in the scope of the file."""
        self.context.written(place.pointer, override.span, override.value.span)
        writer = Writer(self.context, self.context.root)
        return writer._expression(override.value, expected, place)

    def evaluate(self, expression: tree.Expression, expected: Type, place: Place) -> Value:
        return Evaluator(self.context, self.scope, lambda: self._offers(expected), place.layers).evaluate(expression)

    def _offers(self, expected: Type) -> dict[str, str]:
        """How the words are written that a position takes: strings in quotes, our own objects as calls."""
        catalogue = self.context.catalogue
        calls = {name: f"{name}()" for kind in kinds(expected) if kind in OURS for name in catalogue.names(kind)}
        identifiers = [name for kind in kinds(expected) for name in catalogue.identifiers(kind)]
        anything = {ANY_WORD: '"{}"'} if any(option in (Plain("str"), Plain("path")) for option in options(expected)) else {}
        return calls | {word: f'"{word}"' for word in (*texts(expected), *identifiers)} | anything

    def word(self, name: tree.Name, expected: Type) -> str | None:
        """How a bare word is written that means nothing, but stands for something in its place: `"adam"`, `mnist()`, `True`."""
        offers = self._offers(expected)
        if self.scope.find(name.text) is not None:
            return None
        return written_word(name.text, offers) or (offers[ANY_WORD].format(name.text) if ANY_WORD in offers else None)

    def value(self, value: Value, expression: tree.Expression, expected: Type, place: Place) -> Json:
        """The JSON of a value. After a mistake that was reported it is a hole."""
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                from_here = expression.span.source.path == COMMAND_LINE and mentions(expected, "path")
                return _from_here(value) if from_here and value and value not in texts(expected) else value
            case Quantity():
                return _quantity(value, expected)
            case tuple() | list():
                return self._items(value, expression, expected, place)
            case dict():
                return self._pairs(value, expression, expected, place)
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
                override = self.context.overrides.take(inner.path)
                result.append(self.override(override, expected, inner) if override else self.value(item, part, expected, inner))
        return result

    def _pairs(self, values: Mapping[str, Value], expression: tree.Expression, expected: Type, place: Place) -> Json:
        """A dictionary. `--set` may change a value of it, and add one."""
        pairs = expression.pairs if isinstance(expression, tree.DictExpression) and len(expression.pairs) == len(values) else ()
        for key, (word, part) in zip(values, pairs, strict=False):
            self.context.written(place.inside(key).pointer, word.span, part.span, place.stack)
        result = {}
        for key in dict.fromkeys((*values, *self.context.overrides.below(place.path))):
            inner = place.inside(key)
            override = self.context.overrides.take(inner.path)
            result[key] = self.override(override, expected, inner) if override else self.value(values[key], expression, expected, inner)
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
        self.context.overrides.called(place.path, call.callee.span.text)
        extern = self._extern_at(call.callee, expected)
        if extern is not None:
            return {"extern": extern.name, "arguments": self.extern_arguments(extern, call, place)}
        entry = ObjectNames(self.context, self.scope, expected, place.pointer.rsplit("/", 1)[-1], place.stack).entry(call.callee)
        if entry is None:
            self.look_inside(call, place)
            return self.context.hole(place.pointer)
        if entry.code:
            self.refuse_code(entry, call.callee.span, place.stack)
            return self.context.hole(place.pointer)
        arguments = self.arguments(entry, call, place)
        return {entry.kind: entry.name, "arguments": arguments}

    def _saved(self, call: tree.Call, expected: Type, place: Place) -> Json:
        """An object as Keras saves it: reported, but understood."""
        written, label = text_of(call), "Keras's way of saving an object"
        fix = Fix(call.span, written, safe=True)
        message = "an object is written as a call"
        self.context.error("E0403", call.span, message, label=label, help=f"write `{written}`", fix=fix, stack=place.stack)
        return self.object(call, expected, place)

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
        values = bind(self.context, definition.name.text, definition.parameters, call, self.scope, extern.scope, place.stack, place.path)
        return {key: self.value(value, call, ANYTHING.parsed, inside.inside(key)) for key, value in values.items()}

    def look_inside(self, call: tree.Call, place: Place) -> None:
        """Evaluate the arguments of something unknown, so that a name that is wrong inside is reported too."""
        self.context.overrides.lose(place.path)
        for argument in call.arguments:
            self.evaluate(argument.value, ANYTHING.parsed, place)

    def refuse_code(self, entry: Entry, span: Span, stack: Stack) -> None:
        refuse_code(self.context, entry, span, stack)

    # ------------------------------------------------------------ arguments

    def arguments(self, entry: Entry, call: tree.Call, place: Place) -> dict[str, Json]:
        """The arguments of a call by name, with the overrides of their paths in place."""
        inside = place.inside("arguments")
        self.context.written(inside.pointer, None, call.span, place.stack)
        found = bind_arguments(self.context, entry, call, place.stack)
        for argument in found.spare:
            self.unknown(argument.value, place)
        result: dict[str, Json] = {}
        for name, argument in found.given.items():
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
            path = f"{place.path}.{parameter.name}"
            override = self.context.overrides.take(path) if parameter.name not in result else None
            if override is not None:
                result[parameter.name] = self.override(override, parameter.parsed, replace(inside.inside(parameter.name), path=path))


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

"""Expressions -> values. Nothing here can loop, read, or run code; numbers and lists stay small."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.elaborate.functions import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTIONS,
    MAX_BITS,
    TENSOR_FUNCTIONS,
    fits,
    is_number,
    power_bits,
    small_range,
)
from cnnspec.elaborate.scope import Binding, Scope
from cnnspec.elaborate.undefined import offered, undefined, unknown_function
from cnnspec.elaborate.values import ANY, KINDS, POISON, Library, ObjectCall, Quantity, Tensor, Value, describe
from cnnspec.shapes import show
from cnnspec.source import Span
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

TIME_UNITS = {"s": 1, "min": 60, "h": 3_600}
TAKES = {"len": "a list or a tuple", "range": "one to three integers", "sum": "a list of numbers", "int": "a number", "float": "a number"}
ODD: Final = re.compile(r"0\d+$|.*_(?!\d)")
"""Numbers that Python does not have either: `010`, `1__0`, `1_`."""
UNITS = ("%", "deg", "rad", "epochs", "steps", *TIME_UNITS)


class Host(Protocol):
    """What expressions need from the elaboration around them."""

    def report(self, diagnostic: Diagnostic) -> None: ...

    def shape(self, tensor: Tensor) -> tuple[int | None, ...] | None: ...

    def lost(self, tensor: Tensor) -> bool: ...

    def used(self, place: Span, found: Binding) -> None: ...


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates expressions in `scope`. `offers` says how the words that the position takes are written: for barewords."""

    host: Host
    scope: Scope
    offers: Callable[[], Mapping[str, str]] = dict
    layers: frozenset[str] = frozenset()
    """Names of layers of the model that may stand here as a word (in `freeze = [base]`); their value is the name."""

    def evaluate(self, expression: tree.Expression) -> Value:
        """The value, or POISON after a diagnostic."""
        match expression:
            case tree.Number():
                return self._number(expression)
            case tree.String(value=text):
                return text
            case tree.Constant():
                return ANY if expression.text == "?" else expression.value
            case tree.Name():
                return self._name(expression)
            case tree.TupleExpression(items=items):
                return self._bounded(tuple(self.evaluate(item) for item in items), expression.span)
            case tree.ListExpression():
                return self._list(expression)
            case tree.DictExpression(pairs=pairs):
                return self._bounded(self._dict(pairs), expression.span)
            case tree.Call():
                return self._call(expression)
            case tree.Attribute():
                return self._attribute(expression)
            case tree.Index():
                return self._index(expression)
            case tree.Unary():
                return self._unary(expression)
            case tree.Binary():
                return self._binary(expression)
            case tree.Ternary(condition=condition, then=then, otherwise=otherwise):
                chosen = self.truth(condition)
                return POISON if chosen is None else self.evaluate(then if chosen else otherwise)

    def truth(self, expression: tree.Expression) -> bool | None:
        """A condition's value; None after a diagnostic."""
        value = self.evaluate(expression)
        if value is POISON:
            return None
        if isinstance(value, bool):
            return value
        self._error("E0403", expression.span, "a condition must be True or False", f"this is {describe(value)}", "compare it: `n > 0`")
        return None

    def _error(self, code: str, span: Span, message: str, label: str = "", help: str | None = None) -> Value:
        self.host.report(Diagnostic(code=code, message=message, span=span, label=label, help=help))
        return POISON

    # ------------------------------------------------------------ literals

    def _number(self, number: tree.Number) -> Value:
        if number.value is None:
            return POISON
        if ODD.match(number.span.text):
            help = "a number does not begin with 0, and a `_` stands between two digits"
            return self._error("E0110", number.span, f"`{number.span.text}` is not a number", "cannot be read", help)
        if not number.unit:
            return number.value
        if number.unit == "%":
            return number.value / 100
        if number.unit in UNITS:
            return Quantity(number.value, number.unit)
        near = nearest(number.unit, UNITS)
        help = f"did you mean `{number.value}{near}`?" if near else f"the units are {', '.join(f'`{u}`' for u in UNITS)}"
        return self._error("E0402", number.span, f"there is no unit `{number.unit}`", "unknown unit", help)

    def _list(self, expression: tree.ListExpression) -> Value:
        values = []
        for item in expression.items:
            if isinstance(item, tree.KeywordItem):
                return self._error(
                    "E0204", item.span, "a name with `=` stands only in a list of tensors", "not a value", 'for keys write `{"key": value}`'
                )
            values.append(self.evaluate(item))
        return self._bounded(values, expression.span)

    def _bounded(self, value: Value, span: Span) -> Value:
        return value if fits(value) else self._too_large(span)

    def _dict(self, pairs: Sequence[tuple[tree.Expression, tree.Expression]]) -> Value:
        result: dict[str, Value] = {}
        for key, value in pairs:
            name = self.evaluate(key)
            if isinstance(name, bool) or not isinstance(name, str | int):
                if name is not POISON:
                    self._error("E0403", key.span, "a key must be a string or an integer", f"this is {describe(name)}")
                continue
            if str(name) in result:
                self._error("E0304", key.span, f"the key {describe(name)} is given twice", "second value", "delete one of them")
            result[str(name)] = self.evaluate(value)
        return result

    # ------------------------------------------------------------ names

    def _name(self, name: tree.Name) -> Value:
        found = self.scope.find(name.text)
        if found is not None:
            self.host.used(name.span, found)
            return found.value
        if name.text in self.layers:
            return name.text
        self.host.report(undefined(name, self.scope, self.layers, self.offers()))
        return POISON

    def _attribute(self, expression: tree.Attribute) -> Value:
        found = self._of_module(expression)
        if found is not None:
            return found
        value = self.evaluate(expression.value)
        if value is POISON:
            return POISON
        if isinstance(value, Library):
            return self.member(value, expression.name)
        if isinstance(value, Tensor) and expression.name.text in ("shape", "channels", "height", "width"):
            call = f"{expression.name.text}({expression.value.span.text})"
            return self._error("E0204", expression.span, f"a tensor has no `.{expression.name.text}`", "", f"write `{call}`")
        what = KINDS.get(type(value), describe(value))
        return self._error("E0204", expression.span, f"{what} has no `.{expression.name.text}`", "only a library has names inside")

    def _of_module(self, expression: tree.Attribute) -> Value | None:
        """`tf.nn.relu`: a word that the position takes, with a Python module before it."""
        root = root_of(expression)
        written = offered(expression.name.text, self.offers()) if root is not None and self.scope.find(root) is None else None
        if written is None:
            return None
        self.host.report(
            Diagnostic(
                code="E0201",
                message=f"`{root}` is not defined",
                span=expression.span,
                label="Python's modules are left out",
                help=f"write `{written}`",
                fix=Fix(expression.span, written, safe=True),
            )
        )
        return POISON

    def member(self, library: Library, name: tree.Identifier) -> Value:
        """What `library.name` stands for."""
        found = library.scope.find(name.text)
        if found is not None:
            self.host.used(name.span, found)
            return found.value
        near = nearest(name.text, library.scope.names)
        help = f"did you mean `{near}`?" if near else f"it defines {', '.join(f'`{n}`' for n in library.scope.names) or 'nothing'}"
        return self._error("E0201", name.span, f"`{library.path}` has no `{name.text}`", "not found in that file", help)

    def _index(self, expression: tree.Index) -> Value:
        value, index = self.evaluate(expression.value), self.evaluate(expression.index)
        if value is POISON or index is POISON:
            return POISON
        if isinstance(value, dict) and isinstance(index, str) and index in value:
            return value[index]
        if isinstance(value, tuple | list) and isinstance(index, int) and not isinstance(index, bool):
            if -len(value) <= index < len(value):
                return value[index]
            return self._error("E0405", expression.index.span, f"there is no item {index}", f"it has {len(value)} items, counted from 0")
        return self._error(
            "E0405", expression.span, f"{describe(value)} has no item {describe(index)}", "only lists, tuples and dicts have items"
        )

    # ------------------------------------------------------------ operators

    def _unary(self, expression: tree.Unary) -> Value:
        if expression.operator == "not":
            truth = self.truth(expression.operand)
            return POISON if truth is None else not truth
        value = self.evaluate(expression.operand)
        if value is POISON:
            return POISON
        sign = -1 if expression.operator == "-" else 1
        if isinstance(value, Quantity):
            return Quantity(sign * value.value, value.unit)
        if is_number(value):
            return sign * value
        return self._error("E0403", expression.operand.span, f"`{expression.operator}` needs a number", f"this is {describe(value)}")

    def _binary(self, expression: tree.Binary) -> Value:
        if expression.operator in ("and", "or"):
            left = self.truth(expression.left)
            if left is None:
                return POISON
            if left == (expression.operator == "or"):
                return left
            right = self.truth(expression.right)
            return POISON if right is None else right
        first, second = self.evaluate(expression.left), self.evaluate(expression.right)
        if first is POISON or second is POISON:
            return POISON
        if expression.operator in COMPARISONS:
            return self._compare(expression, first, second)
        return self._arithmetic(expression, first, second)

    def _compare(self, expression: tree.Binary, left: Value, right: Value) -> Value:
        if expression.operator in ("==", "!="):
            equal = type(left) is type(right) and left == right if isinstance(left, bool) or isinstance(right, bool) else left == right
            return equal == (expression.operator == "==")
        if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return COMPARISONS[expression.operator](left, right)
        if isinstance(left, Quantity) and isinstance(right, Quantity) and left.unit == right.unit:
            return COMPARISONS[expression.operator](left.value, right.value)
        message = f"{describe(left)} and {describe(right)} have no order"
        return self._error("E0405", expression.span, message, "cannot be compared", "compare two numbers or two strings")

    def _arithmetic(self, expression: tree.Binary, left: Value, right: Value) -> Value:
        if isinstance(left, Quantity) or isinstance(right, Quantity):
            return self._of_quantities(expression, left, right)
        if is_number(left) and is_number(right):
            return self._compute(expression, left, right)
        if expression.operator == "+" and type(left) is type(right) and isinstance(left, tuple | list):
            joined = left + right
            return joined if fits(joined) else self._too_large(expression.span)
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            help = "use a layer: `Add()`, `Multiply()`, `Rescaling(0.5)`"
            return self._error("E0405", expression.span, "there is no arithmetic on tensors", "", help)
        if left is ANY or right is ANY:
            return self._error("E0605", expression.span, "a size that is not fixed cannot be computed with", "this size is `?`")
        for value in (left, right):
            if isinstance(value, ObjectCall) and isinstance(value.call.callee, tree.Name):
                self.host.report(unknown_function(value.call.callee))
                return POISON
        message = f"`{expression.operator}` cannot join {describe(left)} and {describe(right)}"
        return self._error(
            "E0405", expression.span, message, "these are not two numbers", "arithmetic is for numbers; `+` also joins two lists"
        )

    def _of_quantities(self, expression: tree.Binary, left: Value, right: Value) -> Value:
        """`2 * 5epochs`, `5epochs / 2`, `5epochs + 2epochs`."""
        operator = expression.operator
        if (is_number(left) and operator == "*") or (is_number(right) and operator in ("*", "/", "//")):
            of_left = isinstance(left, Quantity)
            unit, left, right = (left.unit, left.value, right) if of_left else (right.unit, left, right.value)
        elif isinstance(left, Quantity) and isinstance(right, Quantity) and left.unit == right.unit and operator in ("+", "-"):
            unit, left, right = left.unit, left.value, right.value
        else:
            message = f"`{operator}` cannot join {describe(left)} and {describe(right)}"
            help = "two quantities of one unit can be added, and one can be multiplied and divided by a number"
            return self._error("E0402", expression.span, message, "these do not go together", help)
        number = self._compute(expression, left, right)
        return number if number is POISON else Quantity(number, unit)

    def _compute(self, expression: tree.Binary, left: float, right: float) -> Value:
        if expression.operator == "**" and power_bits(left, right) > MAX_BITS:
            return self._too_large(expression.span)
        try:
            result = ARITHMETIC[expression.operator](left, right)
        except ZeroDivisionError:
            return self._error("E0405", expression.right.span, "division by zero", "this is 0")
        except OverflowError:
            return self._too_large(expression.span)
        if isinstance(result, complex):
            return self._error("E0405", expression.span, "this root is not a real number", f"{describe(left)} is negative")
        return result if fits(result) else self._too_large(expression.span)

    def _too_large(self, span: Span) -> Value:
        return self._error("E0405", span, "this result is too large", "not computed", "write a smaller number, or a shorter list")

    # ------------------------------------------------------------ calls

    def _call(self, call: tree.Call) -> Value:
        if isinstance(call.callee, tree.Name) and self.scope.find(call.callee.text) is None:
            if call.callee.text in TENSOR_FUNCTIONS:
                return self._tensor_function(call, call.callee.text)
            if call.callee.text in FUNCTIONS and not any(a.name for a in call.arguments):
                return self._function(call, call.callee.text)
        if not isinstance(call.callee, tree.Name | tree.Attribute):
            return self._error("E0308", call.span, "a result cannot be called", "", "apply a layer with an arrow: `x -> Dense(10)`")
        return ObjectCall(call, self.scope)

    def _function(self, call: tree.Call, name: str) -> Value:
        values = [self.evaluate(argument.value) for argument in call.arguments]
        if any(value is POISON for value in values):
            return POISON
        if name == "int" and len(values) == 2:
            return ObjectCall(call, self.scope)  # `search int(1, 8)`
        if name == "range" and not small_range(values):
            return self._too_large(call.span)
        try:
            result = FUNCTIONS[name](*values)
            return result if fits(result) else self._too_large(call.span)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            given = ", ".join(describe(value) for value in values)
            message, label = f"`{name}` cannot be computed from ({given})", "not its arguments"
            return self._error("E0405", call.span, message, label, f"`{name}` takes {TAKES.get(name, 'numbers')}")

    def _tensor_function(self, call: tree.Call, name: str) -> Value:
        if len(call.arguments) != 1:
            return self._error("E0405", call.span, f"`{name}` takes one tensor", "", f"write `{name}(x)`")
        tensor = self.evaluate(call.arguments[0].value)
        if tensor is POISON:
            return POISON
        if not isinstance(tensor, Tensor):
            return self._error("E0405", call.arguments[0].span, f"`{name}` takes a tensor", f"this is {describe(tensor)}")
        shape = self.host.shape(tensor)
        if shape is None and self.host.lost(tensor):
            return POISON
        if shape is None:
            help = f"write the shape behind the line that makes it: `... as {tensor.name}: (height, width, channels)`"
            return self._error("E0605", call.span, f"the shape of `{tensor.name}` is not known here", "", help)
        if name == "shape":
            return tuple(ANY if size is None else size for size in shape)
        if not shape or (name != "channels" and len(shape) != 3):
            help = "`shape(x)` gives all sizes of a tensor"
            return self._error("E0605", call.span, f"`{tensor.name}` has no {name}", f"its shape is {show(shape)}", help)
        size = shape[TENSOR_FUNCTIONS[name]]
        if size is None:
            help = "give the input a fixed size, or a size that does not depend on it"
            return self._error("E0605", call.span, f"the {name} of `{tensor.name}` is not fixed", f"its shape is {show(shape)}", help)
        return size


def root_of(expression: tree.Expression) -> str | None:
    """The first word of `a.b.c`."""
    while isinstance(expression, tree.Attribute):
        expression = expression.value
    return expression.text if isinstance(expression, tree.Name) else None

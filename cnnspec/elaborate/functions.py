"""The operators and functions of expressions, with the limits that keep every value small."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from cnnspec.elaborate.values import Value

MAX_ITEMS: Final = 200_000
MAX_BITS: Final = 1_024

TENSOR_FUNCTIONS: Final[Mapping[str, int]] = {"shape": 0, "height": 0, "width": 1, "channels": -1}
"""What may be asked of a tensor, and which axis of its shape answers."""

COMPARISONS: Final[Mapping[str, Callable[[Value, Value], bool]]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}
ARITHMETIC: Final[Mapping[str, Callable[[Value, Value], Value]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
}


def is_number(value: Value) -> bool:
    """Whether a value is a number; True and False are none here."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_numbers(function: Callable[..., Value]) -> Callable[..., Value]:
    """The function for numbers only (also for one list of numbers): a string has no minimum here."""

    def call(*values: Value) -> Value:
        flat = values[0] if len(values) == 1 and isinstance(values[0], tuple | list) else values
        if not all(is_number(value) for value in flat):
            raise TypeError
        return function(*values)

    return call


def _length(value: Value) -> int:
    if not isinstance(value, tuple | list):
        raise TypeError
    return len(value)


FUNCTIONS: Final[Mapping[str, Callable[..., Value]]] = {
    "range": _of_numbers(lambda *a: list(range(*a))),
    "len": _length,
    "min": _of_numbers(min),
    "max": _of_numbers(max),
    "sum": _of_numbers(lambda items: sum(items)),
    "abs": _of_numbers(abs),
    "round": _of_numbers(round),
    "floor": _of_numbers(math.floor),
    "ceil": _of_numbers(math.ceil),
    "int": _of_numbers(int),
    "float": _of_numbers(float),
}
"""What an expression may call. They raise TypeError, ValueError or OverflowError on what they cannot take."""


def fits(value: Value) -> bool:
    """Whether a number, or a list with all that it holds, is small enough to go on with."""
    if isinstance(value, int):
        return value.bit_length() <= MAX_BITS
    if isinstance(value, float):
        return math.isfinite(value)
    return weight(value) <= MAX_ITEMS


def weight(value: Value) -> int:
    """How many items a list holds, those of its lists counted too; counting stops above `MAX_ITEMS`.

    Ten lists of ten are short to write and short to name, so depth must count: `[a, a]` of `[b, b]` of ... doubles each time.
    """
    total, open_ = 0, [value]
    while open_ and total <= MAX_ITEMS:
        item = open_.pop()
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, tuple | list) else ()
        total += len(inner)
        open_ += [part for part in inner if isinstance(part, tuple | list | dict)]
    return total


def small_range(values: list[Value]) -> bool:
    """Whether `range(*values)` has an acceptable length; arguments that it refuses are left to it."""
    try:
        return len(range(*values)) <= MAX_ITEMS
    except (TypeError, ValueError):
        return True
    except OverflowError:
        return False


def power_bits(base: float, exponent: float) -> float:
    """An upper bound of the bits of `base ** exponent`; 0 where it is a float anyway."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        return base.bit_length() * exponent
    return 0

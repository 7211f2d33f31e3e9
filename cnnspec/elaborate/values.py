"""What an expression of the language can be while a spec is expanded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cnnspec.source import Source, Span
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.elaborate.network import Call
    from cnnspec.elaborate.scope import Scope


class _Marker:
    """A value of which there is one: compare with `is`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


POISON = _Marker("POISON")
"""The result of a mistake that was reported: whatever is made of it is silent."""

ANY = _Marker("?")
"""`?`: a size that is not fixed."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit that is no plain number: an angle, a time, a count of epochs or steps."""

    value: int | float
    unit: str

    def __str__(self) -> str:
        return f"{self.value:g}{self.unit}"


@dataclass(frozen=True, slots=True)
class ObjectCall:
    """`L2(1e-4)` as a value: what it is, is decided by the position where it is used."""

    call: tree.Call
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """The output number `index` of a call in the model, or an input of the model (then `call` is None)."""

    name: str
    index: int
    span: Span
    call: Call | None

    @property
    def reference(self) -> str:
        """How the document names it: `att`, or `att:1` for a second output."""
        return f"{self.name}:{self.index}" if self.index else self.name


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """`layer t = Dense(8)`: one instance that several lines may call. `name` is its name in the document."""

    name: str
    definition: tree.Layer
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class BlockDefinition:
    """A block and the scope of the file that defines it, as far as it stands above the block."""

    definition: tree.Block
    scope: Scope

    @property
    def inputs(self) -> list[str]:
        """The names of its inputs, in order."""
        return [statement.name.text for statement in self.definition.body.statements if isinstance(statement, tree.Input)]


@dataclass(frozen=True, slots=True, eq=False)
class ExternDefinition:
    """A Python object, known by its signature alone. `name` is its name in the document."""

    name: str
    definition: tree.Extern
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """An imported file."""

    path: str
    scope: Scope
    source: Source


MAX_SHOWN: Final = 60
EXTERN_TARGET: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
"""Where an extern layer lies: a module and a class in it."""

Passed: TypeAlias = "Tensor | tuple[Tensor, ...] | bool"
"""What a call may be given by name: `mask=m`, `initial_state=[h, c]`, `training=False`."""

Value: TypeAlias = Any
"""int, float, bool, str, None, tuple, list, dict of these, or one of the classes above."""


def describe(value: Value) -> str:
    """The value as a person would write it, for messages; cut where it is long."""
    text = _describe(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def _describe(value: Value) -> str:
    match value:
        case ObjectCall(call=call):
            return f"`{call.callee.span.text}(...)`"
        case Tensor() | Instance() | BlockDefinition() | ExternDefinition() | Library():
            return KINDS[type(value)]
        case str():
            return f'"{value}"' if len(value) <= MAX_SHOWN else f'"{value[:MAX_SHOWN]}'
        case tuple() | list():
            inner = ", ".join(describe(item) for item in value[:MAX_SHOWN])
            if isinstance(value, list):
                return f"[{inner}]"
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case dict():
            return "{" + ", ".join(f'"{key}": {describe(item)}' for key, item in list(value.items())[:MAX_SHOWN]) + "}"
        case _:
            return str(value)


KINDS = {
    Tensor: "a tensor",
    Instance: "a shared layer",
    BlockDefinition: "a block",
    ExternDefinition: "an extern declaration",
    Library: "a library",
}

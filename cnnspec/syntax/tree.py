"""The nodes of a parsed spec. Every node has a `span`; a half-written statement is a `Broken` node, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cnnspec.source import Source, Span


@dataclass(frozen=True, slots=True)
class Identifier:
    """A word with its place."""

    span: Span
    text: str


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class Number:
    """A literal as written: `10%` has the value 10 and the unit "%". `value` is None where it cannot be read."""

    span: Span
    value: int | float | None
    unit: str


@dataclass(frozen=True, slots=True)
class String:
    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class Constant:
    """`True`, `False`, `None`; `?` (any size) is `text == "?"`."""

    span: Span
    text: str

    @property
    def value(self) -> bool | None:
        return {"True": True, "False": False}.get(self.text)


@dataclass(frozen=True, slots=True)
class Name:
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class TupleExpression:
    span: Span
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class KeywordItem:
    """`attention_mask=m` inside `[q, kv, attention_mask=m]`: a call-time tensor by name."""

    span: Span
    name: Identifier
    value: Expression


@dataclass(frozen=True, slots=True)
class ListExpression:
    span: Span
    items: tuple[Expression | KeywordItem, ...]


@dataclass(frozen=True, slots=True)
class DictExpression:
    span: Span
    pairs: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Argument:
    span: Span
    name: Identifier | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Call:
    span: Span
    callee: Expression
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    span: Span
    value: Expression
    name: Identifier


@dataclass(frozen=True, slots=True)
class Index:
    span: Span
    value: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Unary:
    span: Span
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, comparison and `and`/`or`, told apart by `operator`."""

    span: Span
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Ternary:
    span: Span
    condition: Expression
    then: Expression
    otherwise: Expression


Expression: TypeAlias = (
    Number
    | String
    | Constant
    | Name
    | TupleExpression
    | ListExpression
    | DictExpression
    | Call
    | Attribute
    | Index
    | Unary
    | Binary
    | Ternary
)


# ---------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that could not be parsed. It was reported; what it would have meant is unknown, but for the names it would define."""

    span: Span
    names: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    span: Span
    number: Number


@dataclass(frozen=True, slots=True)
class Import:
    span: Span
    path: String
    alias: Identifier


@dataclass(frozen=True, slots=True)
class Parameter:
    span: Span
    name: Identifier
    type: Identifier | None
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Extern:
    span: Span
    name: Identifier
    parameters: tuple[Parameter, ...]
    target: String


@dataclass(frozen=True, slots=True)
class Let:
    span: Span
    name: Identifier
    type: Identifier | None
    value: Expression
    search: Call | None
    search_span: Span | None


@dataclass(frozen=True, slots=True)
class Body:
    span: Span
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Block:
    span: Span
    name: Identifier
    parameters: tuple[Parameter, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Input:
    span: Span
    name: Identifier
    shape: Expression | None


@dataclass(frozen=True, slots=True)
class Output:
    span: Span
    names: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """`layer t = Dense(8)`: one shared instance."""

    span: Span
    name: Identifier
    call: Call


@dataclass(frozen=True, slots=True)
class Repeat:
    span: Span
    count: Expression
    body: Body


@dataclass(frozen=True, slots=True)
class For:
    span: Span
    names: tuple[Identifier, ...]
    items: Expression
    body: Body


@dataclass(frozen=True, slots=True)
class If:
    span: Span
    condition: Expression
    then: Body
    otherwise: If | Body | None


@dataclass(frozen=True, slots=True)
class Section:
    """`data { }`, `phase head { }`, also `model net { }`."""

    span: Span
    name: Identifier
    label: Identifier | None
    body: Body


@dataclass(frozen=True, slots=True)
class Chain:
    """`first -> step -> step`. Without steps it is a layer line, or the value of a setting."""

    span: Span
    first: Expression
    steps: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """`name = ...`: a side branch in a model, a setting in a section."""

    span: Span
    names: tuple[Identifier, ...]
    chain: Chain


@dataclass(frozen=True, slots=True)
class Apply:
    """A trunk line, with its name (`as`) and its shape column. In `expect` it is a comparison."""

    span: Span
    chain: Chain
    alias: Identifier | None
    shape: Expression | None


Statement: TypeAlias = (
    Broken | Version | Import | Extern | Let | Block | Input | Output | Layer | Repeat | For | If | Section | Assign | Apply
)


@dataclass(frozen=True, slots=True)
class File:
    source: Source
    statements: tuple[Statement, ...]

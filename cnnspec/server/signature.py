"""What a call or a section takes, in one form for Keras's objects, for sections, and for the blocks of a spec."""

from __future__ import annotations

from dataclasses import dataclass

from cnnspec.catalogue import Entry, Parameter
from cnnspec.catalogue.types import ListOf, Part, Plain, Type, describe, options, parse
from cnnspec.document.words import shown
from cnnspec.syntax import tree

TYPES = ("int", "float", "bool", "str", "shape", "any")
"""The types that a spec may declare."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, or one setting. `default` is written as in a spec, and empty where there is none."""

    name: str
    type: Type
    required: bool
    default: str = ""
    doc: str = ""
    declared: str = ""
    """How a block declares it: `filters: int`."""

    @property
    def part(self) -> Part | None:
        """The part of a section that this is: `checkpoint { }`, `phase NAME { }`."""
        return next((option for option in options(self.type) if isinstance(option, Part)), None)

    @property
    def words(self) -> str:
        """What it takes, in words."""
        return describe(self.type)

    def __str__(self) -> str:
        return self.declared or (f"{self.name}={self.default}" if self.default else self.name)


@dataclass(frozen=True, slots=True)
class Signature:
    """`kind` is that of the catalogue, or "block" or "extern"."""

    kind: str
    name: str
    arguments: tuple[Argument, ...]
    doc: str
    items: str | None = None
    variadic: bool = False

    @property
    def positional(self) -> int:
        """How many arguments may stand without a name."""
        return max(1, sum(argument.required for argument in self.arguments))

    def argument(self, name: str) -> Argument | None:
        return next((argument for argument in self.arguments if argument.name == name), None)

    def __str__(self) -> str:
        if self.kind == "section":
            return f"{self.name} {{ }}"
        return f"{self.name}({', '.join(str(argument) for argument in self.arguments)})"


def of_entry(entry: Entry) -> Signature:
    """The signature of something in the catalogue."""
    arguments = tuple(_argument(parameter, entry.kind) for parameter in entry.params)
    return Signature(entry.kind, entry.name, arguments, entry.doc, entry.items, entry.variadic is not None)


def _argument(parameter: Parameter, kind: str) -> Argument:
    parsed = parameter.parsed
    is_part = any(isinstance(option, Part) for option in options(parsed))
    default = "" if parameter.required or is_part else _default(parameter)
    return Argument(parameter.name, parsed, parameter.required, default, parameter.doc)


def _default(parameter: Parameter) -> str:
    """The default as a spec would write it: JSON has only lists, and knows no calls."""
    default = parameter.default
    if isinstance(default, list) and isinstance(parameter.parsed, ListOf):
        return f"[{', '.join(shown(item) for item in default)}]"
    text = shown(default)
    return text.strip("`").replace("(...)", "()") if isinstance(default, dict) else text


def of_block(definition: tree.Block | tree.Extern) -> Signature:
    """The signature of a block, or of a layer in Python. The comment above it says what it is for."""
    kind = "block" if isinstance(definition, tree.Block) else "extern"
    arguments = tuple(_declared(parameter) for parameter in definition.parameters)
    return Signature(kind, definition.name.text, arguments, comment_above(definition))


def _declared(parameter: tree.Parameter) -> Argument:
    word = parameter.type.text if parameter.type else "any"
    default = parameter.default.span.text if parameter.default else ""
    type_ = parse(word) if word in TYPES else Plain("any")
    return Argument(parameter.name.text, type_, parameter.default is None, default, declared=parameter.span.text)


def comment_above(statement: tree.Statement) -> str:
    """The comment that stands in the lines directly above a statement."""
    span, lines = statement.span, list[str]()
    number = span.line - 1
    while number > 0 and (text := span.source.line(number).strip()).startswith("#"):
        lines.append(text.lstrip("# "))
        number -= 1
    return " ".join(reversed(lines))

"""What an editor offers: the entries of its list of completions, made from the catalogue and from names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from cnnspec.catalogue import load_catalogue
from cnnspec.catalogue.types import DTYPES, DictOf, ListOf, Number, ObjectOf, Plain, Text, TupleOf, Type, options
from cnnspec.document.words import a
from cnnspec.elaborate.functions import FUNCTIONS, TENSOR_FUNCTIONS
from cnnspec.server.signature import TYPES, Argument, Signature, of_entry

ItemKind = Literal[
    "layer", "block", "object", "argument", "value", "word", "section", "setting", "tensor", "library", "function", "type", "file"
]
_KINDS: Final[Mapping[str, ItemKind]] = {"block": "block", "extern": "block", "layer": "layer", "application": "layer"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to write. `insert` is what is written (the label where it is empty); `snippet` the same with places to fill in."""

    label: str
    kind: ItemKind
    detail: str = ""
    doc: str = ""
    insert: str = ""
    snippet: str = ""


def word(label: str, snippet: str = "", doc: str = "") -> Item:
    """A word of the language; without a snippet there follows a space."""
    return Item(label, "word", "", doc, "" if snippet else f"{label} ", snippet)


LINES: Final = (
    word("input", "input ${1:image}: (${2:28}, ${3:28}, ${4:1})", "An input of the model, with its shape."),
    word("output", "", "What the model gives, where it is not the last line."),
    word("let", "let ${1:name} = $0", "A name for a value."),
    word("layer", "layer ${1:name} = $0", "A layer that several lines share."),
    word("repeat", "repeat ${1:2} {\n\t$0\n}", "The same lines several times."),
    word("for", "for ${1:n} in [${2:16, 32}] {\n\t$0\n}", "Lines for each item of a list."),
    word("if", "if ${1:condition} {\n\t$0\n}", "Lines that depend on a condition."),
)
"""What a line of a body may begin with, besides a layer or a tensor."""

DEFINITIONS: Final = (
    word("let", "let ${1:name} = $0", "A name for a value."),
    word("block", "block ${1:name}(${2:filters: int}) {\n\tinput x\n\t$0\n}", "A part of a network that is used like a layer."),
    word("import", 'import "$1" as ${2:name}', "A file with blocks."),
    word("extern", 'extern ${1:Name}() from "${2:my_layers}:${1:Name}"', "An object in Python, known by its signature."),
)
MODEL: Final = Item("model", "section", "the network", "", "", "model ${1:net} {\n\tinput ${2:image}: (${3:28}, ${4:28}, ${5:1})\n\t$0\n}")
VERSION: Final = word("cnn", "cnn 1", "The version of the language, the first line of every file.")
QUANTITIES: Final = tuple(
    Item(name, "value", doc)
    for name, doc in (
        ("params", "how many weights the model has"),
        ("trainable_params", "how many of them are trained"),
        ("macs", "multiplications for one image"),
        ("activation_bytes", "memory of one image's tensors"),
        ("receptive_field", "pixels that one output sees"),
        ("test.accuracy", "measured once at the end"),
        ("test.loss", "measured once at the end"),
        ("validation.accuracy", "measured on the validation data"),
        ("validation.loss", "measured on the validation data"),
    )
)


def call(signature: Signature) -> Item:
    """A call with a place for each argument that is required."""
    kind = _KINDS.get(signature.kind, "object")
    required = [argument.name for argument in signature.arguments if argument.required]
    places = ", ".join(f"${{{i}:{name}}}" for i, name in enumerate(required, 1))
    inside = places or ("$1" if signature.arguments else "")
    return Item(signature.name, kind, f"({', '.join(required)})" if required else "", signature.doc, "", f"{signature.name}({inside})")


@cache
def calls(kind: str) -> tuple[Item, ...]:
    """Everything of a kind that can be called, without what needs Python code."""
    catalogue = load_catalogue()
    entries = (catalogue.entry(kind, name) for name in catalogue.names(kind))
    return tuple(call(of_entry(entry)) for entry in entries if entry is not None and not entry.code)


@cache
def texts(kind: str) -> tuple[str, ...]:
    """The strings that stand for an object of a kind, as they are mostly written: in small letters."""
    return tuple(text for text in load_catalogue().identifiers(kind) if text == text.lower())


def argument(argument: Argument) -> Item:
    detail = f"{argument.words}; {argument.default}" if argument.default else argument.words
    return Item(f"{argument.name}=", "argument", detail, argument.doc)


def setting(argument: Argument) -> Item:
    """A setting of a section, or a part in it."""
    part = argument.part
    if part is None:
        detail = f"{argument.words}; {argument.default}" if argument.default else argument.words
        return Item(argument.name, "setting", detail, argument.doc, f"{argument.name} = ")
    label = f" ${{1:{'output' if argument.name == 'head' else 'name'}}}" if part.labelled else ""
    return Item(argument.name, "section", argument.words, argument.doc, "", f"{argument.name}{label} {{\n\t$0\n}}")


def section(signature: Signature) -> Item:
    return Item(signature.name, "section", "", signature.doc, "", f"{signature.name} {{\n\t$0\n}}")


def types() -> list[Item]:
    return [Item(name, "type") for name in TYPES]


def dtypes() -> list[Item]:
    return [Item(name, "type", "", "", "", f"{name}($0)") for name in DTYPES]


def functions(*, of_tensors: bool) -> Iterator[Item]:
    """What an expression may call."""
    if of_tensors:
        yield from (Item(name, "function", "of a tensor", "", "", f"{name}($0)") for name in TENSOR_FUNCTIONS)
    yield from (Item(name, "function", "", "", "", f"{name}($0)") for name in FUNCTIONS)


def is_computed(type_: Type) -> bool:
    """Whether a value of this type may come out of arithmetic."""
    numeric = (Plain("any"), Plain("angle"), Plain("steps"), Plain("seconds"), Plain("shape"))
    return any(isinstance(option, Number | TupleOf) or option in numeric for option in options(type_))


def strings(type_: Type) -> Iterator[str]:
    """The strings that a position takes."""
    for option in options(type_):
        match option:
            case Text(value):
                yield value
            case ObjectOf(kind):
                yield from texts(kind)
            case Plain("dtype"):
                yield from DTYPES
            case ListOf(item) | DictOf(item):
                yield from strings(item)


def values(type_: Type) -> Iterator[Item]:
    """The values that a position takes, as far as they are words."""
    for option in options(type_):
        match option:
            case ObjectOf(kind):
                yield from calls(kind)
                yield from quoted(texts(kind), a(kind))
            case Plain("bool"):
                yield from (Item("True", "value"), Item("False", "value"))
            case Plain("None"):
                yield Item("None", "value")
            case Plain("any"):
                yield from (Item(text, "value") for text in ("True", "False", "None"))
            case ListOf():
                yield Item("[ ]", "value", "a list", "", "[]", "[$0]")
            case TupleOf(items):
                places = ", ".join(f"${i}" for i in range(1, len(items) + 1))
                yield Item("( )", "value", f"a tuple of {len(items)}", "", "()", f"({places})")
            case _:
                yield from quoted(strings(option))


def quoted(found: Iterable[str], detail: str = "") -> Iterator[Item]:
    return (Item(f'"{text}"', "value", detail) for text in found)

"""The type language of the catalogue: what may stand in a position of the document.

ARCHITECTURE.md, "The catalogue", has the notation. A type is read once (`parse`), becomes a fragment of the JSON
Schema (`to_schema`), words for a message (`describe`), and the namespaces in which a callee is looked up (`kinds`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

PLAIN: Final = frozenset({"None", "bool", "str", "any", "path", "dtype", "shape", "angle", "steps", "seconds"})
OBJECT_KINDS: Final = (
    "layer", "application", "optimizer", "schedule", "loss", "metric", "callback", "initializer", "regularizer", "constraint",
    "activation", "source", "column", "selection", "search", "tuner", "distribution",
)  # fmt: skip
DTYPES: Final = (
    "float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool", "string",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plain:
    """A type without parts; `name` is one of `PLAIN`."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """An integer, or any number, within bounds. An open bound is not itself allowed."""

    integral: bool
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One literal string. With `folded`, upper and lower case are the same, as for Keras's `padding`."""

    value: str
    folded: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Type


@dataclass(frozen=True, slots=True)
class TupleOf:
    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class DictOf:
    value: Type


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object of `kind`, or one of the strings that stand for one."""

    kind: str


@dataclass(frozen=True, slots=True)
class Part:
    """A nested section of the vocabulary; with `labelled`, several of them by label."""

    name: str
    labelled: bool


@dataclass(frozen=True, slots=True)
class Union:
    options: tuple[Type, ...]


Type: TypeAlias = Plain | Number | Text | ListOf | TupleOf | DictOf | ObjectOf | Part | Union
Schema: TypeAlias = dict[str, Any]

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\]|\\.)*"i?)
  | (?P<number>(?:int|float)(?:(?:>=|<=|>|<)-?[\d.]+|[\[(]-?[\d.]+,-?[\d.]+[\])])?)(?![\w:])
  | (?P<nest>list|dict)\[
  | (?P<part>sections?):(?P<of>\w+)
  | (?P<word>\w+)
  | (?P<sign>[|(),\]])
    )\s*""",
    re.VERBOSE,
)
_RANGE: Final = re.compile(r"(?:(>=|<=|>|<)(-?[\d.]+)|([\[(])(-?[\d.]+),(-?[\d.]+)([\])]))$")


class TypeLanguageError(ValueError):
    """A type string of the catalogue cannot be read: our own mistake, never a user's."""


@cache
def parse(text: str) -> Type:
    """The type that `text` writes. Raises `TypeLanguageError`."""
    found, at = _union(text, 0)
    if at != len(text):
        raise TypeLanguageError(f"{text!r}: unexpected text at {at}")
    return found


def _union(text: str, at: int) -> tuple[Type, int]:
    options: list[Type] = []
    while True:
        option, at = _one(text, at)
        options.append(option)
        if at >= len(text) or text[at] != "|":
            return (options[0] if len(options) == 1 else Union(tuple(options))), at
        at += 1


def _one(text: str, at: int) -> tuple[Type, int]:
    found = _TOKEN.match(text, at)
    if found is None:
        raise TypeLanguageError(f"{text!r}: unexpected text at {at}")
    at = found.end()
    if literal := found["text"]:
        return Text(literal.rstrip("i")[1:-1], literal.endswith("i")), at
    if number := found["number"]:
        return _number(number), at
    if nest := found["nest"]:
        item, at = _union(text, at)
        return (ListOf(item) if nest == "list" else DictOf(item)), _expect(text, at, "]")
    if found["part"]:
        return Part(found["of"], found["part"] == "sections"), at
    if word := found["word"]:
        if word in PLAIN:
            return Plain(word), at
        if word in OBJECT_KINDS:
            return ObjectOf(word), at
    if found["sign"] == "(":
        return _tuple(text, at)
    raise TypeLanguageError(f"{text!r}: {found[0]!r} is not a type")


def _tuple(text: str, at: int) -> tuple[Type, int]:
    items: list[Type] = []
    while True:
        item, at = _union(text, at)
        items.append(item)
        if text[at : at + 1] != ",":
            return TupleOf(tuple(items)), _expect(text, at, ")")
        at += 1


def _expect(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise TypeLanguageError(f"{text!r}: {sign!r} is missing at {at}")
    at += 1
    return at + len(text[at:]) - len(text[at:].lstrip())


def _number(text: str) -> Number:
    integral = text.startswith("int")
    found = _RANGE.search(text)
    if found is None:
        return Number(integral)
    sign, bound, left, low, high, right = found.groups()
    if sign is None:
        return Number(integral, float(low), float(high), left == "(", right == ")")
    if sign.startswith(">"):
        return Number(integral, low=float(bound), low_open=sign == ">")
    return Number(integral, high=float(bound), high_open=sign == "<")


def kinds(type_: Type) -> tuple[str, ...]:
    """The object kinds that a position of this type accepts, in the order in which they are looked up."""
    match type_:
        case ObjectOf(kind):
            return (kind,)
        case ListOf(inner) | DictOf(inner):
            return kinds(inner)
        case TupleOf(parts) | Union(parts):
            return tuple(dict.fromkeys(kind for part in parts for kind in kinds(part)))
    return ()


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


def options(type_: Type) -> tuple[Type, ...]:
    """The alternatives of a union; any other type is its own only alternative."""
    return type_.options if isinstance(type_, Union) else (type_,)


def texts(type_: Type) -> tuple[str, ...]:
    """The literal strings among the alternatives."""
    return tuple(option.value for option in options(type_) if isinstance(option, Text))


def to_schema(type_: Type) -> Schema:
    """The JSON Schema (draft 2020-12) of a type. Objects and parts refer to `$defs` of the document's schema."""
    match type_:
        case Plain(name):
            return _plain_schema(name)
        case Number():
            return _number_schema(type_)
        case Text():
            return _text_schema((type_,))
        case ListOf(item):
            return {"type": "array", "items": to_schema(item)}
        case TupleOf(items):
            count = len(items)
            return {"type": "array", "prefixItems": [to_schema(i) for i in items], "minItems": count, "maxItems": count}
        case DictOf(value):
            return {"type": "object", "additionalProperties": to_schema(value)}
        case ObjectOf(kind):
            return {"$ref": f"#/$defs/{kind}"}
        case Part(name, labelled):
            section = {"$ref": f"#/$defs/section.{name}"}
            return {"type": "object", "additionalProperties": section} if labelled else section
        case Union(parts):
            return _union_schema(parts)


def _plain_schema(name: str) -> Schema:
    dimension = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
    fixed: dict[str, Schema] = {
        "None": {"type": "null"},
        "bool": {"type": "boolean"},
        "str": {"type": "string"},
        "path": {"type": "string", "minLength": 1},
        "any": {},
        "dtype": {"enum": list(DTYPES)},
        "shape": {"type": "array", "items": dimension},
        "angle": {"type": "number"},
        "steps": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _quantity("epochs"), _quantity("steps")]},
        "seconds": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _quantity("seconds")]},
    }
    return fixed[name]


def _quantity(unit: str) -> Schema:
    number = {"type": "number", "exclusiveMinimum": 0}
    return {"type": "object", "properties": {unit: number}, "required": [unit], "additionalProperties": False}


def _number_schema(number: Number) -> Schema:
    schema: Schema = {"type": "integer" if number.integral else "number"}
    for bound, opened, closed, key in (
        (number.low, number.low_open, "minimum", "exclusiveMinimum"),
        (number.high, number.high_open, "maximum", "exclusiveMaximum"),
    ):
        if bound is not None:
            schema[key if opened else closed] = int(bound) if bound == int(bound) else bound
    return schema


def _text_schema(literals: tuple[Text, ...]) -> Schema:
    exact: Schema = {"enum": [literal.value for literal in literals]}
    folded = [literal.value for literal in literals if literal.folded]
    if not folded:
        return exact
    patterns = ("".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else re.escape(c) for c in word) for word in folded)
    return {"anyOf": [exact, {"type": "string", "pattern": f"^({'|'.join(patterns)})$"}]}


def _union_schema(parts: tuple[Type, ...]) -> Schema:
    literals = tuple(part for part in parts if isinstance(part, Text))
    branches = [to_schema(part) for part in parts if not isinstance(part, Text)]
    if literals:
        exact = _text_schema(literals)
        branches[:0] = exact.get("anyOf", [exact])
    return {"anyOf": branches} if len(branches) > 1 else branches[0]


_WORDS: Final[dict[str, tuple[str, str]]] = {
    "None": ("None", "None"),
    "bool": ("True or False", "True or False"),
    "str": ("a string", "strings"),
    "path": ("a path", "paths"),
    "any": ("any value", "any values"),
    "dtype": ("a dtype", "dtypes"),
    "shape": ("a shape such as (28, 28, 1)", "shapes"),
    "angle": ("an angle such as 20deg", "angles"),
    "steps": ("a number of steps such as 1000 or 5epochs", "numbers of steps"),
    "seconds": ("a time such as 30min", "times"),
}
_BEFORE_VOWEL: Final = re.compile(r"[aeio]")


def describe(type_: Type, *, plural: bool = False) -> str:
    """The type in words that follow "must be": "an integer or a tuple of 2 integers"."""
    match type_:
        case Plain(name):
            return _WORDS[name][plural]
        case Number():
            return _describe_number(type_, plural)
        case Text(value):
            return f'"{value}"'
        case ListOf(item):
            return f"{'lists' if plural else 'a list'} of {describe(item, plural=True)}"
        case TupleOf(items):
            return _describe_tuple(items, plural)
        case DictOf(value):
            return f"{'dictionaries' if plural else 'a dictionary'} of {describe(value, plural=True)}"
        case ObjectOf(kind):
            return _countable(kind, plural)
        case Part(name):
            return f"`{name} {{ }}`"
        case Union(parts):
            ordered = sorted(parts, key=lambda part: part == Plain("None"))
            words = [describe(part, plural=plural) for part in ordered]
            return _either([word for text in words for word in (("True", "False") if text == "True or False" else (text,))])


def _countable(noun: str, plural: bool) -> str:
    many = "losses" if noun == "loss" else f"{noun}s"
    return many if plural else f"{'an' if _BEFORE_VOWEL.match(noun) else 'a'} {noun}"


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _describe_number(number: Number, plural: bool) -> str:
    if number.low is not None and number.low == number.high:
        return f"{number.low:g}"
    noun = _countable("integer" if number.integral else "number", plural)
    limits = _describe_range(number)
    return f"{noun} {limits}" if limits else noun


def _describe_range(number: Number) -> str:
    """The bounds in words, for example "from 0 up to but not including 1". Empty without bounds."""
    low, high = (None if bound is None else f"{bound:g}" for bound in (number.low, number.high))
    if low is None and high is None:
        return ""
    if high is None:
        return f"greater than {low}" if number.low_open else f"of at least {low}"
    if low is None:
        return f"less than {high}" if number.high_open else f"of at most {high}"
    start = f"above {low} and" if number.low_open else f"from {low}"
    if number.high_open:
        return f"{start} below {high}" if number.low_open else f"{start} to below {high}"
    return f"{start} at most {high}" if number.low_open else f"{start} to {high}"


def _describe_tuple(items: tuple[Type, ...], plural: bool) -> str:
    if len(set(items)) == 1:
        shared = isinstance(items[0], Union)
        words = describe(items[0], plural=not shared)
        if shared:
            words = f"values, each {words}"
        return f"{'tuples' if plural else 'a tuple'} of {len(items)} {words}"
    return f"{'tuples' if plural else 'a tuple'} ({', '.join(describe(item) for item in items)})"


def unbounded(type_: Type) -> Type:
    """The same type without ranges: what a value of a wrong type is compared with."""
    match type_:
        case Number(integral):
            return Number(integral)
        case ListOf(inner):
            return ListOf(unbounded(inner))
        case DictOf(inner):
            return DictOf(unbounded(inner))
        case TupleOf(parts):
            return TupleOf(tuple(unbounded(part) for part in parts))
        case Union(parts):
            once = tuple(dict.fromkeys(unbounded(part) for part in parts))
            return once[0] if len(once) == 1 else Union(once)
    return type_

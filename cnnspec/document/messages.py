"""What is said about each fault: in the words of the language, with the text to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from cnnspec.catalogue import Catalogue, Entry, Parameter, former
from cnnspec.catalogue.types import ListOf, Number, Part, Plain, Text, TupleOf, Type, describe, kinds, options, texts, unbounded
from cnnspec.document.check import UNKNOWN, Fault, Path
from cnnspec.document.place import Change
from cnnspec.document.position import Position, kind_of, position
from cnnspec.document.quick import BY_KEY
from cnnspec.document.words import UNITS, a, closest, listed, noun, shown

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Words:
    """A diagnostic without its place: `part` says whether the key or the value is wrong."""

    code: str
    message: str
    label: str = ""
    help: str | None = None
    part: Literal["key", "value"] = "value"
    path: Path | None = None
    """Where to point, if not at the fault itself."""
    change: Change | None = None
    """What to write in its place."""


def explain(catalogue: Catalogue, document: Json, fault: Fault) -> Words:
    """The words for a fault."""
    handlers: Mapping[str, Callable[[Catalogue, Json, Fault], Words]] = {
        "additionalProperties": _unknown_key,
        "required": _missing_key,
        BY_KEY: _no_key,
        UNKNOWN: _unknown_name,
    }
    return handlers.get(fault.keyword, _wrong_value)(catalogue, document, fault)


# ------------------------------------------------------------------------------------------------ keys


def _unknown_key(catalogue: Catalogue, document: Json, fault: Fault) -> Words:
    key, around = str(fault.path[-1]), position(catalogue, document, fault.path[:-1])
    owner = around.owner if around.type is None else _part_owner(catalogue, around)
    near = closest(key, tuple(fault.expected))
    change = Change((key,), near) if near else None
    help = f"did you mean `{near}`?" if near else None
    if len(fault.path) == 1:
        unknown = f"there is no section `{key}`", "unknown section"
        meant = former.section_of(key, fault.expected)
        return Words("E0202", *(meant.words(key, *unknown) if meant else (*unknown, help)), "key", change=change)
    if owner is None:
        return Words("E0302", f"there is no `{key}` here", "unknown key", help, "key", change=change)
    if owner.kind == "section":
        unknown = f"`{owner.name}` has no setting `{key}`", "unknown setting"
        if (meant := former.setting_of(owner, key)) is not None:
            return Words("E0701", *meant.words(key, *unknown, value=shown(fault.value)), "key")
        return Words("E0701", *unknown, help or _choices("settings", fault.expected), "key", change=change)
    if key == "name" and owner.kind in ("layer", "application"):
        return Words("E0307", "a layer is not named by `name=`", "not an argument here", "write `... as NAME` after the layer", "key")
    unknown, given = (f"`{owner.name}` has no argument `{key}`", "unknown argument"), _value_at(document, fault.path[:-1])
    if (meant := former.argument_of(owner, key)) is not None:
        rate = shown(given.get("learning_rate", 0.01))
        return Words("E0302", *meant.words(key, *unknown, value=shown(fault.value), owner=owner.name, rate=rate), "key")
    missing = [name for name in owner.required if name not in given]
    guess = help or (f"did you mean `{missing[0]}`?" if len(missing) == 1 else None)
    return Words("E0302", *unknown, guess or _choices("arguments", fault.expected), "key", change=change)


def _value_at(document: Json, path: Path) -> Json:
    for part in path:
        document = document[part]
    return document


def _part_owner(catalogue: Catalogue, around: Position) -> Entry | None:
    """The section whose settings stand where its own type is still the type of the position."""
    assert around.type is not None
    part = next((option for option in options(around.type) if isinstance(option, Part)), None)
    return catalogue.entry("section", part.name) if part is not None else None


def _choices(what: str, names: Iterable[str]) -> str | None:
    found = sorted(names)
    if not found:
        return f"it has no {what}"
    names = listed([f"`{name}`" for name in found], "and")
    if len(found) == 1:
        return f"the only {what[:-1]} is {names}"
    return f"the {what} are {names}" if len(found) <= 8 else None


def _did_you_mean(word: str, options_: Iterable[str], form: str = "`{}`") -> str | None:
    found = closest(word, tuple(options_))
    return f"did you mean {form.format(found)}?" if found else None


def _missing_key(catalogue: Catalogue, document: Json, fault: Fault) -> Words:
    at = position(catalogue, document, fault.path)
    owner = at.owner if at.type is None else _part_owner(catalogue, at) or _object_owner(catalogue, fault.value)
    missing = fault.expected
    if owner is not None and missing == ["arguments"]:
        missing = list(owner.required)
    needed = [parameter for name in missing if owner is not None and (parameter := owner.parameter(name))]
    names = listed([f"`{name}`" for name in missing], "and")
    are = "is" if len(missing) == 1 else "are"
    if not fault.path and missing == ["cnn"]:
        return Words("E0005", "the language version is missing", "not complete", 'a document starts with `"cnn": 1`')
    if owner is None or not needed:
        return Words("E0305", f"{names} {are} missing here", "not complete")
    sign = " = ..." if owner.kind == "section" else "=..."
    wanted = listed([f"`{parameter.name}{sign}`, {describe(parameter.parsed)}" for parameter in needed], "and")
    at_call = fault.path[:-1] if fault.path[-1:] == ("arguments",) else fault.path
    return Words("E0305", f"`{owner.name}` needs {names}", f"{names} {are} missing", f"add {wanted}", path=at_call)


def _no_key(_: Catalogue, __: Json, fault: Fault) -> Words:
    return Words("E0305", f"one of {listed([f'`{key}`' for key in fault.expected])} is missing here", "not complete")


def _object_owner(catalogue: Catalogue, value: Json) -> Entry | None:
    kind = kind_of(catalogue, value)
    return catalogue.entry(kind, value[kind]) if kind else None


def _unknown_name(catalogue: Catalogue, document: Json, fault: Fault) -> Words:
    kind: str = fault.expected
    name = fault.value[kind] if isinstance(fault.value, dict) else fault.value
    code = "E0301" if kind == "layer" else "E0306"
    if not isinstance(name, str):
        return Words(code, f"the name of {a(kind)} is a string, not {shown(name)}", f"expected the name of {a(kind)}")
    entry = catalogue.entry(kind, name)
    if entry is not None and entry.code:
        return Words("E0309", f"`{name}` needs Python code", "a spec holds no code", 'declare it: `extern NAME(...) from "module:Class"`')
    message = f"there is no layer or block called `{name}`" if kind == "layer" else f"there is no {noun(kind)} called `{name}`"
    others = [other for other in catalogue.kinds_of(name) if other != kind]
    if others:
        return Words(code, message, f"`{name}` is {a(others[0])}, not {a(kind)}")
    known = [n for n in (*catalogue.names(kind), *catalogue.aliases(kind)) if not ((e := catalogue.entry(kind, n)) and e.code)]
    meant, label = former.name_of(kind, name, known), f"unknown {noun(kind)}"
    return Words(code, *(meant.words(name, message, label) if meant else (message, label, _did_you_mean(name, known))))


# ------------------------------------------------------------------------------------------------ values


def _wrong_value(catalogue: Catalogue, document: Json, fault: Fault) -> Words:
    at = position(catalogue, document, fault.path)
    if at.type is None or at.parameter is None:
        return _unplaced(document, fault)
    value, type_, parameter = fault.value, at.type, at.parameter
    if (unit := _unit_of(value)) is not None:
        return _wrong_unit(at, unit, value)
    if (alone := _alone(catalogue, type_, value)) is not None:
        message = f"`{parameter.name}` must be {describe(unbounded(type_))}"
        return Words("E0403", message, "this stands alone", f"write a list: `{parameter.name} = [{alone}]`")
    if isinstance(value, dict) and (kind := kind_of(catalogue, value)):
        return _wrong_kind(catalogue, parameter, type_, kind, value[kind])
    if isinstance(value, str) and texts(type_):
        return _wrong_word(catalogue, parameter, type_, value)
    if isinstance(value, str) and any(catalogue.identifiers(kind) for kind in kinds(type_)):
        return _wrong_identifier(catalogue, parameter, kinds(type_), value)
    subject = f"a value of `{parameter.name}`" if at.inside else f"`{parameter.name}`"
    if not fault.in_range:
        return Words("E0404", f"{subject} cannot be {shown(value)}", f"expected {describe(type_)}")
    return Words(
        "E0403",
        f"{subject} must be {describe(unbounded(type_))}, not {shown(value)}",
        _type_label(value),
        parameter.hints.get(type(value).__name__) or _type_help(type_, value) or _call_help(catalogue, type_, value),
    )


def _alone(catalogue: Catalogue, type_: Type, value: Json) -> str | None:
    """The value as it would stand in a list, where only a list of its kind is allowed: `metrics = "accuracy"`."""
    if not isinstance(type_, ListOf):
        return None
    if isinstance(value, str):
        return shown(value)
    kind = kind_of(catalogue, value)
    return f"{value[kind]}(...)" if kind is not None and kind in kinds(type_) else None


_PLAIN_WORDS: Final[Mapping[str, str]] = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "boolean": "true or false",
    "null": "null",
}


def _unplaced(document: Json, fault: Fault) -> Words:
    """A part of the document that is neither argument nor setting: a promise; else only a document written as JSON gets here."""
    if len(fault.path) == 3 and fault.path[0] == "expect" and fault.path[2] == "value":
        message = f"`{document['expect'][fault.path[1]].get('quantity')}` is compared with a number or a shape, not {shown(fault.value)}"
        return Words("E0403", message, _type_label(fault.value), "write a number, such as `300_000` or `98%`")
    subject = next((f"`{part}`" for part in reversed(fault.path) if isinstance(part, str)), "the document")
    if fault.keyword == "type" and isinstance(fault.expected, str):
        return Words("E0403", f"{subject} must be {_PLAIN_WORDS[fault.expected]}, not {shown(fault.value)}", _type_label(fault.value))
    if fault.keyword == "const":
        return Words("E0005", f"{subject} must be {shown(fault.expected)}, not {shown(fault.value)}", "unknown version")
    if fault.keyword == "enum":
        expected = "expected one of " + ", ".join(shown(item) for item in fault.expected)
        return Words("E0401", f"{subject} cannot be {shown(fault.value)}", expected)
    return Words("E0403", f"{subject} cannot be {shown(fault.value)}", _type_label(fault.value))


def _unit_of(value: Json) -> str | None:
    if not isinstance(value, dict) or len(value) != 1:
        return None
    unit, amount = next(iter(value.items()))
    return unit if isinstance(amount, int | float) and unit in UNITS else None


def _wrong_unit(at: Position, unit: str, value: Json) -> Words:
    assert at.parameter is not None and at.type is not None
    written = f"{value[unit]:g}{UNITS[unit].suffix}"
    qualified = f"`{at.owner.name}.{at.parameter.name}`" if at.owner else f"`{at.parameter.name}`"
    if Plain("steps") in options(at.type) and unit in ("epochs", "steps"):
        return Words("E0404", f"{qualified} cannot be {written}", "expected more than 0")
    numbers = [option for option in options(at.type) if isinstance(option, Number)]
    takes = ("a plain integer" if numbers[0].integral else "a plain number") if numbers else describe(at.type)
    help_ = f"write `{value[unit]:g}`; {UNITS[unit].help}" if numbers and numbers[0].integral else UNITS[unit].help
    return Words("E0402", f"{qualified} takes {takes}, not {UNITS[unit].words}", f"this is {written}", help_)


def _wrong_kind(catalogue: Catalogue, parameter: Parameter, type_: Type, kind: str, name: str) -> Words:
    wanted = kinds(type_)
    message = f"`{parameter.name}` must be {describe(unbounded(type_))}, not the {noun(kind)} `{name}`"
    if not wanted:
        return Words("E0403", message, f"this is {a(kind)}")
    known = [option for one in wanted for option in catalogue.names(one)]
    return Words("E0306", message, f"this is {a(kind)}", _did_you_mean(name, known))


def _wrong_word(catalogue: Catalogue, parameter: Parameter, type_: Type, value: str) -> Words:
    words = texts(type_)
    expected = [f'"{word}"' for word in sorted(words)]
    more = [describe(option) for option in options(type_) if not isinstance(option, Text) and option != Plain("None")]
    label = f"expected {'one of ' if len(expected) > 1 else ''}{', '.join(expected)}" + (f", or {listed(more)}" if more else "")
    known = [*words, *(name for kind in kinds(type_) for name in catalogue.identifiers(kind))]
    help_, change = parameter.hints.get(value.lower()), None
    if help_ is None:
        help_, change = _other_word(parameter.name, kinds(type_), value, known)
    if help_ is None and value in ("None", "True", "False", "none") and Plain(value.capitalize()) in options(type_):
        help_ = f"write `{value.capitalize()}` without quotes"
    return Words("E0401", f'`{parameter.name}` cannot be "{value}"', label, help_, change=change)


def _other_word(parameter: str, wanted: tuple[str, ...], value: str, known: Iterable[str]) -> tuple[str | None, Change | None]:
    """The word that was meant: as Keras 3 says it, or the nearest."""
    meant = former.word_of(parameter, wanted, value, known)
    if meant is not None and meant.how:
        return meant.how, None
    near = meant.now if meant is not None else closest(value, tuple(known))
    if near is None:
        return None, None
    quoted = (f'"{value}"', f"'{value}'")
    return (f'write "{near}"' if meant else f'did you mean "{near}"?'), Change(quoted, f'"{near}"', safe=meant is not None)


def _wrong_identifier(catalogue: Catalogue, parameter: Parameter, wanted: tuple[str, ...], value: str) -> Words:
    kind = next(kind for kind in wanted if catalogue.identifiers(kind))
    known = [name for one in wanted for name in catalogue.identifiers(one)]
    named = [
        entry for one in wanted for name in catalogue.names(one) if name.lower() == value.lower() and (entry := catalogue.entry(one, name))
    ]
    same_but_case = any(name.lower() == value.lower() for name in known)
    help_, change = _other_word(parameter.name, wanted, value, known)
    if named and not same_but_case:
        help_, change = f"write it as a call: `{_as_call(named[0])}`", None
    return Words("E0306", f'there is no {noun(kind)} called "{value}"', f"unknown {noun(kind)}", help_, change=change)


def _type_label(value: Json) -> str:
    match value:
        case bool():
            return "this is True or False"
        case str():
            return "this is a string"
        case int():
            return "this is an integer"
        case float():
            return "this is a number with a fraction"
        case list():
            odd = next((item for item in value if not isinstance(item, int | float)), None)
            return f"{shown(odd)} stands in it" if odd is not None else f"this has {len(value)} value{'' if len(value) == 1 else 's'}"
        case None:
            return "this is None"
    return "this is not of that type"


def _type_help(type_: Type, value: Json) -> str | None:
    """What to write instead where it is plain: `3` for `3.0`, `3` for `"3"`, `(3, 3)` for a tuple of another length."""
    integral = any(isinstance(option, Number) and option.integral for option in options(type_))
    if integral and isinstance(value, float) and value == int(value):
        return f"write `{int(value)}`"
    if isinstance(value, str) and value.lower() in ("none", "true", "false"):
        return f"write `{value.capitalize()}` without quotes"
    if isinstance(value, str) and any(isinstance(option, Number) for option in options(type_)) and _reads_as_number(value):
        return f"write `{value}` without quotes"
    sizes = [len(option.items) for option in options(type_) if isinstance(option, TupleOf)]
    if isinstance(value, list) and sizes and len(value) not in sizes:
        return f"write {listed([str(size) for size in sizes])} values, or one number for all" if integral else f"write {sizes[0]} values"
    return None


def _call_help(catalogue: Catalogue, type_: Type, value: Json) -> str | None:
    """Where an object is given by its bare name: `mnist()` for "mnist"."""
    found = isinstance(value, str) and next((entry for kind in kinds(type_) if (entry := catalogue.entry(kind, value))), None)
    return f"write it as a call: `{_as_call(found)}`" if found else None


def _as_call(entry: Entry) -> str:
    return f"{entry.name}({', '.join(f'{name}=...' for name in entry.required)})"


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

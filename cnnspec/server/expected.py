"""What may stand at a place: decided from the words left of it, with the names that are visible there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from cnnspec.catalogue import Catalogue
from cnnspec.catalogue.types import DictOf, ListOf, Plain, TupleOf, Type, kinds, options
from cnnspec.elaborate.functions import TENSOR_FUNCTIONS
from cnnspec.elaborate.scope import Binding, Scope
from cnnspec.elaborate.values import BlockDefinition, ExternDefinition, Library
from cnnspec.server.signature import Argument, Signature, of_block, of_entry
from cnnspec.server.where import CLOSING, OPENING, OPERATORS, Where, ends_value
from cnnspec.syntax.tokens import Token

What = Literal[
    "nothing", "file", "line", "step", "shared", "tensor", "value", "argument",
    "setting", "quantity", "member", "type", "dtype", "search", "word", "path",
]  # fmt: skip
ANY: Final[Type] = Plain("any")
CALLED: Final = ("layer", "application")
"""The kinds that a line of a model calls."""
CONTROL: Final = ("repeat", "for", "if", "else")
Tokens = Sequence[Token]


@dataclass(frozen=True, slots=True)
class Slot:
    """What may stand somewhere.

    A "value" has a type. `signature` is the call or the section around it, and `argument` the argument or setting that it is. A
    "member" is a name of the library `scope`; a "word" is one of `words`.
    """

    what: What
    type: Type = ANY
    signature: Signature | None = None
    argument: Argument | None = None
    scope: Scope | None = None
    words: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()


NOTHING: Final = Slot("nothing")


@dataclass(frozen=True, slots=True)
class Expecting:
    """Answers for one place. `names` are those that are visible there."""

    catalogue: Catalogue
    names: Mapping[str, Binding]
    bodies: tuple[tuple[Token, ...], ...]

    # ------------------------------------------------------------ around the statement

    def section(self) -> Signature | None:
        """The section around the place: that of `phase head { }` is `phase`. None in a model, a block, or outside of everything."""
        head = next((head for head in reversed(self.bodies) if head[0].text not in CONTROL), None)
        entry = None if head is None else self.catalogue.entry("section", head[0].text)
        return of_entry(entry) if entry is not None else None

    def _start(self) -> Slot:
        if not self.bodies:
            return Slot("file")
        section = self.section()
        if section is None:
            return Slot("line")
        if section.items == "comparison":
            return Slot("quantity")
        return Slot("shared") if section.items == "layer" else Slot("setting", signature=section)

    # ------------------------------------------------------------ the statement

    def slot(self, before: Tokens) -> Slot:
        """What may stand behind these words of a statement."""
        at = _innermost(before)
        if at is None:
            return self._outside(before)
        outer, inner = before[:at], before[at + 1 :]
        segment = _segments(inner)[-1]
        if before[at].text == "(" and (callee := callee_before(outer)):
            return self._in_call(outer[: -len(callee)], callee, inner)
        if before[at].text == "[" and outer and ends_value(outer[-1]):
            return self._value(segment, ANY)
        around = self.slot(outer)
        if around.what in ("line", "tensor"):
            return Slot("tensor") if not segment or segment[-1].text == "=" else NOTHING
        index = len(_segments(inner)) - 1
        if before[at].text == "{":
            return self._value(segment[2:], _inside(around.type, None)) if len(segment) > 1 else NOTHING
        group = before[at].text == "(" and index == 0
        return replace(self._value(segment, _inside(around.type, index, group=group)), signature=around.signature, argument=around.argument)

    def _in_call(self, outer: Tokens, callee: Tokens, inner: Tokens) -> Slot:
        if outer and outer[0].text in ("block", "extern"):
            return self._in_parameters(_segments(inner)[-1])
        if outer and outer[0].text == "input":
            return NOTHING
        signature = self.signature(callee, self.slot(outer))
        segments = _segments(inner)
        segment, index = segments[-1], len(segments) - 1
        if signature is None:
            return Slot("tensor") if callee[-1].text in TENSOR_FUNCTIONS and not segment else self._value(segment, ANY)
        if len(segment) > 1 and segment[0].kind == "word" and segment[1].text == "=":
            argument = signature.argument(segment[0].text)
            value = self._value(segment[2:], argument.type if argument else ANY)
            return replace(value, signature=signature, argument=argument) if value.what == "value" else value
        argument = signature.arguments[index] if index < min(signature.positional, len(signature.arguments)) else None
        if segment:
            return self._value(segment, argument.type if argument else ANY)
        named = {s[0].text for s in segments[:-1] if len(s) > 1 and s[1].text == "="}
        positional = {a.name for a in signature.arguments[: index - len(named)]}
        return Slot("argument", argument.type if argument else ANY, signature, argument, given=frozenset(named | positional))

    def _in_parameters(self, segment: Tokens) -> Slot:
        """In the brackets of `block f(n: int = 3)`."""
        if not segment:
            return NOTHING
        if segment[-1].text == ":":
            return Slot("type")
        equal = next((i for i, token in enumerate(segment) if token.text == "="), None)
        return NOTHING if equal is None else self._value(segment[equal + 1 :], ANY)

    def _outside(self, before: Tokens) -> Slot:
        """Outside of all brackets."""
        if not before:
            return self._start()
        if before[-1].text == ".":
            return self._member(before[:-1])
        definition = DEFINITIONS.get(before[0].text)
        if definition is not None:
            return definition(self, before)
        section = self.section()
        if section is not None and section.items is None:
            if len(before) < 2 or before[1].text != "=":
                return NOTHING
            argument = section.argument(before[0].text)
            return replace(self._value(before[2:], argument.type if argument else ANY), signature=section, argument=argument)
        return self._in_chain(before)

    def _in_chain(self, before: Tokens) -> Slot:
        last = before[-1]
        if last.text == "->":
            return Slot("step")
        if last.text == "=":
            return Slot("tensor")
        if last.text in OPERATORS:
            return Slot("value")
        return Slot("word", words=("as",)) if last.text == ")" and self.bodies else NOTHING

    def _value(self, written: Tokens, type_: Type) -> Slot:
        """In an expression of which `written` stands there already."""
        if not written or written[-1].text in ("else", "[", "("):
            return Slot("value", type_)
        if written[-1].text == ".":
            return self._member(written[:-1])
        if written[-1].text in OPERATORS or written[-1].text == "if":
            return Slot("value")
        return NOTHING

    # ------------------------------------------------------------ statements that begin with a word

    def _let(self, before: Tokens) -> Slot:
        equal = next((i for i, token in enumerate(before) if token.text == "="), None)
        if equal is None:
            return Slot("type") if before[-1].text == ":" else NOTHING
        value = before[equal + 1 :]
        if value and value[-1].text == "search":
            return Slot("search")
        if value and ends_value(value[-1]) and not self.bodies:
            return Slot("word", words=("search",))
        return self._value(value, ANY)

    def _import(self, before: Tokens) -> Slot:
        if len(before) == 1:
            return Slot("path")
        return Slot("word", words=("as",)) if before[-1].kind == "string" else NOTHING

    def _extern(self, before: Tokens) -> Slot:
        return Slot("word", words=("from",)) if before[-1].text == ")" else NOTHING

    def _input(self, before: Tokens) -> Slot:
        return Slot("dtype") if before[-1].text == ":" else NOTHING

    def _output(self, before: Tokens) -> Slot:
        return Slot("tensor") if before[-1].text in ("output", ",") else NOTHING

    def _layer(self, before: Tokens) -> Slot:
        return Slot("shared") if before[-1].text == "=" else NOTHING

    def _for(self, before: Tokens) -> Slot:
        words = [token.text for token in before]
        if "in" in words:
            return self._value(before[words.index("in") + 1 :], ANY)
        return Slot("word", words=("in",)) if before[-1].kind == "word" and len(before) > 1 else NOTHING

    def _control(self, before: Tokens) -> Slot:
        return self._value(before[1:], ANY)

    def _no_more(self, before: Tokens) -> Slot:
        return NOTHING

    # ------------------------------------------------------------ names

    def _member(self, owner: Tokens) -> Slot:
        library = self._library([token.text for token in callee_before(owner)])
        return Slot("member", scope=library.scope) if library is not None else NOTHING

    def _library(self, names: Sequence[str]) -> Library | None:
        bound = self._bound(names)
        return bound.value if bound is not None and isinstance(bound.value, Library) else None

    def _bound(self, names: Sequence[str]) -> Binding | None:
        """What `name` or `library.name` is bound to."""
        bound = self.names.get(names[0]) if names else None
        for name in names[1:]:
            bound = bound.value.scope.find(name) if bound is not None and isinstance(bound.value, Library) else None
        return bound

    def signature(self, callee: Tokens, slot: Slot) -> Signature | None:
        """What is called by these words where `slot` stands."""
        names = [token.text for token in callee if token.text != "."]
        bound = self._bound(names)
        if bound is not None:
            definition = bound.value
            return of_block(definition.definition) if isinstance(definition, BlockDefinition | ExternDefinition) else None
        for kind in self.called(slot) if names else ():
            entry = self.catalogue.entry(kind, names[-1])
            if entry is not None:
                return of_entry(entry)
        return None

    def called(self, slot: Slot) -> tuple[str, ...]:
        """The kinds of the catalogue in which a callee is looked up."""
        match slot.what:
            case "line" | "step" | "shared":
                return CALLED
            case "search":
                return ("search",)
            case "value" | "argument":
                anything = tuple(kind for kind in self.catalogue.kinds() if kind != "section")
                return kinds(slot.type) or (anything if ANY in options(slot.type) else ())
        return ()


DEFINITIONS: Final = {
    "let": Expecting._let,
    "import": Expecting._import,
    "extern": Expecting._extern,
    "block": Expecting._no_more,
    "cnn": Expecting._no_more,
    "input": Expecting._input,
    "output": Expecting._output,
    "layer": Expecting._layer,
    "for": Expecting._for,
    "repeat": Expecting._control,
    "if": Expecting._control,
    "else": Expecting._no_more,
}


def expecting(catalogue: Catalogue, names: Mapping[str, Binding], place: Where) -> tuple[Expecting, Slot]:
    """What may stand at a place, and who knows more of it."""
    found = Expecting(catalogue, names, place.bodies)
    return found, NOTHING if place.comment else found.slot(place.before)


def callee_before(tokens: Tokens) -> Tokens:
    """The name, or `library.name`, at the end of these words."""
    start = len(tokens)
    while start and tokens[start - 1].kind == "word" and ends_value(tokens[start - 1]):
        start -= 1
        if start < 2 or tokens[start - 1].text != "." or tokens[start - 2].kind != "word":
            break
        start -= 1
    return tokens[start:]


def _innermost(tokens: Tokens) -> int | None:
    """The place of the innermost bracket that is open."""
    open_: list[int] = []
    for i, token in enumerate(tokens):
        if token.text in OPENING:
            open_.append(i)
        elif token.text in CLOSING and open_:
            open_.pop()
    return open_[-1] if open_ else None


def _segments(tokens: Tokens) -> list[list[Token]]:
    """The words between the commas that stand in no bracket of their own."""
    segments: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if token.text == "," and depth == 0:
            segments.append([])
        else:
            segments[-1].append(token)
    return segments


def _inside(type_: Type, index: int | None, *, group: bool = False) -> Type:
    """The type of an item of a list or a tuple; of a value of a dictionary where `index` is None. `(1)` may be no tuple at all."""
    for option in options(type_):
        match option:
            case ListOf(item) if index is not None:
                return item
            case TupleOf(items) if index is not None and index < len(items):
                return items[index]
            case DictOf(item) if index is None:
                return item
    return type_ if group else ANY

"""What the names of a body mean at one of its lines."""

from __future__ import annotations

import re
from collections import ChainMap, Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cnnspec.source import Span
from cnnspec.syntax import tree

GENERIC: Final = frozenset({"x", "y", "z", "h", "out", "net", "a", "b", "c", "model"})
"""Names that say nothing: they are given to a result only where they are needed."""


class NotUnderstood(Exception):
    """Python that cannot be followed. `place` is where, and `why` says what is not known."""

    def __init__(self, place: Span, why: str = "this cannot be followed") -> None:
        super().__init__(why)
        self.place = place
        self.why = why


@dataclass(slots=True, eq=False)
class Result:
    """What a line computes. `fixed` is its name; `wanted` are the names that the author gave it, the best one first.

    It is `needed` by name where a line reads it that does not follow, and has its `own` name where that says something.
    """

    fixed: str | None = None
    wanted: list[str] = field(default_factory=list)
    own: bool = False
    needed: bool = False

    @property
    def name(self) -> str:
        assert self.fixed is not None, "a result is read by name and has none"
        return self.fixed

    def settle(self, taken: Counter[str]) -> None:
        """Give it a name where it has to have one: the author's where that is free, else the same with a number.

        `taken` are the names that there are, each with the last number that it was given.
        """
        if self.fixed is not None or not (self.needed or self.own):
            return
        base = self.wanted[-1] if self.wanted else "x"
        self.fixed = next((name for name in self.wanted if name not in taken), None)
        while self.fixed is None:
            taken[base] = max(taken[base], 1) + 1
            numbered = f"{base}_{taken[base]}"
            self.fixed = numbered if numbered not in taken else None
        taken[self.fixed] += 1


@dataclass(slots=True, eq=False)
class Known:
    """What names mean. `others` are values, parameters and what the file defines; `shared` are layers that several lines use."""

    blocks: frozenset[str]
    others: frozenset[str]
    tensors: ChainMap[str, Result] = field(default_factory=ChainMap)
    shared: set[str] = field(default_factory=set)

    def is_free(self, name: str) -> bool:
        return not (name in self.tensors or name in self.shared or name in self.blocks or name in self.others)

    def passed(self, items: Iterable[tree.KeywordItem]) -> dict[str, Result]:
        """The tensors that a line is given by name: `mask=m`."""
        found = ((item.name.text, item.value) for item in items)
        return {name: self.tensors[value.text] for name, value in found if isinstance(value, tree.Name) and value.text in self.tensors}

    def inside(self, anew: Iterable[str], latest: Result | None, entry: Result | None, more: Sequence[str]) -> Known:
        """The same for a body in braces, with names of its own. By the names that it gives anew, the line above is `entry` in it."""
        own = {name: entry for name in anew if entry is not None and self.tensors.get(name) is latest}
        return Known(self.blocks, self.others.union(more) if more else self.others, self.tensors.new_child(own), self.shared)


@dataclass(frozen=True, slots=True)
class Uses:
    """How often the lines of a body give a value to a name, and the names that are called like functions in it."""

    given: Counter[str]
    called: frozenset[str]

    @classmethod
    def of(cls, statements: Sequence[tree.Statement], text: str, more: Sequence[str] = ()) -> Uses:
        return cls(given(statements) + Counter(more), frozenset(re.findall(r"(\w+)\(", text)))

    def is_carrier(self, name: str) -> bool:
        """Whether a name is given again and again, as Keras's `x` is."""
        return self.given[name] > 1


def bodies_of(statement: tree.Statement) -> Iterator[tree.Body]:
    """The bodies of a loop or a choice."""
    match statement:
        case tree.Repeat(body=body) | tree.For(body=body):
            yield body
        case tree.If(then=then, otherwise=otherwise):
            yield then
            if isinstance(otherwise, tree.If):
                yield from bodies_of(otherwise)
            elif otherwise is not None:
                yield otherwise


def given(statements: Sequence[tree.Statement]) -> Counter[str]:
    """How often statements give each name, with those in the bodies in them. Of the branches of a choice, one is taken."""
    found = Counter[str]()
    for statement in statements:
        match statement:
            case tree.Assign(names=names):
                found.update(name.text for name in names)
            case tree.Apply(alias=tree.Identifier(text=text)):
                found[text] += 1
            case tree.Input(name=name) | tree.Layer(name=name):
                found[name.text] += 1
        inner = Counter[str]()
        for body in bodies_of(statement):
            inner |= given(body.statements)
        found += inner
    return found

"""Names and what they mean. A name is defined once, is never hidden, and is visible after its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cnnspec.elaborate.values import Value
from cnnspec.source import Span
from cnnspec.syntax import tree


@dataclass(frozen=True, slots=True)
class Binding:
    value: Value
    span: Span


@dataclass(frozen=True, slots=True)
class Lost:
    """A name that is not visible any more: where it was defined, and in a branch of an `if` or a turn of a loop."""

    span: Span
    in_loop: bool


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a file, a block's body, or one turn of a loop, inside the scope around it."""

    parent: Scope | None = None
    names: dict[str, Binding] = field(default_factory=dict)
    later: dict[str, Span] = field(default_factory=dict)
    """Names of a file that are defined further down: unknown here, but worth a better message."""
    lost: dict[str, Lost] = field(default_factory=dict)
    """Names of bodies inside this one that ended with them."""
    later_blocks: dict[str, tree.Block] = field(default_factory=dict)
    """The blocks among them."""

    def find(self, name: str) -> Binding | None:
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def defined_later(self, name: str) -> Span | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.later:
                return scope.later[name]
            scope = scope.parent
        return None

    def lost_name(self, name: str) -> Lost | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.lost:
                return scope.lost[name]
            scope = scope.parent
        return None

    def visible(self) -> Iterator[tuple[str, Binding]]:
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names.items()
            scope = scope.parent

    def snapshot(self) -> Scope:
        """The scope as it stands now: what is defined later stays unknown to whoever keeps the snapshot."""
        return Scope(self.parent, dict(self.names), self.later, later_blocks=self.later_blocks)

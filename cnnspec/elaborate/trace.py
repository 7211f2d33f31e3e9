"""What an editor asks of an elaboration: what each name meant where it stands, what each line gave, which names a body has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cnnspec.elaborate.scope import Binding, Scope
from cnnspec.source import Span

if TYPE_CHECKING:
    from cnnspec.elaborate.values import Tensor

MAX_MEANINGS: Final = 64
"""How many expansions of one name are remembered: a name in a loop has a value in each turn."""


@dataclass(slots=True, eq=False)
class Trace:
    """Notes of one elaboration, by place. A place in a block or a loop has one note for each expansion."""

    uses: dict[Span, list[Binding]] = field(default_factory=dict)
    """What the name at a place was found to mean."""
    results: dict[Span, list[tuple[Tensor, ...]]] = field(default_factory=dict)
    """What the chain at a place gave: all of its expansions."""
    scopes: dict[Span, Scope] = field(default_factory=dict)
    """The names of a body, after its last expansion."""

    def used(self, place: Span, found: Binding) -> None:
        meanings = self.uses.setdefault(place, [])
        if len(meanings) < MAX_MEANINGS:
            meanings.append(found)

    def gave(self, chain: Span, tensors: tuple[Tensor, ...]) -> None:
        self.results.setdefault(chain, []).append(tensors)

    def entered(self, body: Span, scope: Scope) -> None:
        self.scopes[body] = scope

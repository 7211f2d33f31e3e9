"""What a source offers, and what the model wants of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.plan.plan import Object
from cnnspec.runtime.data.images import Items, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What the images must become: the model's input (height, width, channels; None is free), and the settings of `data` for it.

    `keep` asks for decoded images to stay in memory. `told` is called with a line for the user before something slow.
    """

    shape: Shape
    resize: tuple[int, int] | None
    method: str
    keep: bool
    told: Callable[[str], None]

    @property
    def channels(self) -> int | None:
        return self.shape[-1] if len(self.shape) == 3 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The parts of a source. `classes` are the names by class number, or None where a source has none."""

    train: Items
    validation: Items | None = None
    test: Items | None = None
    classes: tuple[str, ...] | None = None


Opened: TypeAlias = tuple[Offer | None, list[Diagnostic]]
Open: TypeAlias = Callable[[Document, Object, Want], Opened]
"""Opens a source. Errors stand at the source's place in the document."""

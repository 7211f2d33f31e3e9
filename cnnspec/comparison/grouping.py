"""Changes that are one line of the text: told once, with how often the line is expanded."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cnnspec.comparison.change import Change, Detail, Place, Use
from cnnspec.comparison.parts import stem_of
from cnnspec.document.document import Document, Frame
from cnnspec.source import Span

BLOCK: Final = "block "
"""How the frame of a block begins: see `Frame.label`."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the changes were written."""

    before: Document
    after: Document

    def frames(self, change: Change) -> tuple[Frame, ...]:
        """The blocks around a change, the outermost first; those of the block itself where a block is added or removed."""
        document = self.before if change.action == "removed" else self.after
        origin = document.origin(change.place.pointer)
        blocks = tuple(frame for frame in origin.stack if frame.label.startswith(BLOCK)) if origin is not None else ()
        return blocks[: change.name.count("__") + (change.subject == "block")]


def grouped(changes: Iterable[Change], origins: Origins) -> list[Change]:
    """The changes in their order, each line of the text once."""
    groups: dict[Hashable, list[tuple[Change, tuple[Frame, ...]]]] = {}
    for change in changes:
        frames = origins.frames(change)
        groups.setdefault(_key(change, frames), []).append((change, frames))
    return [_merged(group) for group in groups.values()]


def _key(change: Change, frames: Sequence[Frame]) -> Hashable:
    """The same for changes of one line: of a block's call where a whole block is meant, else of the layer's own."""
    span = frames[-1].span if change.subject == "block" and frames else change.place.span
    line: Hashable = (id(span.source), span.start, span.end) if span is not None else _stems(change.name)
    return (change.action, change.subject, line, change.text if span is None else "")


def _stems(name: str) -> str:
    return "__".join(stem_of(step) for step in name.split("__"))


def _merged(group: Sequence[tuple[Change, tuple[Frame, ...]]]) -> Change:
    changes = [change for change, _ in group]
    first, frames = group[0]
    if first.subject == "block" and frames:
        call = frames[-1]
        first = replace(first, text=_one_line(call.span), place=_at(first.place, call.span))
        outer = [around[:-1] for _, around in group]
    else:
        outer = [around for _, around in group]
    if len({change.text for change in changes}) > 1 and first.place.span is not None:
        first = replace(first, text=_one_line(first.place.span))
    return replace(
        first,
        details=tuple(_merged_details(changes)) if len(changes) > 1 else first.details,
        names=tuple(name for change in changes for name in change.names),
        layers=sum(change.layers for change in changes),
        use=_use(outer, first.place),
    )


def _one_line(span: Span) -> str:
    return " ".join(span.text.split())


def _at(place: Place, span: Span) -> Place:
    return Place(span.source.path, place.pointer, span)


def _use(frames: Sequence[Sequence[Frame]], place: Place) -> Use | None:
    """The innermost block around a line, and the lines that call it."""
    inner = [around[-1] for around in frames if around]
    if not inner:
        return None
    spans = {(id(frame.span.source), frame.span.start): frame.span for frame in inner}
    return Use(inner[0].label.removeprefix(BLOCK), tuple(_at(place, span) for span in spans.values()))


def _merged_details(changes: Sequence[Change]) -> Iterator[Detail]:
    """Each different detail once, with its count. Names of tensors lose what the block's use adds to them."""
    found: dict[Hashable, Detail] = {}
    for change in changes:
        for detail in change.details:
            local = _without_block(detail, change.name)
            texts = tuple(side.text if side is not None else None for side in (local.before, local.after))
            seen = found.get((local.what, texts))
            found[local.what, texts] = local if seen is None else replace(seen, times=seen.times + 1)
    whats = (detail.what for change in changes for detail in change.details)
    order = {what: number for number, what in enumerate(dict.fromkeys(whats))}
    yield from sorted(found.values(), key=lambda detail: order[detail.what])


def _without_block(detail: Detail, name: str) -> Detail:
    """`unit_1__main` is `main` inside of `unit_1`."""
    block = name.rpartition("__")[0]
    if not block or detail.what in ("name", "layer"):
        return detail
    sides = [None if side is None else replace(side, text=side.text.replace(f"`{block}__", "`")) for side in (detail.before, detail.after)]
    return replace(detail, before=sides[0], after=sides[1])

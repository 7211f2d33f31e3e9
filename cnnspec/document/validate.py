"""The check of a document: every mistake that one value alone shows, each told once, where it was written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnspec.catalogue import load_catalogue
from cnnspec.diagnostics import Diagnostic
from cnnspec.document.document import Document
from cnnspec.document.place import diagnose, pointer_of
from cnnspec.document.words import closest

if TYPE_CHECKING:
    from cnnspec.document.check import Fault, Path


def validate(document: Document, holes: Collection[str] = ()) -> list[Diagnostic]:
    """What the schema refuses in a document, in its order: names, keys, types, enums and ranges; nothing for a valid one.

    Rules across several values (shapes, wiring, loss against head) are not looked at here. `holes` are pointers whose values are
    unknown because a mistake in them was reported already: nothing is said about them, nor about a value that contains one.
    """
    from cnnspec.document.check import faults

    wrong = faults(document.json)
    if not wrong:
        return []
    from cnnspec.document.messages import explain  # with the tables of former names, for mistakes alone

    catalogue = load_catalogue()
    found = []
    inside, around = frozenset(holes), frozenset(above for hole in holes for above in _above(hole))
    for fault in _once(wrong):
        if holes and _is_about(fault, inside, around):
            continue
        words = explain(catalogue, document.json, fault)
        path = fault.path if words.path is None else words.path
        found.append(
            diagnose(document, path, words.code, words.message, label=words.label, help=words.help, part=words.part, change=words.change)
        )
    return found


def _is_about(fault: Fault, holes: Collection[str], around: Collection[str]) -> bool:
    """Whether a fault stands in a hole, or is the fault of a value (not of its keys) that has a hole in it; `around` are those values."""
    pointer = pointer_of(fault.path)
    of_keys = fault.keyword in ("required", "additionalProperties")
    return pointer in holes or any(above in holes for above in _above(pointer)) or (not of_keys and pointer in around)


def _above(pointer: str) -> Iterator[str]:
    """The pointers of the values that hold the value of `pointer`."""
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def _once(found: Iterable[Fault]) -> list[Fault]:
    """The faults, without a missing key where a misspelling of it is told already.

    A key is a misspelling of a missing one if it is close to it, or if it is close to nothing and one key alone is missing.
    """
    faults = list(found)
    unknown: dict[Path, list[str | None]] = {}
    for fault in faults:
        if fault.keyword == "additionalProperties":
            unknown.setdefault(fault.path[:-1], []).append(closest(str(fault.path[-1]), tuple(fault.expected)))
    kept: list[Fault] = []
    for fault in faults:
        if fault.keyword == "required" and (meant := unknown.get(fault.path)):
            missing = [key for key in fault.expected if key not in meant]
            if not missing or (len(missing) == 1 and meant == [None]):
                continue
            fault = replace(fault, expected=missing)
        kept.append(fault)
    return kept

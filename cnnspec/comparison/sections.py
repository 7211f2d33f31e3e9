"""What changed beside the network: data, augmentation, training, run, tuning, export, promises, searches, Python code."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import Entry, Parameter, load_catalogue
from cnnspec.catalogue.types import Part, options
from cnnspec.comparison.alignment import align
from cnnspec.comparison.change import Action, Change, Detail, Written, place_of
from cnnspec.comparison.meaning import meaning, same
from cnnspec.comparison.values import At, Held, different, different_items, held
from cnnspec.comparison.writing import Writer
from cnnspec.document.document import Document

Json: TypeAlias = Any
Settings: TypeAlias = "Mapping[str, Json] | None"

INHERITED: Final = "from `train`"
_ALWAYS: Final = frozenset({"run"})
"""Sections whose defaults hold where the section is not written."""


def setting_changes(before: Document, after: Document) -> Iterator[Change]:
    """Every setting that is another, in the order of the sections."""
    for detail in _all(before, after):
        action: Action = "added" if detail.before is None else "removed" if detail.after is None else "changed"
        document, pointer = after, detail.pointers[1]
        if action == "removed" or (pointer not in after.origins and detail.pointers[0] in before.origins):
            document, pointer = before, detail.pointers[0]  # what is not written any more has its place where it was
        value = {"added": detail.after, "removed": detail.before}.get(action)
        yield Change(action, "setting", detail.what, place_of(document, pointer), value.text if value else "", (detail,))


def _all(before: Document, after: Document) -> Iterator[Detail]:
    catalogue, top = load_catalogue(), At(before, after, ("", ""))
    for name in catalogue.names("section"):
        entry, a, b = catalogue.entry("section", name), before.json.get(name), after.json.get(name)
        assert entry is not None
        if entry.items == "layer":
            yield from different_items(a or [], b or [], top.inside(name))
        elif entry.items is not None:
            yield from _promises(a or [], b or [], top.inside(name))
        elif name in _ALWAYS:
            yield from _section(entry, a or {}, b or {}, top.inside(name))
        elif a != b and (a or {}) == (b or {}):  # an empty section means something: `tune { }` tunes
            yield _whole(entry, a, b, top.inside(name))
        else:
            yield from _section(entry, a, b, top.inside(name))
    yield from _searches(before.json.get("search", {}), after.json.get("search", {}), top.inside("search"))
    yield from _externs(before.json.get("extern", {}), after.json.get("extern", {}), top.inside("extern"))


# ---------------------------------------------------------------- sections


def _section(entry: Entry, a: Settings, b: Settings, at: At) -> Iterator[Detail]:
    for parameter in entry.params:
        name, inside = parameter.name, at.inside(parameter.name)
        if name not in (a or {}) and name not in (b or {}):
            continue
        part = next((option for option in options(parameter.parsed) if isinstance(option, Part)), None)
        if part is None:
            yield from different(parameter, held(parameter, a, name), held(parameter, b, name), inside)
        elif part.labelled:
            yield from _labelled(_entry(part), a, b, inside, name)
        else:
            yield from _part(_entry(part), held(parameter, a, name), held(parameter, b, name), inside)


def _entry(part: Part) -> Entry:
    entry = load_catalogue().entry("section", part.name)
    assert entry is not None, f"the vocabulary has no section {part.name}"
    return entry


def _part(entry: Entry, a: Held | None, b: Held | None, at: At) -> Iterator[Detail]:
    """`split { }`, or `checkpoint { }`, which means something though it is empty."""
    before, after = (found.value if found is not None else None for found in (a, b))
    if before is not None and after is not None:
        yield from _section(entry, before, after, at)
    elif before is not None or after is not None:
        yield _whole(entry, before, after, at)


def _whole(entry: Entry, a: Settings, b: Settings, at: At) -> Detail:
    before = None if a is None else Written(a, Writer(at.before).settings(entry, a, at.pointers[0]))
    after = None if b is None else Written(b, Writer(at.after).settings(entry, b, at.pointers[1]))
    return Detail(at.path, before, after, at.pointers)


def _labelled(entry: Entry, around: Settings, now_around: Settings, at: At, name: str) -> Iterator[Detail]:
    """`phase NAME { }` and `head NAME { }`. Phases are trained in their order."""
    a, b = (around or {}).get(name, {}), (now_around or {}).get(name, {})
    for label in dict.fromkeys((*a, *b)):
        if label not in a or label not in b:
            yield _whole(entry, a.get(label), b.get(label), at.inside(label))
        elif name == "phase":
            yield from _phase(entry, (a[label], around or {}), (b[label], now_around or {}), at.inside(label))
        else:
            yield from _section(entry, a[label], b[label], at.inside(label))
    before, after = [label for label in a if label in b], [label for label in b if label in a]
    if name == "phase" and before != after:
        yield Detail(f"{at.path} order", Written(before, ", ".join(before)), Written(after, ", ".join(after)), at.pointers)


def _phase(entry: Entry, a: tuple[Settings, Settings], b: tuple[Settings, Settings], at: At) -> Iterator[Detail]:
    """The settings of a phase, each with the section around it: what a phase does not say, `train` says."""
    for parameter in entry.params:
        if parameter.name in (a[0] or {}) or parameter.name in (b[0] or {}):
            yield from different(parameter, _held_in_phase(parameter, *a), _held_in_phase(parameter, *b), at.inside(parameter.name))


def _held_in_phase(parameter: Parameter, phase: Settings, train: Settings) -> Held | None:
    name = parameter.name
    outer = load_catalogue().entry("section", "train")
    if name in (phase or {}) or outer is None or name == "freeze":
        return held(parameter, phase, name)
    found = held(outer.parameter(name), train, name)
    return found if found is None or found.note else Held(found.value, INHERITED)


# ---------------------------------------------------------------- lists and declarations


def _promises(a: Sequence[Json], b: Sequence[Json], at: At) -> Iterator[Detail]:
    """The lines of `expect`. The line about a quantity is the same line with another bound."""
    pairs = align(a, b, (meaning, _quantity))
    partners, taken = dict(pairs), {j for _, j in pairs}
    for i, line in enumerate(a):
        j = partners.get(i)
        if j is None or not same(line, b[j]):
            inside = at.item(i, i if j is None else j)
            after = None if j is None else _promise(at.after, b[j], inside.pointers[1])
            yield Detail(at.path, _promise(at.before, line, inside.pointers[0]), after, inside.pointers)
    for j, line in enumerate(b):
        if j not in taken:
            inside = at.item(j, j)
            yield Detail(at.path, None, _promise(at.after, line, inside.pointers[1]), inside.pointers)


def _quantity(line: Json) -> Hashable:
    quantity: str = line["quantity"]
    return quantity


def _promise(document: Document, line: Json, pointer: str) -> Written:
    value = Writer(document).value(line["value"], f"{pointer}/value")
    return Written(line, f"{line['quantity']} {line['op']} {value}")


def _searches(a: Mapping[str, Json], b: Mapping[str, Json], at: At) -> Iterator[Detail]:
    """`let` with a search: its default and what is tried."""
    for name in dict.fromkeys((*a, *b)):
        if name not in a or name not in b or not same(a[name], b[name]):
            inside = at.inside(name)
            before = None if name not in a else _search(at.before, a[name], inside.pointers[0])
            after = None if name not in b else _search(at.after, b[name], inside.pointers[1])
            yield Detail(f"let {name}", before, after, inside.pointers)


def _search(document: Document, found: Json, pointer: str) -> Written:
    writer = Writer(document)
    call = writer.call("search", found["search"], found.get("arguments", {}), pointer)
    return Written(found, f"{writer.value(found['default'], f'{pointer}/default')} search {call}")


def _externs(a: Mapping[str, Json], b: Mapping[str, Json], at: At) -> Iterator[Detail]:
    """Declarations of Python code: each part that is another. `sha256` is the hash of its file."""
    for name in dict.fromkeys((*a, *b)):
        if name not in a or name not in b:
            inside = at.inside(name)
            before, after = (None if found is None else Written(found, f'from "{found["from"]}"') for found in (a.get(name), b.get(name)))
            yield Detail(inside.path, before, after, inside.pointers)
            continue
        for key in dict.fromkeys((*a[name], *b[name])):
            parts = [None if key not in side[name] else Held(side[name][key]) for side in (a, b)]
            yield from different(None, parts[0], parts[1], at.inside(name).inside(key))

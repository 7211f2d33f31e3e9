"""The difference of two specs: lines for people, JSON for programs. docs/diff.md says what the signs and the fields mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from cnnspec.comparison.change import Change, CountChange, Detail, Difference, Place, ShapeChange, Use, Written
from cnnspec.render import Look, visible
from cnnspec.render.records import place as place_record
from cnnspec.report.units import bytes_text, count_text
from cnnspec.shapes import Shape, show

Json: TypeAlias = Any

_SIGNS: Final = {"added": "+", "removed": "-", "changed": "~", "moved": "~"}
_STYLES: Final = {"+": "32", "-": "31", "~": "33"}
_BOLD: Final = "1"
_DIM: Final = "2"
_WORDS: Final = {"layer": "", "name": "renamed ", "inputs": "", "outputs": ""}
"""How a detail begins that is no argument."""

_MOST: Final = 4
"""So many different values of one argument are told; a block can be called with hundreds."""


def difference_text(a: str, b: str, difference: Difference, look: Look) -> str:
    """The changes part by part, each with its place; one line where there are none."""
    names = f"{visible(a)} -> {visible(b)}"
    if not difference.changes:
        return f"{names}: the same network and training\n"
    lines = [look.paint(names, _BOLD)]
    if difference.network:
        lines += ["", look.paint("network", _BOLD), *(_line(change, look) for change in difference.network)]
        lines += _shape_lines(difference, look)
    if difference.settings:
        lines += ["", look.paint("settings", _BOLD), *(_line(change, look) for change in difference.settings)]
    if difference.counts:
        lines += ["", *_counts(difference.counts)]
    count = len(difference.changes)
    return "\n".join([*lines, "", f"{count} change{'s' if count > 1 else ''}", ""])


# ---------------------------------------------------------------- one change


def _line(change: Change, look: Look) -> str:
    sign = _SIGNS[change.action]
    words = _setting(change) if change.subject == "setting" else f"{_subject(change)}{_says(change)}"
    return f"{look.paint(f'  {sign} {visible(words)}', _STYLES[sign])}  {look.paint(f'({visible(_where(change))})', _DIM)}"


def _setting(change: Change) -> str:
    (detail,) = change.details
    return f"{change.name}: {change.text}" if change.text else f"{change.name}: {_values(detail)}"


def _subject(change: Change) -> str:
    """Whom it happened to: `conv2d_1 (Conv2D)`, or `Conv2D in block `unit`, 9 times`."""
    times = len(change.names)
    match change.subject:
        case "model" | "input" | "output":
            words = f"input {change.name}" if change.subject == "input" and change.names else change.subject
            return f"{words} {change.text}".rstrip() if change.action != "changed" else words
        case "block":
            layers = f"{change.layers} layer{'s' if change.layers > 1 else ''}"
            called = f": {change.text}" if change.text and change.action != "changed" else ""
            many = f", {times} times" if times > 1 else ""
            return f"block {change.names[0]}{many}, {layers}{called}"
    inside = f" in block {change.use.block}" if change.use is not None else ""
    if times > 1 and change.place.span is None:
        return f"{change.name} and {times - 1} more ({change.text})"
    if times > 1:
        return f"{change.text}{inside}, {times} times"
    if change.action in ("added", "removed"):
        return f"{change.name}: {change.text}"
    return f"{change.name} ({change.text})"


def _says(change: Change) -> str:
    """What happened, behind a colon."""
    if change.action in ("added", "removed"):
        told = [f"{detail.what} {written.text}" for detail in change.details if (written := detail.after or detail.before) is not None]
        return f", {', '.join(told[:_MOST])}" if told else ""
    whats = list(dict.fromkeys(detail.what for detail in change.details))
    told = [_told(what, [detail for detail in change.details if detail.what == what], len(change.names)) for what in whats]
    moved = "moved, " if change.action == "moved" else ""
    return f": {moved}{', '.join(told)}"


def _told(what: str, details: Sequence[Detail], times: int) -> str:
    """One argument with its values before and after; several of them where a block was called with several."""
    word = _WORDS.get(what, f"{what} ")
    shown = [f"{_values(detail)}{_times(detail, details, times)}" for detail in details[:_MOST]]
    if len(details) > _MOST:
        shown.append(f"and {len(details) - _MOST} more")
    return word + "; ".join(shown)


def _times(detail: Detail, details: Sequence[Detail], times: int) -> str:
    partly = len(details) > 1 or detail.times < times
    return f" ({detail.times} time{'s' if detail.times > 1 else ''})" if partly and times > 1 else ""


def _values(detail: Detail) -> str:
    before, after = detail.before, detail.after
    if before is not None and after is not None:
        return f"{_value(before)} -> {_value(after)}"
    return f"{_value(after)} added" if after is not None else f"{_value(before)} removed" if before is not None else ""


def _value(written: Written) -> str:
    return f"{written.text} ({written.note})" if written.note else written.text


# ---------------------------------------------------------------- places


def _where(change: Change) -> str:
    called = change.use.calls if change.use is not None else ()
    if not called:
        return _place(change.place)
    shown = [_place(place) for place in called[: _MOST - 1]]
    others = len(called) - len(shown)
    more = f" and {others} more line{'s' if others > 1 else ''}" if others else ""
    return f"{_place(change.place)}, called from {', '.join(shown)}{more}"


def _place(place: Place) -> str:
    return f"{place.span.source.path}:{place.span.line}" if place.span is not None else f"{place.path}: at {place.pointer}"


# ---------------------------------------------------------------- shapes


def _shape_lines(difference: Difference, look: Look) -> Iterator[str]:
    shapes = difference.shapes
    if shapes:
        first, count = shapes[0], len(shapes)
        place = look.paint(f"({visible(_place(first.place))})", _DIM)
        many = f"{count} layers give another shape, the first is " if count > 1 else "another shape is given by "
        yield f"  {many}{visible(_shape_change(first))}  {place}"
    for output in difference.outputs:
        yield f"  output {visible(_shape_change(output))}"


def _shape_change(change: ShapeChange) -> str:
    return f"{change.name}: {_shapes(change.before)} -> {_shapes(change.after)}"


def _shapes(shapes: Iterable[Shape | None]) -> str:
    return " ".join(show(shape) for shape in shapes)


# ---------------------------------------------------------------- counts


_COUNTS: Final[Mapping[str, tuple[str, Callable[[int], str]]]] = {
    "params": ("parameters", "{:,}".format),
    "trainable_params": ("trainable", "{:,}".format),
    "macs": ("MACs", count_text),
    "activation_bytes": ("activations", bytes_text),
}
"""What a figure is called, and how it is written."""


def _counts(changes: Sequence[CountChange]) -> Iterator[str]:
    """A line for each; those that are trained are told where they are not simply all parameters."""
    figures = {change.quantity: (change.before, change.after) for change in changes}
    for change in changes:
        if change.quantity != "trainable_params" or figures.get("params") != figures[change.quantity]:
            yield _count(change)


def _count(change: CountChange) -> str:
    """`parameters 54,410 -> 61,000 (+12.1%)`"""
    title, write = _COUNTS[change.quantity]
    before, after = ("?" if figure is None else write(figure) for figure in (change.before, change.after))
    grown = f" ({100 * (change.after / change.before - 1):+.1f}%)" if change.before and change.after is not None else ""
    return f"{title} {before} -> {after}{grown}"


# ---------------------------------------------------------------- JSON


def difference_json(a: str, b: str, difference: Difference | None, diagnostics: Json) -> str:
    """One JSON object on one line. Without a difference, a file has mistakes."""
    found: dict[str, Json] = {
        "before": a,
        "after": b,
        "same": None,
        "changes": [],
        "shapes": [],
        "outputs": [],
        "counts": [],
        "diagnostics": diagnostics,
    }
    if difference is not None:
        found |= {
            "same": not difference.changes,
            "changes": [_change(change) for change in difference.changes],
            "shapes": [_shape_record(change) for change in difference.shapes],
            "outputs": [_shape_record(change) for change in difference.outputs],
            "counts": [asdict(change) for change in difference.counts],
        }
    return json.dumps(found)


def _change(change: Change) -> Json:
    return {
        "action": change.action,
        "subject": change.subject,
        "name": change.name,
        "text": change.text or None,
        "details": [_detail(detail) for detail in change.details],
        "names": list(change.names),
        "layers": change.layers,
        **_record(change.place),
        "block": _use(change.use) if change.use is not None else None,
    }


def _detail(detail: Detail) -> Json:
    return {
        "what": detail.what,
        "before": _side(detail.before),
        "after": _side(detail.after),
        "times": detail.times,
    }


def _side(written: Written | None) -> Json:
    return None if written is None else {"value": written.value, "text": written.text, "note": written.note or None}


def _use(use: Use) -> Json:
    return {"name": use.block, "calls": [_record(place) for place in use.calls]}


def _record(place: Place) -> Json:
    return {"file": place.path, **place_record(place.span), "pointer": place.pointer}


def _shape_record(change: ShapeChange) -> Json:
    return {"name": change.name, "before": change.before, "after": change.after, **_record(change.place)}

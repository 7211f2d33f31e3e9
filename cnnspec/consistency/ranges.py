"""Numbers that are promised: whether a quantity can be what a line of `expect` says, and what two lines say together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.place import at

Line: TypeAlias = Mapping[str, Any]

OPPOSITE: Final = {"<": ">=", ">=": "<", "<=": ">", ">": "<=", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from `low` to `high`; an open end is not one of them."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def overlaps(self, other: Range) -> bool:
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return low < high or (low == high and not low_open and high_closed)


COUNT: Final = Range(low=0)
SHARE: Final = Range(low=0, high=1)
SCORE: Final = Range(high=1)


def promised(op: str, value: float) -> list[Range]:
    """The numbers that keep a promise; two ranges where one number alone breaks it."""
    match op:
        case "<" | "<=":
            return [Range(high=value, high_open=op == "<")]
        case ">" | ">=":
            return [Range(low=value, low_open=op == ">")]
        case "==":
            return [Range(value, value)]
    return [Range(high=value, high_open=True), Range(low=value, low_open=True)]


def beyond(spec: Spec, place: str, line: Line, possible: Range) -> Iterator[Diagnostic]:
    """A promise that a quantity cannot keep (E0805), or cannot break (W0401), whatever the run gives."""
    op, value = line["op"], line["value"]
    if _overlap(promised(op, value), [possible]) and _overlap(promised(OPPOSITE[op], value), [possible]):
        return
    kept = _overlap(promised(op, value), [possible])
    reason = "at least 0" if value <= possible.low else "at most 1"
    message = f"`{line['quantity']}` is {reason}, so it is {'always' if kept else 'never'} {_said(line)}"
    label = "promises nothing" if kept else "cannot be kept"
    help = "write a number above 0" if possible is COUNT else _share(spec, place, value)
    yield at(spec.document, f"{place}/value", "W0401" if kept else "E0805", message, label=label, help=help)


def contradictions(spec: Spec, possible: Callable[[Line], Range]) -> Iterator[Diagnostic]:
    """Two lines about one quantity of which each can be kept alone, but not both (E0805)."""
    written = [(f"/expect/{i}", line) for i, line in enumerate(spec.document.json.get("expect") or []) if _is_number(line["value"])]
    lines = [(place, line) for place, line in written if _overlap(_of(line), [possible(line)])]
    for i, (place, line) in enumerate(lines):
        for earlier, other in lines[:i]:
            if other["quantity"] == line["quantity"] and not _overlap(_of(line), _of(other)):
                message = f"`{line['quantity']}` cannot be {_said(line)} and {_said(other)}"
                labels, help = ((earlier, "the other promise"),), "delete one of them"
                yield at(spec.document, place, "E0805", message, label="cannot both be kept", labels=labels, help=help)
                break


def _of(line: Line) -> list[Range]:
    return promised(line["op"], line["value"])


def _said(line: Line) -> str:
    value = line["value"]
    return f"{line['op']} {value if isinstance(value, float) else format(value, '_')}"


def _overlap(some: list[Range], others: list[Range]) -> bool:
    return any(one.overlaps(other) for one in some for other in others)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(spec: Spec, place: str, value: float) -> str:
    """What to write instead of a share that there is not: `98%` for `98`."""
    origin = spec.document.origin(f"{place}/value")
    written = origin.value.text if origin and origin.value else ""
    return f"write `{value:g}%`" if 1 < value <= 100 and "%" not in written else "write a share above 0% and below 100%"

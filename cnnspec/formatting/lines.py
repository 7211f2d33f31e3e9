"""A run -> lines of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cnnspec.formatting.parts import Bracket, Comment, Run, Segment

WIDTH: Final = 100
STEP: Final = 2


def lines_of(run: Run, indent: int) -> list[str]:
    lines: list[str] = []
    _write_run(lines, run, indent, "")
    return lines


def write_comment(lines: list[str], comment: Comment, indent: int) -> None:
    """On a line of its own, or behind the last line."""
    if comment.own_line:
        lines.append(" " * indent + comment.text)
    else:
        lines[-1] += f"  {comment.text}"


def fits(run: Run, indent: int, tail: str = "") -> bool:
    return not run.forced and indent + len(run.flat) + len(tail) <= WIDTH


def _write_run(lines: list[str], run: Run, indent: int, tail: str) -> None:
    """`tail` is the comma that follows on the last line."""
    if fits(run, indent, tail):
        lines.append(" " * indent + run.flat + tail)
        return
    segments = run.segments if _has_several_lines(run, indent, tail) else (_joined(run),)
    for number, segment in enumerate(segments):
        deeper = indent + STEP if number else indent
        if isinstance(segment, Comment):
            write_comment(lines, segment, deeper)
        else:
            _write_segment(lines, segment, deeper, tail if number == len(segments) - 1 else "")


def _has_several_lines(run: Run, indent: int, tail: str) -> bool:
    """Whether each segment has a line of its own: what is no chain only if all of them fit then."""
    if run.apart or run.forced:
        return run.apart
    room = WIDTH - indent - STEP - len(tail)
    return run.chain or all(_width(segment) <= room for segment in run.segments if not isinstance(segment, Comment))


def _joined(run: Run) -> Segment:
    parts: list[str | Bracket] = []
    for segment in run.segments:
        if not isinstance(segment, Comment):
            parts += [" ", *segment] if parts else segment
    return tuple(parts)


def _write_segment(lines: list[str], segment: Segment, indent: int, tail: str) -> None:
    broken = _broken(segment, WIDTH - indent, len(tail))
    line = " " * indent
    for number, part in enumerate(segment):
        if isinstance(part, str):
            line += part
        elif number not in broken:
            line += part.flat
        else:
            lines.append(line + part.open)
            _write_entries(lines, part, indent + STEP)
            line = " " * indent + part.close
    lines.append(line + tail)


def _write_entries(lines: list[str], bracket: Bracket, indent: int) -> None:
    runs = [entry for entry in bracket.entries if isinstance(entry, Run)]
    for entry in bracket.entries:
        if isinstance(entry, Comment):
            write_comment(lines, entry, indent)
        else:
            _write_run(lines, entry, indent, bracket.last_comma if entry is runs[-1] else ",")


def _broken(segment: Segment, room: int, tail: int) -> set[int]:
    """The brackets that are opened up: those that must be, then the widest on each line that is too wide."""
    broken = {number for number, part in enumerate(segment) if isinstance(part, Bracket) and part.forced}
    while wide := _on_a_wide_line(segment, broken, room, tail):
        broken.add(max(wide, key=lambda number: _width([segment[number]])))
    return broken


def _on_a_wide_line(segment: Segment, broken: set[int], room: int, tail: int) -> list[int]:
    """The brackets that could be opened up on the first line that is too wide."""
    width = 0
    closed: list[int] = []
    for number, part in enumerate(segment):
        if isinstance(part, Bracket) and number in broken:
            if width + len(part.open) > room and closed:
                return closed
            width, closed = len(part.close), []
        else:
            width += _width([part])
            if isinstance(part, Bracket) and part.entries:
                closed.append(number)
    return closed if width + tail > room else []


def _width(parts: Iterable[str | Bracket]) -> int:
    return sum(len(part if isinstance(part, str) else part.flat) for part in parts)

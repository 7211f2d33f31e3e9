"""What is said about lines in Keras's way: once for those that follow each other, with the lines to write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from cnnspec.diagnostics import Diagnostic, Fix
from cnnspec.python.lines import Lines
from cnnspec.python.text import lines_of
from cnnspec.source import Span


@dataclass(frozen=True, slots=True)
class Habit:
    """One way of Python's: how it is told about one line, and about several."""

    code: str
    one: str
    several: str
    label: str


HABITS: Final = {
    "call": Habit(
        "E0308",
        "a layer is not called with a tensor in brackets",
        "layers are not called with tensors in brackets",
        "Keras's way of calling",
    ),
    "add": Habit("E0206", "a layer is a line of its own", "layers are not added to a model: each is a line of its own", "Python"),
    "arithmetic": Habit("E0405", "there is no arithmetic on tensors", "there is no arithmetic on tensors", "a layer does this"),
    "layer": Habit("E0206", "a layer that lines share begins with `layer`", "shared layers begin with `layer`", "Keras's way of sharing"),
    "input": Habit("E0507", "an input is a line of its own", "an input is a line of its own", "Keras's way of declaring it"),
    "model": Habit("E0206", "a model is not made by a call", "a model is not made by a call", "Python"),
    "program": Habit("E0206", "what Python does here is said in sections", "what Python does here is said in sections", "Python"),
    "": Habit("E0308", "this line reads a result that has another name", "these lines read results that have other names", "reads it"),
}
"""The first that a group of lines has gives the group its name."""


@dataclass(frozen=True, slots=True)
class Change:
    """A statement, and the lines that stand in its place; no lines where it is deleted."""

    span: Span
    lines: Sequence[str]
    habits: frozenset[str]


def told(body: Lines) -> Iterator[Diagnostic]:
    """One diagnostic for each run of statements that change."""
    run: list[Change] = []
    for _, group in groupby(body.lines, key=lambda line: id(line.owner)):
        lines = list(group)
        owner, new = lines[0].owner, [statement for line in lines for statement in line.new]
        changes = lines[0].kind != "nested" and not (len(new) == 1 and new[0] is owner)
        if changes:
            texts = [text for statement in new for text in lines_of(statement)]
            run.append(Change(owner.span, texts, frozenset(line.habit for line in lines)))
        elif run:
            yield diagnostic(run)
            run = []
        for inner in lines[0].inner:
            yield from told(inner)
    if run:
        yield diagnostic(run)


def diagnostic(run: Sequence[Change]) -> Diagnostic:
    found = frozenset[str]().union(*(change.habits for change in run))
    habit = next(habit for name, habit in HABITS.items() if name in found or not name)
    lines = [line for change in run for line in change.lines]
    help = ("delete it" if len(run) == 1 else "delete them") if not lines else "write\n" + "\n".join(lines)
    if len(lines) == 1:
        help = f"write `{lines[0]}`"
    label = habit.label if len(run) == 1 else f"{habit.label}, also in the {_count(len(run) - 1)} below"
    message = habit.one if len(run) == 1 else habit.several
    return Diagnostic(code=habit.code, message=message, span=run[0].span, label=label, help=help, fix=_fix(run))


def _count(number: int) -> str:
    return "line" if number == 1 else f"{number} lines"


def _fix(run: Sequence[Change]) -> Fix:
    """The fix that writes the lines in place of the statements, and leaves the comments between them."""
    source, text = run[0].span.source, run[0].span.source.text
    start = at = run[0].span.start - (len(_indent(text, run[0].span.start)) if _goes(text, run[0]) else 0)
    pieces: list[str] = []
    for change in run:
        indent = _indent(text, change.span.start)
        if _goes(text, change):
            pieces.append(text[at : change.span.start - len(indent)])
            at = change.span.end + 1
        else:
            pieces += [text[at : change.span.start], f"\n{indent}".join(change.lines)]
            at = change.span.end
    return Fix(Span(source, start, at), "".join(pieces), safe=True)


def _goes(text: str, change: Change) -> bool:
    """Whether a statement is deleted with its whole line."""
    return not change.lines and _alone(text, change.span)


def _indent(text: str, at: int) -> str:
    """The space before a statement on its line."""
    found = re.search(r"[ \t]*$", text[text.rfind("\n", 0, at) + 1 : at])
    return found[0] if found else ""


def _alone(text: str, span: Span) -> bool:
    """Whether a statement has its line to itself."""
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    return not before.strip() and text.startswith("\n", span.end)

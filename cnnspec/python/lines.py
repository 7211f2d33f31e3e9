"""The lines of a body, named and written: what was `x = Dense(10)(x)` becomes `Dense(10)`, which reads the line above it.

`bodies.py` has read which result each line reads, as `x` is another one after each line that gives it. Every line of Python's goes on with
the trunk; it names its source where that is not the line above, and has a name where another line reads it so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from cnnspec.python.layers import Application
from cnnspec.python.names import NotUnderstood, Result
from cnnspec.source import Span
from cnnspec.syntax import tree


@dataclass(slots=True, eq=False)
class Line:
    """One line of a body. `owner` is the statement that it comes from, `habit` the way of Python's in which it was written, if any.

    `new` is what is written, but for lines that apply layers, for outputs and for what has a body.
    """

    owner: tree.Statement
    kind: Literal["plain", "input", "apply", "output", "nested"] = "plain"
    habit: str = ""
    new: tuple[tree.Statement, ...] = ()
    place: Span | None = None
    """Where the layer stands, if `owner` is more than the line."""
    application: Application | None = None
    reads: list[Result] = field(default_factory=list)
    passed: dict[str, Result] = field(default_factory=dict)
    gives: list[Result] = field(default_factory=list)
    targets: tuple[tree.Identifier, ...] = ()
    inner: list[Lines] = field(default_factory=list)

    @property
    def is_branch(self) -> bool:
        """Whether the line leaves the current tensor alone: one of ours with a name before it, or one with several results."""
        return len(self.gives) > 1 or (not self.habit and isinstance(self.owner, tree.Assign))

    def is_implicit(self, current: Result | None) -> bool:
        """Whether the line says no source: it reads the current tensor and begins with a layer."""
        application = self.application
        if application is None or application.listed or application.given or self.reads != [current] or self.is_branch:
            return False
        written = bool(self.habit) or not application.sources
        return written and isinstance(application.steps[0], tree.Call)

    def after(self, current: Result | None) -> Result | None:
        """The current tensor behind the line."""
        if self.kind == "input":
            return self.gives[0] if current is None else None
        return self.gives[0] if self.gives and not self.is_branch else current


@dataclass(slots=True, eq=False)
class Lines:
    """A body. `entry` is what comes into it; in a `loop` that is another one in each turn."""

    entry: Result | None = None
    loop: bool = False
    lines: list[Line] = field(default_factory=list)

    def mark(self) -> None:
        """Find the results that are read by name."""
        current = self.entry
        for line in self.lines:
            for inner in line.inner:
                inner.mark()
            by_name = list(line.passed.values())
            if line.kind == "apply" and not line.is_implicit(current):
                by_name += line.reads
            if (line.kind == "output" and not (line.habit and line.reads == [current])) or len(line.gives) > 1:
                by_name += [*line.reads, *line.gives]
            for result in by_name:
                result.needed = True
            current = line.after(current)

    def fixed(self) -> Iterator[str]:
        """The names that are given already."""
        for line in self.lines:
            yield from (result.fixed for result in line.gives if result.fixed is not None)
            for inner in line.inner:
                yield from inner.fixed()

    def name(self, taken: Counter[str]) -> None:
        """Give names to the results that have to have one; an output keeps its own."""
        for result in (result for line in self.lines if line.kind == "output" for result in line.reads):
            result.settle(taken)
        if self.entry is not None and self.loop:
            self.entry.settle(taken)
        for line in self.lines:
            for inner in line.inner:
                inner.name(taken)
            if line.kind == "nested" and any(result.needed for result in line.gives):
                raise NotUnderstood(line.owner.span, "what this ends with is read by name further down")
            for result in line.gives:
                result.settle(taken)

    def write(self) -> None:
        """What each line is: afterwards it stands in `new`. What comes into a loop and is read by name there has a line of its own."""
        current = self.entry
        for line in self.lines:
            if line.kind == "apply":
                line.new = _applied(line, current)
            elif line.kind == "output":
                line.new = _output(line, current)
            elif line.kind == "nested":
                line.new = _nested(line)
            current = line.after(current)

        if self.entry is not None and self.entry.needed and self.loop:
            self.lines[0].new = (_identity(self.entry, self.lines[0].owner.span), *self.lines[0].new)

    def statements(self) -> tuple[tree.Statement, ...]:
        return tuple(statement for line in self.lines for statement in line.new)


def _applied(line: Line, current: Result | None) -> tuple[tree.Statement, ...]:
    application, owner = line.application, line.owner
    assert application is not None and isinstance(owner, tree.Assign | tree.Apply)
    written = [source.text for source in application.sources]
    if not line.habit and (not written or written == [result.name for result in line.reads]):
        return (owner,)
    first = () if line.is_implicit(current) else (_source(line, application),)
    steps = (*first, *application.steps)
    chain = tree.Chain(line.place or owner.chain.span, steps[0], steps[1:])
    if line.is_branch:
        return (tree.Assign(owner.span, _identifiers(line.targets, line.gives), chain),)
    place, name = line.targets[0].span if line.targets else chain.span, line.gives[0].fixed
    shape = owner.shape if isinstance(owner, tree.Apply) else None
    return (tree.Apply(line.place or owner.span, chain, tree.Identifier(place, name) if name else None, shape),)


def _identifiers(targets: Iterable[tree.Identifier], results: Sequence[Result]) -> tuple[tree.Identifier, ...]:
    return tuple(tree.Identifier(target.span, result.name) for target, result in zip(targets, results, strict=True))


def _source(line: Line, application: Application) -> tree.Expression:
    """What the line reads, by name: `x`, or `[a, b, mask=m]`."""
    places = [source.span for source in application.sources] or [line.owner.span] * len(line.reads)
    names = tuple(tree.Name(place, result.name) for place, result in zip(places, line.reads, strict=True))
    if len(names) == 1 and not application.listed and not application.given:
        return names[0]
    given = (
        replace(item, value=tree.Name(item.value.span, line.passed[item.name.text].name)) if item.name.text in line.passed else item
        for item in application.given
    )
    return tree.ListExpression(names[0].span, (*names, *given))


def _output(line: Line, current: Result | None) -> tuple[tree.Statement, ...]:
    if line.habit and line.reads == [current]:
        return ()
    owner = line.owner
    if isinstance(owner, tree.Output) and [name.text for name in owner.names] == [result.name for result in line.reads]:
        return (owner,)
    return (tree.Output(owner.span, tuple(tree.Identifier(owner.span, result.name) for result in line.reads)),)


def _nested(line: Line) -> tuple[tree.Statement, ...]:
    """A loop or a choice with its lines as they are now; what it ends with is named by a line of its own where it is read so."""
    for inner in line.inner:
        inner.write()
    bodies = iter(line.inner)
    return (_with_bodies(line.owner, lambda body: replace(body, statements=next(bodies).statements())),)


def _with_bodies(statement: tree.Statement, other: Callable[[tree.Body], tree.Body]) -> tree.Statement:
    """The statement with other bodies, which are asked for in the order of `bodies_of`."""
    match statement:
        case tree.Repeat(body=body) | tree.For(body=body):
            return replace(statement, body=other(body))
        case tree.If(then=then, otherwise=otherwise):
            then = other(then)
            if isinstance(otherwise, tree.If):
                chosen = _with_bodies(otherwise, other)
                assert isinstance(chosen, tree.If)
                return replace(statement, then=then, otherwise=chosen)
            return replace(statement, then=then, otherwise=other(otherwise) if otherwise else None)
    return statement


def _identity(result: Result, place: Span) -> tree.Statement:
    call = tree.Call(place, tree.Name(place, "Identity"), ())
    return tree.Apply(place, tree.Chain(place, call, ()), tree.Identifier(place, result.name), None)

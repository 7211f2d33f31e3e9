"""`--set PATH=VALUE`: values from the command line that take the place of those in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnspec.diagnostics import Diagnostic
from cnnspec.source import Source, Span
from cnnspec.suggest import nearest
from cnnspec.syntax import parse_expression
from cnnspec.syntax.tree import Expression

COMMAND_LINE = "<command line>"
PREFIX = "--set "


@dataclass(frozen=True, slots=True)
class Override:
    path: str
    text: str
    value: Expression
    span: Span
    """The path, in the text of the command line."""


@dataclass(slots=True, eq=False)
class Overrides:
    """The overrides of one elaboration. Whoever builds a part of the document asks for it by path."""

    given: dict[str, Override] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def take(self, path: str) -> Override | None:
        """The override of `path`, if there is one. The path counts as known from now on."""
        if not self.given:
            return None
        self._asked.add(path)
        return self.given.get(path)

    def unknown(self) -> list[Diagnostic]:
        """A diagnostic for each override that no part of the document asked for."""
        return [self._unknown(override) for path, override in self.given.items() if path not in self._asked]

    def _unknown(self, override: Override) -> Diagnostic:
        parts = override.path.split(".")
        known = 0
        while known < len(parts) - 1 and any(path.startswith(".".join(parts[: known + 1]) + ".") for path in self._asked):
            known += 1
        around = ".".join(parts[:known])
        siblings = {path[len(around) + 1 if around else 0 :].split(".")[0] for path in self._asked if not around or path.startswith(around + ".")}
        start = override.span.start + len(around) + (1 if around else 0)
        span = Span(override.span.source, start, start + len(parts[known]))
        near = nearest(parts[known], siblings)
        place = f"`{around}`" if around else "this file"
        suggestion = ".".join([*parts[:known], near or "", *parts[known + 1 :]])
        what = "a `let`, a section" if not around else "its parts"
        listed = ", ".join(f"`{name}`" for name in sorted(siblings)[:12])
        return Diagnostic(
            code="E0902",
            message=f"`--set`: {place} has no `{parts[known]}`",
            span=span,
            label="unknown path",
            help=f"did you mean `{suggestion}`?" if near else f"{what}: {listed}" if listed else None,
        )


def read_overrides(arguments: Sequence[str]) -> tuple[Overrides, list[Diagnostic]]:
    """The overrides in `PATH=VALUE` form; what cannot be read is reported and left out."""
    found, diagnostics = Overrides(), []
    for argument in arguments:
        override, problems = _read(argument)
        diagnostics += problems
        if override is None:
            continue
        if override.path in found.given:
            message = f"`--set`: `{override.path}` is given twice"
            diagnostics.append(Diagnostic(code="E0903", message=message, span=override.span, label="second value", help="delete one of them"))
        found.given[override.path] = override
    return found, diagnostics


def _read(argument: str) -> tuple[Override | None, list[Diagnostic]]:
    path, equals, text = argument.partition("=")
    source = Source(COMMAND_LINE, PREFIX + argument)
    span = Span(source, len(PREFIX), len(PREFIX) + max(1, len(path)))
    if not equals or not path.strip() or not text.strip():
        message = "`--set` takes PATH=VALUE"
        return None, [Diagnostic(code="E0903", message=message, span=span, label="a value is missing", help="for example `--set train.epochs=3`")]
    value, problems = parse_expression(source, start=len(PREFIX) + len(path) + 1)
    if value is None or problems:
        return None, [
            Diagnostic(
                code="E0903",
                message=f"`--set`: the value of `{path}` cannot be read",
                span=problems[0].span if problems else span,
                label=problems[0].message if problems else "",
                help="a value is written as in a `.cnn` file; text needs quotes, and the shell needs quotes around it: `--set 'data.source=npz(\"x.npz\")'`",
            )
        ]
    return Override(path.strip(), text, value, span), []

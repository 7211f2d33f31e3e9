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
QUOTING = (
    "a value is written as in a `.cnn` file; text needs quotes, and the shell needs quotes around it: `--set 'data.source=npz(\"x.npz\")'`"
)
EXAMPLES = {"optimizer": "Adam", "loss": "SparseCategoricalCrossentropy", "source": "npz"}
"""An object for settings that are often a word in the file."""


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
        while known < len(parts) - 1 and self._names_below(".".join(parts[: known + 1])):
            known += 1
        around, word = ".".join(parts[:known]), parts[known]
        span = _part_span(override, known)
        if ".".join(parts[: known + 1]) in self._asked:
            return self._no_parts(override, known)
        siblings = self._names_below(around)
        near = nearest(word, siblings)
        suggestion = ".".join([*parts[:known], near or "", *parts[known + 1 :]])
        listed = ", ".join(f"`{name}`" for name in sorted(siblings)[:12])
        deeper = next((asked for asked in sorted(self._asked) if asked.endswith(f".{override.path}")), None)
        if near is None and deeper is not None:
            near, suggestion = word, deeper
        choices = f"{'its parts' if around else 'what can be set'}: {listed}" if listed else "it has no settings"
        return Diagnostic(
            code="E0902",
            message=f"`--set`: {f'`{around}`' if around else 'this file'} has no `{word}`",
            span=span,
            label="unknown path",
            help=f"did you mean `{suggestion}`?" if near else choices,
        )

    def _names_below(self, path: str) -> set[str]:
        """The names that may follow a path (all first names for the empty path)."""
        start = f"{path}." if path else ""
        return {asked.removeprefix(start).split(".")[0] for asked in self._asked if asked.startswith(start)}

    def _no_parts(self, override: Override, known: int) -> Diagnostic:
        """`train.optimizer.learning_rate`, where the file has no object whose argument that could be."""
        parts = override.path.split(".")
        whole, rest = ".".join(parts[: known + 1]), parts[known + 1 :]
        example = EXAMPLES.get(parts[known])
        value = f"{example}({'learning_rate' if rest == ['lr'] else rest[0]}={override.text})" if example else "..."
        quote = "'" if example else ""
        return Diagnostic(
            code="E0902",
            message=f"`--set`: `{whole}` has no parts in this file",
            span=_part_span(override, known + 1),
            label="nothing to set here",
            help=f"set it as a whole: `--set {quote}{whole}={value}{quote}`",
        )


def _part_span(override: Override, number: int) -> Span:
    """The place of one part of an override's path on the command line."""
    parts = override.path.split(".")
    start = override.span.start + sum(len(part) + 1 for part in parts[:number])
    return Span(override.span.source, start, start + max(1, len(parts[number])))


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
            diagnostics.append(
                Diagnostic(code="E0903", message=message, span=override.span, label="second value", help="delete one of them")
            )
        found.given[override.path] = override
    return found, diagnostics


def _read(argument: str) -> tuple[Override | None, list[Diagnostic]]:
    path, equals, text = argument.partition("=")
    source = Source(COMMAND_LINE, PREFIX + argument)
    span = Span(source, len(PREFIX), len(PREFIX) + max(1, len(path)))
    if not equals or not path.strip() or not text.strip():
        message = "`--set` takes PATH=VALUE"
        return None, [
            Diagnostic(code="E0903", message=message, span=span, label="a value is missing", help="for example `--set train.epochs=3`")
        ]
    value, problems = parse_expression(source, start=len(PREFIX) + len(path) + 1)
    if value is None or problems:
        return None, [
            Diagnostic(
                code="E0903",
                message=f"`--set`: the value of `{path}` cannot be read",
                span=problems[0].span if problems else span,
                label=problems[0].message if problems else "",
                help=QUOTING,
            )
        ]
    return Override(path.strip(), text, value, span), []

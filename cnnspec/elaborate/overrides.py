"""`--set PATH=VALUE`: values from the command line that take the place of those in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnspec.diagnostics import Diagnostic
from cnnspec.source import Source, Span
from cnnspec.syntax import parse_expression
from cnnspec.syntax.tree import Constant, Expression

COMMAND_LINE = "<command line>"
PREFIX = "--set "
QUOTING = (
    "a value is written as in a `.cnn` file; text needs quotes, and the shell needs quotes around it: `--set 'data.source=npz(\"x.npz\")'`"
)


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
    asked: dict[str, str] = field(default_factory=dict)
    """The paths that exist, each with the name of the object that is called there, or with no text."""
    _lost: set[str] = field(default_factory=set)

    def take(self, path: str | None) -> Override | None:
        """The override of `path`, if there is one. The path counts as known from now on."""
        if not self.given or path is None:
            return None
        self.asked.setdefault(path, "")
        return self.given.get(path)

    def called(self, path: str | None, name: str) -> None:
        """Note that an object stands at `path`: people may write its name where the path has a number."""
        if self.given and path is not None:
            self.asked[path] = name

    def lose(self, path: str | None) -> None:
        """Note that something at `path` could not be read, which was reported: what is below it may exist."""
        if self.given and path is not None:
            self._lost.add(path)

    def below(self, path: str | None) -> list[str]:
        """The names that the overrides give right below `path`."""
        start = f"{path}."
        inside = [given.removeprefix(start) for given in self.given if path is not None and given.startswith(start)]
        return [rest for rest in inside if "." not in rest]

    def unknown(self) -> list[Diagnostic]:
        """A diagnostic for each override that no part of the document asked for."""
        wrong = [override for path, override in self.given.items() if path not in self.asked and not self._is_lost(path)]
        if not wrong:
            return []
        from cnnspec.elaborate.override_paths import unknown_path  # its tables are large, and for mistakes alone

        return [unknown_path(override, self.asked) for override in wrong]

    def _is_lost(self, path: str) -> bool:
        return any(path == lost or path.startswith(f"{lost}.") for lost in self._lost)


def is_none(override: Override) -> bool:
    """Whether a part is left out: `--set augment=None`."""
    return isinstance(override.value, Constant) and override.value.text == "None"


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
    if not equals or not text.strip() or not all(path.strip().split(".")):
        message = "`--set` takes PATH=VALUE"
        label = "a value is missing" if all(path.strip().split(".")) else "a word is missing"
        return None, [Diagnostic(code="E0903", message=message, span=span, label=label, help="for example `--set train.epochs=3`")]
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

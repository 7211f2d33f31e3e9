"""Sections -> the document's settings: `data`, `augment`, `train`, `run`, `tune`, `export`, `expect`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnnspec.catalogue import Entry, Parameter
from cnnspec.catalogue.types import ObjectOf, Part, Type, kinds, options
from cnnspec.diagnostics import Fix, Label
from cnnspec.document.document import Json
from cnnspec.elaborate.arguments import ANYTHING, Place, Writer
from cnnspec.elaborate.context import Context
from cnnspec.elaborate.functions import COMPARISONS
from cnnspec.elaborate.overridden import left_out, set_line, set_lines
from cnnspec.elaborate.scope import Scope
from cnnspec.elaborate.settings import known_setting, per_output, quoted, report_colons
from cnnspec.source import Span
from cnnspec.syntax import tree


@dataclass(frozen=True, slots=True)
class Sections:
    """Writes the sections of one file. `layers` are the names of the model's layers, which `freeze` may name."""

    context: Context
    scope: Scope
    layers: frozenset[str]

    def write(self, section: tree.Section | None, entry: Entry) -> Json:
        """The JSON of one section of the file, or what overrides alone make of it; None where there is neither."""
        place = Place(f"/{entry.name}", entry.name, layers=self.layers)
        if section is not None:
            self.context.written(place.pointer, section.name.span, section.span)
        if entry.items is not None:
            lines = set_lines(self.context, entry, section.body.statements if section else None)
            return None if lines is None else self._items(lines, entry, place)
        if left_out(self.context, entry.name):
            return None
        settings = self._settings(section.body if section else None, entry, place)
        return settings if settings or section is not None else None

    # ------------------------------------------------------------ settings

    def _settings(self, body: tree.Body | None, entry: Entry, place: Place) -> dict[str, Json]:
        writer = Writer(self.context, self.scope)
        result: dict[str, Json] = {}
        first: dict[str, Span] = {}
        colons: list[tuple[Span, str]] = []
        broken = False
        told = per_output(self.context, body, entry) if body else []
        for statement in body.statements if body else ():
            match statement:
                case _ if any(statement is one for one in told):
                    pass
                case tree.Assign(names=(name,), chain=tree.Chain(first=expression, steps=())):
                    self._add(name, expression, entry, place, writer, result, first)
                case tree.Apply(chain=tree.Chain(first=tree.Name(span, text), steps=()), alias=None, shape=expression) if expression:
                    name = tree.Identifier(span, text)
                    text, expression = quoted(writer, entry.parameter(name.text) or ANYTHING, expression)
                    colons.append((statement.span, f"{name.text} = {text}"))
                    self._add(name, expression, entry, place, writer, result, first)
                case tree.Section():
                    self._part(statement, entry, place, result, first)
                case tree.Broken():
                    broken = True
                    self.context.overrides.lose(place.path)
                case tree.Apply(chain=tree.Chain(first=tree.Unary(operator="-"))) if broken:
                    pass  # an item of a list in YAML, below the line that was reported
                case _:
                    self._misplaced(statement, entry)
        report_colons(self.context, colons)
        self._overridden(entry, place, result, writer)
        return result

    def _add(
        self,
        name: tree.Identifier,
        expression: tree.Expression,
        entry: Entry,
        place: Place,
        writer: Writer,
        result: dict[str, Json],
        first: dict[str, Span],
    ) -> None:
        """Put `name = expression` into `result`."""
        known = known_setting(self.context, name, expression, entry)
        if known is not None and self._is_new(known, known.text, first, entry.name):
            result[known.text] = self._setting(known, expression, entry, place, writer)

    def _setting(self, name: tree.Identifier, expression: tree.Expression, entry: Entry, place: Place, writer: Writer) -> Json:
        """The JSON of `name = expression`."""
        parameter = entry.parameter(name.text)
        inside = _inside(place, name.text, parameter)
        self.context.written(inside.pointer, name.span, expression.span)
        return writer.parameter(parameter, expression, inside) if parameter else writer.unknown(expression, inside)

    def _overridden(self, entry: Entry, place: Place, result: dict[str, Json], writer: Writer) -> None:
        """Settings from the command line, also those that the file leaves out."""
        for parameter in entry.params:
            inside = _inside(place, parameter.name, parameter)
            part = _part_of(parameter)
            if parameter.name in result:
                continue
            override = self.context.overrides.take(inside.path) if part is None else None
            if override is not None:
                result[parameter.name] = writer.override(override, parameter.parsed, inside)
            elif part is not None and not part.labelled and self.context.overrides.given and not left_out(self.context, inside.path):
                settings = self._settings(None, self._section(part.name), inside)
                if settings:
                    result[parameter.name] = settings

    def _is_new(self, name: tree.Identifier, key: str, first: dict[str, Span], section: str) -> bool:
        if key not in first:
            first[key] = name.span
            return True
        message, labels = f"`{key}` is set twice in `{section}`", (Label(first[key], "first value"),)
        self.context.error("E0304", name.span, message, label="second value", labels=labels, help="delete one of them")
        return False

    # ------------------------------------------------------------ parts

    def _part(self, section: tree.Section, entry: Entry, place: Place, result: dict[str, Json], first: dict[str, Span]) -> None:
        """`checkpoint { }`, or one of several `phase NAME { }`."""
        name, label = section.name, section.label
        parameter = entry.parameter(name.text)
        part = _part_of(parameter) if parameter else None
        if part is None:
            self._no_part(section, entry, parameter)
            return
        if part.labelled != (label is not None):
            message = f"`{name.text}` needs a name" if part.labelled else f"`{name.text}` takes no name"
            help = f"write `{name.text} NAME {{ }}`" if part.labelled else f"write `{name.text} {{ }}`"
            self.context.error("E0206", label.span if label else name.span, message, help=help)
            return
        if not self._is_new(label or name, f"{name.text} {label.text}" if label else name.text, first, entry.name):
            return
        inside = place.inside(name.text)
        if left_out(self.context, inside.path if label is None else f"{place.path}.{label.text}"):
            return
        if label is None:
            self.context.written(inside.pointer, name.span, section.span)
            result[name.text] = self._settings(section.body, self._section(part.name), inside)
            return
        labelled = replace(inside.inside(label.text), path=f"{place.path}.{label.text}")
        self.context.written(labelled.pointer, label.span, section.span)
        result.setdefault(name.text, {})[label.text] = self._settings(section.body, self._section(part.name), labelled)

    def _no_part(self, section: tree.Section, entry: Entry, parameter: Parameter | None) -> None:
        name = section.name.text
        parts = [p.name for p in entry.params if _part_of(p)]
        if parameter is not None:
            help: str | None = f"write `{name} = ...`"
        else:
            help = f"its parts are {', '.join(f'`{part}`' for part in parts)}" if parts else None
        self.context.error("E0701", section.name.span, f"`{entry.name}` has no part `{name}`", label="unknown part", help=help)

    def _section(self, name: str) -> Entry:
        entry = self.context.catalogue.entry("section", name)
        assert entry is not None, f"the vocabulary has no section {name}"
        return entry

    def _misplaced(self, statement: tree.Statement, entry: Entry) -> None:
        fix = None
        match statement:
            case tree.Assign(names=names) if len(names) > 1:
                help = "set them one by one"
            case tree.Assign():
                help = "a setting is `name = value`"
            case tree.Apply(chain=tree.Chain(first=tree.Unary(operator="-"))):
                help = "a list stands in square brackets: `name = [a, b]`"
            case tree.Apply(chain=tree.Chain(first=tree.Name(text=text), steps=())):
                help = f"a setting has a value: `{text} = ...`"
            case tree.Apply(chain=tree.Chain(first=tree.Binary(operator="==", left=tree.Name() as left, right=right), steps=())):
                written = f"{left.text} = {right.span.text}"
                help, fix = f"write `{written}`", Fix(statement.span, written, safe=True)
            case tree.Apply():
                help = "layers belong in `model`, `block` or `augment`; a setting is `name = value`"
            case _:
                help = "a section holds settings: `name = value`"
        self.context.error("E0206", statement.span, f"this cannot stand in `{entry.name}`", label="not a setting", help=help, fix=fix)

    # ------------------------------------------------------------ lists

    def _items(self, lines: Sequence[tree.Statement], entry: Entry, place: Place) -> list[Json]:
        """The lines of `augment` (layers) or of `expect` (comparisons)."""
        result: list[Json] = []
        for line in lines:
            inside = place.inside(len(result))
            match statement := set_line(self.context, inside.path, line):
                case tree.Apply(chain=tree.Chain(first=tree.Call() as call, steps=()), alias=None, shape=None) if entry.items == "layer":
                    result.append(Writer(self.context, self.scope).object(call, LAYER, inside))
                case tree.Apply(chain=tree.Chain(first=tree.Binary() as comparison, steps=())) if entry.items == "comparison":
                    self._comparison(comparison, inside, result)
                case tree.Broken():
                    self.context.overrides.lose(place.path)
                case _:
                    what = (
                        'a layer, for example `RandomFlip("horizontal")`'
                        if entry.items == "layer"
                        else "a comparison, for example `test.accuracy >= 98%`"
                    )
                    self.context.error("E0206", statement.span, f"this cannot stand in `{entry.name}`", help=f"each line is {what}")
        return result

    def _comparison(self, comparison: tree.Binary, place: Place, result: list[Json]) -> None:
        quantity = _dotted(comparison.left)
        if comparison.operator not in COMPARISONS or quantity is None:
            self.context.error("E0206", comparison.span, "this is not a comparison of a quantity", help=_comparison_help(comparison))
            return
        self.context.written(place.pointer, None, comparison.span)
        self.context.written(f"{place.pointer}/quantity", None, comparison.left.span)
        value = place.inside("value")
        self.context.written(value.pointer, None, comparison.right.span)
        written = Writer(self.context, self.scope).parameter(ANYTHING, comparison.right, value)
        result.append({"quantity": quantity, "op": comparison.operator, "value": written})


LAYER: Type = ObjectOf("layer")
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _inside(place: Place, name: str, parameter: Parameter | None) -> Place:
    """Where a setting goes. Only in one that selects layers may their names stand as words."""
    inside = place.inside(name)
    if parameter is None or _part_of(parameter) is not None or "selection" in kinds(parameter.parsed):
        return inside
    return replace(inside, layers=frozenset())


def _part_of(parameter: Parameter) -> Part | None:
    return next((option for option in options(parameter.parsed) if isinstance(option, Part)), None)


def _dotted(expression: tree.Expression) -> str | None:
    """`test.accuracy` as text."""
    if isinstance(expression, tree.Name):
        return expression.text
    if isinstance(expression, tree.Attribute):
        around = _dotted(expression.value)
        return f"{around}.{expression.name.text}" if around else None
    return None


def _comparison_help(comparison: tree.Binary) -> str:
    operator, left, right = comparison.operator, comparison.left.span.text, comparison.right.span.text
    if operator in ("and", "or"):
        return "write one comparison a line"
    if operator in COMPARISONS and _dotted(comparison.right) is not None:
        return f"the quantity stands first: `{right} {MIRRORED.get(operator, operator)} {left}`"
    return "write a quantity, a comparison and a value: `params <= 300_000`"

"""A whole program of Python, or one around the sections of a spec: said once, with the sections that it means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cnnspec.catalogue import Catalogue
from cnnspec.diagnostics import Diagnostic, Fix, Label
from cnnspec.python.names import NotUnderstood
from cnnspec.python.program import Program, Setting
from cnnspec.python.report import Change, diagnostic
from cnnspec.python.source import python_program
from cnnspec.python.text import lines_of, text_of
from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.failure import strip_comment

_SECTIONS: Final = ("data", "train", "run", "export")
_EXAMPLE: Final = "write the model line by line\ncnn 1\n\nmodel net {\n  input image: (28, 28, 1)\n  Flatten()\n  Dense(10)\n}"
_NO_PLACE: Final = "where the data lie is not said in this program: put their place behind `source =`"


@dataclass(frozen=True, slots=True)
class Spec:
    """The statements that say what a program says. `notes` tell what is not in them: without any it is sure that they are the same."""

    statements: list[tree.Statement]
    notes: list[str]

    @property
    def lines(self) -> list[str]:
        """The text: values stand together, sections apart."""
        found: list[str] = []
        for statement in self.statements:
            lines = lines_of(statement)
            found += [*([""] if found and not (len(lines) == 1 and found[-1].startswith("let ")) else []), *lines]
        return found


def whole_program(source: Source, catalogue: Catalogue) -> tuple[tree.File, list[Diagnostic]] | None:
    """A text that is a Python program. None for any other text."""
    statements = python_program(source)
    if statements is None:
        return None
    program, place = Program(catalogue, frozenset()), _first_line(source)
    program.read(statements)
    try:
        spec = _spec(program, place, ())
    except NotUnderstood as why:
        broken = tree.Broken(Span(source, 0, len(source.text)))
        return tree.File(source, (broken,)), [_refused(place, _EXAMPLE, labels=(Label(why.place, why.why),))]
    text = "\n".join(["cnn 1", "", *spec.lines, ""])
    fix = Fix(Span(source, 0, len(source.text)), text, safe=not spec.notes)
    number = Span(Source(source.path, "1"), 0, 1)  # in the program it does not stand
    version = tree.Version(place, tree.Number(number, 1, ""))
    told = _refused(place, f"write\n{text.rstrip()}", tuple(spec.notes), fix)
    return tree.File(source, (version, *spec.statements)), [told]


def _first_line(source: Source) -> Span:
    """The first line that is neither a comment nor our own version."""
    for number in range(1, source.line_count + 1):
        line = strip_comment(source.line(number)).rstrip()
        if line.strip() not in ("", "cnn 1"):
            return Span(source, source.line_start(number), source.line_start(number) + len(line))
    return Span(source, 0, 1)


def _refused(place: Span, help: str, notes: tuple[str, ...] = (), fix: Fix | None = None, labels: tuple[Label, ...] = ()) -> Diagnostic:
    message, label = "this is a Python program, not a spec", "Python begins here"
    labels = tuple(other for other in labels if other.span != place)
    return Diagnostic(code="E0007", message=message, span=place, label=label, labels=labels, notes=notes, help=help, fix=fix)


def program_in(file: tree.File, catalogue: Catalogue) -> tuple[tree.File, list[Diagnostic]] | None:
    """The file with what stands at its top in Python as the sections that it means. None where that cannot be said."""
    sections = {statement.name.text for statement in file.statements if isinstance(statement, tree.Section)}
    defined = frozenset(s.name.text for s in file.statements if isinstance(s, tree.Let | tree.Block | tree.Extern))
    program = Program(catalogue, defined)
    program.read([statement for statement in file.statements if isinstance(statement, tree.Assign | tree.Apply)])
    if not (program.settings or program.model) or any(setting.section in sections for setting in program.settings):
        return None
    if "model" in sections and program.model:
        return None
    kept = list(program.values.values())
    gone = [statement for statement in program.used if not any(statement is value for value in kept)]
    program.values.clear()
    program.lost = [span for span in program.lost if any(statement.span.start <= span.start < statement.span.end for statement in gone)]
    try:
        spec = _spec(program, gone[0].span, sections)
    except NotUnderstood:
        return None
    statements = [statement for statement in file.statements if not any(statement is other for other in gone)]
    return replace(file, statements=(*statements, *spec.statements)), list(_told(file, gone, spec))


def _told(file: tree.File, gone: Sequence[tree.Statement], spec: Spec) -> Iterator[Diagnostic]:
    """Said at the first statement, in whose place the sections stand; the others are deleted."""
    run: list[Change] = []
    for statement in (*file.statements, None):
        if statement is not None and any(statement is other for other in gone):
            run.append(Change(statement.span, spec.lines if statement is gone[0] else (), frozenset({"program"})))
        elif run:
            found = diagnostic(run)
            safe = found.fix is not None and not spec.notes
            yield replace(found, notes=tuple(spec.notes), fix=replace(found.fix, safe=safe) if found.fix else None)
            run = []


# ---------------------------------------------------------------- the sections


def _spec(program: Program, place: Span, existing: Collection[str]) -> Spec:
    """The sections that a program means, but for those that there are already. Raises `NotUnderstood`."""
    notes = []
    statements: list[tree.Statement] = [_model(program, place)] if "model" not in existing else []
    for section in _SECTIONS:
        settings = {setting.name: setting for setting in program.settings if setting.section == section}
        if section == "data" and section not in existing and (settings or program.source is not None or program.fitted):
            settings = {"source": _source(program, place), **settings}
            notes += [_NO_PLACE] if program.source is None else []
        if settings:
            statements.append(_section(section, [setting.assignment for setting in settings.values()], next(iter(settings.values())).place))
    if program.lost:
        *others, last = sorted({span.line for span in program.lost})
        lines = f"lines {', '.join(map(str, others))} and {last} do" if others else f"line {last} does"
        notes.append(f"what {lines} is not in this spec")
    if program.dropped:
        notes.append(f"not in this spec is {', '.join(f'`{name}`' for name in program.dropped)}")
    return Spec([*_lets(program, statements), *statements], notes)


def _section(name: str, statements: Iterable[tree.Statement], place: Span, label: str | None = None) -> tree.Section:
    identifier = tree.Identifier(place, label) if label is not None else None
    return tree.Section(place, tree.Identifier(place, name), identifier, tree.Body(place, tuple(statements)))


def _model(program: Program, place: Span) -> tree.Section:
    if not program.model:
        raise NotUnderstood(program.lost[0] if program.lost else place)
    reader = program.body()
    statements = list(reader.finish())
    if program.scale is not None:
        _scale(statements, program.scale)
    return _section("model", statements, place, reader.label or "net")


def _scale(statements: list[tree.Statement], number: tree.Expression) -> None:
    """Images are read as they are stored: that the program divides them before the training is the first line of the model."""
    first, place = statements[0], number.span
    assert isinstance(first, tree.Input)
    if any(re.search(rf"\b{first.name.text}\b", line) for statement in statements[1:] for line in lines_of(statement)):
        raise NotUnderstood(place, "this belongs into the model, and its input is read more than once")
    scale = tree.Binary(place, "/", tree.Number(Span(place.source, place.start, place.start), 1, ""), number)
    call = tree.Call(place, tree.Name(place, "Rescaling"), (tree.Argument(place, None, scale),))
    statements.insert(1, tree.Apply(place, tree.Chain(place, call, ()), None, None))


def _lets(program: Program, statements: Sequence[tree.Statement]) -> list[tree.Statement]:
    """The values that the model or a setting reads by name."""
    text, found = "\n".join(line for statement in statements for line in lines_of(statement)), list[tree.Statement]()
    for name, statement in reversed(program.values.items()):
        if re.search(rf"\b{name}\b(?!=)", text):
            value = program.recognizer.plain(statement.chain.first)
            found.insert(0, tree.Let(statement.span, statement.names[0], None, value, None, None))
            text += "\n" + text_of(value)
    return found


def _source(program: Program, place: Span) -> Setting:
    if program.source is not None:
        return Setting("data", "source", tree.Call(program.source.span, program.source, ()), program.source.span)
    arguments = (tree.Argument(place, None, tree.String(place, "data.npz")),)
    return Setting("data", "source", tree.Call(place, tree.Name(place, "npz"), arguments), place)

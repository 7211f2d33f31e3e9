"""What is written as Python in a text with mistakes, read as the statements of a spec that it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnspec.catalogue import Catalogue
from cnnspec.diagnostics import Diagnostic
from cnnspec.python.bodies import BodyReader
from cnnspec.python.names import Known, NotUnderstood, Uses
from cnnspec.python.report import told
from cnnspec.python.whole import program_in, whole_program
from cnnspec.syntax import tree


def understood(file: tree.File, syntax: Sequence[Diagnostic], catalogue: Catalogue) -> tuple[tree.File, list[Diagnostic]] | None:
    """The file as it is meant, and what is said about it: its syntax errors `syntax`, or what takes their place. None without Python."""
    if syntax or not any(isinstance(statement, tree.Section | tree.Block | tree.Let) for statement in file.statements):
        program = whole_program(file.source, catalogue)
        if program is not None:
            return program
    found: list[Diagnostic] = []
    statements: list[tree.Statement] = []
    for statement in file.statements:
        if isinstance(statement, tree.Block):
            names = [parameter.name.text for parameter in statement.parameters]
            statement = replace(statement, body=_body(file, statement.body, names, catalogue, found))
        elif isinstance(statement, tree.Section) and statement.name.text == "model":
            statement = replace(statement, body=_body(file, statement.body, (), catalogue, found))
        statements.append(statement)
    file = replace(file, statements=tuple(statements))
    around = program_in(file, catalogue)
    if around is not None:
        file, found = around[0], [*found, *around[1]]
    return (file, [*syntax, *found]) if found else None


def _body(file: tree.File, body: tree.Body, names: Sequence[str], catalogue: Catalogue, found: list[Diagnostic]) -> tree.Body:
    """A body with its lines of Python as ours; what is said about them is added to `found`. One that cannot be followed stays."""
    blocks = frozenset(s.name.text for s in file.statements if isinstance(s, tree.Block | tree.Extern))
    lets = {s.name.text for s in (*file.statements, *body.statements) if isinstance(s, tree.Let)}
    aliases = {s.alias.text for s in file.statements if isinstance(s, tree.Import)}
    reader = BodyReader(catalogue, Known(blocks, frozenset({*lets, *aliases, *names})), Uses.of(body.statements, body.span.text, names))
    try:
        reader.read(body.statements)
        statements = reader.finish()
    except NotUnderstood:
        return body
    diagnostics = list(told(reader.body))
    found += diagnostics
    return replace(body, statements=statements) if diagnostics else body

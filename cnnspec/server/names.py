"""The names of a file: where each is defined, and where it is used.

What a name means where it is used, the elaborator has noted. Two things are added here: what it never came to (a branch that is not
taken, a loop of no turns), and words that are names without being expressions: a block's arguments, the layers in `freeze`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from cnnspec.compiler import Analysis
from cnnspec.elaborate.declared import in_every_branch
from cnnspec.elaborate.scope import Binding
from cnnspec.elaborate.values import BlockDefinition, ExternDefinition
from cnnspec.server.visible import holds
from cnnspec.server.walk import bodies, parts
from cnnspec.server.where import words
from cnnspec.source import Span
from cnnspec.syntax import tree

DefinitionKind = Literal["input", "tensor", "shared layer", "let", "block", "extern", "parameter", "loop name", "library"]


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name gets its meaning. It is visible to the end of `body`."""

    name: str
    span: Span
    kind: DefinitionKind
    body: Span
    statement: tree.Statement | tree.Parameter


@dataclass(slots=True, eq=False)
class Names:
    """The definitions of a file by their place, and for each use of a name in it the place where that is defined: here or in a library."""

    definitions: dict[Span, Definition] = field(default_factory=dict)
    uses: dict[Span, Span] = field(default_factory=dict)
    _same: dict[Span, Span] = field(default_factory=dict)
    """For what several branches of an `if` define: the first of them, which stands for all."""

    def at(self, offset: int) -> tuple[Span, Span] | None:
        """The name at an offset: its place, and the place of its definition."""
        for span in (*self.uses, *self.definitions):
            if span.start <= offset <= span.end:
                return span, self.first(self.uses.get(span, span))
        return None

    def first(self, definition: Span) -> Span:
        return self._same.get(definition, definition)

    def definitions_of(self, definition: Span) -> list[Span]:
        """All places that define the same name: more than one only after an `if`."""
        return [span for span in self.definitions if self.first(span) == definition] or [definition]

    def uses_of(self, definition: Span) -> list[Span]:
        return sorted((span for span, found in self.uses.items() if self.first(found) == definition), key=lambda span: span.start)

    def resolve(self, name: str, at: int) -> Definition | None:
        """The definition of a name that the elaborator never came to: the innermost one above."""
        above = [d for d in self.definitions.values() if d.name == name and d.span.start < at and holds(d.body, at)]
        return max(above, key=lambda d: d.body.start, default=None)


@lru_cache(maxsize=8)
def names_of(analysis: Analysis) -> Names:
    """The names of the file of an analysis."""
    names = Names()
    whole = Span(analysis.source, 0, len(analysis.source.text))
    _define_all(names, analysis.file.statements, whole)
    for place, meanings in analysis.trace.uses.items():
        if place.source is analysis.source:
            names.uses[place] = meanings[0].span
    uses = _Uses(analysis, names)
    for statement in analysis.file.statements:
        uses.read(statement)
    return names


# ---------------------------------------------------------------- definitions


def _define_all(names: Names, statements: tuple[tree.Statement, ...], body: Span) -> None:
    for statement in statements:
        _define(names, statement, body)


def _define(names: Names, statement: tree.Statement, body: Span) -> None:
    def add(name: tree.Identifier, kind: DefinitionKind, where: Span = body, owner: tree.Statement | tree.Parameter = statement) -> None:
        names.definitions[name.span] = Definition(name.text, name.span, kind, where, owner)

    match statement:
        case tree.Let(name=name):
            add(name, "let")
        case tree.Import(alias=alias):
            add(alias, "library")
        case tree.Input(name=name):
            add(name, "input")
        case tree.Layer(name=name):
            add(name, "shared layer")
        case tree.Extern(name=name, parameters=parameters):
            add(name, "extern")
            for parameter in parameters:
                add(parameter.name, "parameter", statement.span, parameter)
        case tree.Block(name=name, parameters=parameters):
            add(name, "block")
            for parameter in parameters:
                add(parameter.name, "parameter", statement.body.span, parameter)
            _define_all(names, statement.body.statements, statement.body.span)
        case tree.Assign(names=assigned):
            for name in assigned:
                add(name, "tensor")
        case tree.Apply(alias=tree.Identifier() as alias):
            add(alias, "tensor")
        case tree.Repeat(body=inner):
            _define_all(names, inner.statements, inner.span)
        case tree.For(names=turns, body=inner):
            for name in turns:
                add(name, "loop name", inner.span)
            _define_all(names, inner.statements, inner.span)
        case tree.If():
            _define_if(names, statement, body)
        case tree.Section(name=tree.Identifier(text="model"), body=inner):
            _define_all(names, inner.statements, inner.span)


def _define_if(names: Names, statement: tree.If, body: Span) -> None:
    """What every branch defines is visible behind the `if`, and is one name."""
    spans = []
    for branch in bodies(statement):
        spans.append(branch.span)
        _define_all(names, branch.statements, branch.span)
    for name in in_every_branch(statement):
        same = [d for d in names.definitions.values() if d.name == name and d.body in spans]
        for definition in same:
            names.definitions[definition.span] = replace(definition, body=body)
            names._same[definition.span] = same[0].span


# ---------------------------------------------------------------- uses


@dataclass(frozen=True, slots=True)
class _Uses:
    """Finds the uses that the elaborator has no note of."""

    analysis: Analysis
    names: Names

    def read(self, statement: tree.Statement) -> None:
        for node in parts(statement):
            match node:
                case tree.Name(span=span, text=text) if span not in self.names.uses:
                    self._use(span, self.names.resolve(text, span.start))
                case tree.Output(names=outputs):
                    for name in outputs:
                        if name.span not in self.names.uses:
                            self._use(name.span, self.names.resolve(name.text, name.span.start))
                case tree.Broken():
                    self._broken(node.span)
                case tree.Call():
                    self._arguments(node)
                case tree.Chain(first=tree.ListExpression(items=items), steps=(tree.Call(callee=callee), *_)):
                    self._inputs(items, callee)
                case tree.Section(name=tree.Identifier(text="head"), label=tree.Identifier() as label):
                    self._layer(label.span, label.text)
                case tree.Assign(names=(tree.Identifier(text="freeze"),), chain=chain):
                    self._frozen(chain.first)

    def _use(self, span: Span, definition: Definition | None) -> None:
        if definition is not None:
            self.names.uses[span] = definition.span

    def _broken(self, line: Span) -> None:
        """The words of a line that cannot be read, but for what would be the name of an argument."""
        read = list(words(line.text))
        for token, behind in zip(read, [*read[1:], None], strict=False):
            if token.kind == "word" and (behind is None or behind.text != "="):
                span = Span(line.source, line.start + token.start, line.start + token.end)
                self._use(span, self.names.resolve(token.text, span.start))

    def _callee(self, callee: tree.Expression) -> tree.Block | tree.Extern | None:
        """The block or extern that is called; None for what is Keras's."""
        place = callee.name.span if isinstance(callee, tree.Attribute) else callee.span
        for meaning in self.analysis.trace.uses.get(place, ()):
            if isinstance(meaning.value, BlockDefinition | ExternDefinition):
                return meaning.value.definition
        found = self.names.resolve(callee.text, place.start) if isinstance(callee, tree.Name) else None
        return found.statement if found is not None and isinstance(found.statement, tree.Block | tree.Extern) else None

    def _arguments(self, call: tree.Call) -> None:
        """`residual(stride=2)` names a parameter of the block."""
        definition = self._callee(call.callee)
        parameters = {p.name.text: p.name.span for p in definition.parameters} if definition else {}
        for argument in call.arguments:
            if argument.name is not None and argument.name.text in parameters:
                self.names.uses[argument.name.span] = parameters[argument.name.text]

    def _inputs(self, items: tuple[tree.Expression | tree.KeywordItem, ...], callee: tree.Expression) -> None:
        """`[x, skip=y] -> up(16)` names an input of the block."""
        definition = self._callee(callee)
        if not isinstance(definition, tree.Block):
            return
        inputs = {s.name.text: s.name.span for s in definition.body.statements if isinstance(s, tree.Input)}
        for item in items:
            if isinstance(item, tree.KeywordItem) and item.name.text in inputs:
                self.names.uses[item.name.span] = inputs[item.name.text]

    def _frozen(self, expression: tree.Expression) -> None:
        """`freeze = [base, "stem__conv2d_1", layers(base)]`: the names of layers, as words or as strings."""
        for item in expression.items if isinstance(expression, tree.ListExpression) else (expression,):
            if isinstance(item, tree.Call):
                bases = [a.value for i, a in enumerate(item.arguments) if (a.name is None and i == 0) or (a.name and a.name.text == "base")]
                item = bases[0] if bases else item
            match item:
                case tree.Name(span=span, text=text):
                    self._layer(span, text)
                case tree.String(span=span, value=text) if span.text[1:-1] == text:
                    self._layer(Span(span.source, span.start + 1, span.end - 1), text)

    def _layer(self, span: Span, text: str) -> None:
        """The name of a layer: up to the first `__` it is that of a line of the model."""
        own = text.split("__")[0]
        models = [s for s in self.analysis.file.statements if isinstance(s, tree.Section) and s.name.text == "model"]
        for definition in self.names.definitions.values():
            if definition.name == own and models and definition.body == models[0].body.span and definition.kind != "let":
                place = span if len(own) == len(span.text) else Span(span.source, span.start, span.start + len(own))
                self.names.uses[place] = definition.span


def meanings(analysis: Analysis, definition: Span) -> list[Binding]:
    """What the name that is defined at a place meant, in every expansion of which there is a note."""
    found = [binding for bindings in analysis.trace.uses.values() for binding in bindings if binding.span == definition]
    bodies = (scope.names.values() for scope in analysis.trace.scopes.values())
    return found or [binding for names in bodies for binding in names if binding.span == definition]

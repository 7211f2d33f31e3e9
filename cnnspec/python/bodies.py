"""The body of a model or a block in Keras's way: it is read statement by statement, and each becomes a `Line`, or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from cnnspec.catalogue import Catalogue
from cnnspec.python.inputs import of_input, of_layer
from cnnspec.python.layers import Application, Built, Recognizer, name_of
from cnnspec.python.lines import Line, Lines
from cnnspec.python.names import GENERIC, Known, NotUnderstood, Result, Uses, bodies_of, given
from cnnspec.source import Span
from cnnspec.syntax import tree

INPUTS = ("Input", "InputLayer")
SEQUENCE, MODELS = "Sequential", ("Model", "Functional")


@dataclass(slots=True, eq=False)
class BodyReader:
    """Reads one body. `latest` is the result of the line above; `nested` says whether it is the body of a loop or a choice."""

    catalogue: Catalogue
    known: Known
    uses: Uses
    latest: Result | None = None
    nested: bool = False
    strict: bool = False
    """Whether a line that cannot be read makes the whole body so: in a program nothing of the model may be left out."""
    shape: tree.Expression | None = None
    """The shape of an input whose shape is said nowhere, where the data say it."""
    inputs: int = 0
    jumped: bool = False
    """Whether the line above is one of Python's that did not read the line above it."""
    body: Lines = field(default_factory=Lines)
    label: str | None = None
    """The name of the model, where it is given one."""

    @property
    def recognizer(self) -> Recognizer:
        return Recognizer(self.catalogue, self.known)

    def read(self, statements: Sequence[tree.Statement]) -> None:
        for statement in statements:
            match statement:
                case tree.Input():
                    self._input(statement)
                case tree.Assign():
                    self._assign(statement)
                case tree.Apply():
                    self._apply(statement)
                case tree.Output():
                    self._output(statement)
                case tree.Repeat() | tree.For() | tree.If():
                    self._nested(statement)
                case tree.Layer(name=name):
                    self.known.shared.add(name.text)
                    self._keep(statement)
                case _:
                    self._keep(statement)

    def _add(self, line: Line) -> None:
        self.body.lines.append(line)

    def _keep(self, statement: tree.Statement) -> None:
        self._add(Line(statement, new=(statement,)))

    # ------------------------------------------------------------ inputs and outputs

    def _input(self, statement: tree.Input) -> None:
        self.inputs += 1
        result = Result(fixed=statement.name.text)
        self.known.tensors[statement.name.text] = result
        self.latest = result if self.inputs == 1 else None
        self._add(Line(statement, "input", new=(statement,), gives=[result]))

    def _new_input(self, owner: tree.Statement, shape: tree.Expression, place: Span, habit: str, name: str = "") -> None:
        """An `input` that Keras says by a call or by an argument."""
        if self.nested:
            raise NotUnderstood(place)
        offers = [offer for offer in ("image", "image_1", "image_2") if self.known.is_free(offer) and offer not in self.uses.given]
        chosen = name if name and not self.uses.is_carrier(name) else next(iter(offers), "")
        if not chosen:
            raise NotUnderstood(place)
        self.inputs += 1
        result = Result(fixed=chosen)
        self.known.tensors[chosen] = result
        self.known.tensors[name or chosen] = result
        self.latest = result if self.inputs == 1 else None
        statement = tree.Input(owner.span, tree.Identifier(place, chosen), shape)
        self._add(Line(owner, "input", habit, new=(statement,), gives=[result]))

    def _output(self, statement: tree.Output) -> None:
        known = [self.known.tensors.get(name.text) for name in statement.names]
        if all(known):
            self._add(Line(statement, "output", reads=[result for result in known if result]))
        else:
            self._keep(statement)

    def _model(self, statement: tree.Assign | tree.Apply, call: tree.Call) -> None:
        """`Model(inputs, outputs)`: its outputs are the `output` of the body, unless they are its end."""
        named = {a.name.text if a.name else ("inputs", "outputs")[min(i, 1)]: a.value for i, a in enumerate(call.arguments)}
        found = self.recognizer.read(named["outputs"]) if "outputs" in named else None
        if found is None or self.nested or any(line.kind == "output" for line in self.body.lines):
            raise NotUnderstood(call.span)
        self.label = name_of(call)
        sources = [self.known.tensors[source.text] for source in found.sources]
        if found.steps:
            sources = [self._applied(statement, found, ())]
        self._add(Line(statement, "output", "model", reads=sources))

    # ------------------------------------------------------------ lines

    def _assign(self, statement: tree.Assign) -> None:
        first, names = statement.chain.first, [name.text for name in statement.names]
        if statement.chain.steps:
            self._ours(statement, statement.names)
            return
        call = first if isinstance(first, tree.Call) else None
        word = self.recognizer.word(call.callee) if call is not None else None
        found = self.recognizer.read(first)
        if found is not None and found.steps:
            self._applied(statement, found, statement.names)
        elif found is not None and not found.listed and len(names) == 1:
            self._alias(statement, self.known.tensors[found.sources[0].text], names[0])
        elif call is not None and word in INPUTS and (shape := of_input(call)) is not None and len(names) == 1:
            self._new_input(statement, shape, statement.names[0].span, "input", names[0])
        elif call is not None and word == SEQUENCE:
            self._sequence(statement, call)
        elif call is not None and word in MODELS:
            self._model(statement, call)
        elif call is not None and len(names) == 1 and self.recognizer.is_layer(word) and names[0] in self.uses.called:
            self._shared(statement, call)
        else:
            self._unread(statement)

    def _unread(self, statement: tree.Assign) -> None:
        """A line that cannot be read here: what it would give is a tensor all the same."""
        if self.strict:
            raise NotUnderstood(statement.span)
        for name in statement.names:
            self.known.tensors[name.text] = Result(fixed=name.text)
        self._keep(statement)

    def _alias(self, statement: tree.Assign, source: Result, name: str) -> None:
        """`shortcut = x`: another name for a result. Where both names mean one thing only, that is a line of ours."""
        if source.fixed == statement.chain.span.text and not self.uses.is_carrier(name):
            self.known.tensors[name] = Result(fixed=name)
            self._add(Line(statement, new=(statement,), gives=[self.known.tensors[name]]))
            return
        if not self.uses.is_carrier(name):
            source.wanted.insert(0, name)
        self.known.tensors[name] = source
        self._add(Line(statement, habit="call"))

    def _apply(self, statement: tree.Apply) -> None:
        first = statement.chain.first
        targets = (statement.alias,) if statement.alias else ()
        found = self.recognizer.read(first)
        if statement.chain.steps or found is None:
            if isinstance(first, tree.Call) and not statement.chain.steps:
                self._call(statement, first, targets)
            else:
                self._ours(statement, targets)
        elif found.steps:
            self._applied(statement, found, targets)
        else:
            self._keep(statement)

    def _call(self, statement: tree.Apply, call: tree.Call, targets: tuple[tree.Identifier, ...]) -> None:
        """A line of ours, or `model.add(...)` and its like."""
        callee, word = call.callee, self.recognizer.word(call.callee)
        if isinstance(callee, tree.Attribute) and callee.name.text == "add" and len(call.arguments) == 1:
            self._layer_line(statement, call.arguments[0].value, "add")
        elif word == SEQUENCE:
            self._sequence(statement, call)
        elif self.inputs == 0 and not self.nested and of_layer(call) is not None:
            self._layer_line(statement, call, "input")
        elif self.strict:
            raise NotUnderstood(statement.span)
        else:
            self._ours(statement, targets)

    def _sequence(self, statement: tree.Assign | tree.Apply, call: tree.Call) -> None:
        """`Sequential([...])`: each of its layers is a line."""
        if self.inputs and self.strict:
            raise NotUnderstood(call.span, "a second model begins here")
        self.label = name_of(call)
        layers = next((a.value for a in call.arguments if a.name is None or a.name.text == "layers"), None)
        if layers is None:
            self._add(Line(statement, habit="add"))
        elif isinstance(layers, tree.ListExpression):
            for item in layers.items:
                self._layer_line(statement, item, "add")
        else:
            raise NotUnderstood(layers.span)

    def _layer_line(self, owner: tree.Statement, layer: tree.Expression | tree.KeywordItem, habit: str) -> None:
        """A layer that reads the line above: an item of `Sequential`, what is added to a model, the first line with its `input_shape`."""
        if isinstance(layer, tree.Call) and self.recognizer.word(layer.callee) in INPUTS:
            shape = of_input(layer)
            if shape is None:
                raise NotUnderstood(layer.span)
            self._new_input(owner, shape, layer.span, habit)
            return
        if not isinstance(layer, tree.Call) or isinstance(layer.callee, tree.Call):
            raise NotUnderstood(layer.span)
        built = self._built(owner, layer, habit)
        if self.latest is None:
            if self.shape is None or self.inputs:
                raise NotUnderstood(layer.span, "the shape of the input is not said")
            self._new_input(owner, self.shape, layer.span, habit)
        assert self.latest is not None
        result = Result()
        if isinstance(owner, tree.Apply) and owner.alias is not None:
            result.fixed = owner.alias.text
        self._wanted(result, built.name)
        self._add(
            Line(owner, "apply", habit, place=layer.span, application=Application((), (built.call,)), reads=[self.latest], gives=[result])
        )
        self.latest = result

    def _built(self, owner: tree.Statement, call: tree.Call, habit: str) -> Built:
        """A layer, after the line for the shape of the input, if it says that."""
        built = self.recognizer.built(call)
        if built.shape is not None and self.inputs == 0 and not self.nested:
            self._new_input(owner, built.shape[1], built.shape[0].span, habit)
        return built

    def _wanted(self, result: Result, name: str | None) -> None:
        if name is not None and name not in self.known.others:
            result.wanted.insert(0, name)
            result.own = True

    def _shared(self, statement: tree.Assign, call: tree.Call) -> None:
        """`dense = Dense(10)`, which is called further down."""
        name = statement.names[0]
        step = self._built(statement, call, "layer").call
        self.known.shared.add(name.text)
        self._add(Line(statement, habit="layer", new=(tree.Layer(statement.span, name, step),)))

    def _applied(self, statement: tree.Assign | tree.Apply, found: Application, targets: tuple[tree.Identifier, ...]) -> Result:
        """A line of Python's that applies layers to tensors. Its first result is given back."""
        built = [self._built(statement, step, "call") if isinstance(step, tree.Call) else None for step in found.steps]
        steps = [new.call if new else step for new, step in zip(built, found.steps, strict=True)]
        results = [Result(wanted=[target.text], own=self._says_something(target)) for target in targets] or [Result()]
        if isinstance(statement, tree.Apply) and statement.alias is not None:
            results[0].fixed = statement.alias.text
        if len(results) == 1:
            self._wanted(results[0], built[-1].name if built[-1] else None)
        sources = [self.known.tensors[source.text] for source in found.sources]
        habit = _habit(statement.chain.first)
        passed, found = self.known.passed(found.given), replace(found, steps=tuple(steps))
        self._add(Line(statement, "apply", habit, application=found, reads=sources, passed=passed, gives=results, targets=targets))
        self.jumped = isinstance(statement, tree.Assign) and not found.listed and sources != [self.latest]
        for target, result in zip(targets, results, strict=False):
            self.known.tensors[target.text] = result
        self.latest = results[0] if len(results) == 1 else None
        return results[0]

    def _says_something(self, name: tree.Identifier) -> bool:
        return name.text not in GENERIC and not self.uses.is_carrier(name.text)

    def _ours(self, statement: tree.Assign | tree.Apply, targets: tuple[tree.Identifier, ...]) -> None:
        """A line of ours: it stays, but for the names of results that Python's lines gave."""
        chain, branch = statement.chain, isinstance(statement, tree.Assign)
        results = [Result(fixed=target.text) for target in targets] or [Result()]
        found, reads = None, list[Result]()
        if chain.steps:
            found = self.recognizer.sources(chain.first)
            reads = [self.known.tensors[source.text] for source in found.sources] if found else []
        elif not branch and self.latest is not None:
            if self.jumped:
                raise NotUnderstood(statement.span)
            found, reads = Application((), (chain.first,)), [self.latest]
        habit = _habit(chain.first) if found is not None and chain.steps and found.steps else ""
        if found is None:
            self._add(Line(statement, new=(statement,), gives=results))
        else:
            found, passed = found.then(*chain.steps), self.known.passed(found.given)
            self._add(Line(statement, "apply", habit, application=found, reads=reads, passed=passed, gives=results, targets=targets))
        for target, result in zip(targets, results, strict=False):
            self.known.tensors[target.text] = result
        if not branch:
            self.latest, self.jumped = results[0], False

    # ------------------------------------------------------------ bodies in braces

    def _nested(self, statement: tree.Repeat | tree.For | tree.If) -> None:
        """A loop or a choice: what comes in is its current tensor, and what it ends with is that of the lines below."""
        before, changed, bodies = self.latest, set[str](), list[Lines]()
        loop = not isinstance(statement, tree.If)
        for body in bodies_of(statement):
            entry, anew = Result() if loop and before is not None else before, given(body.statements)
            names = [name.text for name in statement.names] if isinstance(statement, tree.For) else []
            known = self.known.inside(anew, before, entry, names)
            inner = BodyReader(self.catalogue, known, self.uses, entry, True, self.strict, inputs=self.inputs, body=Lines(entry, loop))
            inner.jumped = self.jumped
            inner.read(body.statements)
            changed |= self._changed(inner, anew, before, entry, statement.span)
            bodies.append(inner.body)
        self.latest, self.jumped = Result(wanted=sorted(changed)) if before is not None else None, False
        self._add(Line(statement, "nested", gives=[self.latest] if self.latest else [], inner=bodies))
        if self.latest is not None:
            self.known.tensors |= dict.fromkeys(changed, self.latest)

    def _changed(self, inner: BodyReader, anew: Iterable[str], before: Result | None, entry: Result | None, place: Span) -> set[str]:
        """The names that a body in braces gives anew: each must be what it ends with."""
        found = set()
        for name in anew:
            result, now = self.known.tensors.get(name), inner.known.tensors.get(name)
            if result is None or now is result or now is entry:
                continue
            if result is not before or now is not inner.latest:
                raise NotUnderstood(place)
            found.add(name)
        return found

    # ------------------------------------------------------------ the end

    def finish(self) -> tuple[tree.Statement, ...]:
        """The statements of ours that the lines stand for."""
        self.body.mark()
        self.body.name(Counter([*self.known.blocks, *self.known.others, *self.known.shared, *self.body.fixed()]))
        self.body.write()
        return self.body.statements()


def _habit(expression: tree.Expression) -> str:
    return "arithmetic" if isinstance(expression, tree.Binary) else "call"

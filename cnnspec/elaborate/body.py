"""The body of a model or a block: its statements in order, the trunk that runs through them, and the names they define."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cnnspec.diagnostics import Fix, Label
from cnnspec.elaborate.chain import run_chain
from cnnspec.elaborate.context import Context, Stack
from cnnspec.elaborate.control import branch, for_each, repeat
from cnnspec.elaborate.declared import names_of, rebound
from cnnspec.elaborate.define import define, define_unknown
from cnnspec.elaborate.expressions import Evaluator
from cnnspec.elaborate.network import ModelInput
from cnnspec.elaborate.overridden import set_shape
from cnnspec.elaborate.parameters import checked, known_call
from cnnspec.elaborate.scope import Binding, Scope
from cnnspec.elaborate.sizes import declare_shape, input_shape
from cnnspec.elaborate.values import POISON, Instance, Tensor, Value, describe
from cnnspec.source import Span
from cnnspec.suggest import nearest
from cnnspec.syntax import tree


@dataclass(slots=True)
class Result:
    """What one line computed: somebody must read it."""

    tensors: tuple[Tensor, ...]
    span: Span
    name: str | None
    trunk: bool
    stack: Stack


@dataclass(slots=True, eq=False)
class Body:
    """One expansion of a body. `given` are the tensors for a block's inputs by name; a model has None and declares its own."""

    context: Context
    scope: Scope
    path: str
    stack: Stack
    given: Mapping[str, Value] | None = None
    current: Value = None
    outputs: tuple[Value, ...] | None = None
    results: list[Result] = field(default_factory=list)
    instances: list[tuple[Instance, Span]] = field(default_factory=list)
    broken: bool = False
    """A line could not be read: what looks unused may be used there."""
    looped: bool = False
    rebound: frozenset[str] = frozenset()
    fixed_name: str | None = None
    """The name of the one call that is made, where `--set` replaced a line."""
    _inputs: int = 0

    def run(self, body: tree.Body) -> None:
        self.context.entered(body.span, self.scope)
        names = list(names_of(body))
        self.rebound = rebound(body)
        prefix = f"{self.path}__" if self.path else ""
        self.context.network.reserve(prefix + name for name in names)
        self.statements(body.statements)

    def statements(self, statements: tuple[tree.Statement, ...]) -> None:
        for statement in statements:
            if not self.context.count_statement(statement.span, self.stack):
                self.broken = True
                return
            handler = self.HANDLERS.get(type(statement), Body._misplaced)
            handler(self, statement)

    def error(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        label: str = "",
        notes: tuple[str, ...] = (),
        help: str | None = None,
        fix: Fix | None = None,
    ) -> None:
        """Report an error, with the blocks and loops around this body."""
        self.context.error(code, span, message, label=label, notes=notes, help=help, fix=fix, stack=self.stack)

    def evaluator(self) -> Evaluator:
        return Evaluator(self.context, self.scope)

    def define(self, name: tree.Identifier, value: Value) -> bool:
        """Bind a name in the innermost scope. A name that is visible already is not bound again: then False."""
        return define(self.context, self.scope, name, value, self.stack)

    # ------------------------------------------------------------ the ends

    def ends(self) -> tuple[Value, ...]:
        """What the body gives back: its `output`, or else the trunk."""
        if self.outputs is not None:
            return self.outputs
        return () if self.current is None or self.only_branches else (self.current,)

    @property
    def only_branches(self) -> bool:
        """No line moved the trunk, but there are results: which of them is meant, only `output` can say."""
        started = not any(result.trunk for result in self.results)
        return self.outputs is None and started and bool(self.results) and isinstance(self.current, Tensor) and not self.broken

    def output_line(self) -> str:
        """The `output` line for a body that has none: every result that nothing reads."""
        names = [result.name for result in self.results if result.name and self._is_unused(result, ())]
        return f"output {', '.join(names[:4]) or 'name'}"

    def report_unused(self, exported: tuple[Value, ...]) -> None:
        """A result that nothing reads is a mistake. Where something else went wrong it may only look unused."""
        if self.broken or self.only_branches or any(value is POISON for value in exported):
            return
        for result in self.results:
            if self._is_unused(result, exported):
                name = result.name
                help = "name it with `as` and use it, or delete this line"
                if name:
                    help = f"merge `{name}` into the graph, list it in `output`, or delete this line"
                message, label = "the result of this line is never used", "computed here, read by nothing"
                self.context.error("E0504", result.span, message, label=label, help=help, stack=result.stack)
        for instance, span in self.instances:
            if instance.name not in self.context.network.definitions and not self.misspelled(instance.definition.name.text):
                self.error("E0504", span, "this shared layer is never called", help=f"call it: `x -> {instance.definition.name.text}`")

    def _is_unused(self, result: Result, exported: tuple[Value, ...]) -> bool:
        calls = [tensor.call for tensor in result.tensors]
        if any(call is None or call.used or call.pointer in self.context.holes for call in calls):
            return False
        if any(_is_in(tensor, exported) for tensor in result.tensors):
            return False
        return not (result.name and self.misspelled(result.name))

    def misspelled(self, name: str) -> bool:
        """Whether a name that means nothing was to be this one."""
        return any(word == name or nearest(word, (name,)) for word in self.context.undefined)

    # ------------------------------------------------------------ statements

    def _broken(self, statement: tree.Statement) -> None:
        assert isinstance(statement, tree.Broken)
        self.broken = True
        self.context.overrides.lose("model")
        define_unknown(self.scope, statement)

    def _misplaced(self, statement: tree.Statement) -> None:
        where = "a body"
        match statement:
            case tree.Section(name=tree.Identifier(text="else")):
                message, help = "`else` stands alone", "write it behind the brace of its `if`: `} else {`"
            case tree.Section(name=tree.Identifier(text="while")):
                message, help = "there is no `while`", "write `repeat 3 { ... }`: the number of turns is known before"
            case tree.Section(name=name):
                message, help = f"`{name.text}` cannot stand in {where}", "sections stand at the top of the file"
            case tree.Version():
                message, help = "the version is the first line of the file", "delete this line"
            case _:
                word = statement.span.text.split(maxsplit=1)[0]
                message, help = f"`{word}` cannot stand in {where}", "it stands at the top of the file"
        self.broken = True
        self.error("E0206", statement.span, message, help=help)

    def _input(self, statement: tree.Statement) -> None:
        assert isinstance(statement, tree.Input)
        if self.results:
            self.error("E0507", statement.span, "inputs stand before the layers", help="move this line up")
        tensor = self._model_input(statement) if self.given is None else self._block_input(statement)
        self._inputs += 1
        self.define(statement.name, tensor)
        if self.results:
            self.context.network.use(tensor)
        else:
            self.current = tensor if self._inputs == 1 else None

    def _model_input(self, statement: tree.Input) -> Value:
        network = self.context.network
        name = statement.name.text
        written = set_shape(self, name, statement.shape)
        if written is None:
            self.error("E0507", statement.span, f"the input `{name}` has no shape", help=f"write `input {name}: (height, width, channels)`")
            return POISON
        shape, dtype = input_shape(self, written)
        if shape is None:
            return POISON
        tensor = Tensor(name, 0, statement.span, None)
        if name not in network.inputs:
            pointer = f"/model/input/{len(network.inputs)}"
            network.inputs[name] = ModelInput(tensor, shape, statement.span, dtype)
            self.context.written(pointer, statement.name.span, statement.span)
            self.context.written(f"{pointer}/shape", None, written.span)
        return tensor

    def _block_input(self, statement: tree.Input) -> Value:
        assert self.given is not None
        if statement.shape is not None:
            self.error("E0507", statement.shape.span, "a block's input has the shape of the tensor it is given", help="delete the shape")
        return self.given.get(statement.name.text, POISON)

    def _output(self, statement: tree.Statement) -> None:
        assert isinstance(statement, tree.Output)
        if self.outputs is not None:
            self.error("E0502", statement.span, "`output` is given twice", help="write one line: `output a, b`")
            return
        outputs = []
        for name in _once(self, statement):
            value = self.evaluator().evaluate(tree.Name(name.span, name.text))
            if value is not POISON and not isinstance(value, Tensor):
                self.error("E0502", name.span, f"`{name.text}` is not a tensor", label=f"this is {describe(value)}")
                value = POISON
            outputs.append(value)
        self.outputs = tuple(outputs)

    def _let(self, statement: tree.Statement) -> None:
        assert isinstance(statement, tree.Let)
        if statement.search_span is not None:
            help = "give the hyperparameter a name at the top of the file and use that name here"
            self.error("E0205", statement.search_span, "`search` is only allowed on a top-level `let`", help=help)
        value = self.evaluator().evaluate(statement.value)
        value = known_call(self.context, value, self.stack)
        self.define(statement.name, checked(self.context, value, statement.type, statement.value.span, self.stack))

    def _layer(self, statement: tree.Statement) -> None:
        assert isinstance(statement, tree.Layer)
        instance = Instance(self.name_of(statement.name.text, statement.name.text), statement, self.scope)
        self.instances.append((instance, statement.span))
        self.define(statement.name, instance)

    def _assign(self, statement: tree.Statement) -> None:
        assert isinstance(statement, tree.Assign)
        values = run_chain(self, statement.chain, names=statement.names, branch=True)
        new = True
        for name, value in zip(statement.names, values, strict=True):
            if isinstance(statement.chain.first, tree.Call) and name.text in self.rebound:
                self.scope.names.setdefault(name.text, Binding(value, name.span))  # Keras's `x = L()(x)`, reported as such
            else:
                new = self.define(name, value) and new
        if new:
            self._keep(values, statement, " and ".join(name.text for name in statement.names))

    def _apply(self, statement: tree.Statement) -> None:
        assert isinstance(statement, tree.Apply)
        names = (statement.alias,) if statement.alias else ()
        (value,) = run_chain(self, statement.chain, names=names, branch=False)
        if statement.shape is not None:
            declare_shape(self, value, statement.shape)
        self.current = value
        if statement.alias is None or self.define(statement.alias, value):
            self._keep((value,), statement, statement.alias.text if statement.alias else None)

    def _keep(self, values: tuple[Value, ...], statement: tree.Assign | tree.Apply, name: str | None) -> None:
        tensors = tuple(value for value in values if isinstance(value, Tensor))
        if tensors and len(tensors) == len(values):
            self.context.gave(statement.chain.span, tensors)
            self.results.append(Result(tensors, statement.chain.span, name, isinstance(statement, tree.Apply), self.stack))

    # ------------------------------------------------------------ names in the document

    def name_of(self, alias: str | None, word: str) -> str:
        """A call's name: the author's, in a block after the block's path; numbered in a loop or where there is none."""
        network = self.context.network
        if self.fixed_name is not None:
            return self.fixed_name
        if alias is None or self.looped:
            return network.generated_name(self.path, alias or word)
        name = f"{self.path}__{alias}" if self.path else alias
        return name if network.claim(name) else network.generated_name(self.path, alias)

    HANDLERS: ClassVar[dict[type, Callable[[Body, tree.Statement], None]]] = {
        tree.Broken: _broken,
        tree.Input: _input,
        tree.Output: _output,
        tree.Let: _let,
        tree.Layer: _layer,
        tree.Assign: _assign,
        tree.Apply: _apply,
        tree.Repeat: repeat,
        tree.For: for_each,
        tree.If: branch,
    }


def _once(body: Body, statement: tree.Output) -> list[tree.Identifier]:
    """The names of an `output` line, each once."""
    first: dict[str, tree.Identifier] = {}
    for name in statement.names:
        if first.setdefault(name.text, name) is not name:
            labels = (Label(first[name.text].span, "here already"),)
            body.context.error("E0502", name.span, f"`{name.text}` stands twice in `output`", labels=labels, help="delete one of them")
    return list(first.values())


def _is_in(tensor: Tensor, values: tuple[Value, ...]) -> bool:
    return any(isinstance(value, Tensor) and value.call is tensor.call for value in values)

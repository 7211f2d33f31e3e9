"""A Python program with Keras, statement by statement: what it says of the model, of the data and of the training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cnnspec.catalogue import Catalogue
from cnnspec.catalogue.facts import facts_of
from cnnspec.python.bodies import INPUTS, MODELS, SEQUENCE, BodyReader
from cnnspec.python.layers import Recognizer
from cnnspec.python.names import Known, Uses, bodies_of
from cnnspec.source import Span
from cnnspec.syntax import tree

_SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    **{name: ("train", name) for name in ("optimizer", "loss", "metrics", "epochs", "callbacks", "class_weight")},
    "nb_epoch": ("train", "epochs"),
    "batch_size": ("data", "batch"),
    "validation_split": ("data", "validation"),
    "shuffle": ("data", "shuffle"),
    "jit_compile": ("run", "jit_compile"),
    "steps_per_execution": ("run", "steps_per_execution"),
}
"""Arguments of `compile` and `fit`: their section and setting."""
_BY_PLACE: Final = {"compile": ("optimizer", "loss"), "fit": ("x", "y", "batch_size", "epochs")}
_NEEDLESS: Final = ("x", "y", "verbose", "workers", "use_multiprocessing")
"""Arguments of these that a spec has no words for, and needs none."""
_SILENT: Final = ("summary", "evaluate", "predict", "print", "plot_model", "clear_session", "build")
"""Functions of the same kind."""
_OF_DATA: Final = ("astype", "reshape", "expand_dims")
"""What makes images of arrays: they are read as images here, with one channel at least."""
_BUILDERS: Final = (*INPUTS, SEQUENCE, *MODELS)


@dataclass(frozen=True, slots=True)
class Setting:
    """`epochs = 3` of a section, and where Python says it."""

    section: str
    name: str
    value: tree.Expression
    place: Span

    @property
    def assignment(self) -> tree.Assign:
        name, value = tree.Identifier(self.place, self.name), tree.Chain(self.value.span, self.value, ())
        return tree.Assign(self.place.to(self.value.span), (name,), value)


@dataclass(slots=True, eq=False)
class Program:
    """What a program says. `model` are the statements that build the model, `used` all whose meaning is in the spec, `lost` the others;
    `dropped` are the arguments of `compile` and `fit` whose meaning is not.
    """

    catalogue: Catalogue
    others: frozenset[str]
    model: list[tree.Statement] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    values: dict[str, tree.Assign] = field(default_factory=dict)
    used: list[tree.Statement] = field(default_factory=list)
    lost: list[Span] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    tensors: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    arrays: set[str] = field(default_factory=set)
    source: tree.Name | None = None
    fitted: bool = False
    scale: tree.Expression | None = None

    @property
    def recognizer(self) -> Recognizer:
        return Recognizer(self.catalogue, Known(frozenset(), self.others))

    def read(self, statements: Sequence[tree.Statement]) -> None:
        for statement in statements:
            if self._reads(statement):
                self.used.append(statement)
            else:
                self.lost.append(statement.span)

    def _reads(self, statement: tree.Statement) -> bool:
        match statement:
            case tree.Assign(names=names, chain=tree.Chain(first=first, steps=())):
                return self._assign(statement, {name.text for name in names}, first)
            case tree.Apply(chain=tree.Chain(first=tree.Call() as call, steps=()), alias=None, shape=None):
                return self._call(statement, call)
            case tree.For() if any(self._builds(inner) for body in bodies_of(statement) for inner in body.statements):
                self.model.append(statement)
                return True
        return False

    def _builds(self, statement: tree.Statement) -> bool:
        """Whether a line of a loop builds a part of the model."""
        if isinstance(statement, tree.Assign | tree.Apply):
            return self._is_of_model(statement.chain.first)
        return any(self._builds(inner) for body in bodies_of(statement) for inner in body.statements)

    def _assign(self, statement: tree.Assign, names: set[str], value: tree.Expression) -> bool:
        if isinstance(value, tree.Call) and _method(value) in _SILENT:
            return True
        if isinstance(value, tree.Call) and _method(value) == "load_data":
            self._load(value)
            self.arrays |= names
        elif isinstance(value, tree.Call) and _method(value) in _BY_PLACE:
            self._train(value)
        elif names & self.arrays or not self.arrays.isdisjoint(_names_in(value)):
            self.arrays |= names
            return self._prepare(value)
        elif isinstance(value, tree.Name) and value.text in self.models:
            self.models |= names
        elif self._is_of_model(value):
            self.model.append(statement)
            is_model = isinstance(value, tree.Call) and self.recognizer.word(value.callee) in (SEQUENCE, *MODELS)
            (self.models if is_model else self.tensors).update(names)
        elif self._is_value(value) and len(names) == 1:
            self.values[statement.names[0].text] = statement
        else:
            return False
        return True

    def _call(self, statement: tree.Apply, call: tree.Call) -> bool:
        method = _method(call)
        if method in _BY_PLACE:
            self._train(call)
        elif method == "save" and call.arguments and isinstance(call.arguments[0].value, tree.String):
            self.settings.append(Setting("export", "keras", call.arguments[0].value, call.span))
        elif method in ("set_random_seed", "set_seed") and call.arguments:
            self.settings.append(Setting("run", "seed", call.arguments[0].value, call.span))
        elif method not in _SILENT and not self._is_of_model(call):
            return False
        elif method not in _SILENT:
            self.model.append(statement)
        return True

    # ------------------------------------------------------------ data and training

    def _load(self, call: tree.Call) -> None:
        """`mnist.load_data()`."""
        callee = call.callee
        name = self.recognizer.word(callee.value) if isinstance(callee, tree.Attribute) else None
        if name is not None and self.catalogue.entry("source", name) is not None and not call.arguments:
            self.source = tree.Name(callee.span, name)

    def _prepare(self, value: tree.Expression) -> bool:
        """What is done to the arrays: whether it is read, as images are scaled by the model, and shaped by themselves."""
        match value:
            case tree.Name(text=text):
                return text in self.arrays
            case tree.Binary(operator="/", left=left, right=tree.Number() as number):
                self.scale = number
                return self._prepare(left)
            case tree.Call(callee=tree.Attribute(value=inner, name=tree.Identifier(text=method)), arguments=arguments):
                inner = arguments[0].value if method == "expand_dims" and arguments else inner
                one_number = method == "reshape" and len(arguments) < 3 and not isinstance(arguments[0].value, tree.TupleExpression)
                return method in _OF_DATA and not one_number and self._prepare(inner)
        return False

    def _train(self, call: tree.Call) -> None:
        """`compile(...)` and `fit(...)`."""
        places = iter(_BY_PLACE[_method(call)])
        self.fitted = self.fitted or _method(call) == "fit"
        for argument in call.arguments:
            name = argument.name.text if argument.name is not None else next(places, "")
            if name in _SETTINGS:
                section, setting = _SETTINGS[name]
                place = argument.name.span if argument.name else argument.span
                self.settings.append(Setting(section, setting, self.recognizer.plain(argument.value), place))
            elif name not in _NEEDLESS:
                self.dropped.append(name or argument.span.text)

    def _is_value(self, value: tree.Expression) -> bool:
        """A number, a string, a tuple or list of these, or an object such as an optimizer."""
        match value:
            case tree.TupleExpression(items=items) | tree.ListExpression(items=items):
                return all(not isinstance(item, tree.KeywordItem) and self._is_value(item) for item in items)
            case tree.Unary(operand=operand):
                return self._is_value(operand)
            case tree.Binary(left=left, right=right):
                return self._is_value(left) and self._is_value(right)
            case tree.Call(callee=callee):
                return self.recognizer.entry(self.recognizer.word(callee) or "") is not None
            case tree.Name(text=text):
                return text in self.values
        return isinstance(value, tree.Number | tree.String | tree.Constant)

    # ------------------------------------------------------------ the model

    def _is_of_model(self, value: tree.Expression) -> bool:
        """Whether an expression builds a part of the model."""
        match value:
            case tree.Call(callee=tree.Call()):
                return True
            case tree.Call(callee=callee):
                word = self.recognizer.word(callee)
                return (
                    word in _BUILDERS
                    or self.recognizer.is_layer(word)
                    or _method(value) == "add"
                    or not self.tensors.isdisjoint(_names_in(value))
                )
            case tree.Binary():
                return not self.tensors.isdisjoint(_names_in(value))
        return isinstance(value, tree.Name) and value.text in self.tensors

    def body(self) -> BodyReader:
        """The statements that build the model, read. Raises `NotUnderstood`."""
        place = self.model[0].span
        sizes = facts_of({"source": self.source.text}).shape if self.source else None
        shape = tree.TupleExpression(place, tuple(tree.Number(place, size, "") for size in sizes)) if sizes else None
        known, text = Known(frozenset(), self.others.union(self.values)), place.source.text
        reader = BodyReader(self.catalogue, known, Uses.of(self.model, text), strict=True, shape=shape)
        reader.read(self.model)
        return reader


def _method(call: tree.Call) -> str:
    return call.callee.name.text if isinstance(call.callee, tree.Attribute) else call.callee.span.text


def _names_in(expression: tree.Expression | tree.KeywordItem) -> Iterator[str]:
    """The names that an expression reads."""
    match expression:
        case tree.Name(text=text):
            yield text
        case tree.Call(callee=callee, arguments=arguments):
            yield from _names_in(callee)
            for argument in arguments:
                yield from _names_in(argument.value)
        case tree.ListExpression(items=items) | tree.TupleExpression(items=items):
            for item in items:
                yield from _names_in(item)
        case tree.Binary(left=left, right=right):
            yield from _names_in(left)
            yield from _names_in(right)
        case tree.KeywordItem(value=value) | tree.Attribute(value=value) | tree.Unary(operand=value):
            yield from _names_in(value)

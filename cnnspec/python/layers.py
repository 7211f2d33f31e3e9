"""Expressions in which Python applies layers to tensors: `Dense(10)(x)`, `concatenate([a, b])`, `tf.nn.relu(x)`, `x + y`, `x / 255`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cnnspec.catalogue import Catalogue, Entry, former
from cnnspec.python.inputs import of_layer
from cnnspec.python.names import Known
from cnnspec.syntax import tree

_MERGES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("add", "add_n"), "Add"),
    **dict.fromkeys(("multiply", "mul"), "Multiply"),
    **dict.fromkeys(("subtract", "sub"), "Subtract"),
    **dict.fromkeys(("concatenate", "concat", "cat"), "Concatenate"),
    "average": "Average",
    "maximum": "Maximum",
    "minimum": "Minimum",
}
"""Functions that merge tensors, and the layers that do the same."""
_OBJECTS: Final = ("optimizer", "loss", "metric", "callback", "schedule", "regularizer", "initializer", "constraint")
_KINDS: Final = ("layer", "application", *_OBJECTS)
_OPERATORS: Final[Mapping[str, str]] = {"+": "Add", "-": "Subtract", "*": "Multiply"}


@dataclass(frozen=True, slots=True)
class Application:
    """What is read, and the steps that are applied to it, the first one first. `given` are tensors and flags by name: `mask=m`."""

    sources: tuple[tree.Name, ...]
    steps: tuple[tree.Expression, ...] = ()
    listed: bool = False
    given: tuple[tree.KeywordItem, ...] = ()

    def then(self, *steps: tree.Expression) -> Application:
        return replace(self, steps=(*self.steps, *steps))


@dataclass(frozen=True, slots=True)
class Built:
    """A layer's constructor, the name that it gives to the layer, and the argument with the shape of what it reads."""

    call: tree.Call
    name: str | None
    shape: tuple[tree.Argument, tree.Expression] | None


@dataclass(frozen=True, slots=True)
class Recognizer:
    catalogue: Catalogue
    known: Known

    def read(self, expression: tree.Expression) -> Application | None:
        """The application that an expression is; a tensor's name is one without steps. None for anything else."""
        match expression:
            case tree.Name(text=text) if text in self.known.tensors:
                return Application((expression,))
            case tree.ListExpression(items=items) | tree.TupleExpression(items=items):
                return self.several([item for item in items if not isinstance(item, tree.KeywordItem)])
            case tree.Binary():
                return self._arithmetic(expression)
            case tree.Call(callee=tree.Call() as layer):
                return self._called(expression, self.layer(layer))
            case tree.Call(callee=tree.Name(text=text) as layer) if text in self.known.shared:
                return self._called(expression, layer)
            case tree.Call():
                return self._function(expression)
        return None

    def several(self, items: Sequence[tree.Expression]) -> Application | None:
        """`[a, b]`, each the name of a tensor."""
        found = [self.read(item) for item in items]
        if not found or any(part is None or part.steps or part.listed for part in found):
            return None
        return Application(tuple(source for part in found if part for source in part.sources), listed=True)

    def sources(self, first: tree.Expression) -> Application | None:
        """What stands before the first arrow: a tensor, or `[a, b, mask=m]`."""
        found = self.read(first)
        if found is None or not isinstance(first, tree.ListExpression):
            return found
        return replace(found, given=tuple(item for item in first.items if isinstance(item, tree.KeywordItem)))

    # ------------------------------------------------------------ constructors

    def built(self, call: tree.Call) -> Built:
        """A layer without its `name=`, which the line has, and without the shape of the input, which is a line of its own."""
        shape, entry = of_layer(call), self.entry(self.word(call.callee) or "")
        if shape is not None and (entry is None or entry.parameter(shape[0].name.text if shape[0].name else "") is not None):
            shape = None  # `Embedding` has an `input_dim` of its own
        dropped = [a for a in call.arguments if a.name is not None and a.name.text == "name"] + ([shape[0]] if shape else [])
        return Built(self.layer(call, dropped), name_of(call), shape)

    def layer(self, call: tree.Call, dropped: Sequence[tree.Argument] = ()) -> tree.Call:
        """A constructor as it is written here: without Python's modules, by the names of today, and without some of its arguments."""
        word = self.word(call.callee)
        if word is None:
            return call
        entry = self.entry(word)
        callee = tree.Name(call.callee.span, entry.name if entry and self.entry_of_today(word) is None else word)
        kept = [argument for argument in call.arguments if argument not in dropped]
        return tree.Call(call.span, callee, tuple(self._argument(argument, place, entry) for place, argument in enumerate(kept)))

    def plain(self, value: tree.Expression) -> tree.Expression:
        """A value without the modules before names: `L2(1e-4)` for `keras.regularizers.L2(1e-4)`, `"relu"` for `tf.nn.relu`."""
        match value:
            case tree.Call(callee=tree.Name() | tree.Attribute()):
                word = self.word(value.callee)
                return self.layer(value) if word is not None and self.entry(word) is not None else value
            case tree.Attribute(name=name) if self.word(value) in self.catalogue.identifiers("activation"):
                return tree.String(value.span, name.text)
            case tree.ListExpression(items=items):
                return replace(value, items=tuple(item if isinstance(item, tree.KeywordItem) else self.plain(item) for item in items))
        return value

    def word(self, callee: tree.Expression) -> str | None:
        """`Conv2D` for `keras.layers.Conv2D` where `keras` is no name of the spec, and for `Conv2D` itself."""
        root = callee
        while isinstance(root, tree.Attribute):
            root = root.value
        if not isinstance(root, tree.Name) or not self.known.is_free(root.text):
            return None
        return callee.name.text if isinstance(callee, tree.Attribute) else root.text

    def entry(self, word: str) -> Entry | None:
        """What a word is called, or was called."""
        found = self.entry_of_today(word)
        if found is not None:
            return found
        for kind in _KINDS:
            meant = former.name_of(kind, word, self.catalogue.names(kind))
            if meant is not None and meant.now and (found := self.catalogue.entry(kind, meant.now)) is not None:
                return found
        return None

    def is_layer(self, word: str | None) -> bool:
        entry = self.entry(word) if word is not None else None
        return entry is not None and entry.kind in ("layer", "application")

    def entry_of_today(self, word: str) -> Entry | None:
        return next((found for kind in _KINDS if (found := self.catalogue.entry(kind, word)) is not None), None)

    def _argument(self, argument: tree.Argument, place: int, entry: Entry | None) -> tree.Argument:
        """An argument by its name of today; the names of those by place that are not required are said here."""
        name, value = argument.name, self.plain(argument.value)
        if name is not None and entry is not None and entry.parameter(name.text) is None:
            meant = former.argument_of(entry, name.text)
            name = tree.Identifier(name.span, meant.now) if meant is not None and meant.now else name
        elif name is None and entry is not None and max(1, len(entry.required)) <= place < len(entry.params):
            # the third number of a convolution was a side of its kernel in Keras 1
            name = tree.Identifier(argument.span, entry.params[place].name) if entry.parameter("kernel_size") is None else None
        return tree.Argument(argument.span, name, value)

    # ------------------------------------------------------------ calls

    def _called(self, call: tree.Call, step: tree.Expression) -> Application | None:
        """`L(...)(x)`, `L(...)([a, b])`, `L(...)(a, b, mask=m)`."""
        positional = [a.value for a in call.arguments if a.name is None or a.name.text == "inputs"]
        found = self.read(positional[0]) if len(positional) == 1 else self.several(positional)
        named = [(a.span, a.name, a.value) for a in call.arguments if a.name is not None and a.name.text != "inputs"]
        given = tuple(tree.KeywordItem(span, name, value) for span, name, value in named)
        if found is None or (given and (found.steps or not all(self._may_be_given(item.value) for item in given))):
            return None
        return replace(found.then(step), given=given)

    def _may_be_given(self, value: tree.Expression) -> bool:
        flag = isinstance(value, tree.Constant) and value.text in ("True", "False")
        return flag or (isinstance(value, tree.Name) and value.text in self.known.tensors)

    def _function(self, call: tree.Call) -> Application | None:
        """`residual(x, 32)`, `concatenate([a, b])`, `tf.nn.relu(x)`, `Flatten(x)`."""
        count = 0
        while count < len(call.arguments) and call.arguments[count].name is None and self.read(call.arguments[count].value) is not None:
            count += 1
        tensors = [argument.value for argument in call.arguments[:count]]
        found = self.read(tensors[0]) if count == 1 else self.several(tensors)
        step = self._step(call, call.arguments[count:], found.listed) if found is not None else None
        return found.then(step) if found is not None and step is not None else None

    def _step(self, call: tree.Call, rest: tuple[tree.Argument, ...], listed: bool) -> tree.Call | None:
        """The layer that a function of Keras or TensorFlow is; a class or a block that is given tensors is itself."""
        callee, word = call.callee, self.word(call.callee)
        if isinstance(callee, tree.Name) and callee.text in self.known.blocks:
            return replace(call, arguments=rest)
        if word is None:
            return None
        if word in _MERGES and listed:
            axis = tree.Identifier(callee.span, "axis")
            return _call(call, _MERGES[word], tuple(replace(argument, name=argument.name or axis) for argument in rest))
        entry = self.catalogue.entry("layer", word)
        if entry is not None and len(rest) >= len(entry.required):
            return _call(call, word, rest)
        if isinstance(callee, tree.Attribute) and word in self.catalogue.identifiers("activation") and not rest:
            return _call(call, "Activation", (tree.Argument(call.span, None, tree.String(call.span, word)),))
        return None

    # ------------------------------------------------------------ arithmetic

    def _arithmetic(self, binary: tree.Binary) -> Application | None:
        """`x + y` is `Add`; `x / 255` is a `Rescaling`."""
        left, right = self.read(binary.left), self.read(binary.right)
        if left is not None and right is not None:
            if left.steps or right.steps or left.listed or right.listed or binary.operator not in _OPERATORS:
                return None
            return Application((*left.sources, *right.sources), (_call(binary, _OPERATORS[binary.operator], ()),), listed=True)
        tensor, number = (left, binary.right) if left is not None else (right, binary.left)
        if tensor is None or tensor.listed or not self._is_number(number):
            return None
        if binary.operator == "*":
            return tensor.then(_call(binary, "Rescaling", (tree.Argument(number.span, None, number),)))
        if binary.operator == "/" and left is not None:
            scale = tree.Binary(number.span, "/", tree.Number(binary.span, 1, ""), number)
            return tensor.then(_call(binary, "Rescaling", (tree.Argument(number.span, None, scale),)))
        return None

    def _is_number(self, value: tree.Expression) -> bool:
        return isinstance(value, tree.Number) or (isinstance(value, tree.Name) and not self.known.is_free(value.text))


def name_of(call: tree.Call) -> str | None:
    """`name="digits"` of a layer or a model, where it can be a name."""
    given = next((a.value for a in call.arguments if a.name is not None and a.name.text == "name"), None)
    return given.value if isinstance(given, tree.String) and given.value.isidentifier() and "__" not in given.value else None


def _call(origin: tree.Call | tree.Binary, name: str, arguments: tuple[tree.Argument, ...]) -> tree.Call:
    place = origin.callee.span if isinstance(origin, tree.Call) else origin.span
    return tree.Call(origin.span, tree.Name(place, name), arguments)

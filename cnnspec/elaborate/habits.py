"""What people write who know Keras from Python, and what it is here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cnnspec.catalogue import Catalogue
from cnnspec.elaborate.expressions import root_of
from cnnspec.elaborate.scope import Scope
from cnnspec.syntax import tree

METHODS: Final[Mapping[str, str]] = {
    "add": "write the layer alone, inside `model NAME {{ }}`: `{argument}`",
    "compile": "the optimizer, the loss and the metrics are settings of `train {{ }}`",
    "fit": "`epochs` is a setting of `train {{ }}`, `batch` one of `data {{ }}`; `cnnspec run` trains",
    "evaluate": "delete it: `cnnspec run` tests the model at the end",
    "predict": "delete it: a spec only describes the model",
    "summary": "delete it: `cnnspec compile --summary` prints it",
    "save": 'write `export {{ keras = "model.keras" }}`',
    "load_weights": "delete it: weights are an argument of a backbone",
}
"""The methods of a Keras model, and what stands in their place."""

MODELS: Final = ("Sequential", "Model", "Functional")
INPUTS: Final = ("Input", "InputLayer")


def method_help(expression: tree.Expression, scope: Scope) -> tuple[str, str] | None:
    """For `model.add(...)` where `model` is no name of the spec: the method as written, and what to write instead."""
    if not isinstance(expression, tree.Call) or not isinstance(expression.callee, tree.Attribute):
        return None
    root, method = root_of(expression.callee), expression.callee.name.text
    if root is None or scope.find(root) is not None or method not in METHODS:
        return None
    argument = expression.arguments[0].span.text if expression.arguments else "Layer(...)"
    return expression.callee.span.text, METHODS[method].format(argument=argument)


def last_word(expression: tree.Expression, scope: Scope) -> str | None:
    """`Conv2D` for `keras.layers.Conv2D` where `keras` is no name of the spec; the name itself where it stands alone."""
    root = root_of(expression)
    if root is None or scope.find(root) is not None:
        return None
    return expression.name.text if isinstance(expression, tree.Attribute) else root


def is_model(call: tree.Call, scope: Scope) -> bool:
    """Whether this is Keras's `Sequential(...)` or `Model(...)`."""
    return last_word(call.callee, scope) in MODELS


def is_input(call: tree.Call, scope: Scope) -> bool:
    """Whether this is Keras's `Input(shape=(28, 28, 1))`."""
    return last_word(call.callee, scope) in INPUTS


def input_line(call: tree.Call, name: str) -> str:
    """The `input` line that says what `Input(...)` says."""
    found = {argument.name.text if argument.name else "shape": argument.value.span.text for argument in call.arguments}
    shape = found.get("shape") or found.get("batch_shape") or "(height, width, channels)"
    return f"input {name}: {shape}"


def is_layer(callee: tree.Attribute, word: str, catalogue: Catalogue) -> bool:
    """Whether `word`, behind the name of a Python module, is a layer: of Keras, of an earlier Keras or of PyTorch."""
    from cnnspec.catalogue import former, torch  # for mistakes alone

    if any(catalogue.entry(kind, word) is not None for kind in ("layer", "application")) or root_of(callee) in torch.MODULES:
        return True
    return former.name_of("layer", word, (*catalogue.names("layer"), *catalogue.aliases("layer"))) is not None

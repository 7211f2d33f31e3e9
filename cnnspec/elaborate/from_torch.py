"""A layer as PyTorch writes it, `nn.Conv2d(3, 32, 3, padding=1)`, as the Keras layer that it is."""

from __future__ import annotations

from dataclasses import dataclass

from cnnspec.catalogue import Catalogue, torch
from cnnspec.catalogue.torch import TorchLayer
from cnnspec.elaborate.edits import call_text
from cnnspec.source import Span
from cnnspec.syntax import tree


@dataclass(frozen=True, slots=True)
class Translated:
    """The Keras layer, what to say instead of PyTorch's name, the text of the line, and its call where it is one call."""

    layer: str
    now: str
    text: str
    call: tree.Call | None


def translated(call: tree.Call, catalogue: Catalogue) -> Translated | None:
    """The Keras layer of a call of PyTorch's, or None where it is none, or is more than a table can say."""
    word = call.callee.name.text if isinstance(call.callee, tree.Attribute) else call.callee.span.text
    if word in torch.ACTIVATIONS and (_has_module(call) or catalogue.entry("activation", word) is None):
        activation = torch.ACTIVATIONS[word]
        argument = tree.Argument(call.span, None, tree.String(call.span, activation))
        name = tree.Name(call.callee.span, "Activation")
        text = f'Activation("{activation}")'
        return Translated("Activation", text, text, tree.Call(call.span, name, (argument,)))
    layer = torch.LAYERS.get(word)
    if layer is None or not (_has_module(call) or _is_torch(word, call, layer, catalogue)):
        return None
    given = _given(call, layer)
    return None if given is None else _written(call, layer, given, catalogue)


def _has_module(call: tree.Call) -> bool:
    return isinstance(call.callee, tree.Attribute) and call.callee.span.text.split(".")[0] in torch.MODULES


def _is_torch(word: str, call: tree.Call, layer: TorchLayer, catalogue: Catalogue) -> bool:
    """`Conv2d(32, 3)` may only be `Conv2D` in small letters; with a third number, or a name of PyTorch's, it is not."""
    names = [*catalogue.names("layer"), *catalogue.aliases("layer")]
    if not any(name.lower() == word.lower() for name in names):
        return True
    entry = catalogue.entry("layer", layer.now)
    own = [a.name.text for a in call.arguments if a.name and entry and entry.parameter(a.name.text) is None]
    return any(name in layer.arguments for name in own) or sum(a.name is None for a in call.arguments) > 2


def _given(call: tree.Call, layer: TorchLayer) -> dict[str, tree.Expression] | None:
    """The values by the names that PyTorch has for them."""
    names, found = list(layer.arguments), dict[str, tree.Expression]()
    for position, argument in enumerate(call.arguments):
        name = argument.name.text if argument.name else names[position] if position < len(names) else ""
        if name not in layer.arguments or name in found:
            return None
        found[name] = argument.value
    return found


def _written(call: tree.Call, layer: TorchLayer, given: dict[str, tree.Expression], catalogue: Catalogue) -> Translated | None:
    entry = catalogue.entry("layer", layer.now)
    assert entry is not None, f"{layer.now} is not in the catalogue"
    values = {layer.arguments[name]: value for name, value in given.items() if layer.arguments[name]}
    texts = {name: value.span.text for name, value in values.items()} | {k: v for k, v in layer.always.items() if k not in values}
    before = _padding(layer, given, values, texts) if layer.padding else ""
    if before is None:
        return None
    if texts.get("strides") == texts.get("pool_size"):
        texts.pop("strides", None)
    if any(name not in texts for name in entry.required):
        return None
    first = entry.params[0].name if not entry.required and entry.params else ""
    placed = [texts.pop(name) for name in entry.required or ([first] if first in texts else [])]
    text = call_text(layer.now, [*placed, *(f"{name}={value}" for name, value in texts.items())])
    return Translated(layer.now, layer.now, before + text, None if before else _call(call, layer, values))


def _padding(layer: TorchLayer, given: dict[str, tree.Expression], values: dict[str, tree.Expression], texts: dict[str, str]) -> str | None:
    """Pixels at the edges: "same" where the size stays (but for strides), else a layer of their own that stands before this one.

    None for a transposed convolution that has no "same": its padding cuts pixels off.
    """
    edge = given.get("padding")
    if edge is None or isinstance(edge, tree.String):
        return ""
    for part in (values, texts):
        part.pop("padding")
    if _number(edge, 0) == 0:
        return ""
    transposed = layer.now.endswith("Transpose")
    if _keeps_size(edge, given, transposed):
        for part in (values, texts):
            part.pop("output_padding", None)
        values["padding"], texts["padding"] = tree.String(edge.span, "same"), '"same"'
        return ""
    return None if transposed else f"ZeroPadding{layer.now[-2:]}({edge.span.text}) -> "


def _keeps_size(edge: tree.Expression, given: dict[str, tree.Expression], transposed: bool) -> bool:
    """Whether an image is as large after the layer as before it, times or over its strides."""
    edges, size, dilation = _number(edge, 0), _number(given.get("kernel_size"), 0), _number(given.get("dilation"), 1)
    if not edges or not size or not dilation:
        return False
    if not transposed:
        return 2 * edges == dilation * (size - 1)
    strides, more = _number(given.get("stride"), 1), _number(given.get("output_padding"), 0)
    return strides is not None and more is not None and 2 * edges == dilation * (size - 1) + 1 - strides + more


def _number(expression: tree.Expression | None, default: int) -> int | None:
    """The value of an integer, `default` where none is given; None for anything else."""
    if expression is None:
        return default
    return expression.value if isinstance(expression, tree.Number) and isinstance(expression.value, int) else None


def _call(call: tree.Call, layer: TorchLayer, values: dict[str, tree.Expression]) -> tree.Call:
    """The same as a call of the Keras layer, with its values where they stand in the text."""
    arguments = [tree.Argument(value.span, tree.Identifier(value.span, name), value) for name, value in values.items()]
    arguments += [_constant(call.span, name, text) for name, text in layer.always.items() if name not in values]
    return tree.Call(call.span, tree.Name(call.callee.span, layer.now), tuple(arguments))


def _constant(span: Span, name: str, text: str) -> tree.Argument:
    number = float(text) if "." in text else int(text)
    return tree.Argument(span, tree.Identifier(span, name), tree.Number(span, number, ""))

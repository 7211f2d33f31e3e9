"""What people write who know Keras from Python, and what it is here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cnnspec.catalogue import Catalogue
from cnnspec.elaborate.expressions import root_of
from cnnspec.elaborate.scope import Scope
from cnnspec.suggest import nearest
from cnnspec.syntax import tree

FOREIGN: Final[Mapping[str, str]] = {
    **dict.fromkeys(("linear", "fc", "fullyconnected"), "Dense(units)"),
    **dict.fromkeys(("batchnorm", "batchnorm1d", "batchnorm2d", "batchnorm3d", "bn"), "BatchNormalization()"),
    **dict.fromkeys(("layernorm", "layernorm2d"), "LayerNormalization()"),
    "groupnorm": "GroupNormalization()",
    **dict.fromkeys(("maxpool", "maxpooling"), "MaxPooling2D(2)"),
    **dict.fromkeys(("avgpool", "averagepool", "averagepooling", "avgpooling"), "AveragePooling2D(2)"),
    **dict.fromkeys(("adaptiveavgpool2d", "globalaveragepooling", "globalavgpool", "gap"), "GlobalAveragePooling2D()"),
    **dict.fromkeys(("conv", "convolution", "convolutional"), "Conv2D(filters, kernel_size)"),
    **dict.fromkeys(("depthwiseconv", "depthwiseconvolution"), "DepthwiseConv2D(kernel_size)"),
    **dict.fromkeys(("separableconv", "separableconvolution"), "SeparableConv2D(filters, kernel_size)"),
    **dict.fromkeys(("convtranspose2d", "deconvolution2d", "deconv2d"), "Conv2DTranspose(filters, kernel_size)"),
    **dict.fromkeys(("upsample", "upsampling"), "UpSampling2D(2)"),
    **dict.fromkeys(("zeropad2d", "padding2d", "zeropadding", "padding"), "ZeroPadding2D(1)"),
    **dict.fromkeys(("dropout2d",), "SpatialDropout2D(rate)"),
    **{word: f'Activation("{word}")' for word in ("sigmoid", "tanh", "gelu", "swish", "silu", "selu", "softplus", "softsign", "mish")},
    **dict.fromkeys(("concat", "merge", "cat"), "[a, b] -> Concatenate()"),
    "scale": "Rescaling(1 / 255)",
}
"""Layers by the names of other frameworks (in lower case), and how they are written here."""

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

SECTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("net", "network", "layers", "architecture"), "model"),
    **dict.fromkeys(("dataset", "input_data", "inputs"), "data"),
    **dict.fromkeys(("training", "fit", "compile"), "train"),
    **dict.fromkeys(("augmentation", "transforms"), "augment"),
    **dict.fromkeys(("search", "tuning", "hyperparameters"), "tune"),
    **dict.fromkeys(("runtime", "hardware"), "run"),
    **dict.fromkeys(("save", "output"), "export"),
    **dict.fromkeys(("assert", "promise"), "expect"),
}
"""Words that people write for a section."""

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


def layer_help(name: str, catalogue: Catalogue, blocks: list[str]) -> tuple[str | None, str | None]:
    """What may have been meant by a layer that does not exist: the words to say, and the name to put in its place."""
    foreign = FOREIGN.get(name.lower())
    if foreign is not None:
        return f"write `{foreign}`", None
    if name in MODELS:
        return "layers stand in `model NAME { }`, one a line", None
    near = nearest(name, [*catalogue.names("layer"), *catalogue.aliases("layer"), *catalogue.names("application"), *blocks])
    if near is not None and near.endswith("1D") and "1" not in name and catalogue.entry("layer", f"{near[:-2]}2D"):
        near = f"{near[:-2]}2D"
    if near is not None:
        return f"did you mean `{near}`?", near
    kinds = [kind for kind in catalogue.kinds_of(name) if kind not in ("layer", "application", "section")]
    return (f"`{name}` is {'an' if kinds[0][0] in 'aeio' else 'a'} {kinds[0]}" if kinds else None), None


def setting_help(name: str, value: str, catalogue: Catalogue) -> str | None:
    """Where a setting belongs that stands outside of its section."""
    for section in catalogue.names("section"):
        entry = catalogue.entry("section", section)
        if entry is not None and entry.parameter(name) is not None and section not in ("split", "phase", "head", "checkpoint"):
            return f"it is a setting of `{section}`: write `{section} {{ {name} = {value} }}`"
    return None

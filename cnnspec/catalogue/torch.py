"""Layers of PyTorch: where their arguments stand, and which argument of which Keras layer each is. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class TorchLayer:
    """`now` is the Keras layer. `arguments` are PyTorch's in its order, each with Keras's name; an empty one is left out in Keras.

    `padding` says that its padding is a number of pixels, where Keras has words. `always` are arguments that Keras needs besides.
    """

    now: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    padding: bool = False
    always: Mapping[str, str] = field(default_factory=dict)


def _conv(now: str) -> TorchLayer:
    return TorchLayer(
        now,
        {
            "in_channels": "",
            "out_channels": "filters",
            "kernel_size": "kernel_size",
            "stride": "strides",
            "padding": "padding",
            "dilation": "dilation_rate",
            "groups": "groups",
            "bias": "use_bias",
        },
        padding=True,
    )


def _transposed(now: str) -> TorchLayer:
    arguments = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding", "groups", "bias", "dilation")
    named = dict(_conv(now).arguments) | {"output_padding": "output_padding", "groups": ""}
    return TorchLayer(now, {name: named[name] for name in arguments}, padding=True)


def _pool(now: str) -> TorchLayer:
    return TorchLayer(now, {"kernel_size": "pool_size", "stride": "strides", "padding": "padding"}, padding=True)


_NORM: Final = {"num_features": "", "eps": "epsilon", "momentum": "", "affine": "", "track_running_stats": ""}
_DROP: Final = {"p": "rate", "inplace": ""}

LAYERS: Final[Mapping[str, TorchLayer]] = {
    "Conv1d": _conv("Conv1D"),
    "Conv2d": _conv("Conv2D"),
    "Conv3d": _conv("Conv3D"),
    "ConvTranspose1d": _transposed("Conv1DTranspose"),
    "ConvTranspose2d": _transposed("Conv2DTranspose"),
    "ConvTranspose3d": _transposed("Conv3DTranspose"),
    "MaxPool1d": _pool("MaxPooling1D"),
    "MaxPool2d": _pool("MaxPooling2D"),
    "MaxPool3d": _pool("MaxPooling3D"),
    "AvgPool1d": _pool("AveragePooling1D"),
    "AvgPool2d": _pool("AveragePooling2D"),
    "AvgPool3d": _pool("AveragePooling3D"),
    "AdaptiveAvgPool1d": TorchLayer("AdaptiveAveragePooling1D", {"output_size": "output_size"}),
    "AdaptiveAvgPool2d": TorchLayer("AdaptiveAveragePooling2D", {"output_size": "output_size"}),
    "AdaptiveMaxPool2d": TorchLayer("AdaptiveMaxPooling2D", {"output_size": "output_size"}),
    "BatchNorm1d": TorchLayer("BatchNormalization", _NORM),
    "BatchNorm2d": TorchLayer("BatchNormalization", _NORM),
    "BatchNorm3d": TorchLayer("BatchNormalization", _NORM),
    "InstanceNorm2d": TorchLayer("GroupNormalization", _NORM, always={"groups": "-1"}),
    "LayerNorm": TorchLayer("LayerNormalization", {"normalized_shape": "", "eps": "epsilon"}),
    "GroupNorm": TorchLayer("GroupNormalization", {"num_groups": "groups", "num_channels": "", "eps": "epsilon"}),
    "Linear": TorchLayer("Dense", {"in_features": "", "out_features": "units", "bias": "use_bias"}),
    "LazyLinear": TorchLayer("Dense", {"out_features": "units", "bias": "use_bias"}),
    "LazyConv2d": TorchLayer("Conv2D", {k: v for k, v in _conv("").arguments.items() if k != "in_channels"}, padding=True),
    "Dropout1d": TorchLayer("SpatialDropout1D", _DROP, always={"rate": "0.5"}),
    "Dropout2d": TorchLayer("SpatialDropout2D", _DROP, always={"rate": "0.5"}),
    "Dropout3d": TorchLayer("SpatialDropout3D", _DROP, always={"rate": "0.5"}),
    "Upsample": TorchLayer("UpSampling2D", {"size": "", "scale_factor": "size", "mode": "interpolation"}),
    "ZeroPad2d": TorchLayer("ZeroPadding2D", {"padding": "padding"}),
    "ReLU6": TorchLayer("ReLU", {"inplace": ""}, always={"max_value": "6.0"}),
}
"""What has another name in PyTorch, or the same with other arguments."""

ACTIVATIONS: Final[Mapping[str, str]] = {
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "GELU": "gelu",
    "SiLU": "silu",
    "Mish": "mish",
    "SELU": "selu",
    "CELU": "celu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Hardswish": "hard_swish",
    "Hardsigmoid": "hard_sigmoid",
    "Hardtanh": "hard_tanh",
    "LogSoftmax": "log_softmax",
}
"""Layers of PyTorch that are words for `Activation` here."""

MODULES: Final = ("nn", "torch")
"""How the name of a PyTorch layer begins in Python."""

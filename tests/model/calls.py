"""One call of a layer, the families of layers, and tensors to call them on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cnnspec.catalogue import Entry
from cnnspec.shapes import Shape, Tensor

Json = Any
Random = random.Random


@dataclass(frozen=True, slots=True)
class Case:
    family: str
    layer: str
    arguments: Mapping[str, Json]
    inputs: tuple[Tensor, ...]
    call: Mapping[str, Any] = field(default_factory=dict)
    policy: str = "float32"
    """The precision of the model."""

    def __str__(self) -> str:
        written = ", ".join(f"{key}={value!r}" for key, value in self.arguments.items())
        read = ", ".join(f"{tensor.dtype}{tensor.shape}" for tensor in self.inputs)
        passed = "".join(f", {key}={value}" for key, value in self.call.items())
        return f"{self.layer}({written}) on [{read}]{passed}, {self.policy}"


Make = Callable[[Random, Entry], Case]

FAMILIES: Final[Mapping[str, str]] = {
    "transposed": "Conv1DTranspose Conv2DTranspose Conv3DTranspose",
    "convolution": "Conv1D Conv2D Conv3D",
    "depthwise": "DepthwiseConv1D DepthwiseConv2D",
    "separable": "SeparableConv1D SeparableConv2D",
    "adaptive pooling": " ".join(f"Adaptive{kind}Pooling{n}D" for n in "123" for kind in ("Average", "Max")),
    "global pooling": " ".join(f"Global{kind}Pooling{n}D" for n in "123" for kind in ("Average", "Max")),
    "pooling": " ".join(f"{kind}Pooling{n}D" for n in "123" for kind in ("Average", "Max")),
    "merge": "Add Average Maximum Minimum Multiply Subtract Concatenate Dot",
    "normalization": "BatchNormalization LayerNormalization RMSNormalization UnitNormalization GroupNormalization Normalization",
    "reshaping": "Flatten Reshape Permute RepeatVector",
    "padding and cropping": " ".join(f"{kind}{n}D" for n in "123" for kind in ("ZeroPadding", "Cropping", "UpSampling")),
    "dense and embedding": "Dense EinsumDense Embedding ReversibleEmbedding",
    "attention": "Attention AdditiveAttention MultiHeadAttention GroupQueryAttention",
    "recurrent": "SimpleRNN GRU LSTM RNN SimpleRNNCell GRUCell",
    "convolutional recurrent": "ConvLSTM1D ConvLSTM2D ConvLSTM3D",
    "wrapper": "Bidirectional TimeDistributed SpectralNormalization Pipeline",
    "encoding": "CategoryEncoding Discretization Hashing HashedCrossing IntegerLookup StringLookup TextVectorization",
    "sound": "STFTSpectrogram MelSpectrogram",
    "activation": "Activation ELU LeakyReLU PReLU ReLU Softmax",
    "regularization": "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise Identity Masking "
    "SpatialDropout1D SpatialDropout2D SpatialDropout3D",
}
BY_LAYER: Final = {name: family for family, names in FAMILIES.items() for name in names.split()}


def family_of(name: str) -> str:
    return BY_LAYER.get(name, "image")


# ---------------------------------------------------------------- tensors


def sizes(draw: Random, rank: int, *, largest: int = 9, unknown: float = 0.12) -> Shape:
    return tuple(None if draw.random() < unknown else draw.randint(1, largest) for _ in range(rank))


def about(draw: Random, rank: int) -> int:
    """Mostly that rank, sometimes another."""
    return draw.choices((rank, max(0, rank - 1), rank + 1), (4, 1, 1))[0]


def dtype(draw: Random) -> str:
    return draw.choices(("float32", "int32", "uint8", "float16", "float64", "bool", "int64"), (20, 2, 2, 1, 1, 1, 1))[0]


def tensor(draw: Random, rank: int, *, largest: int = 9) -> Tensor:
    return Tensor(sizes(draw, about(draw, rank), largest=largest), dtype(draw))


def rank_of(name: str) -> int:
    return int(next(character for character in name if character in "123"))


def image_of(draw: Random, rank: int, arguments: Mapping[str, Json], channels: int) -> Tensor:
    """An image in the `data_format` of the layer, with that many channels."""
    wanted = about(draw, rank)
    spatial = sizes(draw, wanted, largest=7)
    last = None if draw.random() < 0.08 else channels
    first = str(arguments.get("data_format")).lower() == "channels_first"
    return Tensor((last, *spatial) if first else (*spatial, last), dtype(draw))

"""The table: which rule belongs to which layer. A layer that follows a known rule needs only a line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes import (
    attending,
    dense,
    encoding,
    keeping,
    merging,
    normalizing,
    pooling,
    recurring,
    reshaping,
    windows,
    wrapping,
)
from cnnspec.shapes.facts import UNKNOWN, Facts, Tensor, frozen
from cnnspec.shapes.rule import Json, Outcome, Passed, Rule, Unknown, Use

SAME: Final = """
    Activation ActivityRegularization AlphaDropout Dropout ELU GaussianDropout GaussianNoise LeakyReLU Masking ReLU Rescaling
    AutoContrast MaxNumBoundingBoxes MixUp RandomBrightness RandomColorJitter RandomContrast RandomErasing RandomHue RandomInvert
    RandomPosterization RandomSaturation Solarization
""".split()  # noqa: SIM905 (a table of names)
"""Layers that give the shape they are given."""

MIXING: Final = """
    AugMix ContrastLimitedAdaptiveHistogramEqualization CutMix RandAugment RandomElasticTransform RandomFlip
    RandomPerspective RandomRotation RandomSharpness RandomShear RandomTranslation RandomZoom
""".split()  # noqa: SIM905
"""The same, where a value comes from other places of the image."""

HOLDERS: Final = frozenset(
    """
    Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GroupQueryAttention MultiHeadAttention Pipeline RNN SpectralNormalization
    TimeDistributed
    """.split()  # noqa: SIM905
)
"""Layers whose weights are those of layers inside them."""

NOTHING: Final[Mapping[str, Passed]] = MappingProxyType({})


def _inside(definition: Mapping[str, Json], inputs: tuple[Tensor, ...], policy: str) -> Outcome:
    """A layer inside another. There `trainable=False` reaches only weights of its own."""
    name, arguments = definition.get("layer"), definition.get("arguments", {})
    if "application" in definition and isinstance(arguments, Mapping):
        return _application(definition["application"], arguments, inputs, policy)
    entry = load_catalogue().entry("layer", name) if isinstance(name, str) else None
    rule = RULES.get(entry.name) if entry is not None else None
    if rule is None or entry is None or not isinstance(arguments, Mapping):
        raise Unknown
    found = rule(Use(entry.name, arguments, inputs, NOTHING, policy))
    return found if entry.name in HOLDERS else _trained(found, arguments)


def _trained(found: Outcome, arguments: Mapping[str, Json]) -> Outcome:
    return frozen(found) if isinstance(found, Facts) and arguments.get("trainable") is False else found


RULES: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(SAME, keeping.same),
    **dict.fromkeys(MIXING, keeping.image_filter),
    **dict.fromkeys(("Identity", "Equalization", "RandomGrayscale"), keeping.untouched),
    **{f"SpatialDropout{n}D": keeping.same_of_rank(n + 1) for n in (1, 2, 3)},
    "RandomGaussianBlur": keeping.blur,
    "Softmax": keeping.softmax,
    "PReLU": keeping.prelu,
    "RandomColorDegeneration": keeping.in_colour,
    "BatchNormalization": normalizing.batch,
    "LayerNormalization": normalizing.layer,
    "RMSNormalization": normalizing.rms,
    "UnitNormalization": normalizing.unit,
    "GroupNormalization": normalizing.group,
    "Normalization": normalizing.given,
    **{f"Conv{n}D": windows.convolution(n) for n in (1, 2, 3)},
    **{f"SeparableConv{n}D": windows.separable(n) for n in (1, 2)},
    **{f"DepthwiseConv{n}D": windows.depthwise(n) for n in (1, 2)},
    **{f"Conv{n}DTranspose": windows.transposed(n) for n in (1, 2, 3)},
    **{f"{kind}Pooling{n}D": pooling.pooling(n) for n in (1, 2, 3) for kind in ("Max", "Average")},
    **{f"Global{kind}Pooling{n}D": pooling.global_pooling(n) for n in (1, 2, 3) for kind in ("Max", "Average")},
    **{f"Adaptive{kind}Pooling{n}D": pooling.adaptive(n) for n in (1, 2, 3) for kind in ("Max", "Average")},
    **{f"ZeroPadding{n}D": reshaping.zero_padding(n) for n in (1, 2, 3)},
    **{f"Cropping{n}D": reshaping.cropping(n) for n in (1, 2, 3)},
    **{f"UpSampling{n}D": reshaping.up_sampling(n) for n in (1, 2, 3)},
    "Resizing": reshaping.resizing,
    "CenterCrop": reshaping.to_size,
    "RandomCrop": reshaping.random_crop,
    "Flatten": reshaping.flatten,
    "Reshape": reshaping.reshape,
    "Permute": reshaping.permute,
    "RepeatVector": reshaping.repeat_vector,
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), merging.elementwise),
    "Concatenate": merging.concatenate,
    "Dot": merging.dot,
    "Dense": dense.dense,
    "EinsumDense": dense.einsum_dense,
    "Embedding": dense.embedding,
    "ReversibleEmbedding": dense.reversible_embedding,
    "Attention": attending.attention,
    "AdditiveAttention": attending.additive_attention,
    "MultiHeadAttention": attending.multi_head,
    "GroupQueryAttention": attending.grouped_query,
    **{kind: recurring.recurrent(kind) for kind in recurring.GATES},
    **{f"{kind}Cell": recurring.one_step(kind) for kind in ("SimpleRNN", "GRU")},
    **{f"ConvLSTM{n}D": recurring.conv_lstm(n) for n in (1, 2, 3)},
    "RNN": recurring.rnn,
    "Bidirectional": recurring.bidirectional(_inside),
    "TimeDistributed": wrapping.time_distributed(_inside),
    "SpectralNormalization": wrapping.spectral_normalization(_inside),
    "Pipeline": wrapping.pipeline(_inside),
    "CategoryEncoding": encoding.category_encoding,
    "Discretization": encoding.discretization,
    "Hashing": encoding.hashing,
    "HashedCrossing": encoding.hashed_crossing,
    "IntegerLookup": encoding.lookup,
    "StringLookup": encoding.lookup,
    "TextVectorization": encoding.text_vectorization,
    "STFTSpectrogram": encoding.stft,
    "MelSpectrogram": encoding.mel_spectrogram,
}


def infer(
    definition: Mapping[str, Json],
    inputs: Sequence[Tensor | None],
    call: Mapping[str, Passed] = NOTHING,
    policy: str = "float32",
) -> Outcome:
    """The facts of one call, or why Keras refuses it.

    `definition` is the layer's entry in the document, `call` what is passed by name, `policy` the precision of the model.
    """
    name, arguments = definition.get("layer"), definition.get("arguments")
    known = tuple(tensor for tensor in inputs if tensor is not None)
    if "application" in definition and isinstance(arguments, Mapping) and len(known) == len(inputs):
        return _application(definition["application"], arguments, known, policy)
    entry = load_catalogue().entry("layer", name) if isinstance(name, str) else None
    rule = RULES.get(entry.name) if entry is not None else None
    if rule is None or entry is None or not isinstance(arguments, Mapping) or len(known) != len(inputs) or not known:
        return UNKNOWN
    try:
        return _trained(rule(Use(entry.name, arguments, known, call, policy)), arguments)
    except Unknown:
        return UNKNOWN


def _application(name: Json, arguments: Mapping[str, Json], inputs: tuple[Tensor, ...], policy: str) -> Outcome:
    from cnnspec.shapes.backbones import backbone  # a spec without a backbone does not need it

    entry = load_catalogue().entry("application", name) if isinstance(name, str) else None
    return UNKNOWN if entry is None else backbone(entry.name, arguments, inputs, policy, _inside)

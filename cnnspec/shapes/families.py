"""The table: which rule belongs to which layer. A layer that follows a known rule needs only a line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnspec.shapes import merging, reshaping, windows
from cnnspec.shapes.rule import Json, Outcome, Refusal, Rule, Shape, Unknown, Use, show, wrong_rank

SAME = tuple(
    """
    Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise GroupNormalization Identity
    LayerNormalization LeakyReLU Masking Normalization RMSNormalization ReLU Rescaling Softmax UnitNormalization AutoContrast AugMix
    Equalization RandAugment RandomBrightness RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip
    RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
    RandomSharpness RandomShear RandomTranslation RandomZoom Solarization
    """.split()  # noqa: SIM905 (a table of names)
)
"""Layers that give the shape they are given."""


def _same(use: Use) -> Shape | Refusal:
    return use.shape


def _one_weight_a_place(use: Use) -> Shape | Refusal:
    """`PReLU` has a weight for every place: a size that is not fixed is refused, unless the axis shares its weight."""
    if None in use.shape:
        raise Unknown
    return use.shape


def _same_of_rank(rank: int) -> Rule:
    return lambda use: use.shape if len(use.shape) == rank else wrong_rank(use, rank)


def _in_colour(use: Use) -> Shape | Refusal:
    if len(use.shape) > 3:
        return wrong_rank(use, 3)
    if use.shape[-1] in (3, None):
        return use.shape
    message = f"`{use.layer}` reads images of 3 channels, got {show(use.shape)}"
    return Refusal("E0601", message, f"this input has {use.shape[-1]}", "leave it out for images without colour")


def _dense(use: Use) -> Shape | Refusal:
    if not use.shape:
        raise Unknown
    return (*use.shape[:-1], use.integer("units"))


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(SAME, _same),
    "PReLU": _one_weight_a_place,
    "RandomColorDegeneration": _in_colour,
    **{f"SpatialDropout{n}D": _same_of_rank(n + 1) for n in (1, 2, 3)},
    **{f"Conv{n}D": windows.convolution(n) for n in (1, 2, 3)},
    **{f"SeparableConv{n}D": windows.convolution(n) for n in (1, 2)},
    **{f"DepthwiseConv{n}D": windows.convolution(n, depthwise=True) for n in (1, 2)},
    **{f"Conv{n}DTranspose": windows.transposed(n) for n in (1, 2, 3)},
    **{f"{kind}Pooling{n}D": windows.pooling(n) for n in (1, 2, 3) for kind in ("Max", "Average")},
    **{f"Global{kind}Pooling{n}D": windows.global_pooling(n) for n in (1, 2, 3) for kind in ("Max", "Average")},
    **{f"ZeroPadding{n}D": reshaping.zero_padding for n in (1, 2, 3)},
    **{f"Cropping{n}D": reshaping.cropping for n in (1, 2, 3)},
    **{f"UpSampling{n}D": reshaping.up_sampling for n in (1, 2, 3)},
    **dict.fromkeys(("Resizing", "CenterCrop", "RandomCrop"), reshaping.to_size),
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), merging.elementwise),
    "Concatenate": merging.concatenate,
    "Dense": _dense,
    "Flatten": reshaping.flatten,
    "Reshape": reshaping.reshape,
    "Permute": reshaping.permute,
    "RepeatVector": reshaping.repeat_vector,
}


def infer(definition: Mapping[str, Json], inputs: Sequence[Shape | None]) -> Outcome:
    """The output shapes of one call. `definition` is the layer's entry in the document.

    A shape is None where no rule gives it: Keras knows it at build.
    """
    name, arguments = definition.get("layer"), definition.get("arguments")
    rule = RULES.get(name) if isinstance(name, str) else None
    known = tuple(shape for shape in inputs if shape is not None)
    if rule is None or not isinstance(arguments, Mapping) or len(known) != len(inputs) or not known:
        return (None,)
    try:
        found = rule(Use(str(name), arguments, known))
    except Unknown:
        return (None,)
    return found if isinstance(found, Refusal) else (found,)

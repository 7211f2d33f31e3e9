"""What a picture says about a layer: its class, and the arguments that a paper would give, `3×3, 64, /2`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from cnnspec.catalogue import load_catalogue
from cnnspec.shapes import Shape

Json: TypeAlias = Any

FAMILIES: Final[tuple[tuple[str, str], ...]] = (
    (r"ConvLSTM\dD|LSTM|GRU|SimpleRNN|RNN|.*Cells?|.*Attention", "sequence"),
    (r".*Conv\dD.*", "convolution"),
    (r".*Pooling\dD", "pooling"),
    (r"Dense|EinsumDense|.*Embedding", "dense"),
    (r"(Batch|Layer|Group|RMS|Unit|Spectral)Normalization", "normalization"),
    (r"Activation|.*ReLU|ELU|Softmax", "activation"),
    (r"Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply|Subtract", "merge"),
)
"""Families of layers that a picture colours alike, by the whole name of the class. Everything else is "other"."""

_WINDOWS: Final = ("kernel_size", "pool_size", "size", "output_size")
_QUIET: Final = re.compile(
    r".*_(initializer|regularizer|constraint)|use_.*|padding|data_format|dtype|trainable|autocast|seed|epsilon|momentum|center|scale|weights|mean|variance"
    r"|kernel_size|pool_size|strides|interpolation|name"
)
"""Arguments that are left out, or are said in another way."""
_SCALE: Final = 2
"""The window of a pooling or up-sampling layer that is given none."""
_MOST: Final = 4
_LONGEST: Final = 20


def family(layer: str) -> str:
    """The family of a layer's class, "other" for what has none."""
    return next((name for pattern, name in FAMILIES if re.fullmatch(pattern, layer)), "other")


def shape_label(shape: Shape | None) -> str:
    """A shape as figures give it: `56×56×64`, `?` for a size that is not fixed, nothing where it is not known."""
    if shape is None:
        return ""
    return "×".join("?" if size is None else str(size) for size in shape) if shape else "scalar"


def detail(layer: str, arguments: Mapping[str, Json]) -> str:
    """The arguments that matter: window, filters, stride, and what else the author chose."""
    return ", ".join([*_window(layer, arguments), *_rest(layer, arguments)][:_MOST])


def _window(layer: str, arguments: Mapping[str, Json]) -> Iterator[str]:
    """The window first, as papers have it; the stride behind what is required."""
    found = re.search(r"([123])D", layer)
    rank = int(found[1]) if found else 1
    pools = re.fullmatch(r"(Max|Average)Pooling\dD", layer) is not None
    default = _SCALE if pools or layer.startswith("UpSampling") else None
    window = next((arguments[key] for key in _WINDOWS if key in arguments), default)
    if window is not None:
        yield _per_axis(window, rank)
    for key in _required(layer):
        if key in arguments and key not in _WINDOWS:
            yield _value(arguments[key])
    stride = arguments.get("strides") or (window if pools else 1)
    if _per_axis(stride, rank) != _per_axis(1, rank):
        yield _stride(stride, "×" if "Transpose" in layer else "/")


def _rest(layer: str, arguments: Mapping[str, Json]) -> Iterator[str]:
    required = _required(layer)
    for key, value in arguments.items():
        if (key == "padding" and not isinstance(value, str)) or key == "activation":
            yield _value(value)
        elif key not in required and key not in _WINDOWS and not _QUIET.fullmatch(key) and value is not None:
            yield key if value is True else f"{key.removesuffix('_rate')} {_value(value)}"


def _required(layer: str) -> tuple[str, ...]:
    entry = load_catalogue().entry("layer", layer)
    return entry.required if entry is not None else ()


def _per_axis(value: Json, rank: int) -> str:
    sizes = value if isinstance(value, list) else [value] * rank
    return "×".join(_value(size) for size in sizes)


def _stride(value: Json, sign: str) -> str:
    sizes = value if isinstance(value, list) else [value]
    return sign + (_value(sizes[0]) if len(set(map(str, sizes))) == 1 else "×".join(_value(size) for size in sizes))


def _value(value: Json) -> str:
    """A value in a few signs."""
    if isinstance(value, Mapping):
        kind = next((key for key in ("layer", "application", "extern", "activation") if isinstance(value.get(key), str)), None)
        if kind == "layer":
            return f"{value[kind]} {detail(value[kind], value.get('arguments') or {})}".rstrip()
        named = next((str(item) for key, item in value.items() if key != "arguments"), "{}")
        return _cut(str(value[kind]) if kind else named)
    if isinstance(value, list):
        return _cut("×".join(map(_value, value)) if all(isinstance(item, int) for item in value) else ", ".join(map(_value, value)))
    return _cut(f"{value:.3g}" if isinstance(value, float) else "?" if value is None else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

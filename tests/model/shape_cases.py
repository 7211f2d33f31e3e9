"""Calls of layers, drawn from a seed: for comparing our shape rules with Keras. About a quarter of them is wrong in some way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from cnnspec.catalogue import Entry, load_catalogue
from cnnspec.shapes import Shape, Tensor
from cnnspec.shapes.table import RULES
from tests.model import drawing
from tests.model.calls import Case, Json, Make, Random, about, dtype, family_of, image_of, rank_of, sizes, tensor
from tests.model.words import WORDS, vocabulary

POLICIES: Final = ("mixed_float16", "mixed_bfloat16", "float64")


def cases(count: int, seed: int = 0, family: str | None = None) -> Iterator[Case]:
    """About `count` cases, as many of each layer."""
    names = [name for name in RULES if family in (None, family_of(name))]
    draws = {name: Random(f"{seed} {name}") for name in names}
    for i in range(count):
        name = names[i % len(names)]
        policy = draws[name].choices(("float32", *POLICIES), (12, 1, 1, 1))[0]
        if name == "Pipeline":
            policy = "float32"  # it is computed to know its shape, and Keras resizes in float32 whatever the precision
        yield replace(case(name, draws[name]), policy=policy)


def case(name: str, draw: Random) -> Case:
    entry = load_catalogue().entry("layer", name)
    assert entry is not None
    return (MAKE.get(name) or MAKE[family_of(name)])(draw, entry)


# ---------------------------------------------------------------- families


def one(rank: int | None = None) -> Make:
    """A layer of one tensor, of that rank or of any."""

    def make(draw: Random, entry: Entry) -> Case:
        found = drawing.arguments(entry, draw)
        wanted = draw.randint(0, 4) if rank is None else rank
        return Case(family_of(entry.name), entry.name, found, (tensor(draw, wanted),))

    return make


def window(draw: Random, entry: Entry) -> Case:
    rank, found = rank_of(entry.name), drawing.arguments(entry, draw)
    if draw.random() < 0.8:
        found.pop(draw.choice(("strides", "dilation_rate")), None)
    channels = draw.randint(1, 4)
    groups = found.get("groups", 1)
    if "filters" in found and draw.random() < 0.8:
        channels, found["filters"] = channels * groups, found["filters"] * groups
    if found.get("output_padding") is not None and draw.random() < 0.7:
        found["strides"], found["output_padding"] = 3, draw.randint(0, 2)
        found.pop("dilation_rate", None)
    return Case(family_of(entry.name), entry.name, found, (image_of(draw, rank, found, channels),))


def pool(draw: Random, entry: Entry) -> Case:
    found = drawing.arguments(entry, draw)
    return Case(family_of(entry.name), entry.name, found, (image_of(draw, rank_of(entry.name), found, draw.randint(1, 4)),))


def merge(draw: Random, entry: Entry) -> Case:
    found = drawing.arguments(entry, draw)
    first = sizes(draw, draw.randint(0, 4), largest=4)
    shapes = [first]
    count = draw.choices((1, 2, 3), (1, 6, 2))[0]
    while len(shapes) < count:
        other = [1 if draw.random() < 0.1 else None if draw.random() < 0.05 else size for size in first]
        if other and draw.random() < 0.5:
            other[draw.randrange(len(other))] = draw.randint(1, 4)
        if draw.random() < 0.12:
            other = other[1:] if draw.random() < 0.5 else [2, *other]
        shapes.append(tuple(other))
    return Case(family_of(entry.name), entry.name, found, tuple(Tensor(shape, dtype(draw)) for shape in shapes))


def dot(draw: Random, entry: Entry) -> Case:
    found, rank = drawing.arguments(entry, draw), draw.randint(1, 3)
    shapes = [list(sizes(draw, rank, largest=4, unknown=0.05)) for _ in range(draw.choices((2, 1, 3), (12, 1, 1))[0])]
    if draw.random() < 0.75:
        axes = [draw.randint(1, rank), draw.randint(1, rank)]
        for axis, shape in zip(axes, shapes, strict=False):
            shape[axis - 1] = 3
        found["axes"] = [axis - rank - 1 if draw.random() < 0.3 else axis for axis in axes]
    return Case(family_of(entry.name), entry.name, found, tuple(Tensor(tuple(shape), dtype(draw)) for shape in shapes))


def group(draw: Random, entry: Entry) -> Case:
    made = one()(draw, entry)
    found = dict(made.arguments)
    groups = draw.choice((1, 2, 3, -1))
    if draw.random() < 0.7:
        found |= {"groups": groups, "axis": -1}
        shape = (*sizes(draw, draw.randint(0, 3)), 6)
        return Case(made.family, made.layer, found, (Tensor(shape, dtype(draw)),))
    return made


def axes(draw: Random, entry: Entry) -> Case:
    """A layer with axes: mostly axes that the tensor has."""
    made = one(draw.randint(1, 3))(draw, entry)
    found, ndim = dict(made.arguments), len(made.inputs[0].shape) + 1
    if draw.random() < 0.55 and ndim > 1:
        chosen = [draw.randint(1, ndim - 1) for _ in range(draw.randint(1, 2))]
        chosen = list(dict.fromkeys(axis - ndim if draw.random() < 0.5 else axis for axis in chosen))
        parameter = "shared_axes" if entry.name == "PReLU" else "axis"
        single = entry.name == "BatchNormalization" or draw.random() < 0.6
        found[parameter] = chosen[0] if single else chosen
    return Case(made.family, made.layer, found, made.inputs)


def normalization(draw: Random, entry: Entry) -> Case:
    made = axes(draw, entry)
    found, shape = dict(made.arguments), made.inputs[0].shape
    found.pop("mean", None), found.pop("variance", None)
    if draw.random() < 0.4:
        length = shape[-1] if shape and shape[-1] is not None and draw.random() < 0.8 else draw.randint(1, 4)
        form: Json = draw.choice([0.5, [0.5] * length])
        found |= {"mean": form, "variance": form if draw.random() < 0.9 else None}
        if draw.random() < 0.8:
            found["axis"] = -1
    return Case(made.family, made.layer, found, made.inputs)


def reshape(draw: Random, entry: Entry) -> Case:
    shape = tuple(draw.choice((1, 2, 3, 4, 6)) for _ in range(draw.randint(0, 3)))
    target: list[Json] = [draw.choice((1, 2, 3, 4, 6, 12, 24, -1)) for _ in range(draw.randint(1, 3))]
    if draw.random() < 0.6 and shape:
        target = [*reversed(shape)]
        if draw.random() < 0.5:
            target[draw.randrange(len(target))] = -1
    known: Shape = tuple(None if draw.random() < 0.08 else size for size in shape)
    found = {**drawing.arguments(entry, draw), "target_shape": target}
    return Case(family_of(entry.name), entry.name, found, (Tensor(known, dtype(draw)),))


def permute(draw: Random, entry: Entry) -> Case:
    rank = draw.randint(1, 4)
    dims = draw.sample(range(1, rank + 1), rank)
    if draw.random() < 0.1:
        dims[0] = draw.randint(1, 5)
    return Case(family_of(entry.name), entry.name, {**drawing.arguments(entry, draw), "dims": dims}, (tensor(draw, rank),))


EQUATIONS: Final = (
    ("ab,bc->ac", 1, 1), ("abc,cd->abd", 2, 2), ("...x,xy->...y", 2, 1), ("abc,cde->abde", 2, 3), ("ab...,bc->ac...", 3, 1),
    ("abc,dc->abd", 2, 2), ("...ab,bc->...ac", 3, 2), ("ab,b->a", 1, 0), ("abcd,cde->abe", 3, 2), ("ab,bc->ad", 1, 1), ("ab->b", 1, 1),
)  # fmt: skip


def einsum(draw: Random, entry: Entry) -> Case:
    equation, rank, outputs = draw.choice(EQUATIONS)
    given = [None if draw.random() < 0.3 and i < outputs - 1 else draw.randint(1, 4) for i in range(outputs)]
    bias = draw.choice((None, None, equation[-1], equation.partition("->")[2][-2:], "z"))
    found = {**drawing.arguments(entry, draw), "equation": equation, "output_shape": given, "bias_axes": (bias or "").strip(".") or None}
    shape = sizes(draw, about(draw, rank), largest=4, unknown=0.05)
    return Case(family_of(entry.name), entry.name, found, (Tensor(shape, dtype(draw)),))


def embedding(draw: Random, entry: Entry) -> Case:
    made = one()(draw, entry)
    call = {"reverse": draw.random() < 0.7} if "reverse" in entry.flags and draw.random() < 0.5 else {}
    return Case(made.family, made.layer, made.arguments, made.inputs, call)


def attention(draw: Random, entry: Entry) -> Case:
    found = drawing.arguments(entry, draw)
    rank = draw.choices((2, 3, 1), (8, 2, 1))[0] if entry.name != "GroupQueryAttention" else about(draw, 2)
    query = sizes(draw, rank, largest=5, unknown=0.06)
    value = sizes(draw, rank if draw.random() < 0.9 else rank + 1, largest=5, unknown=0.06)
    if draw.random() < 0.8 and rank:
        value = (*value[:-1], query[-1])
    key = value if draw.random() < 0.85 else sizes(draw, rank, largest=5)
    shapes = [query, value, key][: draw.choices((2, 3, 1), (10, 8, 1))[0]]
    if entry.name == "GroupQueryAttention" and draw.random() < 0.8:
        found["num_query_heads"] = found["num_key_value_heads"] * draw.randint(1, 3)
    if "attention_axes" in found and draw.random() < 0.7:
        found["attention_axes"] = draw.choice((1, [1], [-2], None))
    found.pop("flash_attention", None) if draw.random() < 0.7 else None
    call: dict[str, Any] = {"return_attention_scores": draw.random() < 0.6} if draw.random() < 0.5 else {}
    if entry.inputs == "each" and len(shapes) == 3 and draw.random() < 0.3:
        call["key"] = Tensor(shapes.pop())
    return Case(family_of(entry.name), entry.name, found, tuple(Tensor(shape, dtype(draw)) for shape in shapes), call)


def sequence(draw: Random, entry: Entry) -> Case:
    found = _not_bfloat16(drawing.arguments(entry, draw))
    found.pop("stateful", None) if draw.random() < 0.8 else None
    return Case(family_of(entry.name), entry.name, found, (tensor(draw, 2),))


def _not_bfloat16(arguments: dict[str, Json]) -> dict[str, Json]:
    """TensorFlow cannot make an orthogonal matrix, which most recurrent kernels begin with, in bfloat16. Other backends can."""
    if arguments.get("dtype") == "bfloat16":
        arguments["dtype"] = "mixed_bfloat16"
    return arguments


def rnn(draw: Random, entry: Entry) -> Case:
    cells = [_cell(draw) for _ in range(draw.randint(1, 3))]
    cell: Json = draw.choice((cells[0], cells, {"layer": "StackedRNNCells", "arguments": {"cells": cells}}))
    if draw.random() < 0.05:
        cell = {"layer": "Dense", "arguments": {"units": 2}}
    found = {"cell": cell, **sequence(draw, _without(entry, "cell")).arguments}
    return Case(family_of(entry.name), entry.name, found, (tensor(draw, 2),))


def _cell(draw: Random) -> Json:
    name = draw.choice(("SimpleRNNCell", "GRUCell", "LSTMCell"))
    entry = load_catalogue().entry("layer", name)
    assert entry is not None
    return {"layer": name, "arguments": _not_bfloat16(drawing.arguments(entry, draw, share=0.15))}


def _without(entry: Entry, name: str) -> Entry:
    return replace(entry, params=tuple(p for p in entry.params if p.name != name))


def step(draw: Random, entry: Entry) -> Case:
    found = {"units": draw.randint(1, 4), "use_bias": draw.random() < 0.6, "dropout": 0.1}
    if entry.name == "GRUCell":
        found["reset_after"] = draw.random() < 0.5
    state = found["units"] if draw.random() < 0.85 else 5
    return Case(family_of(entry.name), entry.name, found, (Tensor((draw.randint(1, 5),)), Tensor((state,))))


def film(draw: Random, entry: Entry) -> Case:
    found = _not_bfloat16(drawing.arguments(entry, draw))
    found.pop("stateful", None) if draw.random() < 0.9 else None
    if draw.random() < 0.8:
        found.pop(draw.choice(("strides", "dilation_rate")), None)
    rank = about(draw, rank_of(entry.name) + 2)
    shape = (draw.choice((None, 3)), *sizes(draw, max(rank - 1, 0), unknown=0.03))
    return Case(family_of(entry.name), entry.name, found, (Tensor(shape, dtype(draw)),))


def _inner(draw: Random, names: tuple[str, ...]) -> Case:
    return case(draw.choice(names), draw)


INSIDE: Final = (
    *("Dense", "Conv1D", "Conv2D", "Flatten", "MaxPooling2D", "LSTM", "BatchNormalization", "Dropout", "GlobalAveragePooling1D"),
    *("Reshape", "Add", "EinsumDense", "Embedding", "ZeroPadding1D", "Resizing", "PReLU", "DepthwiseConv2D", "LayerNormalization"),
)
KERNELS: Final = (
    "Dense",
    "Conv1D",
    "Conv2D",
    "EinsumDense",
    "Embedding",
    "Conv2DTranspose",
    "DepthwiseConv2D",
    "Dropout",
    "SeparableConv2D",
)
CHAINED: Final = ("Rescaling", "RandomFlip", "Resizing", "RandomContrast", "CenterCrop", "RandomZoom")


def distributed(draw: Random, entry: Entry) -> Case:
    inner = _inner(draw, INSIDE)
    found = {**drawing.arguments(_without(entry, "layer"), draw), "layer": {"layer": inner.layer, "arguments": dict(inner.arguments)}}
    shape = (draw.choice((None, 3)), *inner.inputs[0].shape)
    return Case(family_of(entry.name), entry.name, found, (Tensor(shape, inner.inputs[0].dtype),))


def spectral(draw: Random, entry: Entry) -> Case:
    inner = _inner(draw, KERNELS)
    given = {key: value for key, value in inner.arguments.items() if key != "lora_rank"}
    found = {**drawing.arguments(_without(entry, "layer"), draw), "layer": {"layer": inner.layer, "arguments": given}}
    return Case(family_of(entry.name), entry.name, found, inner.inputs)


def bidirectional(draw: Random, entry: Entry) -> Case:
    names = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D")
    inner = _inner(draw, (*names, "Dense") if draw.random() < 0.1 else names)
    given = dict(inner.arguments)
    given.pop("go_backwards", None) if draw.random() < 0.8 else None
    found = {**drawing.arguments(_without(_without(entry, "layer"), "backward_layer"), draw)}
    found["layer"] = {"layer": inner.layer, "arguments": given}
    if draw.random() < 0.2:
        turned = {**given, "go_backwards": not given.get("go_backwards", False)} if draw.random() < 0.8 else dict(given)
        if draw.random() < 0.2:
            turned["return_sequences"] = not turned.get("return_sequences", False)
        found["backward_layer"] = {"layer": inner.layer, "arguments": turned}
    return Case(family_of(entry.name), entry.name, found, inner.inputs)


def pipeline(draw: Random, entry: Entry) -> Case:
    layers = []
    for _ in range(draw.randint(1, 3)):
        inner = _inner(draw, CHAINED)
        given = {key: value for key, value in inner.arguments.items() if key not in ("dtype", "autocast", "data_format")}
        layers.append({"layer": inner.layer, "arguments": given})
    return Case(family_of(entry.name), entry.name, {"layers": layers}, (Tensor((draw.randint(3, 9), draw.randint(3, 9), 3)),))


def picture(draw: Random, entry: Entry) -> Case:
    found = drawing.arguments(entry, draw)
    shape = image_of(draw, 2, found, draw.choice((3, 3, 1))).shape
    return Case(family_of(entry.name), entry.name, found, (Tensor(shape, draw.choice(("float32", "uint8", "float16"))),))


def words(draw: Random, entry: Entry) -> Case:
    found = drawing.arguments(entry, draw, share=0.2)
    found.pop("sparse", None) if draw.random() < 0.8 else None
    if entry.name in WORDS:
        found |= vocabulary(draw, entry.name, found)
    shapes = [sizes(draw, draw.randint(0, 3), largest=4)] * (2 if entry.name == "HashedCrossing" else 1)
    if len(shapes) == 2 and draw.random() < 0.3:
        shapes[1] = sizes(draw, len(shapes[0]), largest=4)
    kind = "string" if entry.name in ("StringLookup", "TextVectorization") else "int64"
    return Case(family_of(entry.name), entry.name, found, tuple(Tensor(shape, kind) for shape in shapes))


def sound(draw: Random, entry: Entry) -> Case:
    found = drawing.arguments(entry, draw)
    if found.get("window") not in (None, "hann", "hamming"):
        del found["window"]
    if entry.name == "STFTSpectrogram":
        found["frame_length"] = draw.randint(2, 9)
        shape = (draw.choice((None, 20, 33, 5)), draw.choice((1, 2, None)))
        return Case("sound", entry.name, found, (Tensor(shape[: about(draw, 2)], "float32"),))
    for key in ("fft_length", "sequence_length"):
        if found.get(key) is not None:
            found[key] = draw.choice((16, 64, 128))
    return Case("sound", entry.name, found, (Tensor(sizes(draw, about(draw, 1), largest=3000)),))


MAKE: Final[Mapping[str, Make]] = {
    **dict.fromkeys(("convolution", "depthwise", "separable", "transposed"), window),
    **dict.fromkeys(("pooling", "global pooling", "adaptive pooling", "padding and cropping"), pool),
    "merge": merge,
    "Dot": dot,
    "normalization": axes,
    "Normalization": normalization,
    "GroupNormalization": group,
    "reshaping": one(),
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": one(1),
    "dense and embedding": embedding,
    "EinsumDense": einsum,
    "attention": attention,
    "recurrent": sequence,
    "RNN": rnn,
    "SimpleRNNCell": step,
    "GRUCell": step,
    "convolutional recurrent": film,
    "TimeDistributed": distributed,
    "SpectralNormalization": spectral,
    "Bidirectional": bidirectional,
    "Pipeline": pipeline,
    "encoding": words,
    "sound": sound,
    "activation": one(),
    "PReLU": axes,
    "Softmax": axes,
    "regularization": one(),
    **{f"SpatialDropout{n}D": one(n + 1) for n in (1, 2, 3)},
    "image": picture,
}

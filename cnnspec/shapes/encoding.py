"""Numbers and words to codes, sound to spectra. What is learned from the data is no weight (a vocabulary, boundaries)."""

from __future__ import annotations

from math import ceil, log2
from typing import Final

from cnnspec.shapes.facts import Facts, Refusal, Shape, Tensor, Weight, product, show
from cnnspec.shapes.refusals import invalid, mismatch, not_fixed, number_of_tensors, too_few_axes, wrong_rank
from cnnspec.shapes.rule import Json, Outcome, Unknown, Use
from cnnspec.shapes.windows import slide

ALIASES: Final = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def category_encoding(use: Use) -> Outcome:
    """The last axis becomes `num_tokens` numbers; with "one_hot" each of several values does."""
    if use.get("num_tokens") is None:
        return invalid(use, "`num_tokens` is missing", "how many categories there are", "write `num_tokens=10`")
    depth = use.positive("num_tokens")
    if use.text("output_mode") == "one_hot":
        return use.gives(_one_hot(use.shape, depth), window=None)
    return use.gives((*use.shape[:-1], depth), window=None) if use.shape else too_few_axes(use, 1)


def discretization(use: Use) -> Outcome:
    """The number of the bin of each value, or a code of it."""
    boundaries, bins, mode = use.get("bin_boundaries"), use.get("num_bins"), use.text("output_mode")
    if (boundaries is None) == (bins is None):
        label = "one of them is enough" if bins is not None else "one of them is needed"
        return invalid(use, "takes `num_bins` or `bin_boundaries`", label, "write `num_bins=10`, which is learned from the data")
    if (wrong := _sparse(use, mode)) is not None:
        return wrong
    if mode == "int":
        return Facts((Tensor(use.shape, "int32"),))
    depth = len(boundaries) + 1 if isinstance(boundaries, list) else use.integer("num_bins")
    if mode == "one_hot":
        return use.gives(_one_hot(use.shape, depth), window=None)
    return use.gives((*use.shape[1:], depth), window=None) if use.shape else too_few_axes(use, 1)


def hashing(use: Use) -> Outcome:
    """The number of the bin of each value; coded, the last axis becomes `num_bins` numbers."""
    depth, mode, written = use.positive("num_bins"), use.text("output_mode"), use.arguments.get("dtype")
    dtype = written or ("int64" if mode == "int" else "float32")
    dtype = "float32" if dtype in ("mixed_float16", "mixed_bfloat16") else dtype
    if mode == "int" and (written or dtype) not in ("int32", "int64"):
        return invalid(use, f"the number of a bin is an integer, not {written}", "this dtype holds none", 'write `dtype="int64"`')
    if (wrong := _sparse(use, mode)) is not None:
        return wrong
    if mode == "int":
        return Facts((Tensor(use.shape, dtype),))
    return Facts((Tensor((*use.shape[:-1], depth), dtype),), window=None) if use.shape else too_few_axes(use, 1)


def hashed_crossing(use: Use) -> Outcome:
    """The number of the bin of each pair of values."""
    depth, mode = use.positive("num_bins"), use.text("output_mode")
    if len(use.inputs) != 2:
        return number_of_tensors(use, "2")
    first, second = (tensor.shape for tensor in use.inputs)
    if first[-1:] != second[-1:]:
        message = f"{show(first)} and {show(second)} have different last sizes"
        return mismatch(use, message, "each value needs a partner", "give both one size")
    dtype = "int64" if mode == "int" and use.arguments.get("dtype") is None else use.dtype
    shape = first if mode == "int" else _one_hot(first, depth)
    return Facts((Tensor(shape, dtype),), window=None)


def _one_hot(shape: Shape, depth: int) -> Shape:
    """A last axis of one value is replaced; of several, each gets a code."""
    return (*shape[:-1], depth) if shape and shape[-1] == 1 else (*shape, depth)


def _sparse(use: Use, mode: str) -> Refusal | None:
    if use.flag("sparse") and mode == "int":
        return invalid(use, '`sparse` needs another `output_mode` than "int"', "integers are not sparse", "leave `sparse` out")
    return None


# ---------------------------------------------------------------- vocabularies


def lookup(use: Use) -> Outcome:
    """`IntegerLookup` and `StringLookup`: the place of each value in the vocabulary, or a code of it."""
    size = _vocabulary(use, use.get("mask_token"))
    return size if isinstance(size, Refusal) else _coded(use, use.shape, size)


def text_vectorization(use: Use) -> Outcome:
    """A text becomes the places of its words in the vocabulary, or one code."""
    mode = _mode(use)
    if mode != "int" and use.get("output_sequence_length") is not None:
        return invalid(use, f'`output_sequence_length` is for `output_mode="int"`, not "{mode}"', "a code has no length", "leave it out")
    if mode != "int" and use.flag("ragged"):
        return invalid(use, f'`ragged` is for `output_mode="int"`, not "{mode}"', "a code has one length", "leave it out")
    size = _vocabulary(use, "")
    if isinstance(size, Refusal):
        return size
    if mode == "int":
        return Facts((Tensor((use.get("output_sequence_length"),), "int64"),), window=None)
    if use.get("split") is None:
        return _coded(use, use.shape or (1,), size)
    return _coded(use, (*use.shape, None), size)


def _mode(use: Use) -> str:
    written = use.text("output_mode")
    return ALIASES.get(written, written)


def _coded(use: Use, shape: Shape, size: int | None) -> Outcome:
    mode = _mode(use)
    if mode == "int":
        return Facts((Tensor(shape, "int64"),))
    depth = use.get("max_tokens") if use.flag("pad_to_max_tokens") else size
    if mode == "one_hot":
        full = (None, *shape)
        coded = (*full[:-1], depth) if len(full) > 1 and full[-1] == 1 else (*full, depth)
        return Facts((Tensor(coded[1:], "float32"),), window=None)
    return Facts((Tensor((*shape[:-1], depth), "float32"),), window=None) if shape else too_few_axes(use, 1)


def _vocabulary(use: Use, mask: Json) -> int | Refusal | None:
    """The number of codes, None where the vocabulary is learned from the data."""
    mode, words, weights = _mode(use), use.get("vocabulary"), use.get("idf_weights")
    if use.flag("pad_to_max_tokens") and use.get("max_tokens") is None:
        return invalid(use, "`pad_to_max_tokens` needs `max_tokens`", "up to how many?", "write `max_tokens=1000`")
    if use.layer != "TextVectorization":
        if use.flag("invert") and mode != "int":
            return invalid(use, f'`invert` is for `output_mode="int"`, not "{mode}"', "a code is not turned back", "leave one of them out")
        if use.flag("invert") and use.get("oov_token") is None:
            return invalid(use, "`invert` needs an `oov_token`", "what to give for a place that is none", "leave `oov_token` out")
        if use.get("salt") is not None and use.layer == "IntegerLookup" and use.get("oov_method") != "farmhash":
            return invalid(use, '`salt` needs `oov_method="farmhash"`', "the other method takes none", 'write `oov_method="farmhash"`')
    if (wrong := _sparse(use, mode)) is not None:
        return wrong
    if weights is not None and mode != "tf_idf":
        return invalid(use, f'`idf_weights` is for `output_mode="tf_idf"`, not "{mode}"', "they are not used", "leave them out")
    if words is not None and mode == "tf_idf" and weights is None:
        return invalid(use, "`idf_weights` is missing", "a weight for each word", "write a list as long as `vocabulary`")
    if words is None:
        return None
    if not isinstance(words, list):
        raise Unknown  # a file: read when Keras is there
    return _counted(use, words, mask, mode)


def _counted(use: Use, words: list[Json], mask: Json, mode: str) -> int | Refusal:
    """Reserved places (mask, unknown words) and the words; the list may begin with the reserved ones."""
    if not words:
        return invalid(use, "the vocabulary is empty", "there is no word", "write one word at least, or leave it out")
    unknown = use.integer("num_oov_indices") if use.layer != "TextVectorization" else 1
    token = use.get("oov_token") if use.layer != "TextVectorization" else "[UNK]"
    reserved = ([mask] if mask is not None and mode == "int" else []) + [token] * unknown
    rest = words[len(reserved) :] if words[: len(reserved)] == reserved else words
    if len(set(rest)) < len(rest):
        repeated = next(word for i, word in enumerate(rest) if word in rest[:i])
        return invalid(use, f"the vocabulary holds {repeated!r} twice", "one place for each word", "write it once")
    if mask is not None and mask in rest:
        return invalid(use, f"the vocabulary holds the mask token {mask!r}", "it has a place of its own", "leave it out")
    if use.layer != "TextVectorization" and use.flag("invert") and token in rest:
        return invalid(use, f"the vocabulary holds the token {token!r} for unknown words", "it has a place of its own", "leave it out")
    size = len(reserved) + len(rest)
    most = use.get("max_tokens")
    if most is not None and size > most:
        return invalid(use, f"the vocabulary has {size} places, `max_tokens` is {most}", "too many", f"write `max_tokens={size}`")
    weights = use.get("idf_weights")
    if isinstance(weights, list) and len(weights) != len(words):
        return invalid(use, f"{len(weights)} `idf_weights` for {len(words)} words", "one for each word", "write as many")
    return size


# ---------------------------------------------------------------- sound


def stft(use: Use) -> Outcome:
    """(time, channels) -> (frames, frequencies * channels) by convolutions with sines; `expand_dims` keeps the channels apart."""
    frame, mode = use.positive("frame_length"), use.text("mode")
    step = frame // 2 if use.get("frame_step") is None else use.positive("frame_step")
    if step > frame or step < 1:
        message = f"`frame_step={step}` with `frame_length={frame}`"
        return invalid(use, message, "a step is from 1 to the frame's length", f"write `frame_step={max(frame // 2, 1)}`")
    length = 2 ** ceil(log2(frame)) if use.get("fft_length") is None else use.positive("fft_length")
    if length < frame:
        return invalid(use, f"`fft_length={length}` is below `frame_length={frame}`", "too short", f"write `fft_length={frame}` or more")
    if len(use.shape) != 2:
        return wrong_rank(use, 2)
    spatial, channels = use.split(use.shape)
    if channels is None:
        return not_fixed(use, "the channels")
    places = slide(use, spatial, (frame,), (step,))
    if isinstance(places, Refusal):
        return places
    bins = length // 2 + 1
    names = [name for name, other in (("real_kernel", "imag"), ("imag_kernel", "real")) if mode != other]
    weights = tuple(Weight(name, (frame, 1, bins)) for name in names)
    found = 2 * bins if mode == "stft" else bins
    used = product((*places, channels))
    macs = None if used is None else used * sum(weight.size for weight in weights)
    if not use.flag("expand_dims"):
        return use.gives(use.join(places, found * channels), weights, macs, None)
    shape = (channels, *places, found) if use.channels_first else (*places, found, channels)
    return use.gives(shape, weights, macs, None)


def mel_spectrogram(use: Use) -> Outcome:
    """(time,) -> (mel bins, frames) with floor((time + stride + 1) / stride) frames."""
    length, stride = use.positive("fft_length"), use.positive("sequence_stride")
    if use.get("sequence_length") is not None and use.positive("sequence_length") > length:
        message = f"`sequence_length={use.get('sequence_length')}` is above `fft_length={length}`"
        return invalid(use, message, "too long", f"write `fft_length={use.get('sequence_length')}` or more")
    if not use.shape:
        return too_few_axes(use, 1)
    time = use.shape[0]
    return use.gives((use.positive("num_mel_bins"), None if time is None else (time + stride + 1) // stride), window=None)

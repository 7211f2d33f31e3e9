"""Attention. MACs: the projections at each place, and each query with each key, twice (scores and sums)."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.shapes.dense import cost, projection
from cnnspec.shapes.facts import Facts, Refusal, Shape, Tensor, Weight, product, show
from cnnspec.shapes.refusals import invalid, mismatch, no_initializer, not_fixed, number_of_tensors
from cnnspec.shapes.rule import Outcome, Unknown, Use, is_integer
from cnnspec.shapes.windows import added


def attention(use: Use) -> Outcome:
    """Of [query, value] or [query, value, key], without projections; a scale is one weight."""
    weights = [Weight("scale", ())] if use.flag("use_scale") else []
    if use.text("score_mode") == "concat":
        weights.append(Weight("concat_score_weight", ()))
    return _plain(use, tuple(weights))


def additive_attention(use: Use) -> Outcome:
    """The same with a sum in place of the product; the scale is a weight for each feature of the query."""
    if not use.inputs:
        raise Unknown
    features = use.inputs[0].shape[-1] if use.inputs[0].shape else None
    if use.flag("use_scale"):
        if features is None and len(use.inputs) in (2, 3):
            return not_fixed(Use(use.layer, use.arguments, use.inputs[:1]), "the last size")
        return _plain(use, (Weight("scale", (features or 0,)),))
    return _plain(use, ())


def _plain(use: Use, weights: tuple[Weight, ...]) -> Outcome:
    if len(use.inputs) not in (2, 3):
        return number_of_tensors(use, "2 or 3")
    masks = use.call.get("mask")
    if isinstance(masks, Tensor) or (isinstance(masks, tuple) and len(masks) not in (2, 3)):
        return invalid(use, "`mask` is a list of 2 or 3 tensors", "one for each input", "write `mask=[query_mask, value_mask]`")
    query, value, key = (use.inputs[i].shape for i in (0, 1, -1 if len(use.inputs) == 3 else 1))
    if not query or not value:
        return _needs_places(use, query if not query else value)
    shape = (*query[:-1], value[-1])
    places = product((*query[:-1], *key[-2:-1]))
    features = None if query[-1] is None or value[-1] is None else query[-1] + value[-1]
    macs = None if places is None or features is None or len(key) < 2 else places * features
    outputs = [Tensor(shape, use.dtype)]
    if use.asked("return_attention_scores"):
        outputs.append(Tensor((*query[:-1], *(key[-2:-1] or (None,))), use.dtype))
    return Facts(tuple(outputs), weights, macs, None)


def _needs_places(use: Use, shape: Shape) -> Refusal:
    message = f"attention is between places of a sequence, got {show(shape)}"
    return mismatch(use, message, "this input has no axis", "bring it to `(length, features)` with `Reshape(...)`")


def multi_head(use: Use) -> Outcome:
    """Projections query (features, heads, key_dim), key likewise, value (features, heads, value_dim), a gate if `use_gate`, output back.

    Each has a bias unless `use_bias=False`. The output has the query's shape, its last size replaced by `output_shape` if written.
    """
    heads, key_dim = use.positive("num_heads"), use.positive("key_dim")
    value_dim = key_dim if use.get("value_dim") is None else use.positive("value_dim")
    tensors = _read(use)
    if isinstance(tensors, Refusal):
        return tensors
    query, value, key = tensors
    if (wrong := _arguments(use)) or (wrong := _lengths(use, value, key)) or (wrong := _axes(use, value)):
        return wrong
    out = _output_shape(use)
    sizes = [shape[-1] if shape else None for shape in (query, key, value)]
    if None in sizes:
        return _features(use, (query, key, value)[sizes.index(None)])
    features = [size for size in sizes if size is not None]
    biased = use.flag("use_bias")
    reads = projection("query", (features[0],), (heads, key_dim), biased=biased)
    keys = projection("key", (features[1],), (heads, key_dim), biased=biased)
    if use.flag("use_gate"):
        reads += projection("gate", (features[0],), (heads, value_dim), biased=biased)
    values = projection("value", (features[2],), (heads, value_dim), biased=biased)
    back = projection("attention_output", (heads, value_dim), out or (features[0],), biased=biased)
    macs = added(
        cost((*reads, *back), product(query[:-1])),
        cost((*keys, *values), product(key[:-1])),
        product((*query[:-1], *_attended(use, key), heads, key_dim + value_dim)),
    )
    outputs = [Tensor((*query[:-1], *(out or query[-1:])), use.dtype)]
    if use.asked("return_attention_scores"):
        length = query[0] if query else None
        outputs.append(Tensor((heads, length, length), use.dtype))
    return Facts(tuple(outputs), (*reads, *keys, *values, *back), macs, None)


def grouped_query(use: Use) -> Outcome:
    """Like `MultiHeadAttention`, with fewer heads for keys and values; the output has the query's shape."""
    size, heads, shared = use.positive("head_dim"), use.positive("num_query_heads"), use.positive("num_key_value_heads")
    if heads % shared:
        message = f"`num_key_value_heads={shared}` does not divide `num_query_heads={heads}`"
        return invalid(use, message, "the heads do not fit", f"choose a divisor of {heads}")
    tensors = _read(use)
    if isinstance(tensors, Refusal):
        return tensors
    query, value, key = tensors
    for shape in tensors:
        if len(shape) != 2:
            message = f"reads sequences `(length, features)`, got {show(shape)}"
            return Refusal("E0603", f"`{use.layer}` {message}", f"this input has {len(shape)}", "bring it to that rank: `Reshape(...)`")
    if (wrong := _arguments(use)) or (wrong := _lengths(use, value, key)):
        return wrong
    if None in (query[-1], key[-1], value[-1]):
        return _features(use, next(shape for shape in (query, key, value) if shape[-1] is None))
    if query[-1] != value[-1]:
        message = f"the query {show(query)} and the value {show(value)} have different features"
        return mismatch(use, message, "the last sizes differ", f"bring the value to {query[-1]} features: `Dense({query[-1]})`")
    rows = [shape[-1] for shape in (query, key, value) if shape[-1] is not None]
    biased = use.flag("use_bias")
    reads = projection("query", (rows[0],), (heads, size), biased=biased)
    if use.flag("use_gate"):
        reads += projection("gate", (rows[0],), (heads, size), biased=biased)
    keys = projection("key", (rows[1],), (shared, size), biased=biased)
    values = projection("value", (rows[2],), (shared, size), biased=biased)
    back = projection("attention_output", (heads, size), (rows[0],), biased=biased)
    macs = added(
        cost((*reads, *back), query[0]),
        cost((*keys, *values), key[0]),
        product((query[0], key[0], heads, 2 * size)),
    )
    outputs = [Tensor(query, use.dtype)]
    if use.asked("return_attention_scores"):
        outputs.append(Tensor((heads, query[0], key[0]), use.dtype))
    return Facts(tuple(outputs), (*reads, *keys, *values, *back), macs, None)


# ---------------------------------------------------------------- parts


def _read(use: Use) -> tuple[Shape, Shape, Shape] | Refusal:
    """The shapes of query, value and key, by place or by name; without a key the value is the key."""
    named = dict(zip(("query", "value", "key"), use.inputs, strict=False))
    for name in ("value", "key"):
        given = use.call.get(name)
        if isinstance(given, Tensor):
            named[name] = given
        elif name in use.call:
            raise Unknown
    if "query" not in named or "value" not in named:
        return number_of_tensors(use, "2 or 3")
    return named["query"].shape, named["value"].shape, named.get("key", named["value"]).shape


def _arguments(use: Use) -> Refusal | None:
    if use.get("flash_attention") is True and (use.get("dropout") or 0) > 0:
        return invalid(use, "`dropout` and `flash_attention` do not go together", "one of them", "write `dropout=0.0`")
    return no_initializer(use, "kernel_initializer", "bias_initializer")


def _lengths(use: Use, value: Shape, key: Shape) -> Refusal | None:
    if value[:-1] == key[:-1]:
        return None
    message = f"the value {show(value)} and the key {show(key)} have different lengths"
    return mismatch(use, message, "each value has one key", "make both from the same sequence")


def _axes(use: Use, value: Shape) -> Refusal | None:
    """`attention_axes` counts the batch as 0, and the projected tensor has two axes (heads and features) for the last one."""
    rank = len(value) + 2
    for axis in _written_axes(use):
        place = axis if axis >= 0 else rank - 1 + axis
        if not -rank <= place < rank:
            return mismatch(use, f"{show(value)} has no axis {axis}", "there is no such axis", "axis 1 is the first behind the batch")
    return None


def _written_axes(use: Use) -> list[int]:
    written = use.get("attention_axes")
    axes = [] if written is None else [written] if is_integer(written) else written
    if not isinstance(axes, list) or not all(map(is_integer, axes)):
        raise Unknown
    return axes


def _attended(use: Use, key: Shape) -> Sequence[int | None]:
    """The sizes of the axes along which a query meets keys; along the others it meets its own place alone."""
    full: Shape = (None, *key[:-1])
    axes = _written_axes(use) if use.get("attention_axes") is not None else list(range(1, len(full)))
    places = [axis if axis >= 0 else len(full) + axis for axis in axes]
    return [full[place] if 0 < place < len(full) else None for place in places]


def _output_shape(use: Use) -> tuple[int, ...]:
    written = use.get("output_shape")
    if not written:
        return ()
    sizes = [written] if is_integer(written) else written
    if not isinstance(sizes, list) or not all(map(is_integer, sizes)):
        raise Unknown
    return tuple(sizes)


def _features(use: Use, shape: Shape) -> Refusal:
    message = f"`{use.layer}` needs to know the last size of {show(shape)}"
    return Refusal("E0605", message, "its weights follow from that size", "write a number in place of that `?`")

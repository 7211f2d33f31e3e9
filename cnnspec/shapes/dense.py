"""Matrices and tables: `Dense`, `EinsumDense`, `Embedding`. LoRA freezes the kernel and adds two thin factors of it."""

from __future__ import annotations

import re
from typing import Final

from cnnspec.shapes.facts import POINT, Refusal, Shape, Weight, product, show
from cnnspec.shapes.keeping import fixed
from cnnspec.shapes.refusals import invalid, mismatch, not_fixed, too_few_axes
from cnnspec.shapes.rule import Outcome, Unknown, Use, is_integer
from cnnspec.shapes.windows import added, bias, uses


def dense(use: Use) -> Outcome:
    """Kernel (features, units), for each place. MACs: features * units at each place, and the bias."""
    units = use.positive("units")
    if not use.shape:
        return too_few_axes(use, 1)
    if use.shape[-1] is None:
        return not_fixed(use, "the last size")
    kernel = Weight("kernel", (use.shape[-1], units))
    weights = low_rank(use, kernel, "kernel")
    if isinstance(weights, Refusal):
        return weights
    shape = (*use.shape[:-1], units)
    biases = bias(use, units)
    return use.gives(shape, (*weights, *biases), uses((kernel, *biases), use.shape[:-1]))


def low_rank(use: Use, kernel: Weight, argument: str) -> tuple[Weight, ...] | Refusal:
    """The kernel; with `lora_rank` r it is frozen, and its factors (..., r) and (r, last) are trained."""
    if use.get("lora_rank") is None:
        return (kernel,)
    rank = use.positive("lora_rank")
    if use.get(f"{argument}_constraint") is not None:
        message = f"`lora_rank` and `{argument}_constraint` do not go together"
        return invalid(use, message, "a factor is not constrained", "leave one of them out")
    frozen = Weight(kernel.name, kernel.shape, trainable=False)
    first = Weight(f"lora_{kernel.name}_a", (*kernel.shape[:-1], rank))
    return (frozen, first, Weight(f"lora_{kernel.name}_b", (rank, kernel.shape[-1])))


def embedding(use: Use) -> Outcome:
    """A table (input_dim, output_dim), in which each integer finds its vector. MACs 0."""
    table = Weight("embeddings", (use.positive("input_dim"), use.positive("output_dim")))
    weights = low_rank(use, table, "embeddings")
    if isinstance(weights, Refusal):
        return weights
    return use.gives((*use.shape, table.shape[1]), weights)


def reversible_embedding(use: Use) -> Outcome:
    """An embedding that also leads back, with `reverse=True` in the call: from vectors to a score for each integer."""
    entries, size = use.positive("input_dim"), use.positive("output_dim")
    weights: tuple[Weight, ...] = (Weight("embeddings", (entries, size)),)
    if not use.flag("tie_weights"):
        weights = (*weights, Weight("reverse_embeddings", (size, entries)))
    if not use.asked("reverse"):
        return use.gives((*use.shape, size), weights)
    if not use.shape:
        return too_few_axes(use, 1)
    shape = (*use.shape[:-1], entries)
    return use.gives(shape, weights, product((*shape, size)))


EQUATION: Final = r"(0?)([a-zA-Z]+)(0?),([a-zA-Z]+)->(0?)([a-zA-Z]+)(0?)"


def einsum_dense(use: Use) -> Outcome:
    """The axes of the kernel have letters: their sizes are those of the same letters in the input and the output.

    `output_shape` gives the sizes of the output without the batch (and without the axes under `...`). MACs: the sizes of all letters
    multiplied, and of the axes under `...`; with a bias, each value of the output.
    """
    equation = use.get("equation")
    output = use.get("output_shape")
    sizes = [output] if is_integer(output) else output
    if not isinstance(equation, str) or not isinstance(sizes, list):
        raise Unknown
    parts = _read(equation)
    if parts is None:
        message = f"the equation `{equation}` cannot be read"
        return invalid(use, message, "three terms", "write `ab,bc->ac`, `...b,bc->...c` or `ab...,bc->ac...`")
    left, given, kernel, wanted = parts
    full: Shape = (None, *use.shape)
    hidden = len(full) - len(given)
    if hidden < 0:
        return too_few_axes(use, len(given) - 1)
    between = full[1:hidden][::-1] if left else ()  # Keras says them in reverse, though it computes them in order
    behind = full[len(full) - hidden :] if hidden and not left else ()
    result: Shape = (None, *between, *sizes, *behind)
    inside = dict(zip(given, full[hidden:] if left else full, strict=False))
    outside = dict(zip(wanted, result[hidden:] if left else result, strict=False))
    wrong = _disagreement(use, inside, outside, kernel, wanted, result)
    if wrong is not None:
        return wrong
    shape = tuple(outside[letter] if letter in outside else inside[letter] for letter in kernel)
    kernel_sizes = fixed(shape)
    if kernel_sizes is None:
        return not_fixed(use, "the sizes of the kernel's axes")
    weights = low_rank(use, Weight("kernel", kernel_sizes), "kernel")
    if isinstance(weights, Refusal):
        return weights
    biases = _bias(use, wanted, outside, 0 if left else hidden)
    if isinstance(biases, Refusal):
        return biases
    letters = inside | {letter: size for letter, size in outside.items() if letter not in inside}
    axes = [size for letter, size in letters.items() if left or letter != given[0]] + [*between, *behind]
    point = POINT if shape and set(given) & set(kernel) == {given[-1]} and not behind else None
    places = [letters.get(letter) for letter in wanted if left or letter != given[0]] + [*between, *behind]
    macs = added(product(axes), product(places) if biases else 0)
    return use.gives(result[1:], (*weights, *biases), macs, point)


def _read(equation: str) -> tuple[bool, str, str, str] | None:
    """Whether the axes on the left are hidden, and the letters of the input, the kernel and the output."""
    found = re.match(EQUATION, equation.replace("...", "0"))
    if found is None:
        return None
    before, given, after, kernel, out_before, wanted, out_after = found.groups()
    if (before or out_before) and not (before and out_before and not after):
        return None
    if after and (not out_after or len(given) < 2):
        return None
    return bool(before), given, kernel, wanted


def _disagreement(
    use: Use, inside: dict[str, int | None], outside: dict[str, int | None], kernel: str, wanted: str, result: Shape
) -> Refusal | None:
    for letter, size in inside.items():
        declared = outside.get(letter)
        if declared is not None and declared != size:
            message = f"axis `{letter}` of {show(use.shape)} has {show((size,))}, `output_shape` says {declared}"
            return mismatch(use, message, "the sizes of one letter differ", "write `None` in `output_shape` for an axis of the input")
    if len(outside) < len(set(wanted)):
        message = f"`output_shape` gives {len(result) - 1} sizes, the equation has `{wanted}`"
        return mismatch(use, message, "too few sizes", "write a size for each letter of the output but the first")
    for letter in wanted:
        if letter not in inside and letter not in kernel:
            return invalid(use, f"the axis `{letter}` comes from nowhere", "it stands in the output alone", "name it in the kernel too")
    for letter in kernel:
        if letter not in inside and letter not in outside:
            return invalid(use, f"the axis `{letter}` leads nowhere", "it stands in the kernel alone", "name it in the input or the output")
    return None


def _bias(use: Use, wanted: str, sizes: dict[str, int | None], behind: int) -> tuple[Weight, ...] | Refusal:
    """From the first letter of `bias_axes` on: its size, or 1 for a letter that shares the bias."""
    axes = use.get("bias_axes")
    if axes is None:
        return ()
    if not isinstance(axes, str) or not axes:
        raise Unknown
    for letter in axes:
        if letter not in wanted:
            return invalid(use, f"the bias axis `{letter}` is none of the output's", "no such axis", f"choose from `{wanted}`")
    first = min(wanted.find(letter) for letter in axes)
    shape = fixed(tuple(sizes[letter] if letter in axes else 1 for letter in wanted[first:]))
    if shape is None:
        return not_fixed(use, "the sizes of the bias's axes")
    return (Weight("bias", (*shape, *(1,) * behind)),)


def projection(name: str, rows: tuple[int, ...], columns: tuple[int, ...], *, biased: bool) -> tuple[Weight, ...]:
    """The weights of a dense layer inside another: kernel (rows, columns), bias (columns)."""
    kernel = Weight(f"{name}/kernel", (*rows, *columns))
    return (kernel, Weight(f"{name}/bias", columns)) if biased else (kernel,)


def cost(weights: tuple[Weight, ...], places: int | None) -> int | None:
    """MACs of such layers, each at so many places."""
    return None if places is None else places * sum(weight.size for weight in weights)

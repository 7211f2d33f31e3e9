"""Recurrent layers: one cell, applied to each step of a sequence. MACs: each weight once a step (and place)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cnnspec.shapes.facts import Facts, Refusal, Shape, Tensor, Weight, frozen_weights, show
from cnnspec.shapes.refusals import invalid, mismatch, no_initializer, not_fixed, too_few_axes, wrong_rank
from cnnspec.shapes.rule import Json, Outcome, Rule, Unknown, Use
from cnnspec.shapes.windows import bias, slide, uses

GATES: Final[Mapping[str, int]] = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
"""How many matrices a cell holds."""

STATES: Final[Mapping[str, int]] = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2, "ConvLSTM1D": 2, "ConvLSTM2D": 2, "ConvLSTM3D": 2}
"""How many tensors a layer hands to the next step, and gives with `return_state=True`: an LSTM its output and its memory."""

RECURRENT: Final = frozenset({*STATES, "RNN"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One step: its weights, the size of its output, and those of its states."""

    weights: tuple[Weight, ...]
    units: int
    states: tuple[int, ...]


def _memory_bias(use: Use) -> Refusal | None:
    """With `unit_forget_bias` the bias begins with ones where it opens the memory, and as its initializer says elsewhere."""
    if use.get("unit_forget_bias") is True and use.flag("use_bias"):
        return no_initializer(use, "bias_initializer")
    return None


def cell_of(use: Use, kind: str, features: int) -> Cell:
    """Kernel (features, gates * units), recurrent kernel (units, gates * units), bias; a GRU with `reset_after` has two biases."""
    units, gates = use.positive("units"), GATES[kind]
    weights = [Weight("kernel", (features, gates * units)), Weight("recurrent_kernel", (units, gates * units))]
    if use.flag("use_bias"):
        twice = kind == "GRU" and use.flag("reset_after")
        weights.append(Weight("bias", (2, gates * units) if twice else (gates * units,)))
    found = frozen_weights(tuple(weights)) if use.get("trainable") is False else tuple(weights)
    return Cell(found, units, (units,) * STATES[kind])


def recurrent(kind: str) -> Rule:
    """`SimpleRNN`, `GRU`, `LSTM`: (steps, features) -> (units,), or (steps, units) with `return_sequences`."""

    def rule(use: Use) -> Outcome:
        if use.flag("stateful"):
            return _stateful(use)
        if len(use.shape) != 2:
            return wrong_rank(use, 2)
        features = use.shape[-1]
        if features is None:
            use.positive("units")
            return not_fixed(use, "the last size")
        if (wrong := _memory_bias(use)) is not None:
            return wrong
        return _sequence(use, cell_of(use, kind, features))

    return rule


def rnn(use: Use) -> Outcome:
    """Any cell, or a list of them: each reads what the one before it gives."""
    cells = _cells(use.get("cell"))
    if isinstance(cells, str):
        return invalid(use, f"`{cells}` is no cell", "no step of a sequence", "write a cell: `LSTMCell(32)`")
    if use.flag("stateful"):
        return _stateful(use)
    if len(use.shape) < 2:
        return too_few_axes(use, 2)
    features = use.shape[-1]
    if features is None:
        return not_fixed(use, "the last size")
    made: list[Cell] = []
    for name, arguments in cells:
        cell = Use(name, arguments, ())
        if (wrong := _memory_bias(cell)) is not None:
            return wrong
        made.append(cell_of(cell, name.removesuffix("Cell"), features))
        features = made[-1].units
    weights = tuple(weight for cell in made for weight in cell.weights)
    states = tuple(size for cell in made for size in cell.states)
    return _sequence(use, Cell(weights, made[-1].units, states))


def _cells(value: Json) -> list[tuple[str, Mapping[str, Json]]] | str:
    """The cells of an `RNN` in order, or the name of what is no cell. Raises `Unknown`."""
    if isinstance(value, list):
        found: list[tuple[str, Mapping[str, Json]]] = []
        for item in value:
            inner = _cells(item)
            if isinstance(inner, str):
                return inner
            found += inner
        if not found:
            raise Unknown
        return found
    if not isinstance(value, Mapping) or not isinstance(value.get("layer"), str):
        raise Unknown
    name, arguments = value["layer"], value.get("arguments", {})
    if name == "StackedRNNCells":
        return _cells(arguments.get("cells"))
    if name.removesuffix("Cell") not in GATES or not name.endswith("Cell"):
        return str(name)
    return [(name, arguments)]


def _sequence(use: Use, cell: Cell) -> Facts:
    steps = use.shape[0]
    outputs = [Tensor((steps, cell.units) if use.flag("return_sequences") else (cell.units,), use.dtype)]
    if use.flag("return_state"):
        outputs += [Tensor((size,), use.dtype) for size in cell.states]
    return Facts(tuple(outputs), cell.weights, uses(cell.weights, (steps,)), None)


def _stateful(use: Use) -> Refusal:
    message = f"`{use.layer}` cannot be stateful here: the batch has no fixed size"
    return Refusal("E0404", message, "a state from batch to batch needs one", "leave `stateful` out")


def conv_lstm(rank: int) -> Rule:
    """An LSTM whose four gates are convolutions: kernel (k..., channels, 4 * filters), recurrent (k..., filters, 4 * filters).

    Reads (steps, spatial..., channels); all but the steps must be known. The recurrent convolution keeps the size.
    """

    def rule(use: Use) -> Outcome:
        filters, kernel = use.positive("filters"), use.sizes("kernel_size", rank)
        strides, dilation = use.sizes("strides", rank), use.sizes("dilation_rate", rank)
        if max(strides) > 1 and max(dilation) > 1:
            message = "takes `strides` or `dilation_rate` above 1, not both"
            return invalid(use, message, "Keras computes only one of them", "leave one of them out")
        if use.flag("stateful"):
            return _stateful(use)
        if len(use.shape) != rank + 2:
            return wrong_rank(use, rank + 2)
        spatial, channels = use.split(use.shape[1:])
        if channels is None or None in spatial:
            return not_fixed(use, "every size but the first")
        if (wrong := _memory_bias(use)) is not None:
            return wrong
        reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
        step = Use(use.layer, use.arguments, (Tensor(use.shape[1:], use.dtype),))
        places = slide(step, spatial, reach, strides)
        if isinstance(places, Refusal):
            return places
        weights = (
            Weight("kernel", (*kernel, channels, 4 * filters)),
            Weight("recurrent_kernel", (*kernel, filters, 4 * filters)),
            *bias(use, 4 * filters),
        )
        return _film(use, use.join(places, filters), weights, (use.shape[0], *places))

    return rule


def _film(use: Use, step: Shape, weights: tuple[Weight, ...], places: Shape) -> Facts:
    outputs = [Tensor((use.shape[0], *step) if use.flag("return_sequences") else step, use.dtype)]
    if use.flag("return_state"):
        outputs += [Tensor(step, use.dtype)] * 2
    return Facts(tuple(outputs), weights, uses(weights, places), None)


def one_step(kind: str) -> Rule:
    """A cell as a layer: it reads one step (features,) and the state (units,), and gives the output and the new state."""

    def rule(use: Use) -> Outcome:
        if len(use.inputs) != 2 or use.call:
            raise Unknown
        step, state = (tensor.shape for tensor in use.inputs)
        if len(step) != 1 or len(state) != 1:
            raise Unknown
        if step[0] is None:
            return not_fixed(Use(use.layer, use.arguments, use.inputs[:1]), "the last size")
        cell = cell_of(use, kind, step[0])
        if state[0] not in (cell.units, None):
            message = f"the state {show(state)} has not {cell.units} units"
            return mismatch(use, message, "the state does not fit", f"bring it to {cell.units} units: `Dense({cell.units})`")
        return Facts((Tensor((cell.units,), use.dtype),) * 2, cell.weights, uses(cell.weights, ()), None)

    return rule


Infer = Callable[[Mapping[str, Json], tuple[Tensor, ...], str], Outcome]


def bidirectional(infer: Infer) -> Rule:
    """The layer and its mirror image; `merge_mode` says how their outputs are joined."""

    def rule(use: Use) -> Outcome:
        forward = use.get("layer")
        if not isinstance(forward, Mapping):
            raise Unknown
        if forward.get("layer") not in RECURRENT:
            message = f"`{forward.get('layer')}` is no recurrent layer"
            return invalid(use, message, "it has no direction", "write one: `LSTM(32)`")
        backward = _backward(use, forward)
        if isinstance(backward, Refusal):
            return backward
        found, mirrored = (infer(each, use.inputs, use.policy) for each in (forward, backward))
        if isinstance(found, Refusal):
            return found
        if isinstance(mirrored, Refusal):
            return mirrored
        return _joined(use, found, mirrored)

    return rule


def _backward(use: Use, forward: Mapping[str, Json]) -> Mapping[str, Json] | Refusal:
    """The layer for the other direction: written, or the same one turned."""
    ahead = forward.get("arguments", {})
    turned = ahead.get("go_backwards", False)
    backward = use.get("backward_layer")
    if backward is None:
        if turned:
            return invalid(use, "the layer goes backwards already", "both directions would be one", "leave `go_backwards` out")
        return forward
    if not isinstance(backward, Mapping):
        raise Unknown
    if backward.get("layer") not in RECURRENT:
        return invalid(use, f"`{backward.get('layer')}` is no recurrent layer", "it has no direction", "write one: `LSTM(32)`")
    behind = backward.get("arguments", {})
    if behind.get("go_backwards", False) == turned:
        return invalid(use, "both layers go in one direction", "one must go backwards", "write `go_backwards=True` in `backward_layer`")
    for name in ("stateful", "return_sequences", "return_state"):
        if ahead.get(name, False) != behind.get(name, False):
            return invalid(use, f"the two layers differ in `{name}`", "they must agree", f"write `{name}` alike in both")
    return backward


def _joined(use: Use, found: Facts, mirrored: Facts) -> Outcome:
    if None in found.outputs or found.weights is None or mirrored.weights is None:
        raise Unknown
    outputs = [Tensor(tensor.shape, use.dtype) for tensor in found.outputs if tensor is not None]
    first, states = outputs[0], outputs[1:]
    mode = use.get("merge_mode")
    if mode == "concat":
        last = first.shape[-1]
        outputs = [Tensor((*first.shape[:-1], None if last is None else 2 * last), use.dtype)]
    else:
        outputs = [first, first] if mode is None else [first]
    ahead = tuple(Weight(f"forward/{w.name}", w.shape, w.trainable) for w in found.weights)
    behind = tuple(Weight(f"backward/{w.name}", w.shape, w.trainable) for w in mirrored.weights)
    macs = None if found.macs is None or mirrored.macs is None else found.macs + mirrored.macs
    return Facts((*outputs, *states, *states), (*ahead, *behind), macs, None)

"""The network while it grows: inputs, calls of layers in order, their names, and shapes on demand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cnnspec.document.document import Json
from cnnspec.elaborate.values import Tensor
from cnnspec.shapes import Facts, Shape, infer, known_from_both
from cnnspec.shapes import Tensor as Known
from cnnspec.source import Span


@dataclass(slots=True, eq=False)
class Call:
    """One call of a layer. `json` is its entry in the document, at `pointer`."""

    json: dict[str, Json]
    pointer: str
    span: Span
    inputs: tuple[Tensor, ...]
    used: bool = False
    outputs: tuple[Known | None, ...] | None = None


@dataclass(slots=True, eq=False)
class ModelInput:
    tensor: Tensor
    shape: Shape
    span: Span
    dtype: str
    used: bool = False


@dataclass(slots=True, eq=False)
class Network:
    inputs: dict[str, ModelInput] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    definitions: dict[str, Call] = field(default_factory=dict)
    """The first call of each shared instance."""
    _taken: set[str] = field(default_factory=set)
    _claimed: set[str] = field(default_factory=set)
    _counters: dict[str, int] = field(default_factory=dict)
    _inferred: int = 0

    # ------------------------------------------------------------ names

    def reserve(self, names: Iterable[str]) -> None:
        """Names that the author gave: no generated name may take one of them."""
        self._taken.update(names)

    def claim(self, name: str) -> bool:
        """Take a name that the author gave. False where it is taken already (the second definition is reported)."""
        new = name not in self._claimed and name not in self.inputs
        self._claimed.add(name)
        return new

    def generated_name(self, path: str, word: str) -> str:
        """`<path>__<word>_<k>` with the first free k, counted from 1. It depends on the spec alone."""
        stem = f"{path}__{word}" if path else word
        while True:
            self._counters[stem] = self._counters.get(stem, 0) + 1
            name = f"{stem}_{self._counters[stem]}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    # ------------------------------------------------------------ use

    def use(self, tensor: Tensor) -> None:
        if tensor.call is not None:
            tensor.call.used = True
        elif tensor.name in self.inputs:
            self.inputs[tensor.name].used = True

    # ------------------------------------------------------------ shapes

    def shape(self, tensor: Tensor) -> Shape | None:
        """The shape of a tensor without the batch axis, or None where no rule or shape column gives it."""
        for call in self.calls[self._inferred :]:
            call.outputs = self._infer(call)
        self._inferred = len(self.calls)
        known = self._known(tensor)
        return None if known is None else known.shape

    def _infer(self, call: Call) -> tuple[Known | None, ...]:
        definition = self.definitions.get(call.json.get("reuse", ""), call).json
        found = infer(definition, [self._known(tensor) for tensor in call.inputs])
        outputs = found.outputs if isinstance(found, Facts) else (None,)
        if (declared := call.json.get("shape")) is None:
            return outputs
        return (known_from_both(tuple(declared), outputs[0]), *outputs[1:])

    def _known(self, tensor: Tensor) -> Known | None:
        if tensor.call is None:
            given = self.inputs[tensor.name]
            return Known(given.shape, given.dtype)
        outputs = tensor.call.outputs
        return outputs[tensor.index] if outputs is not None and tensor.index < len(outputs) else None


def snake_case(name: str) -> str:
    """`BatchNormalization` -> `batch_normalization`, as Keras names its layers (`keras.src.utils.naming.to_snake_case`)."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()

"""Where the shapes come from that a line refuses: for each tensor the last line that changed its shape, in which block and which turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from cnnspec.diagnostics import Label
from cnnspec.document.document import Document, Frame
from cnnspec.graph.graph import Input, Node
from cnnspec.shapes import Shape, Tensor, show
from cnnspec.source import Span

Made: TypeAlias = Input | Node
Place: TypeAlias = "Label | str"
"""A label, or a note where the document was read from JSON and has no places in a text."""

MANY = 4
"""So many tensors are shown one by one; of more, only those whose shapes differ."""


def tensor_of(made: Mapping[str, Made], reference: str) -> Tensor | None:
    """The tensor `name`, or `name:1` for a second output; None where nothing is known of it."""
    name, _, index = reference.partition(":")
    maker = made[name]
    outputs = (maker.tensor,) if isinstance(maker, Input) else maker.facts.outputs
    position = int(index) if index.isdigit() else 0
    return outputs[position] if position < len(outputs) else None


@dataclass(frozen=True, slots=True)
class Origins:
    """The lines above the one at `pointer`, which is refused."""

    document: Document
    made: Mapping[str, Made]
    pointer: str

    def changes(self, references: Iterable[str], *, unfixed: bool = False) -> list[Place]:
        """For each tensor the last line that changed its shape; if `unfixed`, also the one where its `?` begins."""
        last: dict[str, Shape] = {}
        for reference in references:
            shape = self._shape(reference)
            if shape is not None:
                last.setdefault(self._last_change(reference, shape), shape)
        if len(last) > MANY:
            one_each = {shape: name for name, shape in reversed(last.items())}
            last = {name: shape for name, shape in last.items() if one_each[shape] == name}
        found = [self.at(name, f"{show(shape)} comes from here", f"gives {show(shape)}") for name, shape in last.items()]
        begins = {self._first_unfixed(name): None for name, shape in last.items() if unfixed and None in shape}
        for name in (name for name in begins if name not in last):
            given = show(self._shape(name))
            found.append(self.at(name, f"the `?` of {given} begins here", f"gives {given}, where the `?` begins"))
        return list(dict.fromkeys(place for place in found if place))

    def at(self, name: str, label: str, note: str) -> Place | None:
        """A label at a line above, with the block and the turn if it stands in others than the refused line; or a note without a text."""
        made = self.made[name]
        if not self.document.origins:
            return f"`{made.name}`, at {made.pointer}, {note}"
        origin = self.document.origin(made.pointer)
        if origin is None or origin.value is None:
            return None
        return Label(origin.value, label + self._inside(origin.stack, origin.value))

    # ------------------------------------------------------------ the way back

    def _last_change(self, reference: str, shape: Shape) -> str:
        """The name of the call, or of the input, that gave the tensor its shape: the layers after it keep it."""
        while True:
            made = self.made[reference.partition(":")[0]]
            before = made.inputs if isinstance(made, Node) else ()
            same = next((above for above in before if self._shape(above) == shape), None)
            if same is None:
                return made.name
            reference = same

    def _first_unfixed(self, name: str) -> str:
        """The name of the call, or of the input, from which a tensor has sizes that are not fixed."""
        while True:
            made = self.made[name]
            before = made.inputs if isinstance(made, Node) else ()
            above = next((reference for reference in before if None in (self._shape(reference) or ())), None)
            if above is None:
                return name
            name = above.partition(":")[0]

    def _shape(self, reference: str) -> Shape | None:
        tensor = tensor_of(self.made, reference)
        return None if tensor is None else tensor.shape

    # ------------------------------------------------------------ blocks and turns

    def _inside(self, stack: tuple[Frame, ...], place: Span) -> str:
        """`, in residual(32) · repeat 1 of 3`: the steps that lead there and not to the refused line, the innermost first."""
        origin = self.document.origin(self.pointer)
        here = origin.stack if origin else ()
        common = next((i for i, (a, b) in enumerate(zip(stack, here, strict=False)) if a != b), min(len(stack), len(here)))
        steps = stack[common:]
        if not steps:
            return ""
        titles = " · ".join(frame.title or frame.label for frame in reversed(steps))
        used = steps[0].span
        if any(frame.span == used for frame in here[common : common + 1]):  # another turn of the loop around the refused line
            return f", in {titles}"
        line = f"line {used.line}" if used.source is place.source else f"{used.source.path}:{used.line}"
        return f", in {titles} of {line}"

"""Windows behind windows: what a value reads of the image through several layers. Exact also where an image is enlarged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd, lcm
from typing import Final, TypeAlias

from cnnspec.shapes.facts import Window


@dataclass(frozen=True, slots=True)
class Axis:
    """What the values along one axis read of an image without borders.

    It repeats every n = len(first) values, `step` places of the image further on: value o reads from `first[o % n] + o // n * step` to the
    same of `last`. Several in a turn differ where an image was enlarged. `placed` is False where the places follow from a size that is
    not known; then they are those of a size that the strides divide.
    """

    step: int
    first: tuple[int, ...]
    last: tuple[int, ...]
    placed: bool = True

    @property
    def size(self) -> int:
        """The most that one value reads."""
        return max(last - first for first, last in zip(self.first, self.last, strict=True)) + 1

    def reads(self, number: int) -> tuple[int, int]:
        """From where to where value `number` reads."""
        turn, place = divmod(number, len(self.first))
        return self.first[place] + turn * self.step, self.last[place] + turn * self.step


OWN: Final = Axis(1, (0,), (0,))
"""Each value reads its own place."""

MOST: Final = 4096
"""Where an image is enlarged and made smaller by factors that do not cancel, the values differ in ever longer turns. Longer ones are not
followed: such a value counts as one that reads everything."""

Reach: TypeAlias = tuple[Axis, ...]
"""What one value reads along each axis of the image; of a tensor without such axes, nothing."""


def through(first: Reach | None, then: Window | None) -> Reach | None:
    """What a layer with the window `then` reads through what lies before it; None if one of them reads everything."""
    if first is None or then is None:
        return None
    if not then.size:
        return first
    axes = first or (OWN,) * len(then.size)
    if len(axes) != len(then.size):
        return None
    return _all([_behind(axis, then, i) for i, axis in enumerate(axes)])


def _all(axes: Sequence[Axis | None]) -> Reach | None:
    known = tuple(axis for axis in axes if axis is not None)
    return known if len(known) == len(axes) else None


def _behind(axis: Axis, then: Window, i: int) -> Axis | None:
    size, stride, finer = then.size[i], then.stride[i], then.enlarge[i] if then.enlarge else 1
    before = then.before[i]
    shift = max(size - stride, 0) // 2 if before is None else before
    turn = len(axis.first) * finer
    count = turn // gcd(stride, turn)
    if count > MOST:
        return None
    starts = [number * stride - shift for number in range(count)]
    return Axis(
        axis.step * count * stride // turn,
        tuple(axis.reads(start // finer)[0] for start in starts),
        tuple(axis.reads((start + size - 1) // finer)[1] for start in starts),
        axis.placed and before is not None,
    )


def joined(reaches: Iterable[Reach | None]) -> Reach | None:
    """What a value reads that is computed from several; None if one reads everything, or if they do not lie on one grid."""
    known = list(dict.fromkeys(reaches))
    if None in known:
        return None
    wide = [reach for reach in known if reach]
    if len(wide) < 2:
        return wide[0] if wide else ()
    if len({len(reach) for reach in wide}) > 1:
        return None
    return _all([_together(each) for each in zip(*wide, strict=True)])


def _together(axes: Sequence[Axis]) -> Axis | None:
    """From the first place that one of them reads to the last."""
    turn = lcm(*(len(axis.first) for axis in axes))
    if turn > MOST:
        return None
    steps = {axis.step * turn // len(axis.first) for axis in axes}
    if len(steps) > 1:
        return None
    read = [[axis.reads(number) for axis in axes] for number in range(turn)]
    return Axis(
        steps.pop(),
        tuple(min(first for first, _ in each) for each in read),
        tuple(max(last for _, last in each) for each in read),
        all(axis.placed for axis in axes),
    )


def as_window(reach: Reach | None) -> Window | None:
    """The window of layers that do not enlarge, as if they were one."""
    if reach is None:
        return None
    sizes, steps = tuple(axis.size for axis in reach), tuple(axis.step for axis in reach)
    return Window(sizes, steps, tuple(-axis.first[0] if axis.placed else None for axis in reach))

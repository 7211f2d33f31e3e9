"""The layers of an architecture, in order.

Most are read from `data/NAME.json`, which `tests/tools/backbones.py` writes: `layers` are the different layers, `body` the calls that all
forms begin with, `none`, `avg`, `max` and `top` how the form with that `pooling` (or with its top) goes on. A call is the number of its
layer and how far back it reads (0 is the call before it, the image is the one before the first); nothing more stands for [0].
The MobileNets, which have a width, are made by `mobile.py`. Layers that change neither shape nor cost are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

Json: TypeAlias = Any
Form: TypeAlias = Literal["none", "avg", "max", "top"]
DATA: Final = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class Step:
    """One call. `reads` are the numbers of tensors: 0 is the image, n what the n-th call gives.

    An argument "classes" is the number of classes, `{"correct_pad": k}` the padding that lets a kernel k stride over any size.
    """

    layer: str
    arguments: Mapping[str, Json]
    reads: tuple[int, ...]


@cache
def described(name: str, form: Form) -> tuple[Step, ...] | None:
    """The steps of an architecture that has a file."""
    file = DATA / f"{name}.json"
    if not file.is_file():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    calls: Sequence[Sequence[int]] = [*found["body"], *found[form]]
    return tuple(_step(found["layers"][call[0]], i, call[1:] or (0,)) for i, call in enumerate(calls))


def _step(layer: tuple[str, Mapping[str, Json]], number: int, back: Sequence[int]) -> Step:
    name, arguments = layer
    return Step(name, arguments, tuple(number - far for far in back))

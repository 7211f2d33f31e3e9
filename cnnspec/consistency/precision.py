"""Numbers of half precision against the optimizer that computes in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cnnspec.consistency.naming import argument, canonical, place_of
from cnnspec.consistency.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.plan.place import at

_BETAS: Final[Mapping[str, str]] = {
    "Adam": "beta_2", "AdamW": "beta_2", "Lamb": "beta_2", "Nadam": "beta_2", "ScheduleFreeAdamW": "beta_2",
}  # fmt: skip
"""Optimizers that divide by 1 minus a power of this argument, or multiply with it."""

_DIVIDING: Final = frozenset({*_BETAS, "Adamax"})

_SMALLEST: Final = 2**-14
"""The smallest `float16` that processors do not take for 0."""

_ROUNDED: Final = 1 - 2**-9
"""A `bfloat16` has 8 bits: what is above this number is rounded to 1."""


def precision(spec: Spec) -> Iterator[Diagnostic]:
    """An optimizer that learns nothing in half precision, or comes to NaN (E0809). With `mixed_bfloat16` the weights are float32."""
    kind = spec.document.get("/run/precision")
    if kind == "float16":
        yield from _vanished(spec)
    if kind != "bfloat16":
        return
    for phase in spec.phases:
        optimizer, place = phase.values["optimizer"], phase.places["optimizer"]
        name = canonical("optimizer", optimizer) if optimizer is not None else None
        word = _BETAS.get(name or "")
        if word is None or not (beta := argument("optimizer", optimizer, word)) > _ROUNDED:
            continue
        written = isinstance(optimizer, Mapping) and word in optimizer.get("arguments", {})
        message = f"`{name}` learns nothing in `bfloat16`: its `{word}` of {beta} is 1 there"
        help = 'write `precision = "mixed_bfloat16"`, which keeps the weights in `float32`'
        labels = (("/run/precision", "all numbers have 8 bits"),)
        yield at(spec.document, place_of(place, word) if written else place, "E0809", message, help=help, labels=labels)


def _vanished(spec: Spec) -> Iterator[Diagnostic]:
    """Adam and its kin divide by `epsilon` where a gradient is 0; one that is 0 itself in `float16` makes NaN of it."""
    for phase in spec.phases:
        optimizer, place = phase.values["optimizer"], phase.places["optimizer"]
        name = canonical("optimizer", optimizer) if optimizer is not None else None
        if name not in _DIVIDING or not (epsilon := argument("optimizer", optimizer, "epsilon")) < _SMALLEST:
            continue
        written = isinstance(optimizer, Mapping) and "epsilon" in optimizer.get("arguments", {})
        message = f"`{name}` comes to NaN in `float16`: its `epsilon` of {epsilon:g} vanishes there"
        help = 'write `precision = "mixed_float16"`, which keeps the weights in `float32`'
        labels = (("/run/precision", "all numbers have 16 bits"),)
        yield at(spec.document, place_of(place, "epsilon") if written else place, "E0809", message, help=help, labels=labels)

"""Normalization. An axis counts the batch as 0. MACs: one for each value, `scale * x + shift`."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from cnnspec.shapes.facts import POINT, Refusal, Shape, Weight, Window, product, show
from cnnspec.shapes.keeping import axes_of, fixed
from cnnspec.shapes.refusals import invalid, mismatch, no_axis, no_initializer, not_fixed
from cnnspec.shapes.rule import Json, Outcome, Unknown, Use


def batch(use: Use) -> Outcome:
    """gamma and beta are trained; the moving mean and variance (with `renorm` three more) are not."""
    if (wrong := _clipping(use)) is not None:
        return wrong
    sizes = _sizes(use, [use.integer("axis")])
    if isinstance(sizes, Refusal):
        return sizes
    state = ["moving_mean", "moving_variance"]
    if use.flag("renorm"):
        if (wrong := no_initializer(use, "moving_variance_initializer")) is not None:
            return wrong
        state += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    found = fixed(sizes)
    if found is None:
        return not_fixed(use, f"axis {use.integer('axis')}")
    return use.gives(use.shape, (*_affine(use, found), *(Weight(name, found, trainable=False) for name in state)), product(use.shape))


def _clipping(use: Use) -> Refusal | None:
    """`renorm_clipping` bounds the correction: rmin <= rmax, dmax >= 0."""
    bounds = use.get("renorm_clipping")
    if not use.flag("renorm") or not isinstance(bounds, Mapping):
        return None
    if unknown := set(bounds) - {"rmax", "rmin", "dmax"}:
        message = f"`renorm_clipping` has no `{min(unknown)}`"
        return invalid(use, message, "no such bound", "its keys are `rmax`, `rmin` and `dmax`")
    high, low, shift = bounds.get("rmax"), bounds.get("rmin"), bounds.get("dmax")
    if high is not None and low is not None and high < low:
        return invalid(use, f"`rmax` is {high}, and `rmin` is {low}", "the largest is below the smallest", "exchange them")
    if shift is not None and shift < 0:
        return invalid(use, f"`dmax` is {shift}", "it is at least 0", "write 0 or more")
    return None


def layer(use: Use) -> Outcome:
    """gamma and beta have the sizes of the axes over which is normalized."""
    axes = _axes(use)
    sizes = _sizes(use, axes)
    if isinstance(sizes, Refusal):
        return sizes
    found = fixed(sizes)
    if found is None:
        if use.flag("scale") or use.flag("center"):
            return not_fixed(use, f"axis {show(tuple(axes))}" if len(axes) > 1 else f"axis {axes[0]}")
        return use.gives(use.shape, (), product(use.shape), _window(use, axes))
    return use.gives(use.shape, _affine(use, found), product(use.shape), _window(use, axes))


def rms(use: Use) -> Outcome:
    """One weight, `scale`, with the sizes of the axes over which is normalized."""
    axes = _axes(use)
    sizes = _sizes(use, axes)
    if isinstance(sizes, Refusal):
        return sizes
    found = fixed(sizes)
    if found is None:
        return not_fixed(use, "the sizes of the axes over which is normalized")
    return use.gives(use.shape, (Weight("scale", found),), product(use.shape), _window(use, axes))


def unit(use: Use) -> Outcome:
    """Each vector along the axes gets length 1. No weights."""
    axes = _axes(use)
    sizes = _sizes(use, axes)
    return sizes if isinstance(sizes, Refusal) else use.gives(use.shape, (), product(use.shape), _window(use, axes))


def group(use: Use) -> Outcome:
    """`groups` must divide the channels; -1 makes a group of each channel."""
    axis = use.integer("axis")
    sizes = _sizes(use, [axis])
    if isinstance(sizes, Refusal):
        return sizes
    (channels,) = sizes
    if channels is None:
        return not_fixed(use, f"axis {axis}")
    groups = channels if use.integer("groups") == -1 else use.positive("groups")
    if channels % groups:
        message = f"`groups={groups}` does not divide {channels} channels"
        return mismatch(use, message, "the groups do not fit", f"choose a divisor of {channels}")
    return use.gives(use.shape, _affine(use, (channels,)), product(use.shape), None)


def given(use: Use) -> Outcome:
    """`Normalization`: mean, variance and a count are learned from the data (`adapt`), or written in the spec and then no weights."""
    axes = axes_of(use.get("axis"))
    mean, variance = use.get("mean"), use.get("variance")
    if (mean is None) != (variance is None):
        return invalid(use, "`mean` and `variance` go together", "one of them is missing", "write both, or none")
    shape, other = _shape_of(mean), _shape_of(variance)
    if shape != other:
        return invalid(use, f"`mean` has the shape {show(shape)}, `variance` {show(other)}", "they differ", "write as many of both")
    if len(shape) > len(axes):
        return invalid(use, "`mean` has more axes than `axis` names", "too many axes", "write one number for each size of `axis`")
    sizes = _sizes(use, axes)
    if isinstance(sizes, Refusal):
        return sizes
    ndim = len(use.shape) + 1
    kept = [(None, *use.shape)[axis] for axis in sorted(axis % ndim for axis in axes)]
    found = fixed(tuple(kept))
    if found is None:
        return not_fixed(use, "the sizes of `axis`")
    places = {axis % ndim for axis in axes}
    if mean is None and prod(found) != prod(fixed(tuple((None, *use.shape)[place] for place in places)) or ()):
        return invalid(use, f"`axis={axes}` names an axis twice", "once as itself, once from the end", "name each axis once")
    if mean is None:
        named = (("mean", found), ("variance", found), ("count", ()))
        return use.gives(use.shape, tuple(Weight(name, each, trainable=False) for name, each in named), product(use.shape))
    if any(written not in (1, size) for written, size in zip(reversed(shape), reversed(found), strict=False)):
        message = f"`mean` has the shape {show(shape)}, the axes have {show(found)}"
        return mismatch(use, message, "the numbers do not fit", "write one number for each size of `axis`")
    return use.gives(use.shape, (), product(use.shape))


# ---------------------------------------------------------------- parts


def _axes(use: Use) -> list[int]:
    written = use.get("axis")
    if written is None:
        raise Unknown
    return axes_of(written)


def _sizes(use: Use, axes: list[int]) -> Shape | Refusal:
    """The sizes of axes in ascending order of how they are written, as Keras takes them."""
    full = (None, *use.shape)
    for axis in axes:
        if not -len(full) <= axis < len(full):
            return no_axis(use, axis, use.shape)
    return tuple(full[axis] for axis in sorted(axes))


def _affine(use: Use, shape: tuple[int, ...]) -> tuple[Weight, ...]:
    """gamma unless `scale=False`, beta unless `center=False`."""
    return tuple(Weight(name, shape) for name, flag in (("gamma", "scale"), ("beta", "center")) if use.flag(flag))


def _window(use: Use, axes: list[int]) -> Window | None:
    """Along the channels alone each place is by itself."""
    return POINT if all(axis in (-1, len(use.shape)) for axis in axes) else None


def _shape_of(value: Json) -> tuple[int, ...]:
    """The shape of a nested list of numbers."""
    return (len(value), *(_shape_of(value[0]) if value else ())) if isinstance(value, list) else ()

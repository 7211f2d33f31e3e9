"""Windows behind windows: what a value reads through several layers."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.shapes.facts import POINT, Window


def through(first: Window | None, then: Window | None) -> Window | None:
    """The window of `then` behind `first`, in numbers of the first one's inputs; None if one of them reads everything.

    With reach r, step s and place p before the first value: r = r1 + (r2 - 1) * s1, s = s1 * s2, p = p1 + p2 * s1.
    """
    if first is None or then is None:
        return None
    if not first.size or not then.size:
        return then if not first.size else first
    if len(first.size) != len(then.size):
        return None
    axes = [_axis(first, then, i) for i in range(len(first.size))]
    size, stride, before, enlarge = zip(*axes, strict=True)
    return Window(size, stride, before, enlarge if set(enlarge) != {1} else ())


def _axis(first: Window, then: Window, i: int) -> tuple[int, int, int | None, int]:
    finer, also = (window.enlarge[i] if window.enlarge else 1 for window in (first, then))
    stride, before, more = first.stride[i], first.before[i], then.before[i]
    size = first.size[i] + -(-(then.size[i] - 1) * stride // finer)
    place = None if before is None or more is None else before + more * stride // finer
    return size, stride * then.stride[i], place, finer * also


def joined(windows: Sequence[Window | None]) -> Window | None:
    """The window of a value that is computed from several, each with a window of its own on one image."""
    known = [window for window in windows if window is not None]
    if len(known) < len(windows):
        return None
    wide = [window for window in known if window.size]
    if not wide:
        return POINT
    first = wide[0]
    rank = len(first.size)
    own = Window((1,) * rank, (1,) * rank, (0,) * rank)
    each = [window if window.size else own for window in known]
    if any((window.stride, window.enlarge) != (first.stride, first.enlarge) for window in each):
        return None
    places = [_together(each, i) for i in range(rank)]
    return Window(tuple(size for size, _ in places), first.stride, tuple(before for _, before in places), first.enlarge)


def _together(windows: Sequence[Window], i: int) -> tuple[int, int | None]:
    """From the earliest place that one of them reads to the latest."""
    before = [window.before[i] for window in windows]
    known = [place for place in before if place is not None]
    if len(known) < len(before):
        return max(window.size[i] for window in windows), None
    after = max(window.size[i] - place for window, place in zip(windows, known, strict=True))
    return max(known) + after, max(known)

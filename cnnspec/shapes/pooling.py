"""Pooling: by a window, over everything, or to a size. No weights; MACs 0."""

from __future__ import annotations

from cnnspec.shapes.facts import Refusal
from cnnspec.shapes.refusals import wrong_rank
from cnnspec.shapes.rule import Outcome, Rule, Use
from cnnspec.shapes.windows import placed, slide


def pooling(rank: int) -> Rule:
    """A convolution's window, one channel at a time. The stride is the window unless it is written."""

    def rule(use: Use) -> Outcome:
        window = use.sizes("pool_size", rank)
        strides = window if use.get("strides") is None else use.sizes("strides", rank)
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        spatial, channels = use.split(use.shape)
        places = slide(use, spatial, window, strides)
        return (
            places if isinstance(places, Refusal) else use.gives(use.join(places, channels), window=placed(use, window, strides, spatial))
        )

    return rule


def global_pooling(rank: int) -> Rule:
    """The image goes, the channels stay; `keepdims` leaves sizes of 1."""

    def rule(use: Use) -> Outcome:
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        _, channels = use.split(use.shape)
        return use.gives(use.join((1,) * rank, channels) if use.flag("keepdims") else (channels,), window=None)

    return rule


def adaptive(rank: int) -> Rule:
    """The image gets the size that is written, whatever it had. Keras takes any rank here, and fails only when it computes."""

    def rule(use: Use) -> Outcome:
        size = use.sizes("output_size", rank)
        if len(use.shape) != rank + 1:
            return wrong_rank(use, rank + 1)
        return use.gives(use.join(size, use.split(use.shape)[1]), window=None)

    return rule

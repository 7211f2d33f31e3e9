"""What a layer does: the shape, the weights, the cost and the window of a call, or why Keras refuses it. No Keras.

Shapes have no batch axis; None is a size, or a tensor, that is not known.

MACs are the multiply-accumulates of the forward pass of one sample, as the published tables count them: one for each use of a weight
of a kernel in convolutions and dense layers (recurrent layers and the projections of attention included), and those of the products
between tensors in attention and `Dot`. Biases, activations, normalization, pooling, merges and look-ups count 0. An operation that
Keras computes for padding counts like any other.
"""

from cnnspec.shapes.facts import (
    POINT,
    UNKNOWN,
    Facts,
    Refusal,
    Shape,
    Tensor,
    Weight,
    Window,
    agree,
    joined,
    known_from_both,
    show,
)
from cnnspec.shapes.table import infer

__all__ = [
    "POINT",
    "UNKNOWN",
    "Facts",
    "Refusal",
    "Shape",
    "Tensor",
    "Weight",
    "Window",
    "agree",
    "infer",
    "joined",
    "known_from_both",
    "show",
]

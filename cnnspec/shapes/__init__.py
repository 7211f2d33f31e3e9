"""What a layer does: the shape, the weights, the cost and the window of a call, or why Keras refuses it. No Keras.

Shapes have no batch axis; None is a size, or a tensor, that is not known.

MACs are the multiply-accumulates of the forward pass of one sample: one each time that a layer uses one of its weights. A weight of a
kernel (of convolutions, dense and recurrent layers, the projections of attention) is used at each place, a bias once for each value that
it is added to, and a normalization is one for each value, `scale * x + shift`. To these come the products between tensors in attention and
`Dot`. Activations, pooling, merges and look-ups count 0. An operation that Keras computes for padding counts like any other.

The published tables agree within 2%, whether they count biases and normalization or not: these are less than 1% of most networks, and
2.2% of MobileNetV2, whose paper counts the kernels alone (300 million; 307 million here).
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
from cnnspec.shapes.recurring import STATES
from cnnspec.shapes.table import infer

__all__ = [
    "POINT",
    "STATES",
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

"""What the weights of an architecture expect of pixels from 0 to 255, which is put before it."""

from __future__ import annotations

from typing import Final

from cnnspec.catalogue import load_catalogue
from cnnspec.graph.graph import Node

PREPROCESS: Final = "preprocess"
"""The argument of a backbone that turns it off, and the end of the layer's name."""


def preprocess_mode(node: Node) -> str | None:
    """How the pixels are prepared for the architecture that `node` made: "caffe", "tf" or "torch"; None if not at all."""
    entry = load_catalogue().entry("application", node.layer)
    if entry is None or entry.backbone is None or entry.backbone.preprocess == "none" or node.arguments.get(PREPROCESS, True) is False:
        return None
    return entry.backbone.preprocess

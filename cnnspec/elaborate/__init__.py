"""Tree -> Document: names are resolved, blocks and loops expanded, overrides put in place."""

from cnnspec.elaborate.elaborate import elaborate

__all__ = ["elaborate"]

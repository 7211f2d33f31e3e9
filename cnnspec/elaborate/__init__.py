"""Tree -> Document: names are resolved, blocks and loops expanded, overrides put in place."""

from cnnspec.elaborate.elaborate import Elaborated, elaborate, elaborate_library, is_library

__all__ = ["Elaborated", "elaborate", "elaborate_library", "is_library"]

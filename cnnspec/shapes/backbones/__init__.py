"""The architectures of `keras.applications`, as lists of their layers, run through the rules of single layers."""

from cnnspec.shapes.backbones.facts import backbone

__all__ = ["backbone"]

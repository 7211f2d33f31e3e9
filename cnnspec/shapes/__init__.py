"""What a layer does to a shape. Shapes have no batch axis; None is a size, or a whole shape, that is not known."""

from cnnspec.shapes.families import infer
from cnnspec.shapes.rule import Refusal, Shape, agree, joined, show

__all__ = ["Refusal", "Shape", "agree", "infer", "joined", "show"]

"""Document -> Graph: the network as nodes with shapes, verified. No Keras here."""

from cnnspec.graph.build import build_graph
from cnnspec.graph.graph import Graph, Input, Node

__all__ = ["Graph", "Input", "Node", "build_graph"]

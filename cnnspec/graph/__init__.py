"""Document -> Graph: the network as nodes with shapes, verified. No Keras here."""

from cnnspec.graph.build import build_graph
from cnnspec.graph.graph import Graph, Input, Node
from cnnspec.graph.groups import Group, group_nodes

__all__ = ["Graph", "Group", "Input", "Node", "build_graph", "group_nodes"]

"""A snapshot of a graph as plain data: what is drawn, compared and written to files.

>>> import autograd as ag
>>> w, x = ag.tensor(2.0, requires_grad=True), ag.tensor(3.0, requires_grad=True)
>>> snapshot = graph(ag.tanh(w * x), names={"w": w, "x": x})
>>> [node.name or node.op for node in snapshot.nodes]
['w', 'x', 'multiply', 'tanh']
"""

from autograd.graphs.data import Facts, Graph, GraphEdge, GraphNode, Kind
from autograd.graphs.naming import enclosing, without_calls
from autograd.graphs.taking import graph

__all__ = ["Facts", "Graph", "GraphEdge", "GraphNode", "Kind", "enclosing", "graph", "without_calls"]

"""Pictures of graphs: ``ag.graph(loss, model).save("graph.svg")``.

A snapshot becomes a description in Graphviz' language, and that a picture. The first picture that is saved imports
this module, which enters the endings .dot, .svg, .png and .pdf with ``Graph.save``.
"""

from autograd.graphs import writers
from autograd.viz.description import to_graphviz
from autograd.viz.rendering import RenderError, render

writers.update(
    {
        ".dot": lambda graph: to_graphviz(graph).source.encode(),
        ".svg": lambda graph: render(graph, "svg"),
        ".png": lambda graph: render(graph, "png"),
        ".pdf": lambda graph: render(graph, "pdf"),
    }
)

__all__ = ["RenderError", "render", "to_graphviz"]

"""Pictures of graphs: ``ag.graph(loss, model).save("graph.svg")``.

A snapshot becomes a description in Graphviz' language, and that a picture. Importing this module teaches
``Graph.save`` the endings .dot, .svg, .png and .pdf; the ``graphviz`` package is imported when the first is drawn.
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

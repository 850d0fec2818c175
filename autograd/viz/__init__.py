"""Pictures of graphs: ``ag.graph(loss, model).save("graph.svg")``.

A snapshot becomes a view, which says what is drawn (modules that are closed, blocks that are folded, the backward
pass); an overlay may colour it; and the view becomes Graphviz' language, Mermaid's, or text.
"""

from autograd.viz.painting import Legend, Paint, Painting
from autograd.viz.pictures import Picture, picture, tree, view_of
from autograd.viz.rendering import RenderError
from autograd.viz.text import to_text
from autograd.viz.views import Arrow, Box, Item, View, nodes_of, whole_view

__all__ = [
    "Arrow",
    "Box",
    "Item",
    "Legend",
    "Paint",
    "Painting",
    "Picture",
    "RenderError",
    "View",
    "nodes_of",
    "picture",
    "to_text",
    "tree",
    "view_of",
    "whole_view",
]

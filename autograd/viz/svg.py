"""What Graphviz' SVG needs to be well seen elsewhere: text that stays in place, and tooltips that say something."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from autograd.graphs import Graph, GraphNode

SVG = "http://www.w3.org/2000/svg"
X_OF_POINT = re.compile(r"(-?[\d.]+),-?[\d.]+")
INSET = 8.0  # points between a box's side and its title


def finished(svg: bytes, graph: Graph) -> bytes:
    """The SVG of ``graph`` with text placed for any font, and tooltips.

    Graphviz computes where a text begins from the width that it has in the fonts of this machine. The reader's
    are others, so text in nodes is anchored in the middle here, and a box's title at its left.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)
    tooltips = _tooltips(graph)
    for group in root.iter(f"{{{SVG}}}g"):
        kind = group.get("class")
        left, right = _extent(group) if kind in ("node", "cluster") else (0.0, 0.0)
        for text in group.iter(f"{{{SVG}}}text"):
            if kind == "node":
                text.attrib |= {"x": f"{(left + right) / 2:.2f}", "text-anchor": "middle"}
            elif kind == "cluster":
                text.attrib |= {"x": f"{left + INSET:.2f}", "text-anchor": "start"}
        title = group.find(f"{{{SVG}}}title")
        if title is not None:
            title.text = tooltips.get(title.text or "", "")
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _extent(group: ElementTree.Element) -> tuple[float, float]:
    """Where the outline of a node or box begins and ends."""
    shape = next(element for element in group.iter() if element.tag in (f"{{{SVG}}}path", f"{{{SVG}}}polygon"))
    places = [float(x) for x in X_OF_POINT.findall(shape.get("d") or shape.get("points") or "")]
    return min(places), max(places)


def _tooltips(graph: Graph) -> dict[str, str]:
    """What is said when the pointer rests on a node or an arrow, by the name that it has in the description."""
    tooltips = {f"n{node.id}": _facts(node) for node in graph.nodes}
    for edge in graph.edges:
        source, target = f"n{edge.source}", f"n{edge.target}"
        for arrow in (f"{source}->{target}", f"{target}->{source}"):  # as it is drawn, maybe backwards
            tooltips[arrow] = ", ".join(word for word in (tooltips.get(arrow), edge.argument) if word)
    return tooltips


def _facts(node: GraphNode) -> str:
    what = " = ".join(word for word in (node.name, node.op) if word) or node.kind
    shape = "" if node.shape is None else f" {node.shape}"
    return f"{what}{shape} {node.dtype}{f' in {node.scope}' if node.scope else ''}".rstrip()

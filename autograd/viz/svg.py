"""What Graphviz' SVG needs to be well seen elsewhere: text that stays in place, and tooltips that say something."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

from autograd.viz.arranging import original
from autograd.viz.tooltips import tooltips
from autograd.viz.views import View

SVG = "http://www.w3.org/2000/svg"
POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
INSET = 8.0  # points between a box's side and its title


class _Frame(NamedTuple):
    """The rectangle around an outline."""

    left: float
    right: float
    top: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)


def finished(svg: bytes, view: View) -> bytes:
    """The SVG of ``view`` with text placed for any font, and tooltips.

    Graphviz computes where a text begins from the width that it has in the fonts of this machine. The reader's are
    others, so text is anchored here in the middle of the cell that it stands in, or of the item; a box's title at its
    left.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)
    words = tooltips(view)
    for group in root.iter(f"{{{SVG}}}g"):
        if group.get("class") in ("graph", "cluster", "node"):
            _anchor(group, group.get("class"))
        title = group.find(f"{{{SVG}}}title")
        if title is not None:
            ends = [original(end) for end in (title.text or "").split("->")]
            title.text = words.get("->".join(ends), "")
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _anchor(group: ElementTree.Element, kind: str | None) -> None:
    """Anchor the texts that belong to a group itself: of the graph, that is its legend, which begins at the left."""
    outlines = [element for element in group if element.tag in (f"{{{SVG}}}path", f"{{{SVG}}}polygon")]
    frames = [_frame(outline) for outline in outlines]
    for outline in outlines:
        if (
            outline.tag == f"{{{SVG}}}polygon" and outline.get("stroke") == "none"
        ):  # the pieces of a scale, the bars of a histogram
            outline.set("shape-rendering", "crispEdges")
    for text in group.iterfind(f"{{{SVG}}}text"):
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        around = [frame for frame in frames if frame.holds(x, y)]
        if not around:
            continue
        frame = min(around, key=lambda frame: frame.area)
        if kind == "cluster" and frame == frames[0]:
            text.attrib |= {"x": f"{frame.left + INSET:.2f}", "text-anchor": "start"}
        else:
            text.attrib |= {"x": f"{(frame.left + frame.right) / 2:.2f}", "text-anchor": "middle"}


def _frame(outline: ElementTree.Element) -> _Frame:
    points = [(float(x), float(y)) for x, y in POINT.findall(outline.get("d") or outline.get("points") or "")]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return _Frame(min(xs), max(xs), min(ys), max(ys))

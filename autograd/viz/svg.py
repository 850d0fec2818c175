"""What Graphviz' SVG needs to be well seen elsewhere: text that stays in place, and tooltips that say something."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

from autograd.viz.arranging import original
from autograd.viz.style import INSET
from autograd.viz.tooltips import tooltips
from autograd.viz.views import View

SVG = "http://www.w3.org/2000/svg"
POINT = re.compile(r"(-?[\d.]+),(-?[\d.]+)")


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
    left, unless it is in the middle.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)
    words = tooltips(view)
    for group in root.iter(f"{{{SVG}}}g"):
        group.attrib.pop("id", None)  # which other pictures on the same page have as well
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
    frames = []
    for outline in group:
        if outline.tag == f"{{{SVG}}}polygon" and outline.get("stroke") == "none" != outline.get("fill"):
            outline.set("shape-rendering", "crispEdges")  # pieces of a scale, bars of a histogram: no text is in them
        elif outline.tag in (f"{{{SVG}}}path", f"{{{SVG}}}polygon"):
            frames.append(_frame(outline))
    for text in group.iterfind(f"{{{SVG}}}text"):
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        around = [frame for frame in frames if frame.holds(x, y)]
        if not around:
            continue
        frame = min(around, key=lambda frame: frame.area)
        middle = (frame.left + frame.right) / 2
        if kind == "cluster" and frame == frames[0] and abs(x - middle) > 1:
            text.attrib |= {"x": f"{frame.left + INSET:.2f}", "text-anchor": "start"}
        else:
            text.attrib |= {"x": f"{middle:.2f}", "text-anchor": "middle"}


def _frame(outline: ElementTree.Element) -> _Frame:
    points = [(float(x), float(y)) for x, y in POINT.findall(outline.get("d") or outline.get("points") or "")]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return _Frame(min(xs), max(xs), min(ys), max(ys))

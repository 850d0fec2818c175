"""How pictures of graphs look: one place for colours, shapes and type.

Kinds of items differ in shape or border as well as in colour, and the colours are tints of Okabe and Ito's palette
(https://jfly.uni-koeln.de/color/), which all readers tell apart. Lines and what stands outside of items are of a grey
that is legible on white and on black, and the background is transparent, so that a picture suits both.
"""

from __future__ import annotations

from typing import Literal

from autograd.viz.views import ArrowKind, ItemKind

Direction = Literal["LR", "TB", "RL", "BT"]
Manner = Literal["operations", "values"]

FONT = "Helvetica,Arial,sans-serif"
INK = "#1f2328"  # text in items
QUIET = "#57606a"  # what is said second, in items
LINE = "#737b86"  # arrows, boxes, and text outside of items
STRONG = "#0072b2"  # how often something is repeated
SIZE, SMALL = 12, 10  # of type, in points
WIDTH = 840  # points: a picture that is wider would be shown with type that is too small
INSET = 8  # points between a box's side and its title
HEIGHT, BREADTH = 720, 660  # points: a line that is longer is drawn in columns, which together are no wider

GRAPH = {
    "bgcolor": "transparent",
    "fontname": FONT,
    "fontcolor": LINE,
    "fontsize": str(SIZE),
    "nodesep": "0.18",
    "ranksep": "0.32",
    "pad": "0.0972",  # 7 points, with which the pieces of a legend begin at whole dots of a PNG
    "labeljust": "l",
    "labelloc": "t",
}
NODE = {
    "fontname": FONT,
    "fontcolor": INK,
    "fontsize": str(SIZE),
    "color": LINE,
    "height": "0.4",
    "margin": "0.12,0.06",
}
EDGE = {"color": LINE, "arrowsize": "0.7", "fontname": FONT, "fontsize": str(SMALL), "fontcolor": LINE}
BOX = {"style": "rounded,filled", "fillcolor": "#7d85900d", "color": LINE, "margin": "10"}

ITEMS: dict[ItemKind, dict[str, str]] = {
    "leaf": {"shape": "box", "style": "filled", "fillcolor": "#cfe6f5", "color": "#0072b2"},
    "constant": {"shape": "box", "style": "filled,dashed", "fillcolor": "#f3f4f6"},
    "operation": {"shape": "box", "style": "filled,rounded", "fillcolor": "#ffffff"},
    "result": {"shape": "box", "style": "filled,rounded", "fillcolor": "#fbe3c0", "color": "#d55e00", "penwidth": "2"},
    "module": {"shape": "box", "style": "filled,rounded", "fillcolor": "#d9efe6", "color": "#008560"},
    "rest": {"shape": "box", "style": "filled,rounded,dashed", "fillcolor": "#f3f4f6"},
    "gradient": {"shape": "box", "style": "filled,rounded,dashed", "fillcolor": "#f6e3ee", "color": "#a8558a"},
}
FAINT = {"fillcolor": "transparent", "color": "#737b8699", "penwidth": "1"}  # what an overlay says nothing of
COPY = {"height": "0.25", "margin": "0.08,0.03", "penwidth": "0.6"}  # of what is drawn in full elsewhere
CLOSE = {"ranksep": "0.22"}  # between values and operations, of which there are twice as many ranks
RECORD = {"margin": "0", "height": "0", "style": "filled"}  # a value, in the manner of micrograd
OPERATION = {
    "shape": "ellipse",
    "style": "filled",
    "fillcolor": "#ffffff",
    "margin": "0.04,0",
    "width": "0.36",
    "height": "0.36",
}
SYMBOLS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "power": "^", "negative": "−"}

ARROWS: dict[ArrowKind, dict[str, str]] = {
    "data": {},
    "again": {"style": "dashed", "constraint": "false", "color": STRONG, "penwidth": "1.3", "arrowsize": "0.9"},
    "gradient": {"color": "#b8679a"},
    "kept": {"style": "dotted", "arrowhead": "open", "minlen": "0"},
}
SHORT = 2.5  # points: the widest stroke of an arrow to what stands beside it, which is not much longer

TANGLED = 4_000  # ranks that all arrows together cross: the layout of more is hastened
# Fewer rounds of search for a better order and for straight lines, and arrows that are straight lines. On a graph of
# 200 items, each with an arrow from any earlier one (13,000 ranks), it takes 0.4 s in place of 11; of 400 (53,000),
# 3 s in place of minutes.
HASTE = {"mclimit": "0.3", "nslimit": "0.3", "searchsize": "5", "splines": "line"}

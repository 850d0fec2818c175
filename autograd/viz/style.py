"""How pictures of graphs look: one place for colours, shapes and type.

The three kinds of node differ in shape as well as in colour, and the colours are tints of Okabe and Ito's palette
(https://jfly.uni-koeln.de/color/), which all readers tell apart. Lines and what stands outside of nodes are of a grey
that is legible on white and on black, and the background is transparent, so that a picture suits both.
"""

from __future__ import annotations

from autograd.graphs import Kind

FONT = "Helvetica,Arial,sans-serif"
INK = "#1f2328"  # text in nodes
QUIET = "#57606a"  # what is said second, in nodes
LINE = "#737b86"  # edges, boxes, and text outside of nodes
SMALL = "10"

GRAPH = {
    "bgcolor": "transparent",
    "fontname": FONT,
    "fontcolor": LINE,
    "fontsize": "12",
    "nodesep": "0.18",
    "ranksep": "0.32",
    "pad": "0.1",
    "labeljust": "l",
}
NODE = {
    "fontname": FONT,
    "fontcolor": INK,
    "fontsize": "12",
    "color": LINE,
    "height": "0.4",
    "margin": "0.12,0.06",
}
EDGE = {"color": LINE, "arrowsize": "0.7"}
BOX = {"style": "rounded,filled", "fillcolor": "#7d859014", "color": LINE, "margin": "10"}

KINDS: dict[Kind, dict[str, str]] = {
    "leaf": {"shape": "box", "style": "filled", "fillcolor": "#cfe6f5", "color": "#0072b2"},
    "constant": {"shape": "box", "style": "filled,dashed", "fillcolor": "#f3f4f6"},
    "operation": {"shape": "box", "style": "filled,rounded", "fillcolor": "#ffffff"},
    "result": {"shape": "box", "style": "filled,rounded", "fillcolor": "#fbe3c0", "color": "#d55e00", "penwidth": "2"},
}

# what is computed flows in straight lines; parameters and data join from the side
EDGE_OF: dict[Kind, dict[str, str]] = {
    "leaf": {},
    "constant": {},
    "operation": {"weight": "8"},
    "result": {"weight": "8"},
}

"""From a description to a picture: by the ``dot`` of the system, or by the one that pygraphviz brings along."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from autograd.errors import GlassgradError
from autograd.graphs import Graph
from autograd.viz.description import Direction, to_graphviz

if TYPE_CHECKING:
    import graphviz

Format = Literal["svg", "png", "pdf"]

REMEDY = "pip install 'glassgrad[viz]' brings one, so does any package of Graphviz (apt, brew, conda, winget)"

# In a process of its own: the C library writes warnings to the terminal past Python, and a crash of it stays there.
DRAW = "import sys, pygraphviz as p; p.AGraph(string=sys.stdin.read()).draw(sys.stdout.buffer, sys.argv[1], 'dot')"


class RenderError(GlassgradError, RuntimeError):
    """A picture cannot be drawn: there is no renderer, or it failed."""


def render(graph: Graph, format: Format = "svg", direction: Direction = "LR") -> bytes:
    """The picture of a graph as the content of a file.

    Parameters
    ----------
    graph: a snapshot, from ``ag.graph``.
    format: ``"svg"``, ``"png"`` (at 192 dots an inch) or ``"pdf"``.
    direction: as for ``to_graphviz``.

    Raises RenderError, with the remedy, where there is neither a ``dot`` on the PATH nor pygraphviz.

    >>> import autograd as ag
    >>> render(ag.graph(-ag.tensor(1.0, requires_grad=True)))[:5]
    b'<?xml'
    """
    description = to_graphviz(graph, direction)
    if format == "png":
        description.attr(dpi="192")
    picture = _pipe(description, format)
    if format == "svg":
        from autograd.viz.svg import finished

        return finished(picture, graph)
    return picture


def _pipe(description: graphviz.Digraph, format: str) -> bytes:
    import graphviz

    try:
        picture: bytes = description.pipe(format=format, quiet=True)
        return picture
    except graphviz.ExecutableNotFound:
        return _pipe_through_pygraphviz(description, format)
    except graphviz.CalledProcessError as error:
        raise RenderError(f"Graphviz' dot failed: {_last_line(error.stderr)}") from error


def _pipe_through_pygraphviz(description: graphviz.Digraph, format: str) -> bytes:
    import subprocess
    from importlib.util import find_spec

    if find_spec("pygraphviz") is None:
        raise RenderError(f"no renderer for pictures of graphs: {REMEDY}.")
    program = [sys.executable, "-c", DRAW, format]
    source: bytes = description.source.encode()
    done = subprocess.run(program, input=source, capture_output=True, check=False)
    if done.returncode:
        raise RenderError(f"pygraphviz failed: {_last_line(done.stderr)}")
    return done.stdout


def _last_line(output: bytes | None) -> str:
    return (output or b"no message").decode(errors="replace").strip().rpartition("\n")[2]

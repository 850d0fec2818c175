"""From a description to a picture: by the ``dot`` of the system, or by the one that pygraphviz brings along."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, get_args

from autograd.errors import GlassgradError
from autograd.viz.painting import Painting
from autograd.viz.views import View

if TYPE_CHECKING:
    import graphviz

Format = Literal["svg", "png", "pdf"]
FORMATS: tuple[str, ...] = get_args(Format)

BEGINNINGS = {"svg": (b"<?xml", b"<svg"), "png": (b"\x89PNG",), "pdf": (b"%PDF",)}
ENDS = {"svg": b"</svg>", "png": b"IEND\xaeB`\x82", "pdf": b"%%EOF"}
SECONDS = 60.0  # after which a layout is given up
REMEDY = "pip install 'glassgrad[viz]' brings one, so does any package of Graphviz (apt, brew, conda, winget)"

# In a process of its own: the C library writes warnings to the terminal past Python, a crash of it stays there, and
# a layout that takes too long can be ended.
DRAW = "import sys, pygraphviz as p; p.AGraph(string=sys.stdin.read()).draw(sys.stdout.buffer, sys.argv[1], 'dot')"


class RenderError(GlassgradError, RuntimeError):
    """A picture cannot be drawn: there is no renderer, or it failed.

    >>> issubclass(RenderError, RuntimeError)
    True
    """


def render(
    digraph: graphviz.Digraph,
    format: str,
    view: View,
    painting: Painting | None = None,
    *,
    seconds: float = SECONDS,
) -> bytes:
    """The picture that a description gives, as the content of a file.

    Parameters
    ----------
    digraph: from `describe`.
    format: ``"svg"``, ``"png"`` (at 192 dots an inch) or ``"pdf"``.
    view, painting: what was described, of which an SVG's tooltips tell.
    seconds: after which the layout is given up.

    Raises RenderError, with the remedy, where there is neither a ``dot`` on the PATH nor pygraphviz, where it fails or
    takes too long.

    >>> import autograd as ag
    >>> from autograd.viz.description import describe
    >>> from autograd.viz.views import whole_view
    >>> view = whole_view(ag.graph(-ag.tensor(1.0, requires_grad=True)))
    >>> render(describe(view), "svg", view)[:5]
    b'<?xml'
    """
    digraph = digraph.copy()
    if format == "png":
        digraph.attr(dpi="192")
    if format == "pdf":
        digraph.attr(margin="0")  # else half an inch of empty page
    picture = _drawn(digraph.source, format, len(view.items), seconds)
    if format == "svg":
        from autograd.viz.svg import finished

        return finished(picture, view)
    return picture


def _drawn(source: str, format: str, items: int, seconds: float) -> bytes:
    """What a renderer makes of a description."""
    import subprocess

    failures = []
    for name, program in _renderers(format):
        try:
            done = subprocess.run(program, input=source.encode(), capture_output=True, check=False, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise RenderError(
                f"{name} has not laid out {items} items in {seconds:g} s. Draw fewer: depth=0 or 1 closes modules, "
                'most= limits the items; or save the description (".dot") and let Graphviz take its time.'
            ) from None
        except OSError as error:  # it is there, and is no program
            failures.append(f"{name} cannot be run: {error.strerror}")
            continue
        picture = done.stdout
        if done.returncode == 0 and picture.startswith(BEGINNINGS[format]) and picture.rstrip().endswith(ENDS[format]):
            return picture
        message = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        failures.append(f"{name} failed with exit code {done.returncode}: {message or f'it wrote no whole {format}'}")
    what = "; ".join(failures) or "no renderer for pictures of graphs"
    raise RenderError(what if _has_pygraphviz() else f"{what}: {REMEDY}.")


def _renderers(format: str) -> Iterator[tuple[str, list[str]]]:
    """The renderers at hand, the best first: what each is, and the command that reads a description."""
    import shutil

    dot = shutil.which("dot")
    if dot is not None:
        yield f"Graphviz' dot ({dot})", [dot, f"-T{format}"]
    if _has_pygraphviz():
        yield "pygraphviz", [sys.executable, "-c", DRAW, format]


def _has_pygraphviz() -> bool:
    from importlib.util import find_spec

    return find_spec("pygraphviz") is not None

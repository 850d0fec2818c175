"""`picture` and `tree`: from a snapshot to a view of it, with colours where they are wanted, and on to a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from operator import index, methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, get_args

from autograd.errors import ArgumentError
from autograd.files import write_whole
from autograd.graphs import Graph
from autograd.viz.closing import close, merge_aliases, merge_parts
from autograd.viz.description import describe
from autograd.viz.folding import fold as folded
from autograd.viz.limiting import limit as limited
from autograd.viz.mermaid import to_mermaid
from autograd.viz.overlays import Overlay, paint
from autograd.viz.painting import Painting
from autograd.viz.passes import PASSES, Passes, with_passes
from autograd.viz.rendering import FORMATS, RenderError, render
from autograd.viz.style import Direction, Manner
from autograd.viz.text import to_text
from autograd.viz.views import View, whole_view

if TYPE_CHECKING:
    import graphviz

P = ParamSpec("P")
R = TypeVar("R")

CHOICES = {
    "passes": PASSES,
    "direction": (None, *get_args(Direction)),
    "style": get_args(Manner),
}
MOST = 400  # items of a picture: one that has more is no longer read


def _of_known_options(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with an error that lists its options where it is given another one."""
    known = [name for name, part in signature(function).parameters.items() if part.kind is part.KEYWORD_ONLY]

    @wraps(function)
    def checked(*given: P.args, **options: P.kwargs) -> R:
        for name in options:
            if name not in (*known, "graph"):
                raise ArgumentError(f"{function.__name__}: no option {name!r}; there are {', '.join(known)}.")
        return function(*given, **options)

    return checked


@_of_known_options
def picture(
    graph: Graph,
    *,
    depth: int | None = None,
    fold: bool | None = None,
    passes: Passes = "forward",
    overlay: str | Overlay | None = None,
    of: str | None = None,
    style: Manner = "operations",
    direction: Direction | None = None,
    most: int = MOST,
) -> Picture:
    """A picture of a snapshot: shown in notebooks, written by ``.save("x.svg")``.

    Parameters
    ----------
    graph: a snapshot, from `ag.graph`.
    depth: how deep modules are open: 0 draws the outermost one as a single node, 1 opens it and closes its parts, and
        so on; None opens all.
    fold: whether to draw blocks that repeat once, with ``× 12``; None for yes, unless an overlay is drawn.
    passes: ``"forward"``, ``"backward"``, the derivatives alone, or ``"both"`` with what is kept between them.
    overlay: what to colour by: ``"gradient"``, ``"zeros"``, ``"range"``, ``"finite"``, ``"memory"``, ``"forward"``,
        ``"backward"``, ``"time"``, ``"multiply-adds"``, ``"order"``, ``"path"``; or a function of a `View` that returns
        a `Painting`.
    of: for ``overlay="path"``, the name of the leaf whose gradient it is about, such as ``"0.weight"``.
    style: ``"operations"``, each a node with its result; ``"values"``, each value a record of its number and its
        gradient, with operations as circles between them, for graphs of numbers.
    direction: of time: ``"LR"`` from left to right, ``"TB"`` from top to bottom, ...; None for whichever is less wide.
    most: how many nodes to draw; of a larger graph modules are closed, and what is farthest from the results is drawn
        as one.

    Raises ArgumentError for other values, and for an overlay of what was not measured.

    >>> import autograd as ag
    >>> w = ag.tensor(2.0, requires_grad=True)
    >>> picture(ag.graph(ag.exp(w) * w, {"w": w}, gradients=True), overlay="gradient")
    <Picture of 3 nodes>
    """
    for name, value in {"passes": passes, "direction": direction, "style": style}.items():
        if value not in CHOICES[name]:
            known = ", ".join(map(repr, CHOICES[name]))
            raise ArgumentError(f"picture: {name}={value!r}; want one of {known}.")
    if of is not None and overlay is None:
        raise ArgumentError(f"picture: of={of!r} is for overlay='path', and there is no overlay.")
    view = view_of(graph, depth, overlay is None if fold is None else fold, most)
    view = with_passes(view, passes)
    return Picture(view, None if overlay is None else paint(view, overlay, of), direction, style)


@_of_known_options
def tree(graph: Graph, *, depth: int | None = None, fold: bool = True, most: int = MOST) -> str:
    """A snapshot as text: modules like folders, operations with what they are of and their shapes.

    Parameters
    ----------
    graph, depth, fold, most: as for `picture`.

    Raises ArgumentError for other values, and for another option.

    >>> import autograd as ag
    >>> w = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> print(tree(ag.graph(ag.exp(w).sum(), {"w": w})))
    operation        shape  value
    w                (2,)    1, 2
    exp(w)           (2,)
    result = sum(_)  ()     10.11
    <BLANKLINE>
    2 operations, 1 leaf.
    """
    return to_text(view_of(graph, depth, fold, most))


def view_of(graph: Graph, depth: int | None = None, fold: bool = True, most: int = MOST) -> View:
    """What a picture shows of a graph, as data; arguments as for `picture`.

    Raises ArgumentError for other values.

    >>> import autograd as ag, numpy as np
    >>> w = ag.tensor(1.0, requires_grad=True)
    >>> y = w
    >>> for _ in range(1000):
    ...     y = np.tanh(y * w)
    >>> [(item.title, item.repeats) for item in view_of(ag.graph(y)).items]
    [('', 1), ('multiply', 1000), ('tanh', 1000)]
    """
    if depth is not None:
        depth = _whole("depth", depth, 0, "how deep modules are open, 0 or more, or None for all")
    most = _whole("most", most, 2, "how many nodes to draw, 2 or more")
    if not isinstance(fold, bool):
        raise ArgumentError(f"picture: fold={fold!r}; want True or False: whether what repeats is drawn once.")
    view = close(merge_aliases(merge_parts(whole_view(graph))), depth)
    return limited(folded(view) if fold else view, most)


def _whole(name: str, value: Any, least: int, want: str) -> int:
    """A whole number, also one of NumPy's."""
    try:
        number = -1 if isinstance(value, bool) else index(value)
    except TypeError:
        number = -1
    if number < least:
        raise ArgumentError(f"picture: {name}={value!r}; want {want}.")
    return number


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A picture of a graph: a view, its colours, and how it is laid out.

    Attributes
    ----------
    view: what is shown, as data.
    painting: colours and legend of an overlay, if there is one.
    direction, style: as for `picture`.

    >>> import autograd as ag
    >>> ag.graph(lambda x: x * 2, 3.0).picture().view.items[1].title
    'multiply'
    """

    view: View
    painting: Painting | None = None
    direction: Direction | None = None
    style: Manner = "operations"

    def __repr__(self) -> str:
        return f"<Picture of {len(self.view.items)} nodes>"

    def to_graphviz(self) -> graphviz.Digraph:
        """The picture in Graphviz' language; the same picture gives the same text.

        >>> import autograd as ag
        >>> ag.graph(lambda x: x * 2, 3.0).picture(direction="TB").to_graphviz().graph_attr["rankdir"]
        'TB'
        """
        return describe(self.view, self.painting, self.direction, self.style)

    def to_mermaid(self) -> str:
        """The picture as a Mermaid diagram in a Markdown document, which GitHub, GitLab and editors draw.

        >>> import autograd as ag
        >>> "```mermaid" in ag.graph(lambda x: x * 2, 3.0).picture().to_mermaid()
        True
        """
        return to_mermaid(self.view, self.painting, self.direction)

    def render(self, format: str = "svg") -> bytes:
        """The picture as the content of a file: ``"svg"``, ``"png"`` (at 192 dots an inch) or ``"pdf"``.

        Raises ArgumentError for another format, and RenderError, with the remedy, where there is neither a ``dot`` on
        the PATH nor pygraphviz.

        >>> import autograd as ag
        >>> ag.graph(lambda x: x * 2, 3.0).picture().render()[:5]
        b'<?xml'
        """
        if format not in FORMATS:
            raise ArgumentError(f"render: format={format!r}; want one of {', '.join(map(repr, FORMATS))}.")
        return render(self.to_graphviz(), format, self.view, self.painting)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, in the form that its name ends in, as `Graph.save` does; returns its path.

        Raises ArgumentError for another ending, RenderError where there is no renderer, OSError where the file cannot
        be written.

        >>> import autograd as ag, tempfile
        >>> ag.graph(lambda x: x * 2, 3.0).picture().save(tempfile.mkdtemp() + "/graph.dot").name
        'graph.dot'
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise ArgumentError(f"save({str(path)!r}): the name of the file may end in {', '.join(ENDINGS)} or .json.")
        write_whole(path, ENDINGS[ending](self))
        return path

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        try:
            return {"image/svg+xml": self.render().decode(), "text/plain": repr(self)}
        except RenderError as error:
            return {"text/plain": f"{to_text(self.view)}\n({error})"}


ENDINGS: dict[str, Callable[[Picture], bytes]] = {
    **{f".{format}": methodcaller("render", format) for format in FORMATS},
    ".dot": lambda picture: picture.to_graphviz().source.encode(),
    ".md": lambda picture: picture.to_mermaid().encode(),
    ".txt": lambda picture: f"{to_text(picture.view)}\n".encode(),
}

"""Overlays by name: the table of those that there are, and `paint`, which applies one."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from autograd.errors import ArgumentError, describe
from autograd.viz.overlays.costs import by_backward, by_forward, by_memory, by_multiply_adds, by_time
from autograd.viz.overlays.finiteness import by_finiteness
from autograd.viz.overlays.norms import by_gradient
from autograd.viz.overlays.orders import by_order
from autograd.viz.overlays.paths import NAMED, by_path
from autograd.viz.overlays.ranges import by_range
from autograd.viz.overlays.zeros import by_zeros
from autograd.viz.painting import Painting
from autograd.viz.views import View

Overlay = Callable[[View], Painting]

PATH = "path"
OVERLAYS: dict[str, Overlay] = {
    "gradient": by_gradient,
    "zeros": by_zeros,
    "range": by_range,
    "finite": by_finiteness,
    "nan": by_finiteness,
    "memory": by_memory,
    "forward": by_forward,
    "backward": by_backward,
    "time": by_time,
    "multiply-adds": by_multiply_adds,
    "order": by_order,
}
"""The overlays that need nothing but a view; ``"path"`` needs the name of a leaf as well."""


def paint(view: View, overlay: str | Overlay, of: str | None = None) -> Painting:
    """The colours, texts and legend that an overlay gives to a view.

    Parameters
    ----------
    overlay: ``"gradient"``, norms of gradients; ``"zeros"``, shares of zeros, and dead units; ``"range"`` of values;
        ``"finite"`` or ``"nan"``, where NaN and infinity begin; ``"memory"`` kept for the backward pass;
        ``"forward"``, ``"backward"`` and ``"time"``, of one pass or both; ``"multiply-adds"``; ``"order"``, which
        differentiation computed what; ``"path"``, what keeps the gradient of ``of`` alive. Or an overlay of your own: a
        function that takes a ``View`` and returns a ``Painting``.
    of: with ``"path"``, the name of a leaf.

    Raises ArgumentError for another name, for what the snapshot does not tell, and for ``of`` missing or left over.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = ag.tensor([3.0, 4.0], requires_grad=True)
    >>> view = whole_view(ag.graph((x * x).sum(), {"x": x}, gradients=True))
    >>> paint(view, "gradient").legend.notes
    ()
    >>> paint(view, "gradients")
    Traceback (most recent call last):
    autograd.errors.ArgumentError: overlay='gradients': there is no such overlay. Did you mean 'gradient'?
    """
    if overlay == PATH:
        if of is None:
            names = [node.name for node in view.graph.nodes if node.kind == "leaf" and node.name]
            raise ArgumentError(f"overlay='path' wants of=, the name of a leaf: {_choices(names) or NAMED}.")
        return by_path(view, of)
    if of is not None:
        raise ArgumentError(f"of={of!r} goes with overlay='path', not with overlay={overlay!r}.")
    if isinstance(overlay, str):
        if overlay not in OVERLAYS:
            near = difflib.get_close_matches(overlay, [*OVERLAYS, PATH])
            hint = (
                f"Did you mean {' or '.join(map(repr, near))}?" if near else f"There are {_choices([*OVERLAYS, PATH])}."
            )
            raise ArgumentError(f"overlay={overlay!r}: there is no such overlay. {hint}")
        return OVERLAYS[overlay](view)
    if not callable(overlay):
        raise ArgumentError(
            f"overlay={describe(overlay)}: want a name, {_choices([*OVERLAYS, PATH])}, or a function of a View."
        )
    painting = overlay(view)
    if not isinstance(painting, Painting):
        name = getattr(overlay, "__name__", "function")
        raise ArgumentError(f"overlay={name}: it returned {type(painting).__name__}; want a viz.Painting.")
    return painting


def _choices(names: list[str]) -> str:
    shown = [repr(name) for name in names[:20]]
    return ", ".join(shown) + (", …" if len(names) > 20 else "")

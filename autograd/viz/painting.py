"""How an overlay colours a view, as plain data: what colours items, what is written into them, and the legend."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Paint:
    """How one item looks under an overlay.

    Attributes
    ----------
    fill, ink: colours of the item and of the text in it, ``"#rrggbb"``.
    lines: what is written into it, such as ``("gradient 3.1e−07",)``.
    border: colour of a strong border; empty for the usual one.

    >>> Paint("#ffffd9", lines=("12 kB",)).ink
    '#1f2328'
    """

    fill: str
    ink: str = "#1f2328"
    lines: tuple[str, ...] = ()
    border: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours mean.

    Attributes
    ----------
    title: what is measured, with its unit.
    colors: of the scale, from its low end to its high end; empty where there is no scale.
    ticks: texts at places of the scale, each from 0 (the low end) to 1.
    swatches: single colours beside the scale, each with its meaning: ``(("#d55e00", "NaN or infinite"),)``.
    notes: sentences below it, such as what is not known, or the answer that the picture gives.

    >>> Legend("size", ("#ffffff", "#000000"), ((0.0, "1"), (1.0, "1,000"))).notes
    ()
    """

    title: str
    colors: tuple[str, ...] = ()
    ticks: tuple[tuple[float, str], ...] = ()
    swatches: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Painting:
    """The looks that an overlay gives to a view.

    Attributes
    ----------
    items: paint by the id of an item; those without keep a neutral look, fainter than usual.
    arrows: by the place in ``View.arrows``: colour and width in points.
    legend: what it all means.

    An overlay of one's own is a function that returns one:

    >>> import autograd as ag
    >>> def matrices(view):
    ...     paints = {item.id: Paint("#cfe6f5") for item in view.items if item.title == "matmul"}
    ...     return Painting(paints, Legend("products", swatches=(("#cfe6f5", "of matrices"),)))
    >>> graph = ag.graph(lambda x: (x @ x).sum(), ag.ones(2, 2))
    >>> list(graph.picture(overlay=matrices).painting.items)
    ['n1']
    """

    items: dict[str, Paint]
    legend: Legend
    arrows: dict[int, tuple[str, float]] = field(default_factory=dict)

"""Zeros: what share of a result they are, and which units are dead."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.notes import Summary
from autograd.viz.overlays.measuring import RECORDED, computed, not_measured, passes_of, value_of, values_drawn
from autograd.viz.overlays.scales import NOT_FINITE, Scale, painted
from autograd.viz.overlays.words import called, percent, unknown
from autograd.viz.painting import Legend, Paint, Painting
from autograd.viz.views import View

# "As much as 40% of your network can be dead if the rate is too high": Stanford's CS231n, notes on activations.
DEAD = 0.4
_SCALE = Scale(0.0, 1.0, ((0.0, "0%"), (0.5, "50%"), (1.0, "100%")))


def by_zeros(view: View) -> Painting:
    """The share of zeros in what each operation computed, and how many of its units are dead: 0 for every sample.

    Leaves and constants are not coloured: a bias that begins at 0 is no finding. Of derivatives, where the backward
    pass is drawn, it is the zeros of the gradient that came to them. Of a block that is repeated the largest share
    gives the colour.

    Raises ArgumentError for a snapshot without values.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = ag.tensor([[1.0, -2.0], [3.0, -4.0]], requires_grad=True)
    >>> with ag.record():
    ...     loss = ag.relu(x).sum()
    >>> by_zeros(whole_view(ag.graph(loss))).items["n1"].lines
    ('50% zeros', '1 of 2 units dead')
    """
    wanted = computed(view)
    known = values_drawn(view)
    found = {item.id: known[item.id] for item in wanted if item.id in known}
    if not found:
        raise not_measured("zeros", "values of operations", RECORDED)
    paints = {key: _paint(parts) for key, parts in found.items()}
    borders = any(paint.border for paint in paints.values())
    legend = Legend(
        "share of zeros",
        _SCALE.colors,
        _SCALE.ticks,
        ((NOT_FINITE, f"border: more than {percent(DEAD)} of the units are dead, 0 for every sample"),) * borders,
        (*_dead_units(view), *unknown(len(wanted) - len(found), len(wanted), "value")),
    )
    return Painting(paints, legend)


def _paint(parts: list[Summary]) -> Paint:
    shares = [facts.share_of_zeros for facts in parts]
    ends = dict.fromkeys([percent(min(shares)), percent(max(shares))])
    text = f"{' to '.join(ends)} zeros" if max(shares) else ""
    worst = max(parts, key=_dead_share)
    dead = f"{worst.dead} of {_units(worst)} units dead" if _dead_share(worst) else ""
    return painted(_SCALE.color(max(shares)), text, dead, border=NOT_FINITE if _dead_share(worst) > DEAD else "")


def _units(facts: Summary) -> int:
    """Places in all axes but the first; of a single sample nothing can be said, and so of one axis."""
    return facts.size // facts.shape[0] if len(facts.shape) > 1 and facts.shape[0] > 1 else 0


def _dead_share(facts: Summary) -> float:
    units = _units(facts)
    return facts.dead / units if units else 0.0


def _dead_units(view: View) -> Iterator[str]:
    """Where most of the units are dead, also inside of what is drawn as one."""
    known = [(facts, node) for node in view.graph.nodes if node.op and (facts := value_of(node)) and _units(facts)]
    if known and passes_of(view) != "backward":
        facts, node = max(known, key=lambda pair: _dead_share(pair[0]))
        dead = f"Most dead units: {called(node)}, {facts.dead} of {_units(facts)}."
        yield dead if facts.dead else "No unit is 0 for every sample."

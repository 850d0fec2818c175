"""The range of values: how large they become."""

from __future__ import annotations

import math

from autograd.notes import Summary
from autograd.viz.overlays.measuring import RECORDED, computed, not_measured, values_drawn
from autograd.viz.overlays.scales import NOT_FINITE, NOTHING, Scale, logarithmic, on_scale, painted
from autograd.viz.overlays.words import between, not_finite, unknown
from autograd.viz.painting import Paint, Painting
from autograd.viz.views import View


def by_range(view: View) -> Painting:
    """The smallest and largest value of each item; the colour is by the largest magnitude, on a logarithmic scale.

    Of derivatives, where the backward pass is drawn, it is the range of the gradient that came to them; of a block
    that is repeated, the range of all its results.

    Raises ArgumentError for a snapshot without values.

    >>> import autograd as ag
    >>> from autograd.viz.views import whole_view
    >>> x = ag.tensor([-1.0, 2.0], requires_grad=True)
    >>> with ag.record():
    ...     loss = (10 * x).sum()
    >>> by_range(whole_view(ag.graph(loss, {"x": x}))).items["n1"].lines
    ('−10 to 20',)
    """
    found = values_drawn(view)
    if not any(item.id in found for item in computed(view)):
        raise not_measured("range", "values of operations", RECORDED)
    scale = logarithmic(_magnitude(parts) for parts in found.values())
    paints = {key: _paint(parts, scale) for key, parts in found.items()}
    notes = unknown(len(view.items) - len(found), len(view.items), "range")
    return on_scale("largest magnitude of the values", scale, paints, "all values are 0", notes)


def _magnitude(parts: list[Summary]) -> float:
    """The largest one of finite values; 0 where there are none."""
    ends = [abs(end) for facts in parts for end in (facts.low, facts.high) if not math.isnan(end)]
    return max(ends, default=0.0)


def _paint(parts: list[Summary], scale: Scale | None) -> Paint:
    ranges = [facts for facts in parts if not math.isnan(facts.low)]
    text = between(min(f.low for f in ranges), max(f.high for f in ranges)) if ranges else ""
    bad = next((facts for facts in parts if not facts.is_finite), None)
    if bad is not None:
        return painted(NOT_FINITE, not_finite(bad), text)
    size = _magnitude(parts)
    return painted(NOTHING if scale is None or not size else scale.color(size), text or "empty")

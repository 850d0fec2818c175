"""What `test_twin` makes programs of: pairs of the same tensor in two engines, values, indices, reasons to refuse."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

import autograd as ag
from autograd.errors import ArgumentError, GradientError

from . import naive

SHAPES = [(2,), (2, 2), (3, 2), (2, 1), (1, 2), (3, 2, 2), ()]
MOSTLY = st.sampled_from([True, True, False])
LIMIT = 1e6  # larger values are left out, lest they overflow
REFUSALS = {
    "leaf": (GradientError, "on a leaf that needs a gradient"),
    "view": (GradientError, "into a view"),
    "shape": (ArgumentError, ""),
    "computed": (GradientError, "this tensor was computed"),
    "constant": (GradientError, "needs no gradient"),
    "start": (GradientError, "needs to know which combination"),
    "released": (GradientError, "a second time"),
    "changed": (GradientError, "was changed in place"),
    "unused": (GradientError, "no output depends on input"),
}


@dataclass(eq=False)
class Pair:
    """A tensor of ours and the naive engine's that shall be the same."""

    ours: ag.Tensor
    twin: naive.Tensor

    @property
    def shape(self):
        return self.twin.array.shape

    @property
    def ndim(self):
        return self.twin.array.ndim


def same(ours, twin):
    """Whether two arrays are the same up to the order in which sums were added up."""
    scale = max(1.0, np.abs(twin).max())
    return ours.shape == twin.shape and bool((np.abs(ours - twin) <= 1e-10 * scale).all())


def facts(pair):
    """What tensors have to agree in, once as ours has it and once as the twin has it."""
    ours, twin = pair.ours, pair.twin
    return (ours.requires_grad, ours.is_leaf, ours.grad is None), (twin.needs_grad, twin.is_leaf, twin.grad is None)


def require(*pairs):
    """Refuse what needs no gradient."""
    if not all(pair.twin.needs_grad for pair in pairs):
        raise naive.Refused("constant")


def values(seed, shape):
    """Multiples of a quarter away from 0."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, 9, shape) * rng.choice([-0.25, 0.25], shape)


@st.composite
def basic_indices(draw, shape):
    parts = []
    for _ in shape[: draw(st.integers(0, len(shape)))]:
        parts.append(draw(st.sampled_from([0, -1, slice(None), slice(1, None), slice(None, None, -1), slice(None, 1)])))
        if draw(st.integers(0, 5)) == 0:
            parts.append(None)
    if draw(st.integers(0, 3)) == 0:
        parts.append(...)
    return tuple(parts)


@st.composite
def indices(draw, shape):
    """An index into an array of ``shape``: basic, integer arrays with repeats, masks, mixed."""
    kind = draw(st.integers(0, 4)) if shape else 0
    if kind == 1:
        return np.random.default_rng(draw(st.integers(0, 7))).random(shape) < 0.6
    if kind == 2:
        return draw(st.lists(st.integers(-shape[0], shape[0] - 1), min_size=1, max_size=3))
    if kind == 3 and len(shape) > 1:
        return slice(None), draw(st.lists(st.integers(-shape[1], shape[1] - 1), min_size=1, max_size=3))
    return draw(basic_indices(shape))

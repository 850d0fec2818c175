"""Calls that `gradcheck` makes up from the one it was given; where arguments go together, it takes none apart."""

import warnings

import numpy as np
import pytest

import autograd as ag
import nn.kernels.embedding
import nn.kernels.norm_rows
import nn.kernels.pool_average
import nn.kernels.pool_max
import nn.kernels.resizing
import nn.kernels.sequences
import nn.kernels.unfolding
from autograd.testing.battery import report_on
from autograd.testing.case import Case
from autograd.testing.contracts import is_linear

X = np.array([[0.3, -1.2], [1.5, 0.4]])


def report(function, *inputs, **options):
    return ag.gradcheck(function, inputs, raise_exception=False, **options)


# --- primitives whose arguments go together, and that do not check it ---------------------------------------


def swap(samples):
    """Rows in the order of an index that has each of them once."""

    @ag.primitive(samples=samples)
    def swapped(x, order):
        return x[order]

    swapped.vjp(x=lambda g, order: g[np.argsort(order)], order=None)
    return swapped


def middle(samples):
    """The middle one of a square matrix's columns, whose number the caller knows."""

    @ag.primitive(samples=samples)
    def column(x, size):
        return x[:, size // 2]

    column.vjp(x=lambda g, size: g[:, None] * np.eye(size, dtype=g.dtype)[size // 2], size=None)
    return column


def averaged(samples):
    """The mean of rows, whose number the caller knows."""

    @ag.primitive(samples=samples)
    def mean_of_rows(x, count):
        return np.sum(x, axis=0) / count

    mean_of_rows.vjp(x=lambda g, count: np.repeat(g[None] / count, count, axis=0), count=None)
    return mean_of_rows


def spread(samples):
    """How far rising numbers reach."""

    @ag.primitive(samples=samples)
    def reach(x):
        return np.max(x) - np.min(x)

    reach.vjp(x=lambda g, x: g * (np.eye(len(x), dtype=g.dtype)[-1] - np.eye(len(x), dtype=g.dtype)[0]))
    return reach


LINKED = {
    "repeated indices": (swap, lambda rng: (rng.normal(size=(4, 2)), rng.permutation(4))),
    "square only": (middle, lambda rng: (rng.normal(size=(3, 3)), 3)),
    "zero size": (averaged, lambda rng: (rng.normal(size=(3, 2)), 3)),
    "branch": (spread, lambda rng: (np.sort(rng.normal(size=4)),)),
}


@pytest.mark.parametrize("mode", ["full", "directional"])
@pytest.mark.parametrize("verdict", LINKED)
def test_what_goes_together_is_not_taken_apart(verdict, mode):
    make, samples = LINKED[verdict]
    inputs = samples(np.random.default_rng(0))
    assert verdict in [finding.verdict for finding in report(make(None), *inputs, mode=mode).findings]
    assert report(make(samples), *inputs, mode=mode, order=2).ok


def test_samples_that_are_given_to_check_say_what_goes_together():
    @ag.primitive
    def swapped(x, order):
        return x[order] ** 2, (2 * x[order],)

    swapped.vjp(x=lambda g, saved, order: (g * saved[0])[np.argsort(order)], order=None)  # right at order one alone
    found = report_on(swapped, samples=LINKED["repeated indices"][1], max_examples=5, seed=0)
    assert {finding.verdict for finding in found.findings} == {"second order"}


# --- as sharp as before ---------------------------------------------------------------------------------


def overwriting(g, x_shape, rows):
    found = np.zeros(x_shape, g.dtype)
    found[rows] = g
    return found


def test_a_call_that_samples_draw_shows_indices_that_repeat():
    @ag.primitive(samples=lambda rng: (rng.normal(size=(3, 2)), rng.integers(0, 3, size=4)))
    def looked_up(x, rows):
        return x[rows]

    looked_up.vjp(x=overwriting, rows=None)
    finding = report(looked_up, X, np.array([1, 0])).findings[0]
    assert finding.verdict == "repeated indices" and finding.text.startswith("right at the inputs given: ")


def test_a_call_that_samples_draw_shows_that_there_may_be_nothing():
    @ag.primitive(samples=lambda rng: rng.normal(size=int(rng.integers(0, 2))))
    def total(x):
        return np.sum(x)

    total.vjp(x=lambda g, x: g + 0 * x[0] + 0 * x)
    finding = report(total, X[0]).findings[0]
    assert (
        finding.verdict == "zero size"
        and "at a call that its samples= draws the rule raises IndexError" in finding.text
    )


def test_a_call_that_samples_draw_shows_a_number_that_happens_to_fit():
    @ag.primitive(samples=lambda rng: (rng.normal(size=3), rng.normal(size=3), float(rng.choice([1.0, 4.0]))))
    def scaled(x, y, by):
        return x * y * by

    scaled.vjp(x=lambda g, y, by: g * y * 2, y=lambda g, x, by: g * x * by, by=None)
    x, y = np.random.default_rng(0).normal(size=(2, 3))
    finding = report(scaled, ag.Tensor(x, requires_grad=True), y, 2.0).findings[0]
    assert (finding.verdict, finding.argument) == ("constant factor", "x")
    assert "wrong at a call that its samples= draws" in finding.text
    assert report(scaled, x, ag.Tensor(y, requires_grad=True), 2.0).ok  # nobody asked for x


# --- calls of the library's own that were found wrong -------------------------------------------------------

LINE = (2, 1, 2, 0, 1, 1)  # size, kernel, stride, padding, dilation, windows


def line(*numbers):
    return (nn.kernels.pool_windows.Line(*numbers),)


def values(*shape):
    return np.random.default_rng(1).normal(size=shape)


CALLS = {
    "sequences.take_rows": (X, np.array([1, 0])),
    "sequences.put_rows": (X, np.array([1, 0]), 2),
    "resizing.pick": (values(3, 1), np.array([0, 0, 1, 1, 2, 2]), 0),
    "resizing.put": (values(1, 6), np.array([0, 0, 1, 1, 2, 2]), 1, 3),
    "embedding.add_rows": (values(2, 2, 1), np.array([[1, 0], [1, 1]]), 2),
    "pool_max.window_max": (values(1, 2, 2), line(*LINE)),
    "pool_max.max_pool": (values(1, 2, 2), line(*LINE)),
    "pool_max.window_gather": (values(1, 1, 1), np.zeros((1, 1, 1), np.uint8), line(1, 1, 1, 0, 2, 1)),
    "pool_max.window_scatter": (values(1, 2, 2), np.zeros((1, 2, 2), np.uint8), line(3, 1, 2, 0, 2, 2)),
    "pool_average.window_mean": (values(1, 2, 2), line(*LINE), ((1,),)),
    "pool_average.share_out": (values(1, 2, 2), line(5, 3, 3, 0, 1, 2), ((2,),)),
    "unfolding.fold": (np.zeros((0, 4, 4)), (2, 2), (1, 2), (1, 1), (1, 0), (1, 1)),
}


@pytest.mark.parametrize("name", CALLS)
def test_kernels_pass(name):
    assert report(ag.ops[f"nn.kernels.{name}"].function, *CALLS[name], order=2).ok


# --- what nobody asked for ----------------------------------------------------------------------------------


def test_nothing_is_said_of_calls_that_are_made_up():
    @ag.primitive
    def turned(x):
        if x.shape[-1] == 2:
            warnings.warn("vectors of the plane are deprecated", DeprecationWarning, stacklevel=2)
        return np.flip(x, -1)

    turned.vjp(x=lambda g: np.flip(g, -1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert report(turned, values(3, 3)).ok
        with pytest.raises(DeprecationWarning):  # but of the call that was asked for
            report(turned, X)


def test_slopes_that_cancel_are_rounding():
    layer_norm = nn.kernels.norm_rows.layer_norm
    for x in values(20, 3, 1):  # of one feature nothing is left but the bias
        assert report(layer_norm, 3 * x, 1, values(1), None, 0.1, order=2).ok
        assert report(layer_norm, 3 * x, 1, values(1), values(1), 0.1, order=2).ok


def test_no_results_are_no_rounding():
    is_linear(Case(ag.ops["unstack"], (np.zeros((0, 2)),), {}), np.random.default_rng(0))


def test_tiny_slopes_are_no_rounding():
    tiny = ag.elementwise(lambda x: 1e-20 * x**2, name="tiny", x=lambda g, x: 3e-20 * g * x)
    assert report(tiny, X).findings[0].verdict == "constant factor"
    clipped = ag.elementwise(lambda x: 1e-9 * x, name="clipped", x=lambda g: 1e-9 * np.clip(g, -100, 100))
    assert report(clipped, X).findings[0].verdict == "not linear"

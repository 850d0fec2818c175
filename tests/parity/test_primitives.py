"""Every primitive against PyTorch's function of the same meaning, in float64: values, gradients, second derivatives.

The calls are those that `autograd.testing.case` draws. Where the two differ on purpose, it is said here.
"""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import autograd as ag
from autograd.testing import Case, cases, generators

from ..autograd.test_rules import PRIMITIVES

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)
    from .counterparts import COUNTERPARTS, LACKING, counterpart

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")


NO_GRADIENT_THERE = {"floor_divide"}  # PyTorch differentiates it nowhere; the gradient is 0


COMPARED = [name for name, p in PRIMITIVES.items() if torch is None or counterpart(p) is not None]


def test_what_is_left_out_is_said():
    left_out = {p.name for name, p in PRIMITIVES.items() if name not in COMPARED and p.reference is None}
    assert left_out == LACKING.keys()
    known = {p.name for p in PRIMITIVES.values()}
    assert COUNTERPARTS.keys() | LACKING.keys() | NO_GRADIENT_THERE <= known


# --- the comparison -------------------------------------------------------------------------------------


def call_torch(case):
    """Results of the same call in PyTorch, and its tensors in the places of the case's arrays."""
    tensors = [torch.tensor(array.copy(), requires_grad=True) for array in case.arrays]
    args, kwargs = case.filled(tensors)
    args = [torch.tensor(a, dtype=torch.float64) if isinstance(a, float) else a for a in args]
    out = counterpart(case.primitive)(*args, **kwargs)
    return list(out) if isinstance(out, (tuple, list)) else [out], tensors


def torch_gradients(outs, tensors, gs, create_graph=False):
    pairs = [(out, g) for out, g in zip(outs, gs, strict=True) if out.requires_grad]
    found = [None] * len(tensors)
    if pairs:
        found = torch.autograd.grad(
            [out for out, _ in pairs], tensors, [g for _, g in pairs], create_graph=create_graph, allow_unused=True
        )
    return [torch.zeros_like(t) if g is None else g for g, t in zip(found, tensors, strict=True)]


def assert_same(got, wanted, what, case):
    for ours, theirs in zip(got, wanted, strict=True):
        theirs = theirs.numpy(force=True)
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype, f"{what}: {case!r}"
        scale = float(np.max(np.abs(theirs), initial=1.0))
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * scale, err_msg=f"{what}: {case!r}")


def second_derivatives(case, gs, weights):
    """Of sum(weights * gradients), in the arrays and in the incoming gradients."""
    tensors = [ag.Tensor(a, requires_grad=True) for a in [*case.arrays, *gs]]
    grads = case.gradients(tensors[: len(case.arrays)], tensors[len(case.arrays) :], create_graph=True)
    pairs = [(grad, w) for grad, w in zip(grads, weights, strict=True) if grad.requires_grad]
    found = [None] * len(tensors)
    if pairs:
        found = ag.gradients([grad for grad, _ in pairs], tensors, [w for _, w in pairs], allow_unused=True)
    return [np.zeros(t.shape) if f is None else f.numpy() for f, t in zip(found, tensors, strict=True)]


def compare(case, values, rng):
    arrays = case.arrays
    outs, tensors = call_torch(case)
    assert_same(values, outs, "value", case)
    if case.primitive.name == "std" and any((value == 0).any() for value in values):
        return  # of a single element: our derivative is 0, PyTorch's nan
    gs = [np.asarray(rng.standard_normal(value.shape)) for value in values]
    grads = case.gradients(arrays, gs)
    if case.primitive.name in NO_GRADIENT_THERE:
        assert not any(grad.any() for grad in grads)
        return
    torch_gs = [torch.tensor(g, requires_grad=True) for g in gs]
    torch_grads = torch_gradients(outs, tensors, torch_gs, create_graph=True)
    assert_same(grads, torch_grads, "gradient", case)
    weights = [np.asarray(rng.standard_normal(a.shape)) for a in arrays]
    theirs = torch_gradients(torch_grads, [*tensors, *torch_gs], [torch.tensor(w) for w in weights])
    assert_same(second_derivatives(case, gs, weights), theirs, "second derivative", case)


@pytest.mark.parametrize("name", COMPARED)
def test_agrees_with_pytorch(name):
    compared = 0

    @settings(suppress_health_check=list(HealthCheck))
    @given(case=cases(PRIMITIVES[name]), rng=generators())
    def agree(case, rng):
        nonlocal compared
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy's words on the mean of nothing, PyTorch's on its variance
            try:
                values = case.values(case.arrays)
            except ValueError:  # such as the largest of no elements
                return
            if all(np.isfinite(value).all() for value in values):
                compare(case, values, rng)
                compared += 1

    agree()
    assert compared >= settings.default.max_examples / 4


# --- where domains do not go ----------------------------------------------------------------------------

# fmt: off
EDGES = {
    "a tie of two": ("maximum", [1.0, 2.0, 2.0], [1.0, 2.0, 3.0]),
    "a tie of two, below": ("minimum", [1.0, 2.0, 2.0], [1.0, 2.0, 3.0]),
    "a tie of three": ("max", [2.0, 2.0, 1.0, 2.0]),
    "a tie of three, below": ("min", [2.0, 2.0, 5.0, 2.0]),
    "abs of 0": ("abs", [0.0, -0.0]),
    "sign of 0": ("sign", [0.0, -0.0]),
    "relu of 0": ("relu", [0.0, -0.0, 1.0]),
    "at the limits": ("clip", [-1.0, 1.0, 0.0], [-1.0] * 3, [1.0] * 3),
    "a product with a 0": ("prod", [2.0, 0.0, 3.0]),
    "a product with two": ("prod", [2.0, 0.0, 3.0, 0.0]),
    "powers of 0": ("power", [0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 2.0, 3.0]),
    "powers of negative numbers": ("power", [-2.0, -2.0, -1.5], [2.0, 3.0, 0.0]),
    "far out": ("sigmoid", [-800.0, -40.0, 40.0, 800.0]),
    "far out, smooth": ("softplus", [-800.0, -30.0, 30.0, 800.0]),
    "without overflow": ("logaddexp", [1000.0, -1000.0], [1000.0, 0.0]),
    "large and small": ("logsumexp", [1000.0, -1000.0, 999.0]),
    "a whole turn": ("arctan2", [1.0, -1.0, -1.0, 1.0, 0.0], [1.0, 1.0, -1.0, -1.0, -1.0]),
    "signs of remainders": ("remainder", [7.0, -7.0, 7.0, -7.0], [3.0, 3.0, -3.0, -3.0]),
}
# fmt: on


@pytest.mark.parametrize("edge", EDGES)
def test_conventions_are_pytorchs(edge):
    """Values and first derivatives, in the first argument, or in all where all are differentiable there."""
    name, *lists = EDGES[edge]
    arrays = [np.array(numbers) for numbers in lists]
    case = Case(PRIMITIVES[name], tuple(arrays), {})
    outs, tensors = call_torch(case)
    gs = [np.linspace(1.0, 2.0, out.numel()).reshape(out.shape) for out in outs]
    with np.errstate(all="ignore"):
        grads = case.gradients(arrays, gs)
    assert_same(case.values(arrays), outs, "value", case)
    wanted = torch_gradients(outs, tensors, [torch.tensor(g) for g in gs])
    if edge == "powers of negative numbers":  # in the exponent there is none; PyTorch gives 0 where y is 0, we nan
        grads, wanted = grads[:1], wanted[:1]
    assert_same(grads, wanted, "gradient", case)

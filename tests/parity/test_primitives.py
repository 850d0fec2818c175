"""Every primitive against PyTorch's function of the same meaning, in float64: values, gradients, second derivatives.

The calls are those that `autograd.testing.cases` draws. Where the two differ on purpose, it is said here.
"""

import math
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

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")


# --- how the two call the same thing --------------------------------------------------------------------


def over_axes(function):
    """NumPy's axis: None for all axes, an int, or a tuple, of none too; PyTorch's () stands for all."""

    def reduce(x, axis=None, keepdims=False, **options):
        axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        if not axes:
            return function(x.unsqueeze(0), (0,), False, **options)
        return function(x, axes, keepdims, **options)

    return reduce


def product(x, axes, keepdims):
    for axis in sorted((a % x.ndim for a in axes), reverse=True):
        x = x.prod(axis, keepdim=keepdims)
    return x


def gathered(move):
    """A function that moves elements about: NumPy says where each comes from, PyTorch takes them from there."""

    def call(x, *args):
        sources = move(np.arange(x.numel()).reshape(x.shape), *args)
        return x.reshape(-1)[torch.tensor(np.array(sources))]

    return call


def add_at(x, index, shape):
    places = np.arange(math.prod(shape)).reshape(shape)[index]
    zeros = torch.zeros(math.prod(shape), dtype=x.dtype)
    return zeros.index_add(0, torch.tensor(np.array(places).reshape(-1)), x.reshape(-1)).reshape(shape)


def setitem(x, index, value):
    """Which value each element ends up with, NumPy decides: of several, the last."""
    writer = np.full(x.shape, -1)
    count = np.empty(x.shape)[index].size
    writer[index] = np.arange(count).reshape(writer[index].shape)
    values = value.expand(writer[index].shape).reshape(-1)
    if not count:
        return x.clone() + 0 * value.sum()
    return torch.where(torch.tensor(writer >= 0), values[torch.tensor(writer.clip(0))], x)


def dot(x, y):
    if not (x.ndim and y.ndim):
        return x * y
    return torch.tensordot(x, y, dims=([-1], [-1 if y.ndim == 1 else -2]))


def concatenate(arrays, axis):
    return torch.cat([a.reshape(-1) for a in arrays]) if axis is None else torch.cat(arrays, axis)


def along_axis(x, indices, axis):
    return torch.take_along_dim(x, torch.tensor(indices % x.shape[axis]), axis)


def pad(x, widths, mode):
    if mode != "constant":  # PyTorch's other modes ask for certain numbers of axes
        return gathered(lambda places: np.pad(places, widths, mode))(x)
    return torch.nn.functional.pad(x, [width for pair in reversed(widths) for width in pair])


# By the primitive's name; one that is missing here has the same name and arguments in PyTorch. None: it has none.
COUNTERPARTS = {
    "alias": lambda x: x.clone(),
    "power": lambda x, y: torch.pow(x, y),
    "rint": lambda x: torch.round(x),
    "softplus": lambda x: torch.nn.functional.softplus(x),
    "copy": lambda x: x.clone(),
    "astype": lambda x, dtype: x.to(torch.float64),
    "where": lambda condition, x, y: torch.where(torch.tensor(condition.copy()), x, y),
    "clip": lambda x, low, high: torch.clip(*torch.broadcast_tensors(x, low, high)),
    "getitem": gathered(lambda places, index: places[index]),
    "add_at": add_at,
    "setitem": setitem,
    "take": gathered(np.take),
    "take_along_axis": along_axis,
    "tensordot": lambda x, y, axes: torch.tensordot(x, y, dims=axes),
    "dot": dot,
    "outer": lambda x, y: torch.outer(x.reshape(-1), y.reshape(-1)),
    "sum": over_axes(lambda x, axes, keepdims: x.sum(axes, keepdim=keepdims)),
    "mean": over_axes(lambda x, axes, keepdims: x.mean(axes, keepdim=keepdims)),
    "var": over_axes(lambda x, axes, keepdims, ddof=0: x.var(axes, correction=ddof, keepdim=keepdims)),
    "std": over_axes(lambda x, axes, keepdims, ddof=0: x.std(axes, correction=ddof, keepdim=keepdims)),
    "max": over_axes(lambda x, axes, keepdims: x.amax(axes, keepdim=keepdims)),
    "min": over_axes(lambda x, axes, keepdims: x.amin(axes, keepdim=keepdims)),
    "prod": over_axes(product),
    "logsumexp": over_axes(lambda x, axes, keepdims: x.logsumexp(axes, keepdim=keepdims)),
    "cumsum": lambda x, axis: torch.cumsum(x.reshape(-1), 0) if axis is None else torch.cumsum(x, axis),
    "transpose": lambda x, axes: x.permute(tuple(reversed(range(x.ndim))) if axes is None else axes),
    "squeeze": lambda x, axis: x.squeeze() if axis is None else x.squeeze(axis),
    "expand_dims": lambda x, axis: x.unsqueeze(axis),
    "flip": lambda x, axis: x.flip(tuple(range(x.ndim)) if axis is None else axis),
    "roll": lambda x, shift, axis: torch.roll(x, shift, axis),
    "concatenate": concatenate,
    "split": lambda x, indices, axis: torch.tensor_split(x, indices, axis),
    "repeat": lambda x, repeats, axis: x.repeat_interleave(
        torch.tensor(repeats.copy()) if isinstance(repeats, np.ndarray) else repeats, axis
    ),
    "pad": pad,
    "linear": lambda *args: torch.nn.functional.linear(*args),
}

LACKING = {}  # name -> why PyTorch has nothing to compare with; it needs a twin or a place in `test_oracles.py`

NO_GRADIENT_THERE = {"floor_divide"}  # PyTorch differentiates it nowhere; the gradient is 0


def counterpart(primitive):
    """What PyTorch has for a primitive, or None."""
    if primitive.name in LACKING:
        return None
    return COUNTERPARTS.get(primitive.name) or getattr(torch, primitive.name, None)


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
    same = case.with_arrays(tensors)
    args = [torch.tensor(a, dtype=torch.float64) if isinstance(a, float) else a for a in same.args]
    out = counterpart(case.primitive)(*args, **same.kwargs)
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

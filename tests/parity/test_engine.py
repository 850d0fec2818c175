"""The backward pass against PyTorch's: composed functions, higher derivatives, what accumulates, what hooks see."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")


OURS = SimpleNamespace(
    **{name: getattr(ag, name) for name in ("exp", "sin", "tanh", "log", "maximum", "concatenate", "logsumexp")},
    gradients=ag.gradients,
    leaf=lambda array: ag.tensor(array, requires_grad=True),
    constant=ag.tensor,
    copy=ag.tensor,
)

THEIRS = torch and SimpleNamespace(
    **{name: getattr(torch, name) for name in ("exp", "sin", "tanh", "log", "maximum", "concatenate", "logsumexp")},
    gradients=torch.autograd.grad,
    leaf=lambda array: torch.tensor(array, requires_grad=True),
    constant=torch.tensor,
    copy=torch.clone,
)


def assert_agree(ours, theirs, rtol=1e-11):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert a.shape == tuple(b.shape)
            np.testing.assert_allclose(a.numpy(), b.numpy(force=True), rtol=rtol, atol=rtol)


def both(test):
    """What a test gets from each library."""
    return test(OURS), test(THEIRS)


def network(xp, x, w, v):
    """Two layers and a softmax's loss: products, broadcasting, a stable reduction."""
    h = xp.tanh(x @ w + v)
    return (xp.logsumexp(h * v, 1) - h[:, 0]).sum()


def knot(xp, x, w, v):
    """One value used many times, through views and joints."""
    y = x * x[0] + xp.exp(-x)
    z = xp.concatenate([y, y[::2] * x[:2], xp.sin(y).reshape(4, 3)], 0)
    return (z * z).mean() * w.sum() + (xp.maximum(x, y) @ w @ v.reshape(3, 1) / (1 + v @ v)).sum()


def tower(xp, x, w, v):
    """Deep and thin."""
    for _ in range(6):
        v = xp.sin(v * w.T + v) @ w[0] / 3
    return xp.log(1 + v * v).sum() * (x**3).mean()


FUNCTIONS = [network, knot, tower]


def inputs(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in ((4, 3), (3, 3), (3,))]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_gradients_and_products_with_the_hessian(f):
    """And one order more: the gradient of a Hessian-vector product."""

    def orders(xp):
        leaves = [xp.leaf(array) for array in inputs()]
        directions = [xp.constant(array) for array in inputs(1)]
        out = f(xp, *leaves)
        found = [out]
        for _ in range(3):
            grads = xp.gradients(out, leaves, create_graph=True)
            found += grads
            out = sum((g * d).sum() for g, d in zip(grads, directions, strict=True))
        return found

    assert_agree(*both(orders))


@pytest.mark.parametrize("f", FUNCTIONS)
def test_backward_adds_to_what_is_there(f):
    def passes(xp):
        leaves = [xp.leaf(array) for array in inputs()]
        out = f(xp, *leaves)
        out.backward(retain_graph=True)
        first = [leaf.grad * 1 for leaf in leaves]
        out.backward()
        f(xp, *leaves).backward()
        return [*first, *(leaf.grad for leaf in leaves)]

    ours, theirs = both(passes)
    assert_agree(ours, theirs)
    np.testing.assert_allclose(ours[3].numpy(), 3 * ours[0].numpy(), rtol=1e-12)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_recorded_backward_can_be_differentiated(f):
    def passes(xp):
        leaves = [xp.leaf(array) for array in inputs()]
        grads = xp.gradients(f(xp, *leaves), leaves, create_graph=True)
        sum((g * g).sum() for g in grads).backward()
        return [leaf.grad for leaf in leaves]

    assert_agree(*both(passes))


def test_computed_tensors_may_be_inputs():
    def passes(xp):
        x, w, v = (xp.leaf(array) for array in inputs())
        h = xp.tanh(x @ w)
        out = (h * h * v).sum()
        alone = xp.gradients(out, h, retain_graph=True)
        together = xp.gradients(out, [h, x, v], create_graph=True)
        return [*alone, *together, *xp.gradients((together[0] ** 2).sum(), h)]

    assert_agree(*both(passes))


def test_several_outputs_and_what_to_start_from():
    def passes(xp):
        x, w, v = (xp.leaf(array) for array in inputs())
        h, c = xp.exp(x / 4), xp.constant(inputs(2)[0])
        outputs = [h, (h @ w).sum(), h]
        starts = [c, xp.constant(np.array(2.0)), h * c]
        found = xp.gradients(outputs, [x, w, v], starts, create_graph=True, allow_unused=True)
        return [*found, *xp.gradients((found[0] ** 2).sum(), [x, w])]

    assert_agree(*both(passes))


def test_hooks_see_the_whole_gradient_and_may_replace_it():
    def passes(xp):
        seen = []
        x, w, v = (xp.leaf(array) for array in inputs())
        h = xp.tanh(x @ w)
        h.register_hook(lambda g: seen.append(xp.copy(g)))  # once, when all that uses h has spoken
        h.register_hook(lambda g: g * 2)
        v.register_hook(lambda g: -g)
        (h * v + h * h + h[1]).sum().backward()
        return [*seen, x.grad, w.grad, v.grad]

    ours, theirs = both(passes)
    assert len(ours) == 4
    assert_agree(ours, theirs)


def test_retained_gradients():
    def passes(xp):
        x, w, _ = (xp.leaf(array) for array in inputs())
        h = x @ w
        h.retain_grad()
        (xp.sin(h) + h * h).sum().backward()
        return [h.grad, x.grad]

    assert_agree(*both(passes))


@pytest.mark.parametrize("narrow", ["x", "y", "both"])
def test_gradients_have_the_dtype_of_what_they_belong_to(narrow):
    def passes(xp):
        x, y = inputs()[0][:3], inputs()[1]
        x = xp.leaf(x.astype(np.float32) if narrow in ("x", "both") else x)
        y = xp.leaf(y.astype(np.float32) if narrow in ("y", "both") else y)
        out = (xp.exp(x) * y + xp.sin(y)).sum()
        out.backward()
        return [out, x.grad, y.grad]

    ours, theirs = both(passes)
    assert [t.dtype.name for t in ours] == [str(t.dtype).removeprefix("torch.") for t in theirs]
    assert_agree(ours, theirs, 1e-5)


# --- random programs ------------------------------------------------------------------------------------

STEPS = {
    "add": lambda xp, x, y: x + y,
    "subtract": lambda xp, x, y: x - 2 * y,
    "multiply": lambda xp, x, y: x * y / 2,
    "divide": lambda xp, x, y: x / (2 + y * y),
    "matmul": lambda xp, x, y: x @ y / 3,
    "tanh": lambda xp, x, y: xp.tanh(x),
    "sin": lambda xp, x, y: xp.sin(x + y),
    "rows": lambda xp, x, y: x.sum(0) * y,
    "columns": lambda xp, x, y: x.mean(1).reshape(3, 1) - y,
    "transpose": lambda xp, x, y: x.T + y[0],
    "index": lambda xp, x, y: x[[0, 0, 2]] * y[:, 1:2],
    "join": lambda xp, x, y: xp.concatenate([x[1:], y[:1]], 0),
    "square": lambda xp, x, y: x * x / 2,
}


@given(
    steps=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9), st.integers(0, 9)), max_size=12),
    seed=st.integers(0, 2**16),
)
def test_random_programs(steps, seed):
    """Each step takes two earlier values; gradients, and a product with the Hessian."""
    rng = np.random.default_rng(seed)
    starts, directions = ([rng.normal(size=(3, 3)) for _ in range(3)] for _ in range(2))

    def run(xp):
        leaves = [xp.leaf(array) for array in starts]
        values = list(leaves)
        for name, i, j in steps:
            values.append(STEPS[name](xp, values[-1 - i % len(values)], values[-1 - j % len(values)]))
        out = xp.tanh(values[-1]).sum() + (values[-2] * values[len(values) // 2]).mean()
        grads = xp.gradients(out, leaves, create_graph=True, allow_unused=True)
        product = sum((g * xp.constant(d)).sum() for g, d in zip(grads, directions, strict=True) if g is not None)
        return [out, *grads, *xp.gradients(product, leaves, allow_unused=True)]

    assert_agree(*both(run), rtol=1e-9)

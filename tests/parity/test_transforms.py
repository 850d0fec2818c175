"""Transforms of functions against `torch.func`, in float64."""

import numpy as np
import pytest

import autograd as ag
import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make test-parity")

# PyTorch's forward mode compiles its decompositions with a function of its own that it calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

RNG = np.random.default_rng(0)
A, X, V = RNG.standard_normal((3, 3)), RNG.standard_normal(3), RNG.standard_normal(3)


def energy(lib, a, x):
    return lib.sum(lib.tanh(a @ x) * lib.exp(-x * x)) + (x @ x) ** 2


def many(lib, a, x):
    return lib.sin(a * x) @ lib.exp(x)


def both(f, *arrays):
    """``f`` with NumPy's functions on arrays, and with PyTorch's on tensors."""
    return (lambda *xs: f(np, *xs)), (lambda *xs: f(torch, *xs)), [torch.tensor(array) for array in arrays]


def assert_same(ours, theirs):
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b)
    elif isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key, b in theirs.items():
            assert_same(ours[key], b)
    else:
        theirs = theirs.detach().numpy()
        scale = float(np.max(np.abs(theirs), initial=1.0))
        np.testing.assert_allclose(ag.value_of(ours), theirs, rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
@pytest.mark.parametrize(("name", "theirs"), [("grad", "grad"), ("jacobian", "jacrev"), ("hessian", "hessian")])
def test_transforms_of_a_number(name, theirs, argnums):
    f, g, tensors = both(energy, A, X)
    ours = getattr(ag, name)(f, argnums=argnums)(A, X)
    assert_same(ours, getattr(torch.func, theirs)(g, argnums=argnums)(*tensors))


@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
def test_jacobians(argnums):
    f, g, tensors = both(many, A, X)
    assert_same(ag.jacobian(f, argnums)(A, X), torch.func.jacrev(g, argnums)(*tensors))
    assert_same(ag.jacobian(ag.jacobian(f, 1), 1)(A, X), torch.func.jacrev(torch.func.jacrev(g, 1), 1)(*tensors))


def test_products_with_the_jacobian():
    f, g, tensors = both(many, A, X)
    directions = (A.T.copy(), V)
    assert_same(
        ag.jvp(f, (A, X), directions), torch.func.jvp(g, tuple(tensors), tuple(torch.tensor(d) for d in directions))
    )
    value, pull_back = ag.vjp(f, A, X)
    wanted, theirs = torch.func.vjp(g, *tensors)
    assert_same(value, wanted)
    assert_same(pull_back(V), theirs(torch.tensor(V)))


def test_a_hessians_product_with_a_vector():
    f, g, tensors = both(energy, A, X)
    of_a, of_x = ag.hvp(f, (A, X), (A.T.copy(), V))
    wanted = torch.autograd.functional.hvp(g, tuple(tensors), (torch.tensor(A.T.copy()), torch.tensor(V)))[1]
    assert_same((of_a, of_x), wanted)


def test_third_derivatives():
    f, g, (_, x) = both(energy, A, X)
    grad = torch.func.grad
    ours = ag.grad(lambda x: np.sum(ag.grad(lambda x: np.sum(ag.grad(lambda x: f(A, x))(x) ** 2))(x) ** 2))(X)
    a = torch.tensor(A)
    theirs = grad(lambda x: (grad(lambda x: (grad(lambda x: g(a, x))(x) ** 2).sum())(x) ** 2).sum())(x)
    assert_same(ours, theirs)


def test_a_module_as_a_function_of_its_parameters():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    parameters = {path: array.astype(np.float64) for path, array in model.state_dict().items()}
    tensors = {path: torch.tensor(array) for path, array in parameters.items()}
    ours = ag.hessian(lambda p: nn.functional_call(model, p, X[None]).sum())(parameters)
    wanted = torch.func.hessian(lambda p: torch.func.functional_call(theirs, p, torch.tensor(X[None])).sum())(tensors)
    assert_same(ours, wanted)


def test_checkpoints():
    from torch.utils.checkpoint import checkpoint

    x = ag.Tensor(X.copy(), requires_grad=True)
    y = torch.tensor(X, requires_grad=True)
    stretch = lambda lib, x: lib.tanh(lib.tanh(x * x) * x)  # noqa: E731
    np.sum(ag.checkpoint(lambda x: stretch(np, x))(x)).backward()
    checkpoint(lambda y: stretch(torch, y), y, use_reentrant=False).sum().backward()
    assert_same(x.grad, y.grad)

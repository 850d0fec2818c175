"""Hooks of modules beside PyTorch's: the same calls, in the same order, with the same gradients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = [
    pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity"),
    pytest.mark.filterwarnings("ignore:Full backward hook is firing"),
]


def values(gradients):
    return tuple(None if g is None else np.array(g.tolist()) for g in gradients)


def two_inputs(base):
    class TwoInputs(base):
        """Several inputs and outputs, one of which is not used, and one that is no tensor."""

        def forward(self, x, y, factor):
            return x * factor + y.sum(), x * y, factor

    return TwoInputs()


def network(kit):
    """Layers of one library, and a layer of two inputs that was written on it."""
    body = kit.Sequential(kit.Linear(3, 4), kit.Tanh(), kit.Linear(4, 3))
    return (body.double(), two_inputs(kit.Module))


def observed(kit, parts, x, y, factors, replaces):
    """What hooks of every kind saw, on every module, in one pass; and the gradients that it left."""
    body, pair = parts
    seen = []

    def pre(module, grad_output):
        seen.append(("pre", type(module).__name__, values(grad_output)))
        return tuple(None if g is None else g * factors[0] for g in grad_output) if replaces else None

    def post(module, grad_input, grad_output):
        seen.append(("post", type(module).__name__, values(grad_input), values(grad_output)))
        return tuple(None if g is None else g * factors[1] for g in grad_input) if replaces else None

    handles = [
        handle
        for module in (*body.modules(), pair)
        for handle in (module.register_full_backward_pre_hook(pre), module.register_full_backward_hook(post))
    ]
    first, second, _ = pair(body(x), y, 3.0)
    (first.sum() + (second * second).sum()).backward()
    for handle in handles:
        handle.remove()
    return seen, [t.grad for t in (x, y, *body.parameters())]


def assert_same(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(a, tuple):
            assert_same(a, b)
        elif a is None or isinstance(a, str):
            assert a == b
        else:
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@given(
    seed=st.integers(0, 2**32 - 1),
    batch=st.integers(1, 4),
    needs=st.tuples(st.booleans(), st.booleans()),
    replaces=st.booleans(),
)
def test_backward_hooks_see_the_same(seed, batch, needs, replaces):
    rng = np.random.default_rng(seed)
    arrays = rng.normal(size=(2, batch, 3))
    factors = rng.uniform(0.5, 2, 2).tolist()
    ours, theirs = network(nn), network(torch.nn)
    ours[0].load_state_dict(theirs[0].state_dict())
    x, y = (ag.tensor(array, requires_grad=wanted) for array, wanted in zip(arrays, needs, strict=True))
    tx, ty = (torch.tensor(array, requires_grad=wanted) for array, wanted in zip(arrays, needs, strict=True))
    their_factors = factors
    if replaces and not needs[0]:  # PyTorch refuses a replacement where the inputs need none
        replaces = False
    seen, grads = observed(nn, ours, x, y, factors, replaces)
    their_seen, their_grads = observed(torch.nn, theirs, tx, ty, their_factors, replaces)
    # an input that needs no gradient, beside one that does, has zeros in PyTorch; here it has None
    assert_same([without_zeros(entry) for entry in seen], [without_zeros(entry) for entry in their_seen])
    for grad, their_grad in zip(grads, their_grads, strict=True):
        assert (grad is None) == (their_grad is None)
        if grad is not None:
            np.testing.assert_allclose(grad.data, their_grad.numpy(), rtol=1e-10, atol=1e-12)


def without_zeros(entry):
    return tuple(
        tuple(None if g is not None and not g.any() else g for g in part) if isinstance(part, tuple) else part
        for part in entry
    )


@pytest.mark.parametrize("with_kwargs", [False, True])
def test_forward_hooks_see_the_same(with_kwargs):
    def calls(kit, x):
        seen = []
        layer = kit.Linear(2, 2)

        def note(kind):
            def hook(module, *given):
                seen.append((kind, [type(item).__name__ for item in given]))

            return hook

        for kind, options in (("last", {}), ("first", {"prepend": True})):
            layer.register_forward_pre_hook(note(f"before {kind}"), with_kwargs=with_kwargs, **options)
            layer.register_forward_hook(note(f"after {kind}"), with_kwargs=with_kwargs, **options)
        layer(x)
        return seen

    assert calls(nn, ag.zeros(1, 2)) == calls(torch.nn, torch.zeros(1, 2))

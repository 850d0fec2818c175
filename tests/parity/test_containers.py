"""Containers, vectors and clipping beside PyTorch's."""

from collections import OrderedDict

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

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")


def model(kit, ones):
    class Model(kit.Module):
        def __init__(self):
            super().__init__()
            self.layers = kit.ModuleList([kit.Linear(2, 3), kit.Linear(2, 3), kit.ReLU()])
            self.heads = kit.ModuleDict({"a": kit.Linear(3, 1), "b": kit.Sequential(kit.Linear(3, 2))})
            self.named = kit.Sequential(OrderedDict(first=kit.ReLU(), last=kit.Tanh()))
            self.blocks = kit.ModuleList([kit.ModuleList([kit.ReLU()]) for _ in range(2)])
            self.scales = kit.ParameterList([kit.Parameter(ones(2)), kit.Parameter(ones(3))])
            self.shifts = kit.ParameterDict({"x": kit.Parameter(ones(2))})

    return Model()


def test_names_and_reprs_are_the_same():
    ours, theirs = model(nn, ag.ones), model(torch.nn, torch.ones)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    assert [name for name, _ in ours.named_modules()] == [name for name, _ in theirs.named_modules()]
    for part in ("layers", "heads", "named", "blocks"):
        assert repr(getattr(ours, part)) == repr(getattr(theirs, part))
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({name: torch.tensor(array) for name, array in ours.state_dict().items()})


EDITS = {
    "append": lambda kit, layers, i: layers.append(kit.Linear(9, 1)),
    "extend": lambda kit, layers, i: layers.extend([kit.Linear(8, 1), kit.Linear(7, 1)]),
    "insert": lambda kit, layers, i: layers.insert(i, kit.Linear(6, 1)),
    "pop": lambda kit, layers, i: layers.pop(i),
    "delete": lambda kit, layers, i: layers.__delitem__(i),
    "replace": lambda kit, layers, i: layers.__setitem__(i, kit.Linear(5, 1)),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 20)), max_size=8), st.booleans())
def test_edits_of_lists_have_the_same_outcome(edits, is_chain):
    def edited(kit):
        parts = [kit.Linear(width, 1) for width in (1, 2, 3)]
        layers = kit.Sequential(*parts) if is_chain else kit.ModuleList(parts)
        for name, index in edits:
            if len(layers):
                EDITS[name](kit, layers, index % len(layers))
        return [(name, layer.in_features) for name, layer in layers.named_children()]

    assert edited(nn) == edited(torch.nn)


def test_tied_weights_travel_both_ways():
    def tied(kit):
        chain = kit.Sequential(kit.Linear(3, 3), kit.ReLU(), kit.Linear(3, 3))
        chain[2].weight = chain[0].weight
        return chain

    ours, theirs = tied(nn), tied(torch.nn)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert len(list(ours.parameters())) == len(list(theirs.parameters())) == 3
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
    np.testing.assert_allclose(ours(x).data, theirs(torch.tensor(x)).detach(), rtol=1e-5, atol=1e-6)
    other = tied(torch.nn)
    other.load_state_dict({name: torch.tensor(array) for name, array in ours.state_dict().items()})
    np.testing.assert_array_equal(other[2].weight.detach(), ours[0].weight.data)


def test_vectors_and_clipping():
    rng = np.random.default_rng(0)
    ours, theirs = nn.Linear(3, 4).double(), torch.nn.Linear(3, 4).double()
    ours.load_state_dict(theirs.state_dict())
    vector = nn.utils.parameters_to_vector(ours.parameters())
    np.testing.assert_array_equal(vector.data, torch.nn.utils.parameters_to_vector(theirs.parameters()).detach())
    for norm_type in (1.0, 2.0, 3.0, np.inf):
        for max_norm in (0.5, 1e6):
            for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
                g = rng.normal(size=p.shape)
                p.grad, q.grad = ag.tensor(g), torch.tensor(g)
            norm = nn.utils.clip_grad_norm_(ours.parameters(), max_norm, norm_type)
            assert norm.item() == pytest.approx(
                torch.nn.utils.clip_grad_norm_(theirs.parameters(), max_norm, norm_type).item(), rel=1e-12
            )
            nn.utils.clip_grad_value_(ours.parameters(), 0.1)
            torch.nn.utils.clip_grad_value_(theirs.parameters(), 0.1)
            for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
                np.testing.assert_allclose(p.grad.data, q.grad.numpy(), rtol=1e-12)

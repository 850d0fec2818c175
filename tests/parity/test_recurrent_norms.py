"""Layer-normalized recurrent layers beside their equations in PyTorch, which has no such layers: values, gradients."""

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


def assert_equal(ours, theirs):
    scale = max(1.0, float(theirs.detach().abs().max()))
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-10, atol=1e-10 * scale)


def norm(w, name, x, eps, part=slice(None)):
    bias = w.get(f"bias_{name}")
    gain = w[f"gain_{name}"][part]
    return torch.nn.functional.layer_norm(x, x.shape[-1:], gain, None if bias is None else bias[part], eps)


def step(kind, w, x, states, eps):
    h = states[0]
    inside, back, hidden = x @ w["weight_ih"].T, h @ w["weight_hh"].T, h.shape[1]
    if kind == "RNN":
        return (torch.tanh(norm(w, "sum", inside + back, eps)),)
    if kind == "LSTM":
        i, f, g, o = (norm(w, "ih", inside, eps) + norm(w, "hh", back, eps)).chunk(4, 1)
        c = f.sigmoid() * states[1] + i.sigmoid() * g.tanh()
        return o.sigmoid() * norm(w, "c", c, eps).tanh(), c
    gates, new = slice(0, 2 * hidden), slice(2 * hidden, None)
    r, z = (
        (norm(w, "ih", inside[:, gates], eps, gates) + norm(w, "hh", back[:, gates], eps, gates)).sigmoid().chunk(2, 1)
    )
    n = torch.tanh(norm(w, "ih", inside[:, new], eps, new) + r * norm(w, "hh", back[:, new], eps, new))
    return ((1 - z) * n + z * h,)


def layers(kind, layer, parameters, x, states, lengths):
    """All layers of a time-major batch, sequence by sequence; the results, and the last states."""
    batch, rows, lasts = x.shape[1], [x[: lengths[k], k] for k in range(x.shape[1])], []
    directions = 2 if layer.bidirectional else 1
    for number in range(layer.num_layers):
        outs = [[] for _ in range(batch)]
        for direction in range(directions):
            suffix = f"_l{number}" + ("_reverse" if direction else "")
            w = {name.removesuffix(suffix): p for name, p in parameters.items() if name.endswith(suffix)}
            ends = []
            for k in range(batch):
                now = tuple(state[number * directions + direction, k : k + 1] for state in states)
                found = [None] * lengths[k]
                for t in range(lengths[k])[:: -1 if direction else 1]:
                    now = step(kind, w, rows[k][t : t + 1], now, layer.eps)
                    found[t] = now[0]
                outs[k].append(torch.cat(found) if found else now[0][:0])
                ends.append(now)
            lasts.append([torch.cat(part) for part in zip(*ends, strict=True)])
        rows = [torch.cat(parts, 1) for parts in outs]
    return rows, [torch.stack(part) for part in zip(*lasts, strict=True)]


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@given(rng=st.integers(0, 2**32 - 1).map(np.random.default_rng), bias=st.booleans(), both=st.booleans())
def test_layers(kind, rng, bias, both):
    inside, hidden, time, batch = rng.integers([1, 3, 1, 1], [4, 5, 5, 4]).tolist()
    count = int(rng.integers(1, 3))
    layer = getattr(nn, f"LayerNorm{kind}")(inside, hidden, count, bias=bias, bidirectional=both, eps=0.01).double()
    parameters = {}
    for name, p in layer.named_parameters():
        p.data[...] = rng.normal(size=p.shape)
        parameters[name] = torch.tensor(p.data, requires_grad=True)
    arrays = [rng.normal(size=(time, batch, inside))]
    arrays += [rng.normal(size=(count * (1 + both), batch, hidden)) for _ in range(2 if kind == "LSTM" else 1)]
    x, *states = ours = [ag.tensor(a, requires_grad=True) for a in arrays]
    tx, *torch_states = theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    lengths = rng.integers(0, time + 1, batch) if rng.random() < 0.5 else None
    out, last = layer(x, tuple(states) if kind == "LSTM" else states[0], lengths)
    rows, torch_last = layers(kind, layer, parameters, tx, torch_states, [time] * batch if lengths is None else lengths)
    total, torch_total = 0, 0
    for k, row in enumerate(rows):
        assert_equal(out[: len(row), k], row) if len(row) else None
        g = rng.normal(size=row.shape)
        total, torch_total = total + (out[: len(row), k] * g).sum(), torch_total + (row * torch.tensor(g)).sum()
    for state, want in zip(last if kind == "LSTM" else (last,), torch_last, strict=True):
        assert_equal(state, want)
        g = rng.normal(size=state.shape)
        total, torch_total = total + (state * g).sum(), torch_total + (want * torch.tensor(g)).sum()
    total.backward()
    torch_total.backward()
    named = dict(layer.named_parameters())
    pairs = [*zip(ours, theirs, strict=True), *((named[name], p) for name, p in parameters.items())]
    for a, b in pairs:
        assert_equal(a.grad, torch.zeros_like(b) if b.grad is None else b.grad)

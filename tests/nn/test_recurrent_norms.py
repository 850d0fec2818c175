"""Layer-normalized recurrent layers beside the paper's equations, written out in NumPy."""

import numpy as np
import pytest

import autograd as ag
import nn

rng = np.random.default_rng(3)
KINDS = ["RNN", "LSTM", "GRU"]


def normalized(a, gain, bias, eps):
    return gain * (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + eps) + bias


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(kind, w, x, h, c, eps):
    """One step of the equations in the paper; ``w`` are the parameters of a cell by name."""
    inside, back = x @ w["weight_ih"].T, h @ w["weight_hh"].T
    if kind == "RNN":
        return np.tanh(normalized(inside + back, w["gain_sum"], w["bias_sum"], eps)), c

    def parts(a, name, *bounds):
        cuts = [np.split(v, bounds, axis=-1) for v in (a, w[f"gain_{name}"], w[f"bias_{name}"])]
        return np.concatenate([normalized(*part, eps) for part in zip(*cuts, strict=True)], axis=-1)

    if kind == "LSTM":
        i, f, g, o = np.split(parts(inside, "ih") + parts(back, "hh"), 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(normalized(c, w["gain_c"], w["bias_c"], eps)), c
    hidden = h.shape[-1]
    (r, z, n), (hr, hz, hn) = (
        np.split(parts(a, name, 2 * hidden), 3, axis=-1) for a, name in ((inside, "ih"), (back, "hh"))
    )
    z = sigmoid(z + hz)
    return (1 - z) * np.tanh(n + sigmoid(r + hr) * hn) + z * h, c


def with_any_values(module):
    """The module in float64, its gains and biases drawn too."""
    module = module.double()
    for parameter in module.parameters():
        parameter.data[...] = rng.normal(size=parameter.shape)
    return module


def weights_of(module, suffix=""):
    return {name.removesuffix(suffix): p.data for name, p in module.named_parameters() if name.endswith(suffix)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_is_the_equations_of_the_paper(kind):
    cell = with_any_values(getattr(nn, f"LayerNorm{kind}Cell")(3, 4, eps=1e-3))
    x, h, c = rng.normal(size=(5, 3)), rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    h_next, c_next = step(kind, weights_of(cell), x, h, c, 1e-3)
    found = cell(x, (h, c)) if kind == "LSTM" else (cell(x, h),)
    for ours, want in zip(found, (h_next, c_next), strict=False):
        np.testing.assert_allclose(ours.data, want, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_goes_through_the_time_in_both_directions_and_stops_at_each_length(kind):
    layer = with_any_values(getattr(nn, f"LayerNorm{kind}")(3, 4, batch_first=True, bidirectional=True))
    x, lengths = rng.normal(size=(3, 5, 3)), [2, 5, 4]
    out, last = layer(x, lengths=lengths)
    last = last[0] if kind == "LSTM" else last
    for number, suffix in enumerate(("_l0", "_l0_reverse")):
        w = weights_of(layer, suffix)
        for row, length in enumerate(lengths):
            h, c = np.zeros(4), np.zeros(4)
            for t in range(length)[:: -1 if number else 1]:
                h, c = step(kind, w, x[row, t], h, c, 1e-5)
                np.testing.assert_allclose(out.data[row, t, 4 * number : 4 * number + 4], h, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(last.data[number, row], h, rtol=1e-9, atol=1e-12)
    assert not out.data[0, 2:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_scale_of_the_weights_does_not_matter(kind):
    """What normalization is for: the products are taken by their own deviation."""
    layer, x = getattr(nn, f"LayerNorm{kind}")(3, 8, eps=1e-12, dtype="float64"), rng.normal(size=(6, 2, 3))
    h = rng.normal(size=(1, 2, 8))
    start = (h, np.zeros((1, 2, 8))) if kind == "LSTM" else h
    before = layer(x, start)[0].data.copy()
    for name, parameter in layer.named_parameters():
        if name.startswith("weight"):
            parameter.data[...] *= 1000
    np.testing.assert_allclose(layer(x, start)[0].data, before, atol=1e-6)


def test_what_is_normalized_has_mean_0_and_deviation_1():
    layer = nn.LayerNormRNN(3, 50, dtype="float64", eps=0.0)
    totals = np.arctanh(layer(10 * rng.normal(size=(7, 4, 3)))[0].data)
    np.testing.assert_allclose(totals.mean(-1), 0, atol=1e-9)
    np.testing.assert_allclose(totals.std(-1), 1, rtol=1e-9)


def test_gains_are_1_biases_0_and_the_forget_gate_opens_where_asked():
    layer = nn.LayerNormLSTM(2, 3, bidirectional=True, forget_bias=1.0)
    for name, parameter in layer.named_parameters():
        if name.startswith("bias_ih"):
            np.testing.assert_array_equal(parameter.data, np.repeat([0, 1, 0, 0], 3))
        elif not name.startswith("weight"):
            np.testing.assert_array_equal(parameter.data, float(name.startswith("gain")))


def test_orthogonal_weights_are_by_gate():
    blocks = nn.LayerNormGRU(2, 4, orthogonal=True, dtype="float64").weight_hh_l0.data.reshape(3, 4, 4)
    np.testing.assert_allclose(blocks @ blocks.transpose(0, 2, 1), np.broadcast_to(np.eye(4), (3, 4, 4)), atol=1e-12)


def test_names_are_those_of_the_plain_layers_and_gains():
    plain, normal = nn.LSTM(2, 3, 2, bidirectional=True), nn.LayerNormLSTM(2, 3, 2, bidirectional=True)
    assert set(plain.state_dict()) < set(normal.state_dict())
    assert [p.shape for p in normal.all_weights[3]] == [(12, 6), (12, 3), (12,), (12,), (12,), (12,), (3,), (3,)]


def test_without_a_step_the_states_stay_and_gradients_are_0():
    layer, start = nn.LayerNormGRU(2, 3, dtype="float64"), rng.normal(size=(1, 4, 3))
    out, last = layer(np.zeros((0, 4, 2)), start)
    assert out.shape == (0, 4, 3)
    np.testing.assert_array_equal(last.data, start)
    last.sum().backward()
    assert not layer.weight_hh_l0.grad.data.any()


def test_what_does_not_fit_is_said():
    with pytest.raises(ag.errors.ArgumentError, match=r"LayerNormLSTM: forget_bias=1.0, bias=False; want"):
        nn.LayerNormLSTM(2, 3, bias=False, forget_bias=1.0)
    with pytest.raises(ag.errors.ArgumentError, match=r"LayerNormRNN: nonlinearity='sigmoid'"):
        nn.LayerNormRNN(2, 3, nonlinearity="sigmoid")
    with pytest.raises(ag.errors.ArgumentError, match=r"LayerNormGRUCell: hidden_size=0"):
        nn.LayerNormGRUCell(2, 0)
    with pytest.raises(ag.errors.ShapeError, match=r"LayerNormGRU.*\(time, batch, 2\).*\(4, 1, 3\)"):
        nn.LayerNormGRU(2, 3)(ag.zeros(4, 1, 3))

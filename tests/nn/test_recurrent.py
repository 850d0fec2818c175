"""Recurrent layers and cells: small examples by hand, sequences of every length, states, errors, time and memory."""

import copy
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd as ag
import nn
from nn.kernels import recurrent
from nn.layers.recurrent_base import watched_states

LAYERS = [nn.RNN, nn.LSTM, nn.GRU]
each_layer = pytest.mark.parametrize("layer", LAYERS)


def made(layer, *args, **options):
    """A layer in float64 with parameters of some size, so that no gate is nearly linear."""
    module = layer(*args, **options, dtype="float64")
    rng = np.random.default_rng(1)
    for parameter in module.parameters():
        parameter.data[...] = rng.normal(size=parameter.shape)
    return module


def flat(result):
    """(out, h) or (out, (h, c)) -> a list."""
    out, states = result
    return [out, *(states if isinstance(states, tuple) else (states,))]


def assert_same(ours, theirs, **tolerance):
    """Arrays or Tensors: bit for bit, if no tolerance is given."""
    ours, theirs = np.asarray(ag.value_of(ours)), np.asarray(ag.value_of(theirs))
    if tolerance:
        np.testing.assert_allclose(ours, theirs, **tolerance)
    else:
        np.testing.assert_array_equal(ours, theirs)


def drawn(*shape):
    return np.random.default_rng(2).normal(size=shape)


def initial(module, *batch):
    """Random initial states, as the module takes them."""
    count = module.num_layers * (2 if module.bidirectional else 1)
    states = tuple(np.random.default_rng(3 + i).normal(size=(count, *batch, n)) for i, n in enumerate(module._widths()))
    return states if len(states) > 1 else states[0]


def gradients(module, x, **arguments):
    """Of a weighted sum of all results: in the input, in the initial states and in the parameters."""
    x, hx = ag.tensor(x, requires_grad=True), arguments.pop("hx", None)
    states = [] if hx is None else [ag.tensor(s, requires_grad=True) for s in (hx if isinstance(hx, tuple) else (hx,))]
    given = None if hx is None else tuple(states) if isinstance(hx, tuple) else states[0]
    outs = flat(module(x, given, **arguments))
    total = sum((out * np.cos(np.arange(out.size)).reshape(out.shape)).sum() for out in outs)
    return [g.data for g in ag.gradients(total, [x, *states, *module.parameters()])]


# --- by hand --------------------------------------------------------------------------------------------


def with_ones(module):
    for parameter in module.parameters():
        parameter.data[...] = 1
    return module


def test_a_sum_over_the_time():
    """With weights of 1 and no bias a network of relu adds up; the other direction adds up from the end."""
    module = with_ones(nn.RNN(1, 1, nonlinearity="relu", bias=False, bidirectional=True, batch_first=True))
    x = ag.tensor([[[1.0], [2.0], [4.0]], [[8.0], [16.0], [99.0]]], requires_grad=True)
    out, h = module(x, lengths=[3, 2])
    assert out.tolist() == [[[1, 7], [3, 6], [7, 4]], [[8, 24], [24, 16], [0, 0]]]
    assert h.tolist() == [[[7], [24]], [[7], [24]]]
    h.sum().backward()
    assert x.grad.tolist() == [[[2], [2], [2]], [[2], [2], [0]]]
    (g,) = module.weight_hh_l0.grad.tolist()
    assert g == [1 + 3 + 8]  # the states that the last one was computed from: d h_n / d w = sum of earlier sums


def test_two_steps_of_each_by_the_formulas():
    x, bias = np.array([0.5, -2.0]), 2.0  # each gate has the biases 1 and 1

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    h = 0.0
    for value in x:
        h = np.tanh(value + h + bias)
    wanted = [h]
    h = c = 0.0
    for value in x:
        z = value + h + bias
        c = sigmoid(z) * c + sigmoid(z) * np.tanh(z)
        h = sigmoid(z) * np.tanh(c)
    wanted.append(h)
    h = 0.0
    for value in x:
        gate = sigmoid(value + h + bias)
        h = (1 - gate) * np.tanh(value + 1 + gate * (h + 1)) + gate * h
    wanted.append(h)
    for layer, value in zip(LAYERS, wanted, strict=True):
        module = with_ones(layer(1, 1, dtype="float64"))
        found = flat(module(x[:, None]))[1]
        assert_same(found, [[value]], rtol=1e-14)
        cell = with_ones(getattr(nn, f"{layer.__name__}Cell")(1, 1, dtype="float64"))
        state = None
        for one in x:
            state = cell(np.array([one]), state)
        assert_same((state[0] if layer is nn.LSTM else state).data, [value], rtol=1e-14)


def test_gates_stand_in_pytorchs_order():
    """A gate that is closed or open: input, forget, cell, output; reset, update, new."""
    lstm = nn.LSTM(1, 1, dtype="float64")
    for parameter in lstm.parameters():
        parameter.data[...] = 0
    lstm.bias_ih_l0.data[...] = [-50, 50, 3, 50]  # take nothing in, forget nothing
    _, (h, c) = lstm(np.zeros((4, 1)), (np.zeros((1, 1)), np.full((1, 1), 0.7)))
    assert c.item() == pytest.approx(0.7) and h.item() == pytest.approx(np.tanh(0.7))
    gru = nn.GRU(1, 1, dtype="float64")
    for parameter in gru.parameters():
        parameter.data[...] = 0
    gru.bias_ih_l0.data[...] = [0, 50, 3]  # the update gate keeps the old state
    assert gru(np.zeros((4, 1)), np.full((1, 1), 0.7))[1].item() == pytest.approx(0.7)
    gru.bias_ih_l0.data[...] = [-50, -50, 0.3]
    gru.bias_hh_l0.data[...] = [0, 0, 9]  # which the reset gate closes off
    assert gru(np.zeros((4, 1)), np.full((1, 1), 0.7))[1].item() == pytest.approx(np.tanh(0.3))


# --- sequences of every length --------------------------------------------------------------------------

LENGTHS = [2, 0, 5, 3, 5, 1]


@each_layer
@pytest.mark.parametrize("lengths", [LENGTHS, [0] * 6, np.array(LENGTHS, "u1"), ag.tensor(LENGTHS)])
def test_each_sequence_is_computed_as_if_alone(layer, lengths):
    module = made(layer, 2, 3, num_layers=2, bidirectional=True)
    x, hx = drawn(5, 6, 2), initial(module, 6)
    out, *last = flat(module(x, hx, lengths))
    for i, length in enumerate(ag.value_of(lengths)):
        alone = tuple(state[:, i] for state in hx) if isinstance(hx, tuple) else hx[:, i]
        out_alone, *last_alone = flat(module(x[:length, i], alone))
        assert_same(out[:length, i].data, out_alone.data, rtol=1e-12)
        assert not out[length:, i].data.any()
        for state, state_alone in zip(last, last_alone, strict=True):
            assert_same(state[:, i].data, state_alone.data, rtol=1e-12)


@each_layer
def test_gradients_are_the_sums_of_those_of_each_sequence(layer):
    module = made(layer, 2, 3, num_layers=2, bidirectional=True, batch_first=True)
    x, weights = drawn(6, 5, 2), drawn(6, 5, 6)

    def found(x, lengths, weights):
        x = ag.tensor(x, requires_grad=True)
        return [g.data for g in ag.gradients((module(x, None, lengths)[0] * weights).sum(), [x, *module.parameters()])]

    of_x, *of_parameters = found(x, LENGTHS, weights)
    sums = [0.0] * len(of_parameters)
    for i, length in enumerate(LENGTHS):
        g, *others = found(x[i, :length], None, weights[i, :length])
        assert_same(of_x[i, :length], g, rtol=1e-10, atol=1e-12)
        assert not of_x[i, length:].any()
        sums = [a + b for a, b in zip(sums, others, strict=True)]
    for a, b in zip(of_parameters, sums, strict=True):
        assert_same(a, b, rtol=1e-10, atol=1e-12)


@each_layer
@pytest.mark.parametrize("batch_first", [True, False])
def test_padding_enters_nothing(layer, batch_first):
    """Not even NaN: results and gradients are, bit for bit, those of other padding."""
    module = made(layer, 2, 3, num_layers=2, bidirectional=True, batch_first=batch_first)
    clean = drawn(6, 5, 2)
    spoilt = np.where((np.arange(5) < np.array(LENGTHS)[:, None])[..., None], clean, np.nan)
    results = []
    for x in (clean, spoilt):
        x = x if batch_first else x.swapaxes(0, 1)
        values = [out.data for out in flat(module(ag.tensor(x), initial(module, 6), LENGTHS))]
        results.append([*values, *gradients(module, x, hx=initial(module, 6), lengths=LENGTHS)])
    for a, b in zip(*results, strict=True):
        assert np.isfinite(b).all()
        assert_same(a, b)


@each_layer
@pytest.mark.parametrize("batch_first", [True, False])
def test_full_lengths_change_not_a_bit(layer, batch_first):
    module = made(layer, 3, 4, num_layers=2, bidirectional=True, batch_first=batch_first)
    x = drawn(4, 4, 3)
    for a, b in zip(flat(module(x)), flat(module(x, lengths=[4] * 4)), strict=True):
        assert_same(ag.value_of(a), ag.value_of(b))
    for a, b in zip(gradients(module, x), gradients(module, x, lengths=[4] * 4), strict=True):
        assert_same(a, b)


@each_layer
@pytest.mark.parametrize(("time", "batch"), [(0, 2), (3, 0), (0, 0)])
@pytest.mark.parametrize("with_lengths", [True, False])
def test_no_steps_and_no_sequences(layer, time, batch, with_lengths):
    module = made(layer, 2, 3, num_layers=2, bidirectional=True)
    x, hx = np.zeros((time, batch, 2)), initial(module, batch)
    lengths = [time] * batch if with_lengths else None
    out, *last = flat(module(x, hx, lengths))
    assert out.shape == (time, batch, 6)
    for before, after in zip(hx if isinstance(hx, tuple) else (hx,), last, strict=True):
        assert_same(before, after)
    of_x, *others = gradients(module, x, hx=hx, lengths=lengths)
    assert of_x.shape == x.shape
    assert not any(g.any() for g in others[-len(list(module.parameters())) :])


@each_layer
def test_a_single_sequence_has_no_axis_of_the_batch(layer):
    module = made(layer, 2, 3, bidirectional=True, batch_first=True)
    x, hx = drawn(4, 2), initial(module)
    batch = tuple(s[:, None] for s in hx) if isinstance(hx, tuple) else hx[:, None]
    for one, many in zip(flat(module(x, hx)), flat(module(x[None], batch)), strict=True):
        assert_same(one, many[0] if many.shape[0] == 1 else many[:, 0])
    for lengths in (3, [3], np.array(3)):
        out = module(x, hx, lengths)[0]
        assert_same(out[:3], module(x[:3], hx)[0])
        assert not ag.value_of(out[3:]).any()


@each_layer
def test_packed_sequences_go_in_and_come_out(layer):
    module = made(layer, 2, 3, num_layers=2, bidirectional=True)
    x, hx = ag.tensor(drawn(5, 6, 2), requires_grad=True), initial(module, 6)
    packed = nn.utils.rnn.pack_padded_sequence(x, LENGTHS, enforce_sorted=False)
    out, *last = flat(module(packed, hx))
    assert isinstance(out, nn.utils.rnn.PackedSequence) and out.data.shape == (sum(LENGTHS), 6)
    padded, lengths = nn.utils.rnn.pad_packed_sequence(out)
    assert lengths.tolist() == LENGTHS
    for a, b in zip([padded, *last], flat(module(x, hx, LENGTHS)), strict=True):
        assert_same(a, b)


# --- states ---------------------------------------------------------------------------------------------


@each_layer
def test_a_sequence_in_two_pieces(layer):
    """With the state carried on, the values of the whole; cut off from its graph, the gradients of the piece alone."""
    module = made(layer, 2, 3, num_layers=2)
    x = ag.tensor(drawn(7, 4, 2), requires_grad=True)
    whole, *last = flat(module(x))
    first, state = module(x[:4])
    detached = nn.utils.rnn.detached(state)
    second, *end = flat(module(x[4:], detached))
    assert_same(np.concatenate([first.data, second.data]), whole.data, rtol=1e-13)
    for a, b in zip(last, end, strict=True):
        assert_same(a, b, rtol=1e-13)
    (g,) = ag.gradients(second.sum(), x, retain_graph=True)
    assert not g.data[:4].any() and g.data[4:].all()
    joined = module(x[4:], state)[0].sum() + first.sum()
    for a, b in zip(*(ag.gradients(y, [x, *module.parameters()]) for y in (whole.sum(), joined)), strict=True):
        assert_same(a, b, rtol=1e-10, atol=1e-12)


@each_layer
@pytest.mark.parametrize("lengths", [None, [3, 5, 0]])
def test_watched_states_change_no_result(layer, lengths):
    module = made(layer, 2, 3, num_layers=2, bidirectional=True)
    x, seen = drawn(5, 3, 2), []
    plain = [out.data for out in flat(module(ag.tensor(x), lengths=lengths))] + gradients(module, x, lengths=lengths)
    with watched_states(lambda owner, *place: seen.append((owner, *place))):
        watched = [out.data for out in flat(module(ag.tensor(x), lengths=lengths))]
        assert {owner for owner, *_ in seen} == {module}
        assert [(number, step) for _, number, step, _ in seen] == [(n, t) for n in range(4) for t in range(5)]
        watched += gradients(module, x, lengths=lengths)
    for a, b in zip(plain, watched, strict=True):
        assert_same(a, b, rtol=1e-10, atol=1e-12)
    count = len(seen)
    module(x)
    assert len(seen) == count


@each_layer
def test_gradients_of_watched_states_are_differences(layer):
    module, x, weights = made(layer, 2, 3), drawn(4, 2, 2), drawn(4, 2, 3)
    states = []
    with watched_states(lambda owner, number, step, state: states.append(state)):
        out = module(ag.tensor(x, requires_grad=True))[0]
    found = ag.gradients((out * weights).sum(), states)
    for t, (g, state) in enumerate(zip(found, states, strict=True)):
        others = flat(module(x[: t + 1]))[2:]  # such as c, which stays as it is

        def rest(h, t=t, others=others):
            hx = (h[None], *others) if others else h[None]
            return (h * weights[t]).sum() + ag.value_of(module(x[t + 1 :], hx)[0] * weights[t + 1 :]).sum()

        for place in np.ndindex(state.shape):
            step = np.zeros(state.shape)
            step[place] = 1e-6
            difference = (rest(state.data + step) - rest(state.data - step)) / 2e-6
            assert g.data[place] == pytest.approx(difference, rel=1e-6, abs=1e-8)


def test_changing_a_result_in_place_is_noticed_and_a_state_may_be_changed():
    module = made(nn.LSTM, 2, 3)
    x = ag.tensor(drawn(4, 2, 2), requires_grad=True)
    for change, is_kept in ((0, True), (1, False), (2, False)):
        outs = flat(module(x))
        total = sum(out.sum() for out in outs)
        (wanted,) = ag.gradients(total, x, retain_graph=True)
        with ag.no_grad():
            outs[change] *= 0
        if is_kept:
            with pytest.raises(ag.errors.GradientError, match="changed in place"):
                ag.gradients(total, x)
        else:
            assert_same(ag.gradients(total, x)[0].data, wanted.data)


# --- dropout --------------------------------------------------------------------------------------------


@each_layer
def test_dropout_is_between_layers_only(layer):
    x = drawn(6, 8, 2)
    one = made(layer, 2, 5, num_layers=1, dropout=0.9)
    assert_same(one(x)[0], one.eval()(x)[0])
    two, plain = made(layer, 2, 5, num_layers=2, dropout=1.0), made(layer, 2, 5, num_layers=2)
    assert_same(two.eval()(x)[0], plain(x)[0])
    assert_same(two.train()(x)[0], two(np.zeros_like(x) + 7)[0])  # nothing comes through
    out, *last = flat(two(x))
    assert ag.value_of(out).all()  # behind the last layer nothing is dropped
    assert_same(last[0][0], flat(plain(x))[1][0])  # nor in the states of the first


def test_dropout_is_drawn_anew_and_decided_by_the_seed():
    module, x = made(nn.GRU, 2, 5, num_layers=3, dropout=0.5), drawn(6, 8, 2)
    ag.manual_seed(5)
    first, second = module(x)[0], module(x)[0]
    ag.manual_seed(5)
    assert_same(module(x)[0], first)
    assert (ag.value_of(first) != ag.value_of(second)).any()
    lengths = [6, 2, 0, 1, 5, 5, 3, 4]
    assert not ag.value_of(module(x, lengths=lengths)[0])[2:, 1].any()


# --- initial values -------------------------------------------------------------------------------------


def test_forget_bias_is_that_of_one_gate():
    module = nn.LSTM(3, 4, num_layers=2, bidirectional=True, forget_bias=1.5)
    for name, parameter in module.named_parameters():
        if name.startswith("bias"):
            values = parameter.numpy()
            assert (values[4:8] == (1.5 if "ih" in name else 0.0)).all()
            assert (np.abs(np.delete(values, slice(4, 8))) <= 0.5).all() and values[:4].any()
    plain = nn.LSTM(3, 4, rng=np.random.default_rng(0))
    other = nn.LSTM(3, 4, forget_bias=1.0, rng=np.random.default_rng(0))
    assert_same(plain.weight_hh_l0.data, other.weight_hh_l0.data)


@pytest.mark.parametrize(("layer", "gates"), [(nn.RNN, 1), (nn.LSTM, 4), (nn.GRU, 3)])
def test_orthogonal_weights_keep_lengths(layer, gates):
    module = layer(3, 5, num_layers=2, bidirectional=True, orthogonal=True, dtype="float64")
    for name, parameter in module.named_parameters():
        if name.startswith("weight_hh"):
            blocks = parameter.data.reshape(gates, 5, 5)
            assert_same(blocks @ blocks.swapaxes(1, 2), [np.eye(5)] * gates, atol=1e-12)
            assert len({block.tobytes() for block in blocks}) == gates
        else:
            assert np.abs(parameter.data).max() <= 1 / np.sqrt(5)
    if layer is nn.LSTM:
        narrow = nn.LSTM(3, 5, proj_size=2, orthogonal=True, dtype="float64").weight_hh_l0.data.reshape(4, 5, 2)
        assert_same(narrow.swapaxes(1, 2) @ narrow, [np.eye(2)] * 4, atol=1e-12)


# --- as a part of other things --------------------------------------------------------------------------


@each_layer
def test_weight_norm_of_a_recurrent_weight(layer):
    module, x = made(layer, 2, 3), drawn(4, 2, 2)
    before = module(x)[0]
    nn.weight_norm(module, "weight_hh_l0")
    assert_same(module(x)[0], before, rtol=1e-12)
    assert [w.shape for w in module.all_weights[0]][1] == (module.gates * 3, 3)
    module(x)[0].sum().backward()
    assert module.weight_hh_l0_g.grad is not None and module.weight_hh_l0_v.grad is not None
    nn.remove_weight_norm(module, "weight_hh_l0")
    assert_same(module(x)[0], before, rtol=1e-12)


@each_layer
def test_as_a_function_of_its_parameters(layer):
    module, x = made(layer, 2, 3, num_layers=2), drawn(4, 2, 2)
    parameters = dict(module.named_parameters())
    found = ag.grad(lambda p: nn.functional_call(module, p, x, {"lengths": [4, 2]})[0].sum())(parameters)
    wanted = ag.gradients(module(x, lengths=[4, 2])[0].sum(), list(parameters.values()))
    for a, b in zip(found.values(), wanted, strict=True):
        assert_same(a, b, rtol=1e-10, atol=1e-12)
    arrays = {name: p.data * 0 for name, p in parameters.items()}
    assert not ag.value_of(nn.functional_call(module, arrays, x)[0]).any()


@each_layer
def test_computed_again_in_the_backward_pass(layer):
    module, x = made(layer, 2, 3), ag.tensor(drawn(4, 2, 2), requires_grad=True)
    plain = ag.gradients(module(x)[0].sum(), [x, *module.parameters()])
    ag.checkpoint(lambda x: module(x)[0])(x).sum().backward()
    for t, g in zip([x, *module.parameters()], plain, strict=True):
        assert_same(t.grad.data, g.data)


@each_layer
def test_threads_do_not_meet(layer):
    module = made(layer, 4, 16, num_layers=2, bidirectional=True)
    inputs = [np.random.default_rng(i).normal(size=(12, 3, 4)) for i in range(8)]

    def work(x):
        return gradients(module, x, lengths=[12, 5, 7])

    with ThreadPoolExecutor(4) as pool:
        for found, x in zip(pool.map(work, inputs * 3), inputs * 3, strict=True):
            for a, b in zip(found, work(x), strict=True):
                assert_same(a, b)


@each_layer
@pytest.mark.parametrize("lengths", [None, [12, 0, 7, 12]])
def test_an_input_wider_than_the_state_is_shared_by_the_threads(layer, lengths, monkeypatch):
    """Its products come before and after the loop, in pieces of the rows, and not beside it."""
    module, x = made(layer, 40, 8, bidirectional=True), drawn(12, 4, 40)
    before, found = ag.get_num_threads(), []
    try:
        ag.set_num_threads(2)
    except ag.errors.ArgumentError as error:
        pytest.skip(str(error))
    try:
        for worth in (1, 1 << 60):
            for name in ("WORTH_A_THREAD", "WORTH_PIECES", "WORTH_PREPARING_IN_PIECES"):
                monkeypatch.setattr(recurrent, name, worth)
            found.append(gradients(module, x, lengths=lengths))
    finally:
        ag.set_num_threads(before)
    for shared, alone in zip(*found, strict=True):
        assert_same(shared, alone, rtol=1e-10, atol=1e-10)


@each_layer
def test_copies_are_independent(layer):
    module, x = made(layer, 2, 3), drawn(4, 2, 2)
    before = module(x)[0]
    other = copy.deepcopy(module)
    other.load_state_dict({name: value * 0 for name, value in module.state_dict().items()})
    assert not ag.value_of(other(x)[0]).any()
    assert_same(module(x)[0], before)


# --- long sequences -------------------------------------------------------------------------------------


@each_layer
def test_ten_thousand_steps_in_one_go(layer):
    module = layer(2, 4)
    x = ag.tensor(np.random.default_rng(0).normal(size=(10_000, 1, 2)).astype("f4"), requires_grad=True)
    (module(x)[0] ** 2).sum().backward()
    for t in (x, *module.parameters()):
        assert np.isfinite(t.grad.data).all() and t.grad.data.any()
    assert x.grad.data[0].any() and x.grad.data[-1].any()


def kept(layer, steps, batch, hidden):
    """Bytes of arrays, and blocks of Python's memory, that a graph holds which ends in the result."""
    module, x = layer(3, hidden), ag.tensor(np.ones((steps, batch, 3), "f4"), requires_grad=True)
    module(x)  # what is kept from call to call, such as where each step is, is not the graph's
    tracemalloc.start()
    try:
        before, blocks = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
        result = module(x)
        after, more = tracemalloc.get_traced_memory()[0], sys.getallocatedblocks()
        assert result[0].requires_grad
    finally:
        tracemalloc.stop()
    return after - before, more - blocks


@pytest.mark.parametrize(("layer", "numbers"), [(nn.RNN, 1), (nn.GRU, 5), (nn.LSTM, 6)])
def test_what_is_kept_for_the_backward_pass_grows_as_documented(layer, numbers):
    """For each element so many times the hidden size, whatever the number of steps, and no Python object at all."""
    batch, hidden = 4, 32
    (first, blocks), (second, more) = (kept(layer, steps, batch, hidden) for steps in (1_000, 2_000))
    per_element = (second - first) / (1_000 * batch)
    assert per_element == pytest.approx(4 * numbers * hidden, rel=0.01)
    assert first == pytest.approx(1_000 * batch * per_element, rel=0.03)  # but little that does not grow
    assert more - blocks < 50


def test_a_projection_is_kept_too():
    sizes = [kept(lambda *sizes: nn.LSTM(*sizes, proj_size=8), steps, 4, 32)[0] for steps in (1_000, 2_000)]
    assert (sizes[1] - sizes[0]) / 4_000 == pytest.approx(4 * (6 * 32 + 8), rel=0.01)


def test_a_summary_counts_the_products_of_all_steps():
    """7 steps of 2 sequences: weights of the input, of the state, and of a projection, in each direction."""
    for module, weights in (
        (nn.RNN(3, 5), 5 * (3 + 5)),
        (nn.GRU(3, 5, batch_first=True), 15 * (3 + 5)),
        (nn.LSTM(3, 5, 2, bidirectional=True), 2 * 20 * (3 + 5) + 2 * 20 * (10 + 5)),
        (nn.LSTM(3, 5, bidirectional=True, proj_size=2), 2 * (20 * (3 + 2) + 2 * 5)),
    ):
        found = nn.summary(module, (7, 2, 3))
        assert found.multiply_adds == 14 * weights and found.uncounted == ()
        assert found.parameters == sum(p.size for p in module.parameters())
        assert found.layers[0].output_shape == tuple(out.shape for out in flat(module(ag.zeros(7, 2, 3))))
    assert nn.summary(nn.GRUCell(3, 5), (2, 3)).multiply_adds == 2 * 15 * (3 + 5)

"""Recurrent kernels: PyTorch's own functions of packed rows, made to begin with any state and to walk backwards."""

import numpy as np
import torch
import torch.nn.functional as F


def reversing(sizes):
    """For each row the one that takes its place where every sequence is turned round."""
    starts = np.cumsum([0, *sizes])
    lengths = [sum(size > i for size in sizes) for i in range(max(sizes))]
    rows = [starts[lengths[i] - 1 - t] + i for t, size in enumerate(sizes) for i in range(size)]
    return torch.tensor(rows)


def walked(function, x, states, weights, sizes, is_reversed):
    """``function`` on those sequences that have elements; the others keep their states."""
    if sizes is None:
        sizes = [len(states[0])] * (len(x) // len(states[0]))
    sizes = [int(size) for size in sizes if size]
    if not sizes:
        return x.new_zeros(0, states[0].shape[1]), *states
    turned = reversing(sizes) if is_reversed else torch.arange(len(x))
    begun = [state[None, : sizes[0]] for state in states]
    given = [weight for weight in weights if weight is not None]
    has_biases = weights[2] is not None
    hx = begun if len(begun) > 1 else begun[0]
    out, *last = function(x[turned], torch.tensor(sizes), hx, given, has_biases, 1, 0.0, False, False)
    kept = (state[sizes[0] :] for state in states)
    return out[turned], *(torch.cat([new[0], old]) for new, old in zip(last, kept, strict=True))


def rnn(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, sizes=None, is_reversed=False, nonlinearity="tanh"):
    function = torch.rnn_tanh if nonlinearity == "tanh" else torch.rnn_relu
    return walked(function, x, (h0,), (w_ih, w_hh, b_ih, b_hh), sizes, is_reversed)


def lstm(x, h0, c0, w_ih, w_hh, b_ih=None, b_hh=None, w_hr=None, sizes=None, is_reversed=False):
    weights = [w_ih, w_hh, b_ih, b_hh, w_hr]
    if w_hr is None or h0.shape[1] != c0.shape[1]:
        return walked(torch.lstm, x, (h0, c0), weights, sizes, is_reversed)
    # PyTorch sees a projection by its width; as wide as the cell's state it needs a cell more, which stays at 0
    of_gates = [None if w is None else F.pad(w.reshape(4, len(w) // 4, -1), (0, 0, 0, 1)) for w in weights[:4]]
    weights = [w.reshape(-1, w.shape[2]) for w in of_gates[:2]]
    weights += [None if b is None else b.reshape(-1) for b in of_gates[2:]]
    out, h, c = walked(torch.lstm, x, (h0, F.pad(c0, (0, 1))), [*weights, F.pad(w_hr, (0, 1))], sizes, is_reversed)
    return out, h, c[:, :-1]


def gru(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, sizes=None, is_reversed=False):
    return walked(torch.gru, x, (h0,), (w_ih, w_hh, b_ih, b_hh), sizes, is_reversed)


COUNTERPARTS = {
    "rnn": rnn,
    "lstm": lstm,
    "gru": gru,
    "take_rows": lambda x, index: x[torch.tensor(index.copy())],
    "put_rows": lambda x, index, count: x.new_zeros(count, *x.shape[1:]).index_copy(0, torch.tensor(index.copy()), x),
}

LACKING = {}

"""Recurrent layers, cells and packed sequences beside PyTorch: values, gradients, names, initial values."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd.testing import generators

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

pytestmark = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: make test-parity")

LAYERS = ["RNN", "LSTM", "GRU"]
configurations = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def kits():
    """Where each library has its functions on sequences."""
    return nn.utils.rnn, torch.nn.utils.rnn


def assert_equal(ours, theirs):
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    np.testing.assert_allclose(np.asarray(ag.value_of(ours)), theirs, rtol=1e-10, atol=1e-10)


def both(array):
    """A leaf of each library with the same values."""
    return ag.tensor(array, requires_grad=True), torch.tensor(array, requires_grad=True)


def same_modules(rng, name, *args, **options):
    """A layer of each library with the same parameters, of some size."""
    theirs = getattr(torch.nn, name)(*args, **options).double()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.tensor(rng.normal(size=parameter.shape)))
    ours = getattr(nn, name)(*args, **options).double()
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def assert_same(rng, outs, leaves, modules):
    """Pairs of results: their values, and the gradients of leaves and parameters, of those of them that are used."""
    for ours, theirs in outs:
        assert_equal(ours, theirs)
    used = [pair for pair in outs if rng.random() < 0.6] or outs[-1:]
    gs = [rng.normal(size=ours.shape) for ours, _ in used]
    sum((ours * g).sum() for (ours, _), g in zip(used, gs, strict=True)).backward()
    sum((theirs * torch.tensor(g)).sum() for (_, theirs), g in zip(used, gs, strict=True)).backward()
    parameters = zip(modules[0].parameters(), modules[1].parameters(), strict=True)
    for ours, theirs in (*leaves, *parameters):
        grads = [np.zeros(ours.shape) if t.grad is None else t.grad for t in (ours, theirs)]
        assert_equal(*grads)


# --- layers ---------------------------------------------------------------------------------------------


def drawn_options(rng, name):
    """Settings of a layer, each left out or anything that it may be."""
    options = {
        "num_layers": int(rng.integers(1, 4)),
        "bias": bool(rng.random() < 0.7),
        "batch_first": bool(rng.integers(2)),
        "bidirectional": bool(rng.integers(2)),
        "dropout": float(rng.integers(2)),  # all is dropped, so that both libraries drop the same
    }
    if name == "RNN":
        options["nonlinearity"] = str(rng.choice(["tanh", "relu"]))
    options = {key: value for key, value in options.items() if rng.random() < 0.7}
    if options.get("num_layers", 1) == 1:
        options.pop("dropout", None)  # PyTorch warns that there is nothing to drop
    return options


def drawn_states(rng, module, name, batch):
    """Initial states, pairs of leaves."""
    count = module.num_layers * (2 if module.bidirectional else 1)
    hidden, width = module.hidden_size, module.hidden_size
    if name == "LSTM":
        width = module.proj_size or hidden
    widths = (width, hidden) if name == "LSTM" else (hidden,)
    return [both(rng.normal(size=(count, *batch, n))) for n in widths]


def flat(result):
    """(out, state) or (out, (h, c)) -> a list."""
    out, states = result
    return [out, *(states if isinstance(states, tuple) else (states,))]


@settings(configurations, max_examples=150)
@given(rng=generators(), name=st.sampled_from(LAYERS), form=st.sampled_from(["batch", "single", "lengths", "packed"]))
def test_layers(rng, name, form):
    inside, hidden, time, batch = (int(n) for n in rng.integers(1, 6, 4))
    options = drawn_options(rng, name)
    if name == "LSTM" and hidden > 1 and rng.random() < 0.5:
        options["proj_size"] = int(rng.integers(1, hidden))
    ours, theirs = same_modules(rng, name, inside, hidden, **options)
    is_training = bool(rng.integers(2))
    ours.train(is_training)
    theirs.train(is_training)
    batch_first = options.get("batch_first", False)
    batches = () if form == "single" else (batch,)
    shape = (*batches, time) if batch_first else (time, *batches)
    x, tx = both(rng.normal(size=(*shape, inside)))
    states = drawn_states(rng, theirs, name, batches) if rng.random() < 0.6 else []
    if states:
        ours_hx, theirs_hx = zip(*states, strict=True) if name == "LSTM" else states[0]
    else:
        ours_hx = theirs_hx = None
    lengths = rng.integers(1, time + 1, batch)
    if form in ("batch", "single"):
        outs, touts = flat(ours(x, ours_hx)), flat(theirs(tx, theirs_hx))
    else:
        ours_kit, their_kit = kits()
        packed = their_kit.pack_padded_sequence(tx, torch.tensor(lengths), batch_first, enforce_sorted=False)
        tout, *tstates = flat(theirs(packed, theirs_hx))
        touts = [their_kit.pad_packed_sequence(tout, batch_first, total_length=time)[0], *tstates]
        if form == "lengths":
            outs = flat(ours(x, ours_hx, lengths=lengths))
        else:
            packed = ours_kit.pack_padded_sequence(x, lengths, batch_first, enforce_sorted=False)
            out, *last = flat(ours(packed, ours_hx))
            outs = [ours_kit.pad_packed_sequence(out, batch_first, total_length=time)[0], *last]
    assert_same(rng, list(zip(outs, touts, strict=True)), [(x, tx), *states], (ours, theirs))


@configurations
@given(rng=generators(), name=st.sampled_from(["RNNCell", "LSTMCell", "GRUCell"]), bias=st.booleans())
def test_cells(rng, name, bias):
    """Several steps, the state carried on."""
    inside, hidden, batch = (int(n) for n in rng.integers(1, 6, 3))
    options = {"nonlinearity": str(rng.choice(["tanh", "relu"]))} if name == "RNNCell" else {}
    modules = same_modules(rng, name, inside, hidden, bias, **options)
    batches = (batch,) if rng.random() < 0.6 else ()
    xs = [both(rng.normal(size=(*batches, inside))) for _ in range(3)]
    states = [both(rng.normal(size=(*batches, hidden))) for _ in range(2 if name == "LSTMCell" else 1)]
    states = states if rng.random() < 0.7 else []
    results = []
    for side, module in enumerate(modules):
        hx = tuple(pair[side] for pair in states)
        hx = None if not hx else hx if name == "LSTMCell" else hx[0]
        for pair in xs:
            hx = module(pair[side], hx)
        results.append(hx if name == "LSTMCell" else (hx,))
    outs, touts = results
    assert_same(rng, list(zip(outs, touts, strict=True)), [*xs, *states], modules)


@pytest.mark.parametrize("name", LAYERS)
def test_two_layers_learn_alike(name):
    """Training steps on sequences of several lengths: the parameters stay the same."""
    rng = np.random.default_rng(0)
    modules = same_modules(rng, name, 2, 3, num_layers=2, bidirectional=True, batch_first=True)
    optimizers = nn.optim.Adam(modules[0].parameters(), lr=0.1), torch.optim.Adam(modules[1].parameters(), lr=0.1)
    lengths = [2, 4, 1]
    for _ in range(5):
        x = rng.normal(size=(3, 4, 2))
        packed = kits()[1].pack_padded_sequence(torch.tensor(x), lengths, batch_first=True, enforce_sorted=False)
        losses = modules[0](ag.tensor(x), lengths=lengths)[1], modules[1](packed)[1]
        for optimizer, states in zip(optimizers, losses, strict=True):
            optimizer.zero_grad()
            ((states[0] if name == "LSTM" else states) ** 2).sum().backward()
            optimizer.step()
    for p, q in zip(modules[0].parameters(), modules[1].parameters(), strict=True):
        assert_equal(p, q)


# --- state dicts, looks, initial values -----------------------------------------------------------------

SETTINGS = [
    ("RNN", (3, 5), {}),
    ("RNN", (3, 5, 2), {"bias": False, "batch_first": True, "dropout": 0.5, "bidirectional": True}),
    ("LSTM", (3, 5), {"num_layers": 3, "bias": False}),
    ("LSTM", (3, 5), {"num_layers": 2, "bidirectional": True, "proj_size": 2, "dropout": 0.25}),
    ("LSTM", (3, 5), {"proj_size": 2, "bias": False}),
    ("GRU", (3, 5), {"num_layers": 2, "bidirectional": True, "batch_first": True}),
    ("RNNCell", (3, 5), {}),
    ("LSTMCell", (3, 5), {"bias": False}),
    ("GRUCell", (3, 5), {}),
]


@pytest.mark.parametrize(("name", "args", "options"), SETTINGS)
def test_names_shapes_order_and_looks(name, args, options):
    ours, theirs = (getattr(kit, name)(*args, **options) for kit in (nn, torch.nn))
    assert repr(ours) == repr(theirs)
    for found, wanted in (
        (ours.state_dict(), theirs.state_dict()),
        (dict(ours.named_parameters()), dict(theirs.named_parameters())),
    ):
        assert [(key, tuple(value.shape)) for key, value in found.items()] == [
            (key, tuple(value.shape)) for key, value in wanted.items()
        ]
    if not name.endswith("Cell"):
        shapes = [[[tuple(w.shape) for w in weights] for weights in m.all_weights] for m in (ours, theirs)]
        assert shapes[0] == shapes[1]


@pytest.mark.parametrize("name", ["RNN", "RNNCell"])
def test_another_nonlinearity_is_shown(name):
    """PyTorch shows it of the cell alone, and not as it is written."""
    assert repr(getattr(nn, name)(3, 5, nonlinearity="relu")) == f"{name}(3, 5, nonlinearity='relu')"
    assert repr(torch.nn.RNNCell(3, 5, nonlinearity="relu")) == "RNNCell(3, 5, nonlinearity=relu)"


@pytest.mark.parametrize(("name", "args", "options"), SETTINGS)
def test_weights_travel_both_ways(name, args, options, tmp_path):
    safetensors = pytest.importorskip("safetensors.torch", reason="compares with safetensors' files of PyTorch")
    ours, theirs = (getattr(kit, name)(*args, **options).double().eval() for kit in (nn, torch.nn))
    x = np.random.default_rng(0).normal(size=(2, 3) if name.endswith("Cell") else (4, 2, 3))

    def values(result):
        result = result if isinstance(result, tuple) else (result,)
        nested = [part if isinstance(part, tuple) else (part,) for part in result]
        return [part.detach().numpy() for parts in nested for part in parts]

    def assert_alike(module):
        for a, b in zip(values(module(ag.tensor(x))), values(theirs(torch.tensor(x))), strict=True):
            assert_equal(a, b)

    nn.save(ours, tmp_path / "ours.safetensors")
    theirs.load_state_dict(safetensors.load_file(tmp_path / "ours.safetensors"))
    assert_alike(ours)
    theirs.reset_parameters()
    safetensors.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    nn.load_weights(ours, tmp_path / "theirs.safetensors")
    assert_alike(ours)
    theirs.reset_parameters()
    ours.load_state_dict(theirs.state_dict())
    assert_alike(ours)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {"num_layers": 2}) for name in LAYERS),
        ("LSTM", {"proj_size": 60}),
        *((f"{name}Cell", {}) for name in LAYERS),
    ],
)
def test_initial_values_have_the_same_distribution(name, options):
    torch.manual_seed(0)
    ours, theirs = (getattr(kit, name)(80, 100, **options) for kit in (nn, torch.nn))
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        values = np.sort(p.data.ravel()), np.sort(q.detach().numpy().ravel())
        assert values[0].dtype == values[1].dtype
        np.testing.assert_allclose(*values, atol=0.03)  # of -0.1 to 0.1


# --- packing --------------------------------------------------------------------------------------------


def assert_same_packing(ours, theirs):
    """The same sequences; of two of one length either may come first."""
    assert_equal(ours.batch_sizes, theirs.batch_sizes)
    if theirs.sorted_indices is None:
        assert ours.sorted_indices is None and ours.unsorted_indices is None
    else:
        assert sorted(ours.sorted_indices.tolist()) == sorted(theirs.sorted_indices.tolist())
        assert_equal(ours.sorted_indices[ours.unsorted_indices], np.arange(len(ours.sorted_indices)))


@configurations
@given(
    rng=generators(), batch_first=st.booleans(), is_sorted=st.booleans(), trailing=st.sampled_from([(), (2,), (1, 3)])
)
def test_packing_a_padded_batch(rng, batch_first, is_sorted, trailing):
    time, batch = (int(n) for n in rng.integers(1, 6, 2))
    lengths = rng.integers(1, time + 1, batch)
    lengths = np.sort(lengths)[::-1].copy() if is_sorted else lengths
    x, tx = both(rng.normal(size=((batch, time) if batch_first else (time, batch)) + trailing))
    ours_kit, their_kit = kits()
    ours = ours_kit.pack_padded_sequence(x, lengths, batch_first, is_sorted)
    theirs = their_kit.pack_padded_sequence(tx, torch.tensor(lengths), batch_first, is_sorted)
    assert_same_packing(ours, theirs)
    if is_sorted:
        assert_equal(ours.data, theirs.data)
    first, total = bool(rng.integers(2)), int(rng.integers(max(lengths), 8)) if rng.integers(2) else None
    value = float(rng.choice([0.0, -1.5]))
    (padded, counts), (tpadded, tcounts) = (
        kit.pad_packed_sequence(packed, batch_first=first, padding_value=value, total_length=total)
        for kit, packed in ((ours_kit, ours), (their_kit, theirs))
    )
    assert_equal(counts, tcounts)
    assert_equal(padded, tpadded)
    for a, b in zip(ours_kit.unpack_sequence(ours), their_kit.unpack_sequence(theirs), strict=True):
        assert_equal(a, b)
    g = rng.normal(size=padded.shape)
    padded.backward(g)
    tpadded.backward(torch.tensor(g))
    assert_equal(x.grad, tx.grad)


@configurations
@given(
    rng=generators(),
    batch_first=st.booleans(),
    side=st.sampled_from(["left", "right"]),
    value=st.sampled_from([0.0, -2.5]),
    trailing=st.sampled_from([(), (2,), (1, 3)]),
)
def test_padding_a_list_of_sequences(rng, batch_first, side, value, trailing):
    lengths = rng.integers(0, 5, int(rng.integers(1, 5)))
    pairs = [both(rng.normal(size=(int(n), *trailing))) for n in lengths]
    padded, tpadded = (
        kit.pad_sequence(list(sequences), batch_first, value, side)
        for kit, sequences in zip(kits(), zip(*pairs, strict=True), strict=True)
    )
    assert_equal(padded, tpadded)
    if side == "right" and lengths.max():
        unpadded = nn.utils.rnn.unpad_sequence(padded, lengths, batch_first)
        for part, (ours, _) in zip(unpadded, pairs, strict=True):
            assert_equal(part, ours.data)
    g = rng.normal(size=padded.shape)
    padded.backward(g)
    tpadded.backward(torch.tensor(g))
    for ours, theirs in pairs:
        assert_equal(*[np.zeros(ours.shape) if t.grad is None else t.grad for t in (ours, theirs)])


@configurations
@given(rng=generators(), is_sorted=st.booleans())
def test_packing_a_list_of_sequences(rng, is_sorted):
    lengths = [int(n) for n in rng.integers(1, 5, int(rng.integers(1, 5)))]
    lengths = sorted(lengths, reverse=True) if is_sorted else lengths
    arrays = [rng.normal(size=(n, 2)) for n in lengths]
    ours = nn.utils.rnn.pack_sequence(arrays, is_sorted)
    theirs = torch.nn.utils.rnn.pack_sequence([torch.tensor(a) for a in arrays], is_sorted)
    assert_same_packing(ours, theirs)
    for a, b in zip(nn.utils.rnn.unpack_sequence(ours), arrays, strict=True):
        assert_equal(a, b)
    for a, b in zip(torch.nn.utils.rnn.unpack_sequence(theirs), arrays, strict=True):
        assert_equal(a.numpy(), b)

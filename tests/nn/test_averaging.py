"""Averages of weights: values, what a block leaves behind, states, and statistics computed anew."""

import numpy as np
import pytest

import autograd as ag
import nn
from nn.optim import averaging
from nn.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

EMA, SWA = nn.optim.EMA, nn.optim.SWA
ArgumentError = ag.errors.ArgumentError


def network():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))


def train(model, optimizer, *averages, steps=5, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        optimizer.zero_grad()
        x = rng.normal(size=(8, 3)).astype("float32")
        (model(x) ** 2).mean().backward()
        optimizer.step()
        for average in averages:
            average.update()


def snapshot(model):
    return {path: (id(array), array.data.copy()) for path, array in model.named_parameters()}, model.state_dict()


def assert_same(model, before):
    parameters, state = before
    assert [id(p) for p in model.parameters()] == [number for number, _ in parameters.values()]
    for path, array in model.state_dict().items():
        np.testing.assert_array_equal(array, state[path], err_msg=path)


@pytest.fixture(params=[131_072, 16], ids=["one piece", "many pieces"])
def piece(request, monkeypatch):
    monkeypatch.setattr(averaging, "PIECE", request.param)


# --- values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "weights_of"),
    [
        (lambda m: EMA(m, 0.8), lambda n: [0.8**n if i == 0 else 0.2 * 0.8 ** (n - i) for i in range(n + 1)]),
        (lambda m: SWA(m), lambda n: [1 / (n + 1)] * (n + 1)),
        (lambda m: SWA(m, start=2, every=3), lambda n: [float(i in (2, 5, 8)) / 3 for i in range(n + 1)]),
    ],
    ids=["moving", "mean", "mean of some"],
)
def test_the_average_is_the_weighted_sum_of_the_weights(make, weights_of, piece):
    model = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 1)).double()
    average, seen = make(model), []
    optimizer = nn.optim.Adam(model.parameters(), lr=0.1)
    for step in range(9):
        optimizer.zero_grad()
        model(np.random.default_rng(step).normal(size=(8, 3))).sum().backward()
        optimizer.step()
        average.update()
        seen.append(model.state_dict())
    with average.applied() as applied:
        assert applied is model
        for path, array in model.state_dict().items():
            expected = sum(w * state[path] for w, state in zip(weights_of(8), seen, strict=True))
            np.testing.assert_allclose(array, expected, rtol=1e-12, atol=1e-15)


def test_a_warm_up_follows_early_weights_closely():
    model = nn.Linear(1, 1, bias=False)
    average = EMA(model, decay=0.3, warmup=True)
    expected = None
    for number, weight in enumerate([1.0, 3.0, -2.0, 5.0, 4.0]):
        model.weight.data[...] = weight
        average.update()
        decay = min(0.3, (1 + number) / (10 + number))
        expected = weight if number == 0 else decay * expected + (1 - decay) * weight
    np.testing.assert_allclose(average.state_dict()["average"]["weight"].item(), expected, rtol=1e-6)


def test_the_models_dtype_is_kept_and_no_graph_is_made():
    model = network()
    average = EMA(model, use_buffers=True)
    train(model, nn.optim.SGD(model.parameters(), lr=0.1), average)
    for path, array in average.state_dict()["average"].items():
        assert array.dtype == model.state_dict()[path].dtype
    assert average.state_dict()["average"]["1.num_batches_tracked"] == 5
    with average.applied():
        assert model(np.zeros((2, 3), "float32")).grad_fn is None


def test_tied_weights_are_one_weight():
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    model[1].weight = model[0].weight
    average = SWA(model)
    average.update()
    model[0].weight.data[...] += 2
    average.update()
    own = model[0].weight.data.copy()
    with average.applied():
        assert model[0].weight is model[1].weight
        np.testing.assert_allclose(model[0].weight.data, own - 1, atol=1e-6)
    average.copy_to(model)
    np.testing.assert_allclose(model[1].weight.data, own - 1, atol=1e-6)


# --- blocks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_a_block_leaves_nothing_behind(use_buffers, fails):
    model, twin = network(), network()
    twin.load_state_dict(model.state_dict())
    average = EMA(model, 0.5, use_buffers=use_buffers)
    optimizers = [nn.optim.Adam(m.parameters(), lr=0.1) for m in (model, twin)]
    for part in range(3):
        train(model, optimizers[0], average, seed=part)
        train(twin, optimizers[1], seed=part)
        before, averaged = snapshot(model), average.state_dict()
        try:
            with average.applied():
                assert not np.array_equal(model[0].weight.data, before[1]["0.weight"])
                assert len(list(model.parameters())) == 6
                assert np.array_equal(model[1].running_mean.data, before[1]["1.running_mean"]) is not use_buffers
                model(np.ones((4, 3), "float32"))  # in training: moves the statistics, of the block alone
                if fails:
                    raise RuntimeError
        except RuntimeError:
            assert fails
        assert_same(model, before)
        for path, array in average.state_dict()["average"].items():
            np.testing.assert_array_equal(array, averaged["average"][path])
    assert_same(twin, ({path: (id(p), None) for path, p in twin.named_parameters()}, model.state_dict()))


def test_before_anything_is_averaged_the_model_keeps_its_weights():
    model = network()
    average = SWA(model, start=3)
    average.update()
    before = model.state_dict()
    with average.applied():
        for path, array in model.state_dict().items():
            np.testing.assert_array_equal(array, before[path])
    with pytest.raises(ArgumentError, match=r"SWA.copy_to: nothing is averaged yet"):
        average.copy_to(model)


def test_a_graph_that_kept_the_average_notices_its_change():
    model = nn.Linear(3, 1)
    average = EMA(model, 0.5)
    average.update()
    x = ag.ones(2, 3, requires_grad=True)
    with average.applied():
        out = model(x).sum()
    model.weight.data[...] += 1
    average.update()
    with pytest.raises(ag.errors.GradientError):
        out.backward()


# --- states and copies ----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda m: EMA(m, 0.9, warmup=True, use_buffers=True), lambda m: SWA(m, 2, 2)])
def test_an_average_goes_on_from_its_state(make):
    model = network()
    average, optimizer = make(model), nn.optim.SGD(model.parameters(), lr=0.1)
    for part in range(3):
        state = average.state_dict()
        resumed = make(model)
        resumed.load_state_dict(state)
        train(model, optimizer, average, resumed, seed=part)
        ours, theirs = average.state_dict(), resumed.state_dict()
        assert (ours["updates"], ours["averaged"]) == (theirs["updates"], theirs["averaged"])
        for path, array in ours["average"].items():
            np.testing.assert_array_equal(array, theirs["average"][path])
            assert array is not state["average"].get(path)


def test_what_does_not_fit_changes_nothing():
    model = network()
    average = EMA(model)
    average.update()
    before = average.state_dict()
    with pytest.raises(ArgumentError, match=r"EMA.copy_to: 1.weight is \(4,\) in the average, not in the model"):
        average.copy_to(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.ReLU(), nn.Linear(4, 2)))
    wrong = {**before, "average": {**before["average"], "0.weight": np.zeros((4, 9))}}
    with pytest.raises(ArgumentError, match=r"0.weight is \(4, 3\) in the average, \(4, 9\) in the state dict"):
        average.load_state_dict(wrong)
    np.testing.assert_array_equal(average.state_dict()["average"]["0.weight"], before["average"]["0.weight"])


def test_copies_reach_the_optimizer():
    model = network()
    average, optimizer = SWA(model), nn.optim.Adam(model.parameters(), lr=0.1)
    train(model, optimizer, average)
    with average.applied():
        expected = model(np.ones((4, 3), "float32")).data
    average.copy_to(model)
    model.train()
    np.testing.assert_array_equal(model(np.ones((4, 3), "float32")).data, expected)
    train(model, nn.optim.SGD(model.parameters(), lr=0.0), steps=1)
    np.testing.assert_array_equal(model[0].weight.data, average.state_dict()["average"]["0.weight"])


def test_errors_say_what_is_wanted():
    with pytest.raises(TypeError, match="EMA: want a model, a Module, not a generator"):
        EMA(network().parameters())
    with pytest.raises(ArgumentError, match="the model has no parameters to average"):
        SWA(nn.ReLU())
    with pytest.raises(ArgumentError, match="decay=1; want at least 0 and below 1"):
        EMA(network(), decay=1)
    with pytest.raises(ArgumentError, match="every=0; want a whole number of at least 1"):
        SWA(network(), every=0)
    with pytest.raises(ArgumentError, match="start=True; want a whole number of at least 0"):
        SWA(network(), start=True)
    model = network()
    average = EMA(model)
    model.double()
    with pytest.raises(ArgumentError, match="the model is float64 now, its average float32"):
        average.update()
    with pytest.raises(ArgumentError, match="give avg_fn or multi_avg_fn, not both"):
        AveragedModel(model, avg_fn=max, multi_avg_fn=max)
    with pytest.raises(ArgumentError, match="the model has other parameters or buffers"):
        AveragedModel(model).update_parameters(nn.Linear(3, 4))
    with pytest.raises(ArgumentError, match="decay=2; want a number from 0 to 1"):
        get_ema_multi_avg_fn(2)


# --- statistics -----------------------------------------------------------------------------------------


def test_statistics_are_those_of_the_batches_and_all_else_is_as_before():
    model = network()
    model[0].eval()
    modes = [part.training for part in model.modules()]
    batches = [np.random.default_rng(i).normal(3, 2, size=(9, 3)).astype("float32") for i in range(4)]
    update_bn([(batch, "labels") for batch in batches], model)
    hidden = [model[0](batch).data for batch in batches]
    np.testing.assert_allclose(model[1].running_mean.data, np.mean([h.mean(0) for h in hidden], 0), rtol=1e-5)
    np.testing.assert_allclose(model[1].running_var.data, np.mean([h.var(0, ddof=1) for h in hidden], 0), rtol=1e-5)
    assert [part.training for part in model.modules()] == modes and model[1].momentum == 0.1
    before = model.state_dict()
    with pytest.raises(ArgumentError, match="the loader has no batches"):
        update_bn([], model)
    with pytest.raises(ag.errors.ShapeError):
        update_bn([np.zeros((2, 7), "float32")], model)
    assert [part.training for part in model.modules()] == modes and model[1].momentum == 0.1
    np.testing.assert_array_equal(before["0.weight"], model.state_dict()["0.weight"])
    update_bn([], nn.Linear(2, 2))  # no such layers: not even read


def test_averages_and_updates_leave_each_other_alone():
    model = network()
    average = AveragedModel(model)
    average.update_parameters(model)
    kept = average.state_dict()
    train(model, nn.optim.Adam(model.parameters(), lr=0.1))
    for path, array in average.state_dict().items():
        np.testing.assert_array_equal(array, kept[path])

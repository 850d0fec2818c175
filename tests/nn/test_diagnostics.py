"""Gradients through time: the norms are right, the model is left alone, and what is seen is what theory says."""

import io

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import adding_problem
from nn.diagnostics import GradientThroughTime, StateGradients, gradient_through_time
from nn.plots import plot_gradient_through_time

rng = np.random.default_rng(2)
LAYERS = ["RNN", "LSTM", "GRU", "LayerNormRNN", "LayerNormLSTM", "LayerNormGRU"]


class Last(nn.Module):
    """Scores of the last result of a recurrent layer."""

    def __init__(self, layer, out=1):
        self.layer = layer
        self.head = nn.Linear(layer.hidden_size * (2 if layer.bidirectional else 1), out)

    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])


class Loop(nn.Module):
    """A cell in a loop of one's own."""

    def __init__(self, cell):
        self.steps = nn.Sequential(cell)

    def forward(self, x):
        state = None
        for t in range(x.shape[1]):
            state = self.steps[0](x[:, t], state)
        return state[0] if isinstance(state, tuple) else state


def by_hand(cell, x, y):
    """Norms of the gradients of the mean of squares at each state of a cell, by ``retain_grad``."""
    state, hiddens = None, []
    for t in range(x.shape[1]):
        state = cell(x[:, t], state)
        hiddens.append(state[0] if isinstance(state, tuple) else state)
        hiddens[-1].retain_grad()
    loss = nn.functional.mse_loss(hiddens[-1], y)
    loss.backward()
    return loss.item(), [np.linalg.norm(h.grad.data) for h in hiddens]


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_and_a_cell_in_a_loop_have_the_gradients_of_retain_grad(kind):
    cell = getattr(nn, f"{kind}Cell")(3, 4, dtype="float64")
    layer = getattr(nn, kind)(3, 4, batch_first=True, dtype="float64")
    for ours, theirs in zip(layer.parameters(), cell.parameters(), strict=True):
        ours.data[...] = theirs.data
    x, y = rng.normal(size=(5, 6, 3)), rng.normal(size=(5, 4))
    loss, want = by_hand(cell, x, y)
    of_cell = gradient_through_time(Loop(cell), (x, y))
    of_layer = gradient_through_time(layer, (x, y), lambda out, y: nn.functional.mse_loss(out[0][:, -1], y))
    assert of_cell.loss == pytest.approx(loss) and of_layer.loss == pytest.approx(loss)
    np.testing.assert_allclose(of_cell.norms["steps.0"], want, rtol=1e-9)
    np.testing.assert_allclose(of_layer.norms[kind], want, rtol=1e-9)


def test_each_layer_and_direction_has_a_line_in_the_order_of_time():
    layer = nn.GRU(2, 3, 2, batch_first=True, bidirectional=True, dtype="float64")
    x = rng.normal(size=(4, 7, 2))
    found = gradient_through_time(layer, loss=lambda layer: (layer(x)[0][:, 2] ** 2).sum())
    assert list(found.norms) == ["GRU.l0", "GRU.l0_reverse", "GRU.l1", "GRU.l1_reverse"]
    assert [walk.is_reversed for walk in found.walks] == [False, True] * 2
    assert (found.norms["GRU.l1"] > 0).tolist() == [True] * 3 + [False] * 4  # what comes after step 2 does not matter
    assert (found.norms["GRU.l1_reverse"] > 0).tolist() == [False] * 2 + [True] * 5
    assert (found.norms["GRU.l0"] > 0).all()  # by the other direction above, all do
    assert found.walks[3].per_step < 1


def test_lengths_and_calls_one_after_the_other():
    layer, x = nn.RNN(2, 3, dtype="float64"), rng.normal(size=(5, 2, 2))

    def in_two_calls(layer):
        _, h = layer(x[:2])
        return (layer(x[2:], h)[1] ** 2).sum()

    at_once = gradient_through_time(layer, loss=lambda layer: (layer(x)[1] ** 2).sum())
    np.testing.assert_allclose(gradient_through_time(layer, loss=in_two_calls).norms["RNN"], at_once.norms["RNN"])
    short = gradient_through_time(layer, loss=lambda layer: (layer(x, lengths=[2, 4])[1] ** 2).sum())
    assert len(short.norms["RNN"]) == 4


def test_the_model_is_left_as_it_was():
    class Net(nn.Module):
        def __init__(self):
            self.norm, self.last = nn.BatchNorm1d(6), Last(nn.LSTM(2, 3, batch_first=True))

        def forward(self, x):
            return self.last(self.norm(x))

    model, x, y = Net(), ag.randn(4, 6, 2), rng.normal(size=(4, 1)).astype(np.float32)
    model(x).sum().backward()
    model.last.layer.weight_hh_l0.requires_grad_(False)  # frozen parameters make no difference
    before, state = [p.grad.data.copy() for p in model.parameters()], model.state_dict()
    parameters = list(model.parameters())
    with ag.no_grad():
        found = gradient_through_time(model, (x, y))
    assert found.norms["last.layer"].shape == (6,) and (found.norms["last.layer"] > 0).all()
    assert all(p is q for p, q in zip(model.parameters(), parameters, strict=True))
    assert [p.requires_grad for p in parameters].count(False) == 1
    for p, grad in zip(parameters, before, strict=True):
        np.testing.assert_array_equal(p.grad.data, grad)
    for path, array in model.state_dict().items():
        np.testing.assert_array_equal(array, state[path])
    assert model.last.layer._hooks is None


def test_targets_that_are_integers_are_classes():
    model, x, y = Last(nn.GRU(2, 3, batch_first=True), out=4), ag.randn(5, 6, 2), np.array([0, 1, 2, 3, 0])
    want = nn.functional.cross_entropy(model(x), y).item()
    assert gradient_through_time(model, (x, y)).loss == pytest.approx(want)


def test_gradients_vanish_by_the_weight_and_explode_by_it():
    """A linear network of one unit: each step back multiplies by its weight, exactly."""
    for weight, verdict in ((0.5, "vanishes"), (2.0, "explodes"), (1.0, "lasts")):
        rnn = nn.RNN(1, 1, nonlinearity="relu", bias=False, dtype="float64")
        rnn.weight_ih_l0.data[...], rnn.weight_hh_l0.data[...] = 1.0, weight
        found = gradient_through_time(rnn, loss=lambda rnn: rnn(ag.ones(40, 1, 1, dtype="float64"))[1].sum())
        np.testing.assert_allclose(found.norms["RNN"], weight ** np.arange(39.0, -1, -1))
        assert found.walks[0].per_step == pytest.approx(weight) and found.walks[0].verdict == verdict
        assert found.walks[0]._replace(is_reversed=True).per_step == pytest.approx(1 / weight)


def test_norms_of_0_are_no_part_of_the_slope():
    walk = StateGradients("rnn", np.array([0.0, 0.0, 0.01, 0.1]))
    assert walk.per_step == pytest.approx(0.1)
    assert np.isnan(walk._replace(norms=np.array([0.0, 1.0])).per_step)
    assert "|  ▇█|" in str(GradientThroughTime(1.0, (walk,)))


def test_infinite_norms_have_exploded():
    walk = StateGradients("rnn", np.array([np.nan, np.inf, 10.0, 1.0]))
    assert walk.per_step == pytest.approx(10) and walk.verdict == "explodes"
    found = GradientThroughTime(1.0, (walk,))
    assert "|!!█▇|" in str(found)
    np.testing.assert_array_equal(found.plot().lines[0].get_ydata(), [np.nan, np.nan, 10.0, 1.0])


def test_the_picture(tmp_path):
    steps = np.array([1e-4, 1e-2, 0.0, 1.0])
    found = GradientThroughTime(0.5, (StateGradients("a", steps), StateGradients("b", steps[::-1], True)))
    axes = plot_gradient_through_time({"first": found, "then": found}, tmp_path / "both.png")
    assert [axis.get_title() for axis in axes] == ["first", "then"] and len(axes[0].lines) == 2
    x, y = axes[0].lines[0].get_data()
    np.testing.assert_array_equal(x, [1, 2, 3, 4])
    assert not any(found.plot().get_xticks() % 1), "there is no step 1.5"
    np.testing.assert_array_equal(y, [1e-4, 1e-2, np.nan, 1.0])
    assert (tmp_path / "both.png").read_bytes()[1:4] == b"PNG"
    content = io.BytesIO()
    found.plot().figure.savefig(content)
    assert content.getvalue()
    with pytest.raises(ValueError, match="nothing was found"):
        plot_gradient_through_time({})


WRONG = [
    (nn.Sequential(nn.Linear(2, 1)), {"loss": lambda model: model(ag.ones(1, 2)).sum()}, "no recurrent layer and no"),
    (nn.RNN(2, 1), {"loss": lambda model: model.weight_ih_l0.sum()}, "no recurrent layer of RNN was called"),
    (nn.RNN(2, 1), {"loss": lambda model: model(ag.ones(3, 1, 2))[0].detach().sum()}, "not depend on any state of RNN"),
    (nn.RNN(2, 1), {"loss": lambda model: model(ag.ones(3, 1, 2))[0]}, r"the loss is \(3, 1, 1\).*one number"),
    (nn.RNN(2, 1), {"loss": lambda model: model(ag.ones(3, 1, 2))[0].sum().item()}, "the loss is .*one number"),
    (nn.RNN(2, 1), {}, "want a batch"),
    (3, {"batch": (ag.ones(3, 1, 2), ag.ones(3, 1, 1))}, "the model is a int; want an nn.Module"),
    (nn.RNN(2, 1), {"batch": ag.ones(3, 1, 2)}, "batch is a Tensor"),
]


@pytest.mark.parametrize(("model", "arguments", "said"), WRONG)
def test_what_cannot_be_looked_at_is_said(model, arguments, said):
    with pytest.raises(ag.errors.ArgumentError, match=said):
        gradient_through_time(model, **arguments)


@pytest.mark.parametrize(("kind", "steps"), [("LSTM", 400), ("GRU", 150)])
def test_gated_networks_learn_the_adding_problem(kind, steps):
    ag.manual_seed(0)
    layer = nn.LSTM(2, 16, batch_first=True, forget_bias=1.0) if kind == "LSTM" else nn.GRU(2, 16, batch_first=True)
    model = Last(layer)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.03)
    for step in range(steps):
        x, y = adding_problem(32, length=30, seed=step)
        loss = nn.functional.mse_loss(model(x)[:, 0], y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    x, y = adding_problem(500, length=30, seed=10_000)
    assert nn.functional.mse_loss(model(x)[:, 0], y).item() < 0.05 < ((y - 1) ** 2).mean()

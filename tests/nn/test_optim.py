"""Optimizers: their rules, whom they leave alone, and parameters that move house."""

import copy
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd as ag
import nn
from nn.optim import flat

SGD, Adam, AdamW, NAdam = nn.optim.SGD, nn.optim.Adam, nn.optim.AdamW, nn.optim.NAdam
Adagrad, Adadelta, RMSprop = nn.optim.Adagrad, nn.optim.Adadelta, nn.optim.RMSprop
Adamax, RAdam = nn.optim.Adamax, nn.optim.RAdam

KINDS = [
    lambda p: SGD(p, lr=0.1),
    lambda p: SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1),
    lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    lambda p: SGD(p, lr=0.1, momentum=0.9, dampening=0.5, maximize=True),
    lambda p: Adam(p, lr=0.1),
    lambda p: Adam(p, lr=0.1, weight_decay=0.1, amsgrad=True),
    lambda p: AdamW(p, lr=0.1, weight_decay=0.1, maximize=True),
    lambda p: Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5),
    lambda p: Adadelta(p, eps=1e-3, weight_decay=0.1, maximize=True),
    lambda p: RMSprop(p, lr=0.1, weight_decay=0.1, maximize=True),
    lambda p: RMSprop(p, lr=0.1, alpha=0.5, momentum=0.9, centered=True, eps=1e-2),
    lambda p: Adamax(p, lr=0.1, weight_decay=0.1),
    lambda p: NAdam(p, lr=0.1, weight_decay=0.1, momentum_decay=0.5),
    lambda p: RAdam(p, lr=0.1, betas=(0.5, 0.9), weight_decay=0.1, decoupled_weight_decay=True),
]
each_kind = pytest.mark.parametrize("make", KINDS)


@pytest.fixture(params=[131_072, 56], ids=["one piece", "many pieces"], autouse=True)
def piece(request, monkeypatch):
    """The same updates, whether everything fits in one piece or parameters are cut and brought together."""
    monkeypatch.setattr(flat, "PIECE", request.param)


def parameters(dtype="float64"):
    rng = np.random.default_rng(0)
    return [nn.Parameter(rng.normal(size=shape).astype(dtype)) for shape in [(3, 4), (2,), (), (5, 6), (0, 2), (3,)]]


def set_gradients(params, step, skip=()):
    for number, p in enumerate(params):
        gradient = np.random.default_rng([step, number]).normal(size=p.shape)
        p.grad = None if number in skip else ag.tensor(gradient, dtype=p.dtype)


def values(params):
    return [p.data.copy() for p in params]


def assert_same(params, expected):
    for p, array in zip(params, expected, strict=True):
        np.testing.assert_array_equal(p.data, array)


def stepped_alone(make, number, steps):
    """Where one parameter gets to by itself, given its gradients of some steps."""
    p = parameters()[number]
    optimizer = make([p])
    for step in steps:
        p.grad = ag.tensor(np.random.default_rng([step, number]).normal(size=p.shape))
        optimizer.step()
    return p.data


# --- the rules ------------------------------------------------------------------------------------------


def test_sgd_by_hand():
    p = nn.Parameter([1.0, -2.0], requires_grad=True)
    optimizer = SGD([p], lr=0.5, momentum=0.5, weight_decay=1.0)
    p.grad = ag.tensor([1.0, 1.0])
    optimizer.step()
    assert p.tolist() == [0, -1.5]  # 1 - 0.5 * (1 + 1), -2 - 0.5 * (1 - 2)
    optimizer.step()
    assert p.tolist() == [-1, -1]  # buffers 0.5 * (2, -1) + (1, -0.5)


def test_rules_by_hand():
    """Two steps each, by gradients of 1 and then 2, from 0, worked out from the papers' formulas."""
    cases = [
        (lambda p: Adagrad([p], lr=1.0, lr_decay=1.0, eps=0), -1 - 0.5 * 2 / 5**0.5),
        (lambda p: RMSprop([p], lr=1.0, alpha=0.75, eps=0), -2 - 2 / (0.75 * 0.25 + 1) ** 0.5),
        (lambda p: RMSprop([p], lr=1.0, alpha=0.75, eps=0, momentum=0.5), -2 - (1 + 2 / (0.75 * 0.25 + 1) ** 0.5)),
        (lambda p: RMSprop([p], lr=1.0, alpha=0.5, eps=0, centered=True), -2 - 2 / (2.25 - 1.25**2) ** 0.5),
        (lambda p: Adamax([p], lr=1.0, betas=(0.5, 0.5), eps=0), -1 - (1.25 / 0.75) / 2),
        (lambda p: RAdam([p], lr=1.0, betas=(0.5, 0.9)), -1 - 1.25 / 0.75),
        (
            lambda p: NAdam([p], lr=1.0, betas=(0.5, 0.75), eps=0, momentum_decay=0),  # mu is 1/4 in each step
            -(1 + 0.25 / (1 - 0.25**2) * 0.5)
            - (0.75 / (1 - 0.25**2) * 2 + 0.25 / (1 - 0.25**3) * 1.25) / (19 / 16 / (1 - 0.75**2)) ** 0.5,
        ),
    ]
    for make, expected in cases:
        p = nn.Parameter(np.array(0.0))
        optimizer = make(p)
        for gradient in (1.0, 2.0):
            p.grad = ag.tensor(gradient, dtype="float64")
            optimizer.step()
        np.testing.assert_allclose(p.item(), expected, err_msg=repr(optimizer))


def test_adadelta_by_hand():
    p = nn.Parameter(np.array(0.0))
    optimizer = Adadelta([p], rho=0.5, eps=0.5)
    p.grad = ag.tensor(1.0, dtype="float64")
    optimizer.step()
    assert p.item() == pytest.approx(-(0.5**0.5))  # sqrt(0 + 0.5) / sqrt(0.5 + 0.5)
    optimizer.step()
    assert p.item() == pytest.approx(-(0.5**0.5) - (0.75 / 1.25) ** 0.5)  # acc_delta 0.25, square_avg 0.75


def test_a_centered_mean_square_never_becomes_negative_by_rounding():
    p = nn.Parameter(np.full(100, 1.0))
    optimizer = RMSprop([p], lr=1e-3, alpha=0.1, centered=True)
    p.grad = ag.tensor(np.random.default_rng(0).normal(size=100))
    for _ in range(60):
        optimizer.step()
    assert np.isfinite(p.data).all()


@each_kind
def test_every_optimizer_goes_down_unless_told_to_go_up(make):
    p = nn.Parameter(np.array([3.0, -2.0]))
    optimizer = make([p])
    for _ in range(5):
        p.grad = 2 * p.detach()
        optimizer.step()
    direction = -1 if optimizer.param_groups[0]["maximize"] else 1
    assert direction * (13 - (p.data**2).sum()) > 0


def test_every_optimizer_is_tried():
    public = [getattr(nn.optim, name) for name in nn.optim.__all__]
    classes = {c for c in public if isinstance(c, type) and issubclass(c, nn.optim.Elementwise)}
    assert {type(make([nn.Parameter([1.0])])) for make in KINDS} == classes - {nn.optim.Elementwise}


def test_the_first_step_of_adam_is_the_rate():
    p = nn.Parameter(np.array([1.0, 1.0]))
    p.grad = ag.tensor(np.array([1e-3, -1e3]))
    Adam([p], lr=0.1, eps=0).step()
    np.testing.assert_allclose(p.data, [0.9, 1.1])


def test_adamw_decays_the_parameters_themselves():
    p = nn.Parameter(np.array([1.0]))
    p.grad = ag.tensor(np.array([0.0]))
    AdamW([p], lr=0.1, weight_decay=0.5).step()
    np.testing.assert_allclose(p.data, [0.95])


@each_kind
def test_parameters_do_not_see_each_other(make):
    params = parameters()
    optimizer = make(params)
    for step in range(4):
        set_gradients(params, step)
        optimizer.step()
    for number in range(len(params)):
        np.testing.assert_allclose(params[number].data, stepped_alone(make, number, range(4)), rtol=1e-14)


@each_kind
def test_gradients_are_only_read(make):
    params = parameters()
    set_gradients(params, 0)
    before = [p.grad.data.copy() for p in params]
    make(params).step()
    for p, gradient in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.grad.data, gradient)


def test_gradients_of_any_layout():
    p, q = nn.Parameter(np.zeros((3, 4))), nn.Parameter(np.zeros((3, 4)))
    p.grad = ag.Tensor(np.arange(12.0).reshape(4, 3).T)
    q.grad = ag.Tensor(np.broadcast_to(2.0, (3, 4)))
    SGD([p, q], lr=1.0).step()
    np.testing.assert_array_equal(p.data, -np.arange(12.0).reshape(4, 3).T)
    assert (q.data == -2).all()


def test_a_gradient_of_another_shape_is_refused():
    p = nn.Parameter(np.zeros(3))
    for shape in [(1,), (5,), (1, 3)]:
        p.grad = ag.ones(*shape)
        with pytest.raises(ag.errors.ShapeError, match=r"a parameter of shape \(3,\) was given a \.grad of shape"):
            SGD([p], lr=1.0).step()


def test_options_may_change_between_steps():
    p = nn.Parameter(np.array([0.0]))
    p.grad = ag.tensor(np.array([1.0]))
    optimizer = SGD([p], lr=1.0)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = np.float64(0.5)
    optimizer.step()
    assert p.tolist() == [-1.5]
    optimizer.param_groups[0]["momentum"] = 0.5
    optimizer.step()
    optimizer.step()
    assert p.tolist() == [-1.5 - 0.5 - 0.75]


def test_a_closure_computes_the_loss_anew():
    p = nn.Parameter(np.array(2.0))
    optimizer = SGD([p], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = p * p
        loss.backward()
        return loss

    with ag.no_grad():
        assert optimizer.step(closure).item() == 4
    assert p.item() == 1


def test_a_float32_model_stays_float32():
    params = parameters("float32")
    optimizer = AdamW(params)
    set_gradients(params, 0)
    optimizer.step()
    assert {p.dtype for p in params} == {np.dtype("f4")}
    assert {a.dtype for a in optimizer.state_dict()["state"][0].values() if hasattr(a, "dtype")} == {np.dtype("f4")}


def test_learning():
    ag.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "f4")
    optimizer = Adam(net.parameters(), lr=0.05)
    for _ in range(200):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), np.array([0, 1, 1, 0]))
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.01


@pytest.mark.parametrize(
    "make",
    [
        lambda p: Adam(p, eps=1e-8),
        lambda p: Adam(p, eps=0),
        lambda p: SGD(p, momentum=0.9),
        lambda p: Adadelta(p, rho=0.8),
        lambda p: RMSprop(p, alpha=0.8, momentum=0.5, centered=True),
        lambda p: Adamax(p),
        lambda p: NAdam(p),
        lambda p: RAdam(p),
    ],
)
def test_running_means_that_nothing_feeds_never_become_denormal(make):
    p = nn.Parameter(np.ones(5, "f4"))
    optimizer = make([p])
    p.grad = ag.tensor([1e-3, 1.0, -1.0, 1e3, -1e-12])
    optimizer.step()
    p.grad = ag.zeros(5)
    smallest = np.finfo("f4").tiny
    decaying = ("exp_avg", "momentum_buffer", "square_avg", "acc_delta", "grad_avg")
    for _ in range(1200):
        optimizer.step()
        means = [a for name, a in optimizer.state_dict()["state"][0].items() if name in decaying]
        assert means and all(((mean == 0) | (abs(mean) >= smallest)).all() for mean in means)
    assert all((mean == 0).all() for mean in means) and np.isfinite(p.data).all()


# --- parameters without a gradient -----------------------------------------------------------------------


@each_kind
def test_a_parameter_without_a_gradient_is_left_alone(make):
    params = parameters()
    optimizer = make(params)
    skipped = {step: [n for n in range(len(params)) if (step + n) % 3 == 0] for step in range(6)}
    skipped[1] = [0, 1, 2, 3]
    for step, numbers in skipped.items():
        before = values(params)
        set_gradients(params, step, skip=numbers)
        optimizer.step()
        assert_same([params[n] for n in numbers], [before[n] for n in numbers])
    for number in range(len(params)):
        steps = [step for step, numbers in skipped.items() if number not in numbers]
        np.testing.assert_allclose(params[number].data, stepped_alone(make, number, steps), rtol=1e-14)


def test_no_gradient_at_all_changes_nothing():
    params = parameters()
    before = values(params)
    optimizer = Adam(params)
    optimizer.step()
    assert_same(params, before)
    assert optimizer.state_dict()["state"] == {}


# --- moving house ---------------------------------------------------------------------------------------


def test_parameters_lie_in_one_array():
    params = parameters()
    optimizer = Adam(params)
    before = values(params)
    optimizer.step()
    assert_same(params, before)
    places = [p.data.__array_interface__["data"][0] for p in params if p.size]
    sizes = [p.data.nbytes for p in params if p.size]
    assert [b - a for a, b in itertools.pairwise(places)] == sizes[:-1]
    assert all(p.is_leaf and p.requires_grad for p in params)


@each_kind
def test_other_memory_is_noticed(make):
    params, twins = parameters(), parameters()
    optimizer, other = make(params), make(twins)
    for step in range(4):
        set_gradients(params, step)
        set_gradients(twins, step)
        optimizer.step()
        other.step()
        params[step].data = params[step].data.copy()
    params[0].data = np.full((3, 4), 5.0)
    twins[0].data[...] = 5.0
    optimizer.step()
    other.step()
    assert_same(params, values(twins))


@each_kind
def test_two_optimizers_take_turns(make):
    """The same parameters in two optimizers: each goes on from where the other left them."""
    params, twins = parameters(), parameters()
    first, second = make(params), make(params[::-1][1:4])
    alone = make(twins), [make([twins[n]]) for n in (4, 3, 2)]
    for step in range(5):
        for optimizer in (first, second):
            set_gradients(params, step)
            optimizer.step()
        set_gradients(twins, step)
        alone[0].step()
        for optimizer in alone[1]:
            optimizer.step()
    for p, q in zip(params, twins, strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-14)


@each_kind
def test_a_model_may_become_float64(make):
    net = nn.Linear(3, 4)
    optimizer = make(net.parameters())
    twin = nn.Linear(3, 4, dtype="float64")
    twin.load_state_dict(net.state_dict())
    other = make(twin.parameters())
    for step in range(6):
        if step == 3:
            net.double()
        set_gradients(list(net.parameters()), step)
        set_gradients(list(twin.parameters()), step)
        optimizer.step()
        other.step()
    assert net.weight.dtype == np.float64
    np.testing.assert_allclose(net.weight.data, twin.weight.data, rtol=1e-5)


def test_mixed_dtypes_go_together():
    p, q = nn.Parameter(np.ones(3, "f4")), nn.Parameter(np.ones(3, "f8"))
    optimizer = Adam([p, q], lr=0.1)
    p.grad, q.grad = ag.ones(3, dtype="float32"), ag.ones(3, dtype="float64")
    optimizer.step()
    assert p.dtype == np.float32 and q.dtype == np.float64
    np.testing.assert_allclose(p.data, q.data, rtol=1e-6)


def test_another_shape_is_refused():
    p = nn.Parameter(np.ones(3))
    optimizer = Adam([p])
    p.grad = ag.ones(3)
    optimizer.step()
    p.data = np.ones(4)
    p.grad = ag.ones(4)
    with pytest.raises(ag.errors.ArgumentError, match=r"exp_avg of a parameter has shape \(3,\)"):
        optimizer.step()


def test_a_copy_of_model_and_optimizer_goes_its_own_way():
    net = nn.Linear(2, 2)
    optimizer = Adam(net.parameters(), lr=0.1)
    set_gradients(list(net.parameters()), 0)
    optimizer.step()
    twin, other = copy.deepcopy((net, optimizer))
    set_gradients(list(net.parameters()), 1)
    set_gradients(list(twin.parameters()), 1)
    before = values(twin.parameters())
    optimizer.step()
    assert_same(twin.parameters(), before)
    other.step()
    assert_same(twin.parameters(), values(net.parameters()))


def test_loading_weights_between_steps_keeps_the_storage():
    net, other = nn.Linear(2, 2), nn.Linear(2, 2)
    optimizer = SGD(net.parameters(), lr=1.0)
    optimizer.step()
    net.load_state_dict(other.state_dict())
    set_gradients(list(net.parameters()), 0)
    optimizer.step()
    expected = other.weight.data - net.weight.grad.data
    np.testing.assert_array_equal(net.weight.data, expected)


def test_a_step_between_forward_and_backward_is_an_error():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    optimizer = SGD(net.parameters(), lr=0.1)
    x = ag.ones(1, 2)
    net(x).sum().backward()
    optimizer.step()
    loss = net(x).sum()
    optimizer.step()
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        loss.backward()


def test_a_step_is_no_write_to_parameters_without_a_gradient():
    kept, changed = nn.Parameter(np.ones(3)), nn.Parameter(np.ones(3))
    optimizer = SGD([kept, changed], lr=0.1)
    x = ag.ones(3, dtype="float64", requires_grad=True)
    kept.grad = changed.grad = ag.ones(3, dtype="float64")
    optimizer.step()  # both live in one array now
    loss = (kept * x).sum()
    kept.grad = None
    optimizer.step()
    nn.init.zeros_(changed)
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, kept.data)


def test_coming_home_is_noticed_by_a_graph_that_keeps_what_was_there():
    p, x = nn.Parameter(np.ones(3)), ag.ones(3, dtype="float64", requires_grad=True)
    optimizer = SGD([p], lr=0.1)
    optimizer.step()
    loss = (p * x).sum()
    p.data = np.zeros(3)
    optimizer.step()
    with pytest.raises(ag.errors.GradientError, match="changed in place"):
        loss.backward()


# --- state dicts ----------------------------------------------------------------------------------------


@each_kind
def test_an_interrupted_run_goes_on_identically(make):
    params = parameters()
    optimizer = make(params)
    for step in range(6):
        if step == 3:
            state, saved = optimizer.state_dict(), values(params)
        set_gradients(params, step, skip=[step])
        optimizer.step()
    again = parameters()
    for p, array in zip(again, saved, strict=True):
        p.data[...] = array
    resumed = make(again)
    resumed.load_state_dict(state)
    for step in range(3, 6):
        set_gradients(again, step, skip=[step])
        resumed.step()
    assert_same(again, values(params))


def test_a_state_dict_is_a_copy_in_pytorchs_form():
    params = parameters()
    optimizer = Adam([{"params": params[:2]}, {"params": params[2:], "lr": 0.5}])
    set_gradients(params, 0, skip=[1])
    optimizer.step()
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0, 1], [2, 3, 4, 5]]
    assert [group["lr"] for group in state["param_groups"]] == [1e-3, 0.5]
    assert sorted(state["state"]) == [0, 2, 3, 4, 5]
    assert set(state["state"][0]) == {"step", "exp_avg", "exp_avg_sq"} and state["state"][0]["step"] == 1
    before = state["state"][3]["exp_avg"].copy()
    optimizer.step()
    np.testing.assert_array_equal(state["state"][3]["exp_avg"], before)
    optimizer.load_state_dict({**state, "state": {str(number): entry for number, entry in state["state"].items()}})
    np.testing.assert_array_equal(optimizer.state_dict()["state"][3]["exp_avg"], before)


def test_a_state_dict_that_does_not_fit_changes_nothing():
    params = parameters()
    optimizer = Adam(params, lr=0.1)
    set_gradients(params, 0)
    optimizer.step()
    good = optimizer.state_dict()
    for harm, message in [
        (lambda s: s["param_groups"][0]["params"].pop(), r"groups of \[5\] parameters in the state dict, of \[6\]"),
        (lambda s: s["state"][3].update(exp_avg=np.zeros(3)), r"exp_avg of a parameter has shape \(3,\)"),
        (lambda s: s["param_groups"][0].update(lr=-1.0), "lr=-1.0; want at least 0"),
    ]:
        bad = copy.deepcopy(good)
        bad["param_groups"][0]["lr"] = 0.7
        harm(bad)
        with pytest.raises(ag.errors.ArgumentError, match=message):
            optimizer.load_state_dict(bad)
        assert optimizer.param_groups[0]["lr"] == 0.1
    again = optimizer.state_dict()
    np.testing.assert_array_equal(again["state"][3]["exp_avg"], good["state"][3]["exp_avg"])


# --- misuse ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: Adam([]), ValueError, r"Adam: no parameters\. model\.parameters\(\) is used up after one pass"),
        (lambda p: Adam(p), TypeError, r"a single one is \[p\]"),
        (lambda p: Adam({"params": [p]}), TypeError, "want a list of parameters"),
        (lambda p: Adam(nn.Linear(2, 2).parameters), TypeError, r"such as model\.parameters\(\)"),
        (lambda p: Adam(nn.Sequential(nn.ReLU())), TypeError, r"such as model\.parameters\(\)"),
        (lambda p: Adam([p.data]), TypeError, "parameter 0 is a ndarray; want Tensors"),
        (
            lambda p: Adam(nn.Linear(1, 1).named_parameters()),
            TypeError,
            r"Write model\.parameters\(\) in place of named",
        ),
        (lambda p: SGD([p], foreach=True), TypeError, "SGD: there is no foreach=: .* leave it out"),
        (lambda p: AdamW([p], fused=True), TypeError, "AdamW: there is no fused=: .* leave it out"),
        (lambda p: Adam([p, p]), ValueError, "parameter 1 is there twice"),
        (lambda p: Adam([{"params": [p]}, {"params": [p]}]), ValueError, "there twice"),
        (lambda p: Adam([p, p * 2]), ValueError, r"parameter 1 was computed \(by multiply\)"),
        (lambda p: Adam([ag.tensor([1, 2])]), ValueError, "parameter 0 is int64; only floats"),
        (lambda p: Adam([{"params": [p], "rate": 1}]), ValueError, "may have lr, betas, .*; got params, rate"),
        (lambda p: Adam([{"lr": 1}]), ValueError, "a group has 'params'"),
        (lambda p: Adam([p], lr=-1), ValueError, "Adam: lr=-1; want at least 0"),
        (lambda p: Adam([p], lr=float("nan")), ValueError, "lr=nan; want at least 0"),
        (lambda p: Adam([p], eps=-1e-8), ValueError, "eps=-1e-08; want at least 0"),
        (lambda p: Adam([p], betas=(0.9, 1.0)), ValueError, r"betas=\(0\.9, 1\.0\); want at least 0 and below 1"),
        (lambda p: Adam([p], betas=0.9), ValueError, r"betas=0\.9; want two"),
        (lambda p: AdamW([p], weight_decay=-1), ValueError, "AdamW: weight_decay=-1; want at least 0"),
        (lambda p: AdamW([{"params": [p], "lr": -2}]), ValueError, "lr=-2"),
        (lambda p: SGD([p], momentum=-0.9), ValueError, "momentum=-0.9; want at least 0"),
        (lambda p: Adagrad([p], lr_decay=-1), ValueError, "Adagrad: lr_decay=-1; want at least 0"),
        (lambda p: Adagrad([p], initial_accumulator_value=-1), ValueError, "initial_accumulator_value=-1; want"),
        (lambda p: Adadelta([p], rho=1.5), ValueError, r"Adadelta: rho=1\.5; want at least 0 and at most 1"),
        (lambda p: Adadelta([p], eps=-1), ValueError, "Adadelta: eps=-1; want at least 0"),
        (lambda p: RMSprop([p], alpha=99), ValueError, "RMSprop: alpha=99; want at least 0 and at most 1"),
        (lambda p: RMSprop([p], momentum=-1), ValueError, "RMSprop: momentum=-1; want at least 0"),
        (lambda p: Adamax([p], betas=(0.9,)), ValueError, r"Adamax: betas=\(0\.9,\); want two"),
        (lambda p: NAdam([p], momentum_decay=-1), ValueError, "NAdam: momentum_decay=-1; want at least 0"),
        (lambda p: RAdam([p], betas=(1.0, 0.9)), ValueError, r"RAdam: betas=\(1\.0, 0\.9\); want"),
        (lambda p: SGD([p], nesterov=True), ValueError, "needs momentum above 0 and dampening=0"),
        (lambda p: SGD([p], nesterov=True, momentum=0.9, dampening=0.1), ValueError, "needs momentum above 0"),
    ],
)
def test_what_an_optimizer_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make(nn.Parameter([1.0]))


def test_an_optimizer_shows_its_options():
    assert repr(SGD([nn.Parameter([1.0, 2.0])], lr=0.1)) == (
        "SGD(\n  lr=0.1, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False: "
        "2 numbers in 1 parameters\n)"
    )


# --- how parameters are cut into pieces -----------------------------------------------------------------


def test_pieces_cover_every_element_once():
    rng = np.random.default_rng(0)
    for _ in range(50):
        offsets = [0, *np.cumsum(rng.integers(0, 20, rng.integers(1, 9))).tolist()]
        cuts = flat._cut(offsets, range(len(offsets) - 1), 7)
        assert cuts[0][0] == 0 and cuts[-1][1] == offsets[-1]
        for start, stop, members in cuts:
            assert stop - start <= 7
            assert offsets[members[0]] <= start and stop <= offsets[members[-1] + 1]
            assert len(members) == 1 or (start, stop) == (offsets[members[0]], offsets[members[-1] + 1])
        for (_, stop, _), (start, _, _) in itertools.pairwise(cuts):
            assert start == stop


@each_kind
def test_threads_do_not_see_each_other(make, monkeypatch):
    """Pieces are small, so that many of two threads' calls overlap."""

    def in_two_threads(work, count):
        with ThreadPoolExecutor(2) as threads:
            middle = count // 2
            list(threads.map(work, (0, middle), (middle, count)))

    def train():
        rng = np.random.default_rng(0)
        params = [nn.Parameter(rng.normal(size=n)) for n in (9000, 300, 4000, 500)]
        optimizer = make(params)
        for step in range(3):
            set_gradients(params, step)
            optimizer.step()
        return params

    expected = values(train())
    monkeypatch.setattr(flat, "PIECE", 8 * 700)  # what releases the GIL has more than 500 elements
    monkeypatch.setattr(flat, "WORTH_THREADS", 0)
    monkeypatch.setattr(flat, "in_pieces", in_two_threads)
    assert_same(train(), expected)


def test_storage_is_aligned():
    for count in (1, 1000):
        array = flat.aligned(count, np.dtype("f4"))
        assert array.shape == (count,) and not array.any() and array.__array_interface__["data"][0] % 64 == 0

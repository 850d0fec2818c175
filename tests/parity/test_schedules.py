"""Schedules and averages of weights beside PyTorch's."""

import json
import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
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

STEPS = 60
rates, shares, counts = st.floats(0, 2), st.floats(0.05, 1), st.integers(1, 25)
falling = st.sampled_from([lambda step: 0.95**step, lambda step: 1 / (1 + step)])  # from 1
functions = falling | st.just(lambda step: 0.5 + step % 3)


def options(**strategies):
    return st.fixed_dictionaries(strategies)


# Schedules that multiply the present rates, and so can act together.
FACTORS = {
    "StepLR": options(step_size=counts, gamma=shares),
    "MultiStepLR": options(milestones=st.lists(st.integers(0, 70), max_size=4).map(sorted), gamma=shares),
    "ConstantLR": options(factor=shares, total_iters=counts),
    "LinearLR": options(start_factor=shares, end_factor=st.floats(0, 1), total_iters=counts),
    "ExponentialLR": options(gamma=st.floats(0.5, 1.1)),
    "PolynomialLR": options(total_iters=counts, power=st.floats(0.3, 3)),
    "CosineAnnealingLR": options(T_max=counts, eta_min=st.floats(0, 0.1)),
    "MultiplicativeLR": options(lr_lambda=functions.map(lambda f: lambda step: min(1.0, f(step)))),
}
CYCLES = {
    "CyclicLR": options(
        base_lr=st.floats(0, 0.5),
        max_lr=st.lists(rates, min_size=2, max_size=2),
        step_size_up=counts,
        step_size_down=st.none() | counts,
        mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
        gamma=shares,
        scale_fn=st.none() | falling,  # from above 1 a rate could fall below 0, which is refused here
        scale_mode=st.sampled_from(["cycle", "iterations"]),
        cycle_momentum=st.booleans(),
        max_momentum=st.floats(0.8, 0.99),
    ),
    "OneCycleLR": options(
        max_lr=st.lists(rates, min_size=2, max_size=2),
        total_steps=st.just(STEPS),
        pct_start=st.floats(0.05, 0.9),
        anneal_strategy=st.sampled_from(["cos", "linear"]),
        cycle_momentum=st.booleans(),
        base_momentum=st.floats(0, 0.8),
        div_factor=st.floats(1, 30),
        final_div_factor=st.floats(1, 1e5),
        three_phase=st.booleans(),
    ),
}
SETTERS = {
    "LambdaLR": options(lr_lambda=functions | st.lists(functions, min_size=2, max_size=2)),
    "CosineAnnealingWarmRestarts": options(T_0=counts, T_mult=st.integers(1, 3), eta_min=st.floats(0, 0.1)),
}
SWALR = options(
    swa_lr=rates | st.lists(rates, min_size=2, max_size=2),
    anneal_epochs=st.integers(0, 25),
    anneal_strategy=st.sampled_from(["cos", "linear"]),
)
ALL = {**FACTORS, **CYCLES, **SETTERS, "SWALR": SWALR}


def drawn(names):
    return st.sampled_from(sorted(names)).flatmap(lambda name: st.tuples(st.just(name), ALL[name]))


def optimizers(kind="Adam", lr=0.1):
    """One of each library, with two groups."""
    made = []
    for optim, parameter in ((nn.optim, nn.Parameter), (torch.optim, lambda x: torch.nn.Parameter(torch.tensor(x)))):
        groups = [{"params": [parameter([1.0])]}, {"params": [parameter([2.0])], "lr": lr * 3}]
        momentum = {"momentum": 0.9} if kind == "SGD" else {}
        made.append(getattr(optim, kind)(groups, lr=lr, **momentum))
    return made


def make(optimizer, name, arguments):
    package = nn.optim if isinstance(optimizer, nn.optim.Optimizer) else torch.optim
    module = package.swa_utils if name == "SWALR" else package.lr_scheduler
    return getattr(module, name)(optimizer, **arguments)


def facts(optimizer):
    """Rates and momenta of all groups."""
    return [
        [group["lr"], group["momentum"] if "momentum" in group else group["betas"][0]]
        for group in optimizer.param_groups
    ]


def compare(build, optimizers, steps=STEPS):
    """Step the same schedules of both libraries; ours goes through JSON into a new one in the middle."""
    (ours, theirs), table = optimizers, []
    schedules = [build(optimizer) for optimizer in optimizers]
    told = schedules[0].rates(steps)
    for step in range(steps):
        np.testing.assert_allclose(facts(ours), facts(theirs), rtol=1e-12, atol=1e-13, err_msg=f"step {step}")
        np.testing.assert_allclose(schedules[0].get_last_lr(), schedules[1].get_last_lr(), rtol=1e-12, atol=1e-13)
        table.append(schedules[0].get_last_lr())
        if step == steps // 3:
            state, of_optimizer = json.loads(json.dumps(schedules[0].state_dict())), ours.state_dict()
            before = facts(ours)
            for group in ours.param_groups:
                group["lr"] = group["initial_lr"]
            schedules[0] = build(ours)
            ours.load_state_dict(of_optimizer)
            schedules[0].load_state_dict(state)
            assert facts(ours) == before
        if step < steps - 1:
            with warnings.catch_warnings():  # PyTorch's, that no step of the optimizer was done
                warnings.simplefilter("ignore", UserWarning)
                schedules[1].step()
            schedules[0].step()
    np.testing.assert_array_equal(told, table)


@given(drawn(ALL), st.sampled_from(["Adam", "SGD"]), st.floats(1e-3, 1))
def test_rates_and_momenta(schedule, kind, lr):
    compare(lambda optimizer: make(optimizer, *schedule), optimizers(kind, lr))


@given(st.none() | drawn(SETTERS), st.lists(drawn(FACTORS), min_size=1, max_size=3))
def test_schedules_all_at_once(first, others):
    for _, arguments in others:
        if "eta_min" in arguments:
            arguments["eta_min"] = 0  # other schedules would take a rate below it, and then below 0
    parts = [*([first] if first else []), *others]

    def build(optimizer):
        module = nn.optim.lr_scheduler if isinstance(optimizer, nn.optim.Optimizer) else torch.optim.lr_scheduler
        return module.ChainedScheduler([make(optimizer, *part) for part in parts])

    compare(build, optimizers())


@given(
    st.lists(drawn(set(ALL) - {"OneCycleLR"}), min_size=1, max_size=4),
    st.sets(st.integers(1, STEPS), min_size=3, max_size=3),
)
def test_schedules_one_after_another(parts, milestones):
    assume([name for name, _ in parts].count("SWALR") < 2)  # PyTorch's share one rate, that of the last

    def build(optimizer):
        module = nn.optim.lr_scheduler if isinstance(optimizer, nn.optim.Optimizer) else torch.optim.lr_scheduler
        schedules = [make(optimizer, *part) for part in parts]
        return module.SequentialLR(optimizer, schedules, sorted(milestones)[: len(parts) - 1])

    compare(build, optimizers())


@given(
    options(
        mode=st.sampled_from(["min", "max"]),
        factor=st.floats(0, 0.9),
        patience=st.integers(0, 4),
        threshold=st.floats(0, 0.2),
        threshold_mode=st.sampled_from(["rel", "abs"]),
        cooldown=st.integers(0, 4),
        min_lr=st.floats(0, 0.05) | st.lists(st.floats(0, 0.05), min_size=2, max_size=2),
        eps=st.sampled_from([1e-8, 0.01]),
    ),
    st.integers(0, 2**32),
)
def test_rates_that_wait_for_a_metric(arguments, seed):
    pair = optimizers()
    schedules = [make(optimizer, "ReduceLROnPlateau", arguments) for optimizer in pair]
    metrics = np.random.default_rng(seed).normal(1, 0.3, STEPS).round(2)
    metrics[::17] = math.nan
    told = schedules[0].rates(STEPS + 1, metrics)
    for step, metric in enumerate(metrics):
        assert facts(pair[0]) == facts(pair[1])
        assert [group["lr"] for group in pair[0].param_groups] == told[step].tolist()
        if step in (0, 20):
            state = json.loads(json.dumps(schedules[0].state_dict(), allow_nan=False))
            schedules[0] = make(pair[0], "ReduceLROnPlateau", arguments)
            schedules[0].load_state_dict(state)
        for schedule in schedules:
            schedule.step(metric)


@given(drawn(set(ALL) - {"CosineAnnealingWarmRestarts", "SWALR"}), st.integers(0, 30))
def test_a_schedule_made_anew_at_a_later_step(schedule, last_epoch):
    pair = optimizers()
    for optimizer in pair:
        make(optimizer, *schedule)
    name, arguments = schedule
    compare(lambda optimizer: make(optimizer, name, {**arguments, "last_epoch": last_epoch}), pair, steps=20)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("StepLR", {"step_size": 2}),
        ("MultiStepLR", {"milestones": [1, 4, 4]}),
        ("LinearLR", {}),
        ("CosineAnnealingLR", {"T_max": 9}),
        ("CosineAnnealingWarmRestarts", {"T_0": 2, "T_mult": 2}),
        ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.2, "step_size_up": 3}),
        ("LambdaLR", {"lr_lambda": lambda step: 0.9**step}),
        ("ReduceLROnPlateau", {"patience": 2, "min_lr": [0.01, 0.02]}),
    ],
)
def test_going_on_from_a_state_of_pytorch(name, arguments):
    ours, theirs = optimizers()
    before, after = make(theirs, name, arguments), make(ours, name, arguments)
    metric = [0.5] * (name == "ReduceLROnPlateau")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for _ in range(3):
            before.step(*metric)
        ours.load_state_dict(theirs.state_dict())
        after.load_state_dict(before.state_dict())
        before.step(*metric)
    after.step(*metric)
    np.testing.assert_allclose(facts(ours), facts(theirs), rtol=1e-12)
    assert name != "ReduceLROnPlateau" or facts(ours)[0][0] == pytest.approx(0.01), "the metric was bad three times"


@given(st.lists(st.floats(0, 30), min_size=1, max_size=9).map(sorted), st.integers(1, 5), st.integers(1, 3))
def test_warm_restarts_within_epochs(places, first, times):
    pair = optimizers()
    schedules = [make(optimizer, "CosineAnnealingWarmRestarts", {"T_0": first, "T_mult": times}) for optimizer in pair]
    for place in places:
        for schedule in schedules:
            schedule.step(place)
        np.testing.assert_allclose(facts(pair[0]), facts(pair[1]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [*ALL, "ReduceLROnPlateau", "SequentialLR", "ChainedScheduler"])
def test_arguments_and_defaults(name):
    import inspect

    ours, theirs = (
        getattr(optim.swa_utils if name == "SWALR" else optim.lr_scheduler, name) for optim in (nn.optim, torch.optim)
    )
    tables = [
        {key: parameter.default for key, parameter in inspect.signature(cls.__init__).parameters.items()}
        for cls in (ours, theirs)
    ]
    assert tables[0] == tables[1] and list(tables[0]) == list(tables[1])


# --- averages of weights --------------------------------------------------------------------------------

RULES = {
    "mean": lambda utils: {},
    "mean, one by one": lambda utils: {"avg_fn": utils.get_swa_avg_fn()},
    "moving": lambda utils: {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.7)},
    "moving, one by one": lambda utils: {"avg_fn": utils.get_ema_avg_fn(0.7)},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("use_buffers", [False, True])
def test_averages_of_weights_and_their_statistics(rule, use_buffers):
    rng = np.random.default_rng(0)
    batches = [rng.normal(2, 3, size=(6, 3)) for _ in range(4)]
    ours = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).double()
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2)).double()
    averages = []
    for model, utils in ((ours, nn.optim.swa_utils), (theirs, torch.optim.swa_utils)):
        averages.append(utils.AveragedModel(model, use_buffers=use_buffers, **RULES[rule](utils)))
    plain = [
        nn.optim.EMA(ours, 0.7, use_buffers=use_buffers)
        if "moving" in rule
        else nn.optim.SWA(ours, use_buffers=use_buffers)
    ]
    for _ in batches:
        weights = {path: rng.normal(size=array.shape) for path, array in ours.state_dict().items() if "num" not in path}
        ours.load_state_dict(weights, strict=False)
        theirs.load_state_dict({path: torch.tensor(array) for path, array in weights.items()}, strict=False)
        averages[0].update_parameters(ours)
        averages[1].update_parameters(theirs)
        plain[0].update()
    assert list(averages[0].state_dict()) == sorted(averages[1].state_dict(), key=list(averages[0].state_dict()).index)
    for path, array in averages[0].state_dict().items():
        np.testing.assert_allclose(array, averages[1].state_dict()[path].numpy(), rtol=1e-12, err_msg=path)
    with plain[0].applied():
        for path, array in averages[0].module.state_dict().items():
            np.testing.assert_allclose(array, ours.state_dict()[path], rtol=1e-12, err_msg=path)
    nn.optim.swa_utils.update_bn(batches, averages[0])
    torch.optim.swa_utils.update_bn([torch.tensor(batch) for batch in batches], averages[1])
    for path, array in averages[0].state_dict().items():
        np.testing.assert_allclose(array, averages[1].state_dict()[path].numpy(), rtol=1e-12, err_msg=path)
    assert averages[0].module[1].momentum == 0.1 and averages[0].training
    assert ag.is_grad_enabled()

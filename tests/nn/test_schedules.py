"""Schedules where PyTorch is no guide: errors, rates told in advance, nested sequences, groups that are added."""

import copy
import json

import numpy as np
import pytest

import autograd as ag
import nn
from nn.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from nn.optim.swa_utils import SWALR

ArgumentError = ag.errors.ArgumentError

MAKERS = {
    "StepLR": lambda o: StepLR(o, 3),
    "MultiStepLR": lambda o: MultiStepLR(o, [2, 5]),
    "ConstantLR": lambda o: ConstantLR(o),
    "LinearLR": lambda o: LinearLR(o),
    "ExponentialLR": lambda o: ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: PolynomialLR(o, 7),
    "CosineAnnealingLR": lambda o: CosineAnnealingLR(o, 4),
    "CosineAnnealingWarmRestarts": lambda o: CosineAnnealingWarmRestarts(o, 4),
    "OneCycleLR": lambda o: OneCycleLR(o, 1.0, total_steps=30),
    "CyclicLR": lambda o: CyclicLR(o, 0.1, 1.0, step_size_up=3),
    "LambdaLR": lambda o: LambdaLR(o, lambda step: 1 / (1 + step)),
    "MultiplicativeLR": lambda o: MultiplicativeLR(o, lambda step: 0.9),
    "ReduceLROnPlateau": lambda o: ReduceLROnPlateau(o, patience=1),
    "SequentialLR": lambda o: SequentialLR(o, [LinearLR(o), ExponentialLR(o, 0.9)], [4]),
    "ChainedScheduler": lambda o: ChainedScheduler([LinearLR(o), ExponentialLR(o, 0.9)]),
    "SWALR": lambda o: SWALR(o, 0.05),
}
each = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def optimizer_of(lr=0.1, kind=nn.optim.Adam):
    return kind([nn.Parameter([1.0])], lr=lr)


def rates_of(schedule, steps):
    return schedule.rates(steps)[:, 0].tolist()


def step(schedule, metric=1.0):
    schedule.step(*([metric] if isinstance(schedule, ReduceLROnPlateau) else []))


def test_every_schedule_is_tried():
    assert set(MAKERS) == {*nn.optim.lr_scheduler.__all__, "SWALR"} - {"LRScheduler"}


# --- what is to come ------------------------------------------------------------------------------------


@each
def test_rates_are_told_without_a_change(make):
    optimizer = optimizer_of()
    schedule = make(optimizer)
    step(schedule)
    group, state = copy.copy(optimizer.param_groups[0]), schedule.state_dict()
    metrics = ([1.0] * 9,) if isinstance(schedule, ReduceLROnPlateau) else ()
    told = schedule.rates(10, *metrics)
    assert optimizer.param_groups[0] == group and schedule.state_dict() == state
    for row in told:
        assert schedule.get_last_lr() == row.tolist() == [optimizer.param_groups[0]["lr"]]
        step(schedule)


def test_a_metric_cannot_be_told():
    schedule = ReduceLROnPlateau(optimizer_of())
    with pytest.raises(ArgumentError, match="3 numbers for 4 steps, got 0"):
        schedule.rates(4)


# --- going on with a run --------------------------------------------------------------------------------


@each
def test_a_run_goes_on_from_json_alone(make):
    optimizer, other = optimizer_of(), optimizer_of(lr=7.0)
    schedule = make(optimizer)
    for _ in range(5):
        step(schedule)
    state = json.loads(json.dumps(schedule.state_dict(), allow_nan=False))
    resumed = make(other)
    resumed.load_state_dict(state)
    for _ in range(10):
        ours, theirs = optimizer.param_groups[0], other.param_groups[0]
        assert (ours["lr"], ours["betas"]) == (theirs["lr"], theirs["betas"])
        step(schedule)
        step(resumed)


def test_states_that_do_not_fit_change_nothing():
    optimizer = optimizer_of()
    schedule = SequentialLR(optimizer, [LinearLR(optimizer), StepLR(optimizer, 3)], [4])
    before = schedule.state_dict()
    wrong = copy.deepcopy(before)
    wrong["last_epoch"], wrong["_schedulers"][1] = 3, ExponentialLR(optimizer_of(), 0.5).state_dict()
    with pytest.raises(ArgumentError, match=r"StepLR.load_state_dict: .* misses step_size"):
        schedule.load_state_dict(wrong)
    with pytest.raises(ArgumentError, match="1 schedules in the state dict, 2 here"):
        schedule.load_state_dict({**before, "_schedulers": before["_schedulers"][:1]})
    assert schedule.state_dict() == before
    with pytest.raises(ArgumentError, match="it has step_size, and misses nothing"):
        ExponentialLR(optimizer_of(), 0.5).load_state_dict(StepLR(optimizer_of(), 3).state_dict())
    two_groups = nn.optim.SGD([{"params": [nn.Parameter([1.0])]} for _ in "ab"], lr=0.1)
    with pytest.raises(ArgumentError, match="rates of 2 groups in the state dict, 1 in the optimizer"):
        StepLR(optimizer_of(), 3).load_state_dict(StepLR(two_groups, 3).state_dict())


def test_restarts_find_their_place():
    optimizer = optimizer_of()
    told = rates_of(CosineAnnealingWarmRestarts(optimizer, 2, T_mult=2), 20)
    for last_epoch in range(10):
        schedule = CosineAnnealingWarmRestarts(optimizer, 2, T_mult=2, last_epoch=last_epoch)
        assert rates_of(schedule, 9) == told[last_epoch + 1 : last_epoch + 10]


# --- one after another ----------------------------------------------------------------------------------


def test_sequences_and_chains_in_a_sequence_begin_at_their_milestone():
    optimizer = optimizer_of(lr=1.0)
    inner = SequentialLR(optimizer, [ConstantLR(optimizer, 0.5, 9), ExponentialLR(optimizer, 0.5)], [2])
    chain = ChainedScheduler([ConstantLR(optimizer, 0.5, 2), ExponentialLR(optimizer, 0.5)])
    schedule = SequentialLR(optimizer, [ExponentialLR(optimizer, 0.1), inner, chain], [2, 6])
    expected = [1, 0.1, 0.5, 0.5, 1, 0.5, 0.5, 0.25, 0.25, 0.125]
    np.testing.assert_allclose(rates_of(schedule, 10), expected)
    optimizer = optimizer_of(lr=1.0)
    chain = ChainedScheduler([ConstantLR(optimizer, 0.5, 2), ExponentialLR(optimizer, 0.5)])
    schedule = SequentialLR(optimizer, [chain, StepLR(optimizer, 9)], [3])
    np.testing.assert_allclose(rates_of(schedule, 4), [0.5, 0.25, 0.25, 1])


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: StepLR(o, 0), r"StepLR: step_size=0; want a whole number of at least 1"),
        (lambda o: StepLR(o, 2.5), r"step_size=2.5; want a whole number"),
        (lambda o: StepLR(o, None), r"step_size=None"),
        (lambda o: ExponentialLR(o, -1), r"gamma=-1; want a number of at least 0"),
        (lambda o: ExponentialLR(o, "fast"), r"gamma='fast'"),
        (lambda o: MultiStepLR(o, [5, 2]), r"milestones=\[5, 2\]; want them in rising order"),
        (lambda o: ConstantLR(o, factor=0), r"factor=0; want more than 0 and at most 1"),
        (lambda o: LinearLR(o, start_factor=2), r"start_factor=2; want a number of at least 0 and at most 1"),
        (lambda o: LinearLR(o, total_iters=0), r"total_iters=0"),
        (lambda o: OneCycleLR(o, 1.0), r"give total_steps, or both epochs and steps_per_epoch"),
        (lambda o: OneCycleLR(o, 1.0, epochs=3, steps_per_epoch=0), r"steps_per_epoch=0"),
        (lambda o: OneCycleLR(o, [1.0, 2.0], 9), r"max_lr has 2 values; the optimizer has 1 groups"),
        (lambda o: OneCycleLR(o, 1.0, 9, div_factor=0), r"div_factor=0; want more than 0"),
        (lambda o: OneCycleLR(o, 1.0, 9, anneal_strategy="sine"), r"anneal_strategy='sine'; want 'cos' or 'linear'"),
        (lambda o: CyclicLR(nn.optim.Adagrad([nn.Parameter([1.0])]), 0, 1), r"Adagrad has neither momentum nor betas"),
        (lambda o: LambdaLR(o, [abs, abs]), r"2 functions; the optimizer has 1 groups"),
        (lambda o: ReduceLROnPlateau(o, factor=1), r"factor=1; want a number of at least 0 and below 1"),
        (lambda o: ReduceLROnPlateau(o).step(), r"want the metric that it watches, such as schedule.step\(val_loss\)"),
        (lambda o: StepLR(o, 3, last_epoch=4), r"last_epoch=4, but group 0 of the optimizer has no 'initial_lr'"),
        (lambda o: SequentialLR(o, [], []), r"want at least one schedule, got none"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)] * 3, [5, 5]), r"milestones=\[5, 5\] for 3 schedules"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)] * 2, [5, 7]), r"want one less than there are schedules"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)], [], last_epoch=3), r"To go on with a run, use load_state_dict"),
        (lambda o: SequentialLR(o, [stepped(StepLR(o, 1))], []), r"schedule 0, a StepLR, is at step 1"),
        (lambda o: SequentialLR(o, [StepLR(optimizer_of(), 1)], []), r"schedule 0, a StepLR, is of another optimizer"),
        (lambda o: ChainedScheduler([ReduceLROnPlateau(o)]), r"whose steps take a metric"),
        (lambda o: StepLR(o, 1).rates(0), r"steps=0"),
        (lambda o: CosineAnnealingWarmRestarts(o, 2).step(-0.5), r"epoch=-0.5; want a number of at least 0"),
        (lambda o: nn.plots.plot_schedule({}, 3), r"at least one schedule"),
        (lambda o: nn.plots.plot_schedule(StepLR(o, 1), 3, metrics=[1, 2]), r"metrics only for a ReduceLROnPlateau"),
    ],
)
def test_errors_say_what_is_wanted(make, message):
    with pytest.raises(ValueError, match=message):
        make(optimizer_of())


def stepped(schedule):
    schedule.step()
    return schedule


def test_what_is_no_optimizer_schedule_or_function():
    model = nn.Linear(1, 1)
    for given in (model, model.parameters(), nn.optim.SGD, None):
        for make in (lambda o: StepLR(o, 1), lambda o: OneCycleLR(o, 1.0, 9), ReduceLROnPlateau, lambda o: SWALR(o, 1)):
            with pytest.raises(TypeError, match=r"want an optimizer, such as nn.optim.SGD"):
                make(given)
    with pytest.raises(TypeError, match="schedule 0 is a Adam; want schedules"):
        ChainedScheduler([optimizer_of()])
    with pytest.raises(TypeError, match=r"lr_lambda is 0.5; want a function of the step's number"):
        MultiplicativeLR(optimizer_of(), 0.5)


def test_one_cycle_ends():
    optimizer = optimizer_of()
    schedule = OneCycleLR(optimizer, 1.0, total_steps=4)
    for _ in range(4):  # a step after each batch
        schedule.step()
    state, rate = schedule.state_dict(), optimizer.param_groups[0]["lr"]
    with pytest.raises(ArgumentError, match="this is step 5; the schedule was made for total_steps=4, and is over"):
        schedule.step()
    assert schedule.state_dict() == state and optimizer.param_groups[0]["lr"] == rate
    assert rates_of(OneCycleLR(optimizer_of(), 1.0, total_steps=10, pct_start=0.1), 1) == [1.0]  # PyTorch divides by 0
    for arguments in ({"anneal_strategy": "linear"}, {"three_phase": True, "anneal_strategy": "linear"}, {}):
        schedule = OneCycleLR(optimizer_of(), 1.0, total_steps=6, **arguments)
        rates = rates_of(schedule, 7)
        assert rates[6] == pytest.approx(rates[5])  # the step after the last batch: in PyTorch a rate below 0


def test_warm_restarts_within_epochs():
    made = [CosineAnnealingWarmRestarts(optimizer_of(), 2, 2) for _ in range(2)]
    for batch in range(8):
        made[0].step(batch / 4)
    made[1].load_state_dict(made[0].state_dict())
    assert made[1].T_cur == 1.75 and made[0].get_last_lr() == made[1].get_last_lr()
    assert made[0].get_last_lr()[0] == pytest.approx(0.1 * (1 + np.cos(np.pi * 1.75 / 2)) / 2)
    made[1].step(2.0)
    assert made[1].get_last_lr() == [0.1] and made[1].T_i == 4


def test_groups_that_are_added_later():
    optimizer = optimizer_of(lr=1.0)
    factors, first = ExponentialLR(optimizer, 0.5), LambdaLR(optimizer, lambda step: 0.5)
    optimizer.add_param_group({"params": [nn.Parameter([1.0])], "lr": 3.0})
    factors.step()
    assert factors.get_last_lr() == [0.25, 1.5]
    with pytest.raises(ArgumentError, match="the optimizer has 2 groups, the schedule rates for 1: make the schedule"):
        first.step()


def test_a_schedule_of_ones_own():
    class Halves(LRScheduler):
        def get_lr(self):
            return [base / 2**self.last_epoch for base in self.base_lrs]

    assert rates_of(Halves(optimizer_of(1.0)), 3) == [1, 0.5, 0.25]
    with pytest.raises(NotImplementedError, match="LRScheduler has no get_lr method"):
        LRScheduler(optimizer_of())


def test_rates_are_at_least_0():
    optimizer = optimizer_of(lr=0.3)
    schedule = LinearLR(optimizer, start_factor=0.7, end_factor=0.0, total_iters=13)
    told = rates_of(schedule, 20)
    assert 0 <= min(told) < 1e-15
    schedule = LambdaLR(optimizer, lambda step: 1 - step / 2)
    assert rates_of(schedule, 3)[2] == 0
    with pytest.raises(ArgumentError, match=r"LambdaLR: the rates of step 3 are \[-0.15\]; want at least 0"):
        schedule.rates(4)


def test_rates_are_python_numbers_whatever_was_given():
    optimizer = optimizer_of(lr=np.float32(0.5))
    schedule = LambdaLR(optimizer, lambda step: np.float32(0.5))
    assert type(optimizer.param_groups[0]["lr"]) is float
    json.dumps(schedule.state_dict())


# --- pictures -------------------------------------------------------------------------------------------


def test_a_picture_has_a_line_for_each_schedule_and_each_group_of_its_own(tmp_path):
    pytest.importorskip("matplotlib")
    two = nn.optim.SGD([{"params": [nn.Parameter([1.0])], "lr": lr} for lr in (1.0, 0.1)], lr=1.0)
    plateau = ReduceLROnPlateau(optimizer_of(), factor=0.5, patience=0)
    schedules = {"step": StepLR(two, 2), "plateau": plateau}
    axes = nn.plots.plot_schedule(schedules, 4, [1, 1, 1], tmp_path / "rates.png")
    labels = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert labels == ["step, group 0", "step, group 1", "plateau"]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [1, 1, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(axes.lines[2].get_ydata(), [0.1, 0.1, 0.05, 0.025, 0.025])
    assert (tmp_path / "rates.png").stat().st_size > 5000
    assert nn.plots.plot_schedule(StepLR(optimizer_of(), 2), 3).figure.legends == []


def test_a_schedule_may_be_made_anew_as_in_pytorch():
    """By last_epoch, of an optimizer that took over a state dict: that has the first rates."""

    def optimizer():
        return nn.optim.SGD([nn.Parameter([1.0])], lr=0.8)

    first = optimizer()
    schedule = nn.optim.lr_scheduler.StepLR(first, 2)
    for _ in range(3):
        schedule.step()
    second = optimizer()
    second.load_state_dict(first.state_dict())
    again = nn.optim.lr_scheduler.StepLR(second, 2, last_epoch=3)
    schedule.step()
    assert again.get_last_lr() == schedule.get_last_lr() == [pytest.approx(0.008)]

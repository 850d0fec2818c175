"""The sanity check before a long run: a model that can learn learns one small batch by heart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole
from nn.module import Module
from nn.train.losses import lacks_graph, number_of
from nn.train.undoing import one_step, undone

GOAL = 0.05  # of the loss at first
SHOWN = 5  # names in a sentence


@dataclass(frozen=True, slots=True, eq=False)
class OverfitTest:
    """Whether a model learnt one batch by heart.

    Attributes
    ----------
    losses: before each step, and after the last one where the goal was reached.
    goal: the loss at which the batch counts as learnt.
    learnt: whether it was reached.
    findings: sentences on what is wrong, or may be; some are there although it was.

    ``str`` of it says all this.

    >>> import autograd as ag, nn
    >>> model = nn.Linear(1, 1)
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> loss = lambda batch: nn.functional.mse_loss(model(batch[0]), batch[1])
    >>> found = nn.train.overfit_one_batch(model, optimizer, (ag.ones(4, 1), ag.zeros(4, 1)), loss)
    >>> found.learnt, bool(found.losses[-1] <= found.goal)
    (True, True)
    """

    losses: np.ndarray
    goal: float
    learnt: bool
    findings: tuple[str, ...]

    def __str__(self) -> str:
        numbers = f"the loss went from {self.losses[0]:.4g} to {self.losses[-1]:.4g}" if len(self.losses) else "no loss"
        what = "learnt" if self.learnt else f"not learnt (goal {self.goal:.4g})"
        return "\n- ".join([f"one batch, {what} in {len(self.losses)} steps: {numbers}", *self.findings])

    __repr__ = __str__


def overfit_one_batch(
    model: Module,
    optimizer: Any,
    batch: Any,
    compute_loss: Callable[[Any], Any],
    *,
    steps: int = 300,
    goal: float | None = None,
    on_gradients: Callable[[], Any] | None = None,
) -> OverfitTest:
    """Train on one batch again and again, say whether it was learnt by heart and why not, and then undo it all.

    A model that fails has a mistake in it, or a rate that does not fit; one that passes may still have wrong labels,
    since these can be learnt by heart too. Afterwards, also where an error or Ctrl-C ended it, weights, buffers,
    optimizer and random states are what they were, to the bit.

    Parameters
    ----------
    model: in training during the test, so with its dropout.
    optimizer: over its parameters; its rates are used.
    batch: a few samples, such as 32: a tuple of arrays whose last one is the target, or anything that
        ``compute_loss`` takes.
    compute_loss: of the batch: a Tensor ().
    steps: at most so many, 2 or more; fewer where the goal is reached.
    goal: the loss at which the batch counts as learnt; if None, a twentieth of what it is at first. One that cannot
        come down to that, as with label smoothing, needs a goal of its own.
    on_gradients: called when the gradients of a step are there, such as to clip them.

    Raises ArgumentError for arguments out of range, and for a loss that is not above 0 without a goal.

    >>> import nn
    >>> from nn.data import load_digits
    >>> images, labels = load_digits()
    >>> model = nn.models.mlp(64, [32], 10)
    >>> optimizer = nn.optim.Adam(model.parameters(), lr=1e-2)
    >>> loss = lambda batch: nn.functional.cross_entropy(model(batch[0]), batch[1])
    >>> nn.train.overfit_one_batch(model, optimizer, (images[:16], labels[:16]), loss).learnt
    True
    """
    check_whole("overfit_one_batch", 2, steps=steps)
    seen = {name: math.nan for name, p in model.named_parameters() if p.requires_grad}  # their largest gradients

    def look() -> None:
        for name, p in model.named_parameters():
            if p.grad is not None:
                largest = float(np.abs(p.grad.data).max(initial=0))
                seen[name] = np.fmax(seen.get(name, 0.0), largest if math.isfinite(largest) else math.inf)
        if on_gradients is not None:
            on_gradients()

    losses: list[float] = []
    with undone(model, optimizer), np.errstate(over="ignore", invalid="ignore"):
        loss = compute_loss(batch)
        value = number_of("overfit_one_batch", loss)
        if problem := lacks_graph(loss):
            return OverfitTest(np.array([value]), math.nan, False, (problem, *_frozen(model)))
        goal = _goal(value) if goal is None else goal
        while len(losses) < steps and (not losses or goal < losses[-1] < math.inf):
            try:
                losses.append(one_step("overfit_one_batch", optimizer, lambda: compute_loss(batch), look))
            except ag.errors.NonFiniteError:  # of gradients, where they are clipped; of values, under ag.debug()
                losses.append(math.nan)
    learnt = losses[-1] <= goal
    findings = [*(_unmoved(optimizer, model, seen) if math.isfinite(losses[0]) else []), *_of_batch(batch)]
    if not learnt:
        rate = max(float(group["lr"]) for group in optimizer.param_groups)
        findings += [*_frozen(model), _of_losses(np.array(losses), rate), *_of_dropout(model)]
    return OverfitTest(np.array(losses), goal, learnt, tuple(findings))


def _goal(first: float) -> float:
    if first <= 0:
        raise ag.errors.ArgumentError(
            f"overfit_one_batch: the loss is {first:.4g} at first, so that a twentieth of it is no goal; give one."
        )
    return GOAL * first if math.isfinite(first) else math.nan


def _frozen(model: Module) -> list[str]:
    names = [name for name, p in model.named_parameters() if not p.requires_grad]
    return [f"{_listed(names)} frozen (requires_grad=False): model.requires_grad_() lets all learn."] if names else []


def _unmoved(optimizer: Any, model: Module, seen: dict[str, float]) -> list[str]:
    """A sentence for parameters that could not learn, of each kind."""
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    parameters = dict(model.named_parameters())
    findings = []
    for names, why in [
        (
            [name for name, largest in seen.items() if math.isnan(largest)],
            "never given a gradient: the loss does not depend on them, since forward does not use them, or what they "
            "compute is detached (.detach(), .numpy(), no_grad).",
        ),
        (
            [name for name, largest in seen.items() if largest == 0],
            "given gradients of 0 only: units behind them are dead or saturated, or multiplied by 0.",
        ),
        (
            [name for name in seen if id(parameters[name]) not in held],
            "not in the optimizer, so nothing changes them: build it with model.parameters(), after the model.",
        ),
    ]:
        if names:
            findings.append(f"{_listed(names)} {why}")
    return findings


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more} {'was' if len(names) == 1 else 'were'}"


def _of_batch(batch: Any) -> Iterator[str]:
    """What is wrong with inputs and targets, where they are arrays with a row for each sample."""
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        return
    arrays = [np.asarray(ag.value_of(part)) for part in batch]
    for place, array in enumerate(arrays):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            yield f"Part {place} of the batch has numbers that are not finite."
    samples = len(arrays[-1]) if arrays[-1].ndim else 0
    if not samples or any(
        array.ndim == 0 or len(array) != samples or array.dtype.kind not in "fiub" for array in arrays
    ):
        return
    first: dict[bytes, int] = {}
    for number in range(samples):
        inputs = b"".join(array[number].tobytes() for array in arrays[:-1])
        other = first.setdefault(inputs, number)
        if not np.array_equal(arrays[-1][number], arrays[-1][other]):
            yield (
                f"Samples {other} and {number} have the same inputs and other targets: no model can learn both. Are "
                "the targets out of order with the inputs, or the inputs overwritten?"
            )
            return


def _of_losses(losses: np.ndarray, rate: float) -> str:
    """What the curve looks like."""
    last = losses[-max(2, len(losses) // 4) :]
    if not np.isfinite(losses[-1]):
        return (
            f"The loss was not finite after {len(losses) - 1} steps: the rate lr={rate:g} is too high (see lr_find), "
            "or an operation left its domain; ag.debug() names it."
        )
    if np.ptp(losses) == 0:
        return f"The loss did not change at all: with lr={rate:g} no parameter that it depends on is learning."
    if losses[-1] > losses[0] or np.ptp(last) > 0.5 * losses[0]:
        return f"The loss rises, or swings: the rate lr={rate:g} is probably too high; see lr_find."
    if last[0] - last[-1] > 0.05 * (losses[0] - losses[-1]):
        return f"The loss is still falling: the rate lr={rate:g} is probably too low (see lr_find), or steps too few."
    return (
        f"The loss stands still at {losses[-1]:.4g}. What it may be: a rate lr={rate:g} far too low (see lr_find); "
        "outputs that do not depend on the inputs, as if detached from them, or all units dead; targets out of order "
        "with the inputs; a model that is too small; a loss that cannot come lower, as with label smoothing."
    )


def _of_dropout(model: Module) -> Iterator[str]:
    names = [
        name or "the model" for name, m in model.named_modules() if "Dropout" in type(m).__name__ and vars(m).get("p")
    ]
    if names:
        yield f"{_listed(names)} dropping values, which keeps the loss up: set p=0 for this test, or give a goal."

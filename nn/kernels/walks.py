"""The walk of a recurrent kernel through the time, and back, and the definition of one as a loop.

A batch of sequences is a table of rows, step after step: all elements of the first step, then all of the second. Of
sequences that differ in length the longest come first, so that those still going on at a step are the first of the
batch, and ``sizes`` says how many they are. There is no padding that could enter a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, repeat
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from nn.kernels.checks import place

MOST_KEPT_STEPS = 1000  # longer walks are made anew: making one takes a fifteenth of the time of a step through it

Rows = slice | np.ndarray  # a stretch of rows where there is one: its view costs nothing


# --- the definition -------------------------------------------------------------------------------------


def walked(step: Callable[..., Any], x: Any, states: Sequence[Any], sizes: Any, is_reversed: bool) -> tuple[Any, ...]:
    """Results of ``step(x_t, *states) -> states`` at all steps: the first state's rows, and the last of each state."""
    sizes = all_steps(len(x), len(states[0]), sizes) or [0]  # without steps, one of nothing: gradients are 0, not None
    parts = np.split(x, list(accumulate(sizes[:-1])))
    outs: list[Any] = [states[0][:0]] * len(sizes)
    for t in reversed(range(len(sizes))) if is_reversed else range(len(sizes)):
        going_on = sizes[t]
        if going_on == len(states[0]):
            states = step(parts[t], *states)
            outs[t] = states[0]
        else:
            news = step(parts[t], *(state[:going_on] for state in states))
            outs[t] = news[0]
            states = [np.concatenate([new, state[going_on:]]) for new, state in zip(news, states, strict=True)]
    return np.concatenate([states[0][:0], *outs]), *states


def affine(x: Any, weight: Any, bias: Any) -> Any:
    """``x @ weight.T + bias``."""
    return x @ weight.T if bias is None else x @ weight.T + bias


# --- the walk -------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """Where rows of a step are, in the tables of inputs and of states, and where the states before it are."""

    rows: slice
    own: slice
    before: Rows


class Walk(NamedTuple):
    """The steps of a batch in the order in which they are taken, and where states are kept.

    States are one table: of each step's rows, and of the initial ones, which stand where the walk begins.

    Attributes
    ----------
    initial, own: where the initial states and those of the steps are in the table.
    before: for each row of the inputs, the state before it.
    last: for each sequence, its last state.
    even: how many sequences there are, if all of them go on at every step, and else 0.
    is_reversed: whether it goes from the last step to the first.
    """

    steps: list[Step]
    initial: slice
    own: slice
    before: Rows
    last: Rows
    even: int
    is_reversed: bool

    def memory(self, initial: np.ndarray) -> np.ndarray:
        """A table of states that holds the initial ones."""
        table = np.empty((self.own.stop - self.own.start + len(initial), initial.shape[1]), initial.dtype)
        table[self.initial] = initial
        return table

    def each(self, table: Any, back: bool = False) -> Iterator[Any]:
        """The rows of each step in a table (..., rows, width), on the way or on the way back; of None, None each time.

        Where all sequences go on at every step, this takes a third of the time of a slice a step.
        """
        if table is None:
            return repeat(None)
        if not self.even:
            return (table[..., step.rows, :] for step in (reversed(self.steps) if back else self.steps))
        by_step = table.reshape(*table.shape[:-2], len(self.steps), self.even, table.shape[-1])
        by_step = np.moveaxis(by_step, -3, 0)
        return iter(by_step if self.is_reversed == back else by_step[::-1])

    def each_before(self, states: np.ndarray) -> Iterator[np.ndarray]:
        """The states before each step, from a table of states that is written meanwhile."""
        return self.each(states[self.before]) if self.even else (states[step.before] for step in self.steps)


def walk(rows: int, batch: int, sizes: Any, is_reversed: bool) -> Walk:
    """The walk through a table of so many rows, from the last step to the first if reversed."""
    sizes = tuple(all_steps(rows, batch, sizes))
    make = _walk if len(sizes) <= MOST_KEPT_STEPS else _walk.__wrapped__
    return make(sizes, rows, batch, is_reversed)


def all_steps(rows: int, batch: int, sizes: Any) -> list[int]:
    """How many sequences go on at each step; all of them, where sizes is None. Raises ShapeError for other rows."""
    if sizes is None:
        found = [batch] * (rows // batch if batch else 0)
        want = f"a multiple of the batch of {batch}"
    else:
        found = [int(size) for size in sizes]
        want = f"sizes that fall from at most {batch}, the batch, and sum to the rows"
    if sum(found) != rows or (found and (found[0] > batch or found != sorted(found, reverse=True))):
        raise ag.errors.ShapeError(f"{place('recurrent')}: there are {rows} rows; want {want}.")
    return found


@lru_cache(maxsize=32)
def _walk(sizes: tuple[int, ...], rows: int, batch: int, is_reversed: bool) -> Walk:
    own = slice(0, rows) if is_reversed else slice(batch, batch + rows)
    initial = slice(rows, rows + batch) if is_reversed else slice(0, batch)
    steps = _steps(sizes, own, initial, is_reversed)
    if steps and all(size == batch for size in sizes):
        before = slice(batch, batch + rows) if is_reversed else slice(0, rows)
        return Walk(steps, initial, own, before, steps[-1].own, batch, is_reversed)
    table = np.arange(rows + batch)
    last = table[initial].copy()
    for step in steps:
        places = table[step.own]
        last[: len(places)] = places
    in_time = reversed(steps) if is_reversed else steps
    all_before = np.concatenate([table[:0], *(table[step.before] for step in in_time)])
    return Walk(steps, initial, own, all_before, last, 0, is_reversed)


def _steps(sizes: tuple[int, ...], own: slice, initial: slice, is_reversed: bool) -> list[Step]:
    starts = list(accumulate(sizes, initial=0))
    steps: list[Step] = []
    going_on, place = 0, initial.start  # the states before: how many, and where
    for t in reversed(range(len(sizes))) if is_reversed else range(len(sizes)):
        size, start = sizes[t], own.start + starts[t]
        if steps and size > going_on:  # walked from their ends, shorter sequences begin later
            fresh = np.arange(initial.start + going_on, initial.start + size)
            before: Rows = np.concatenate([np.arange(place, place + going_on), fresh])
        else:
            before = slice(place, place + size)
        steps.append(Step(slice(starts[t], starts[t + 1]), slice(start, start + size), before))
        going_on, place = size, start
    return steps


class Carried:
    """The gradient of a state on its way back through the walk: of the sequences that go on at a step."""

    def __init__(self, of_last: Any, like: np.ndarray) -> None:
        self.of_last = np.zeros_like(like) if of_last is None else of_last
        self.of_initial = np.array(self.of_last)
        self.now = self.of_last[:0]

    def at(self, size: int) -> np.ndarray:
        """The gradient for ``size`` sequences: those that are new end here, those that are left out have begun."""
        count = len(self.now)
        if size > count:
            self.now = np.concatenate([self.now, self.of_last[count:size]])
        elif size < count:
            self.of_initial[size:count] = self.now[size:]
            self.now = self.now[:size]
        return self.now

    def finished(self) -> np.ndarray:
        """The gradient of the initial state."""
        self.of_initial[: len(self.now)] = self.now
        return self.of_initial

"""What recurrent kernels share: the walk through the time, gates as blocks of memory, and the definition as a loop.

A batch of sequences is a table of rows, step after step: all elements of the first step, then all of the second. Of
sequences that differ in length the longest come first, so that those still going on at a step are the first of the
batch, and ``sizes`` says how many they are. There is no padding that could enter a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from nn.kernels.constants import ones
from nn.kernels.linear import packed
from nn.kernels.threads import HandOver, beside, in_pieces

WORTH_BLAS_THREADS = 1 << 23  # multiplications of a step's products
WORTH_A_THREAD = 1 << 22  # multiplications of all of them
STRETCHES = 6

Rows = slice | np.ndarray  # a stretch of rows where there is one: its view costs nothing


# --- the definition -------------------------------------------------------------------------------------


def walked(step: Callable[..., Any], x: Any, states: Sequence[Any], sizes: Any, is_reversed: bool) -> tuple[Any, ...]:
    """Results of ``step(x_t, *states) -> states`` at all steps: the first state's rows, and the last of each state."""
    sizes = all_steps(len(x), len(states[0]), sizes)
    bounds = list(accumulate(sizes, initial=0))
    nothing = np.zeros((0, states[0].shape[1]), states[0].dtype)
    outs: list[Any] = [nothing] * len(sizes)
    for t in reversed(range(len(sizes))) if is_reversed else range(len(sizes)):
        going_on = sizes[t]
        news = step(x[bounds[t] : bounds[t + 1]], *(state[:going_on] for state in states))
        outs[t] = news[0]
        states = [np.concatenate([new, state[going_on:]]) for new, state in zip(news, states, strict=True)]
    return np.concatenate([nothing, *outs]), *states


def affine(x: Any, weight: Any, bias: Any) -> Any:
    """``x @ weight.T + bias``."""
    return x @ weight.T if bias is None else x @ weight.T + bias


# --- the walk -------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """Where the rows of a step are: in the tables of the inputs and of the states, and those of the states before."""

    rows: slice
    own: slice
    before: Rows


class Walk(NamedTuple):
    """The steps of a batch in the order in which they are taken, and where states are kept.

    States are one table: of each step's rows, and of the initial ones, which stand where the walk begins.
    """

    steps: list[Step]
    initial: slice
    own: slice
    before: Rows  # for each row of the inputs, the state before it
    last: Rows  # for each sequence, its last state
    sizes: list[int]

    def memory(self, initial: np.ndarray) -> np.ndarray:
        """A table of states that holds the initial ones."""
        table = np.empty((self.own.stop - self.own.start + len(initial), initial.shape[1]), initial.dtype)
        table[self.initial] = initial
        return table


def walk(rows: int, batch: int, sizes: Any, is_reversed: bool) -> Walk:
    """The walk through a table of so many rows, from the last step to the first if reversed."""
    return _walk(tuple(all_steps(rows, batch, sizes)), rows, batch, is_reversed)


def all_steps(rows: int, batch: int, sizes: Any) -> list[int]:
    """How many sequences go on at each step; all of them, where sizes is None."""
    return [batch] * (rows // batch if batch else 0) if sizes is None else [int(size) for size in sizes]


@lru_cache(maxsize=32)
def _walk(sizes: tuple[int, ...], rows: int, batch: int, is_reversed: bool) -> Walk:
    starts = list(accumulate(sizes, initial=0))
    own, initial = (
        (slice(0, rows), slice(rows, rows + batch))
        if is_reversed
        else (
            slice(batch, batch + rows),
            slice(0, batch),
        )
    )
    steps: list[Step] = []
    going_on, place = 0, initial.start  # of the states before the next step: how many, and where
    for t in reversed(range(len(sizes))) if is_reversed else range(len(sizes)):
        size, start = sizes[t], own.start + starts[t]
        if steps and size > going_on:  # sequences that begin here, as those do that are walked from their ends
            fresh = np.arange(initial.start + going_on, initial.start + size)
            before: Rows = np.concatenate([np.arange(place, place + going_on), fresh])
        else:
            before = slice(place, place + size)
        steps.append(Step(slice(starts[t], starts[t + 1]), slice(start, start + size), before))
        going_on, place = size, start
    if all(size == batch for size in sizes):
        last = slice(place, place + batch)
        return Walk(
            steps, initial, own, slice(batch, batch + rows) if is_reversed else slice(0, rows), last, list(sizes)
        )
    ends = np.arange(initial.start, initial.stop)
    for step in steps:
        ends[: step.own.stop - step.own.start] = np.arange(step.own.start, step.own.stop)
    table = np.arange(rows + batch)
    in_order = steps[::-1] if is_reversed else steps
    befores = np.concatenate([table[:0], *(table[step.before] for step in in_order)])
    return Walk(steps, initial, own, befores, ends, list(sizes))


def side_by_side(weight: np.ndarray, batch: int, rows: int) -> AbstractContextManager[HandOver]:
    """A block for the loop over the steps, in which products that nobody waits for go to another thread.

    That is where the products of a step are too small for several threads; where they are large, BLAS has them all.
    """
    if weight.size * batch >= WORTH_BLAS_THREADS:
        return nullcontext(HandOver(None))
    return beside(is_worth_it=weight.size * rows >= WORTH_A_THREAD)


def stretches(steps: Sequence[Step], hand_over: HandOver) -> Iterator[tuple[slice, Sequence[Step]]]:
    """The steps in several stretches with all rows of each, so that their products can be handed over; or in one."""
    count = -(-len(steps) // (STRETCHES if hand_over.is_beside else 1)) or 1
    for first in range(0, len(steps), count):
        some = steps[first : first + count]
        bounds = [bound for step in (some[0], some[-1]) for bound in (step.rows.start, step.rows.stop)]
        yield slice(min(bounds), max(bounds)), some


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


# --- gates ----------------------------------------------------------------------------------------------
# Each gate is a block of memory of its own, (gates, rows, hidden): elementwise work on one runs through without gaps,
# and products of 128 columns are quicker than of 512. Sigmoids are computed as (tanh(x / 2) + 1) / 2, so that one tanh
# serves all gates; their weights are halved beforehand.


def columns(weight: np.ndarray, order: Sequence[int], scale: np.ndarray) -> np.ndarray:
    """(gates * hidden, in) -> (gates, in, hidden), gates in the given order and scaled: what rows are multiplied by."""
    gates = len(order)
    by_gate = weight.reshape(gates, weight.shape[0] // gates, weight.shape[1])
    out = np.empty((gates, weight.shape[1], by_gate.shape[1]), weight.dtype)
    for place, gate in enumerate(order):
        np.multiply(by_gate[gate].T, scale[place], out=out[place])
    return out


def input_gates(
    x: np.ndarray, weight: np.ndarray, biases: Sequence[Any], order: Sequence[int], scale: Any, out: np.ndarray
) -> None:
    """Fill in the inputs' share of all gates at all steps, biases included, (gates, rows, hidden)."""
    x, of_gates = packed(x), columns(weight, order, scale)
    given = [bias for bias in biases if bias is not None]
    bias = sum(given[1:], given[0]).reshape(len(order), 1, -1)[list(order)] * scale[:, None, None] if given else None

    def work(start: int, stop: int) -> None:
        part = np.matmul(x[start:stop], of_gates, out=out[:, start:stop])
        if bias is not None:
            part += bias

    in_pieces(work, len(x), is_worth_it=len(x) * weight.size >= WORTH_A_THREAD)


class Products:
    """Gradients of a table of rows and of the weight and the bias that it met, added up stretch by stretch.

    Parameters
    ----------
    d: gradients of the gates, (gates, rows, hidden), in the order that ``order`` says.
    table: what was multiplied, (rows, in).
    weight: (gates * hidden, in).
    wanted: whether the gradients of the table, the weight and the bias are.
    """

    def __init__(
        self, d: np.ndarray, table: np.ndarray, weight: np.ndarray, order: Sequence[int], wanted: tuple[bool, ...]
    ) -> None:
        gates, _, hidden = d.shape
        self.blocks = [(d[place], gate) for place, gate in enumerate(order)]
        self.table = packed(table)
        self.by_gate = weight.reshape(gates, hidden, -1)
        self.to_table = np.empty_like(self.table) if wanted[0] else None
        self._to_weight = np.zeros_like(self.by_gate) if wanted[1] else None
        self._to_bias = np.zeros((gates, hidden), d.dtype) if wanted[2] else None

    def add(self, rows: slice) -> None:
        """Add what comes of some rows, whose gradients of the gates are there."""
        table, to_table = self.table[rows], None
        for block, gate in self.blocks:
            d = block[rows]
            if self._to_weight is not None:
                self._to_weight[gate] += d.T @ table
            if self._to_bias is not None:
                self._to_bias[gate] += ones(len(d), d.dtype) @ d
            if self.to_table is None:
                continue
            if to_table is None:
                to_table = np.matmul(d, self.by_gate[gate], out=self.to_table[rows])
            else:
                to_table += d @ self.by_gate[gate]

    @property
    def to_weight(self) -> Any:
        """Gradient of the weight, or None."""
        return None if self._to_weight is None else self._to_weight.reshape(-1, self.by_gate.shape[2])

    @property
    def to_bias(self) -> Any:
        """Gradient of the bias, or None."""
        return None if self._to_bias is None else self._to_bias.reshape(-1)


# --- samples for tests ----------------------------------------------------------------------------------


def sampled(rng: np.random.Generator, gates: int, states: int = 1, projected: int | None = None) -> list[Any]:
    """Random rows, initial states, weights and biases of a recurrent kernel, and sizes and direction of a walk."""
    steps, batch, inside, hidden = (int(n) for n in rng.integers(1, 4, 4))
    sizes = np.sort(rng.integers(0, batch + 1, steps))[::-1].copy() if rng.random() < 0.5 else None
    rows = batch * steps if sizes is None else int(sizes.sum())
    width = projected or hidden
    first: list[Any] = [rng.normal(size=(rows, inside)), rng.normal(size=(batch, width))]
    first += [rng.normal(size=(batch, hidden)) for _ in range(states - 1)]
    first += [rng.normal(size=(gates * hidden, n)) for n in (inside, width)]
    first += [rng.normal(size=gates * hidden), rng.normal(size=gates * hidden)] if rng.random() < 0.7 else [None, None]
    if projected is not None:
        first.append(rng.normal(size=(projected, hidden)))
    return [*first, sizes, bool(rng.integers(2))]

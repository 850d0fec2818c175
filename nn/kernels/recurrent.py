"""What recurrent kernels share: gates as blocks of memory, and the products that no step waits for.

Each gate is a block of memory of its own, (gates, rows, hidden): elementwise work on one runs through without gaps, and
products of 128 columns are quicker than of 512. Sigmoids are computed as (tanh(x / 2) + 1) / 2, so that one tanh serves
all gates; their weights are halved beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from autograd.parallel import HandOver, beside, in_pieces
from nn.kernels.constants import ones
from nn.kernels.linear import packed
from nn.kernels.walks import Step

WORTH_BLAS_THREADS = 10_000_000  # multiplications of a step's products: fewer of them are done sooner by one thread
WORTH_A_THREAD = 1 << 22  # multiplications of all of them
STRETCHES = 6

Shape = tuple[int, ...]


def multiply_adds(x_shape: Shape, w_ih_shape: Shape, w_hh_shape: Shape) -> int:
    """Of a recurrent kernel: each row meets the weights of the input and those of the state."""
    return x_shape[0] * (math.prod(w_ih_shape) + math.prod(w_hh_shape))


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
    of_bias = columns(sum(given)[:, None], order, scale) if given else None

    def work(start: int, stop: int) -> None:
        part = np.matmul(x[start:stop], of_gates, out=out[:, start:stop])
        if of_bias is not None:
            part += of_bias

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
        self.by_gate = weight.reshape(gates, hidden, weight.shape[1])
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
        gates, hidden, inside = self.by_gate.shape
        return None if self._to_weight is None else self._to_weight.reshape(gates * hidden, inside)

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

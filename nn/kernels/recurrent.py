"""What recurrent kernels share: gates as blocks of memory, and the products that no step waits for.

Each gate is a block of memory of its own, (gates, rows, hidden): elementwise work on one runs through without gaps, and
products of 128 columns are quicker than of 512. Sigmoids are computed as (tanh(x / 2) + 1) / 2, so that one tanh serves
all gates; their weights are halved beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from autograd.parallel import HandOver, beside, in_pieces
from nn.kernels.constants import ones
from nn.kernels.linear import packed
from nn.kernels.walks import Step

WORTH_BLAS_THREADS = 10_000_000  # multiplications of a step's products: fewer of them are done sooner by one thread
WORTH_A_THREAD = 1 << 22  # multiplications of products that nobody waits for
WORTH_PIECES = 1 << 23  # and of those that are waited for
WORTH_PREPARING_IN_PIECES = 1 << 18  # numbers

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


def stretches(steps: Sequence[Step], weight: np.ndarray, hand_over: HandOver) -> Iterator[tuple[slice, int]]:
    """All rows of a stretch of steps, and how many steps it has, one stretch after the other; or all in one.

    Where their products with the weight are handed over, each is a quarter of what is left, so that at the end little
    is waited for, but not so short that handing it over takes longer than it does.
    """
    rows = _rows_of(steps) if steps else slice(0, 0)
    if not hand_over.is_beside:
        yield rows, len(steps)
        return
    multiplications = weight.size * (rows.stop - rows.start) / len(steps)
    fewest = math.ceil(WORTH_A_THREAD / multiplications)
    done = 0
    while done < len(steps):
        left = steps[done:]
        some = left[: max(fewest, len(left) // 4)]
        yield _rows_of(some), len(some)
        done += len(some)


def _rows_of(steps: Sequence[Step]) -> slice:
    """Those of neighbouring steps, in whichever direction they go."""
    bounds = [bound for step in (steps[0], steps[-1]) for bound in (step.rows.start, step.rows.stop)]
    return slice(min(bounds), max(bounds))


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

    in_pieces(work, len(x), is_worth_it=len(x) * weight.size >= WORTH_PIECES)


def prepared(prepare: Callable[..., None], *tables: np.ndarray) -> None:
    """``prepare(*tables)``, each (..., rows, hidden), whose rows are independent: in pieces, where that is worth it."""
    rows = tables[0].shape[-2]
    in_pieces(
        lambda start, stop: prepare(*(table[..., start:stop, :] for table in tables)),
        rows,
        is_worth_it=tables[0].size >= WORTH_PREPARING_IN_PIECES,
    )


class Products:
    """Gradients of a table of rows and of the weight and the bias that it met.

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
        self.d, self.order, self.table = d, order, packed(table)
        self.by_gate = weight.reshape(len(d), d.shape[2], weight.shape[1])
        self.wants_weight, self.wants_bias = wanted[1:]
        self.to_table = np.empty_like(self.table) if wanted[0] else None
        self._to_weight: Any = None
        self._to_bias: Any = None

    def add(self, rows: slice) -> None:
        """Add what comes of some rows, whose gradients of the gates are there."""
        self._sum_up(self._of(rows.start, rows.stop))

    def add_all(self) -> None:
        """Add what comes of all rows, which several threads share."""
        for part in in_pieces(self._of, len(self.table), is_worth_it=self.work >= WORTH_PIECES):
            self._sum_up(part)

    @property
    def work(self) -> int:
        """How many multiplications they are."""
        return len(self.table) * self.by_gate.size * (self.wants_weight + (self.to_table is not None))

    def _of(self, start: int, stop: int) -> tuple[Any, Any]:
        """Gradients of the weight and the bias that come of some rows; those of the rows themselves are filled in."""
        table, d = self.table[start:stop], self.d[:, start:stop]
        if self.to_table is not None:
            to_table = np.matmul(d[0], self.by_gate[self.order[0]], out=self.to_table[start:stop])
            for block, gate in zip(d[1:], self.order[1:], strict=True):
                to_table += block @ self.by_gate[gate]
        to_weight = d.transpose(0, 2, 1) @ table if self.wants_weight else None
        return to_weight, ones(len(table), d.dtype) @ d if self.wants_bias else None

    def _sum_up(self, part: tuple[Any, Any]) -> None:
        self._to_weight = _plus(self._to_weight, part[0])
        self._to_bias = _plus(self._to_bias, part[1])

    @property
    def to_weight(self) -> Any:
        """Gradient of the weight, or None."""
        return self._in_order(self._to_weight) if self.wants_weight else None

    @property
    def to_bias(self) -> Any:
        """Gradient of the bias, or None."""
        return self._in_order(self._to_bias).reshape(-1) if self.wants_bias else None

    def _in_order(self, by_place: np.ndarray) -> np.ndarray:
        """(gates, hidden, ...) -> (gates * hidden, ...), in the weight's order."""
        out = np.empty(by_place.shape, by_place.dtype)
        for place, gate in enumerate(self.order):
            out[gate] = by_place[place]
        return out.reshape(-1, *by_place.shape[2:])


class Behind:
    """The products behind a loop, of the states and of the inputs, which another thread does meanwhile.

    In the time of the loop it does those of the states and half as many again. So those of an input that is narrow go
    along; those of a wide one, or of one whose own gradient is wanted, are done after the loop by all threads.
    """

    def __init__(self, hand_over: HandOver, of_states: Products, of_inputs: Products) -> None:
        self.hand_over, self.of_states, self.of_inputs = hand_over, of_states, of_inputs
        self.goes_along = 2 * of_inputs.work <= of_states.work

    def __call__(self, rows: slice) -> None:
        """Hand over what comes of some rows, whose gradients of the gates are there."""
        self.hand_over(self.of_states.add, rows)
        if self.goes_along:
            self.hand_over(self.of_inputs.add, rows)

    def finish(self) -> None:
        """Do the rest, after the loop's block."""
        if not self.goes_along:
            self.of_inputs.add_all()


def _plus(total: Any, part: Any) -> Any:
    """The sum, in the total's memory; the part itself, where it is the first or not wanted."""
    if total is None or part is None:
        return part
    total += part
    return total


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

"""Parameters of one dtype as views of one array, so that an update is a few calls for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

import autograd as ag
from autograd.parallel import in_pieces

PIECE = 491_520  # bytes updated at a time: still in the caches for the next pass; with less, threads wait for the GIL
WORTH_THREADS = 1 << 19  # numbers: Adam takes about a millisecond for them
SCRATCH = 2


Arrays = tuple[np.ndarray, ...]


class Piece:
    """Some consecutive elements of a `FlatStorage`: one or several whole parameters, or a part of a large one.

    Attributes
    ----------
    values, state: the elements themselves, and those of each of the optimizer's arrays.
    scratch: arrays as long for an update to write in, after `borrow`.
    """

    __slots__ = ("_first", "_gathered", "_lane", "_parts", "_places", "_span", "scratch", "state", "values")

    def __init__(self, storage: FlatStorage, start: int, stop: int, members: range) -> None:
        self.values = storage.values[start:stop]
        self.state = tuple([array[start:stop] for array in storage.state])
        self._first = members[0]
        self._span = slice(start - storage.offsets[self._first], stop - storage.offsets[self._first])
        ends = [(i, storage.offsets[i] - start, storage.offsets[i + 1] - start, storage.shapes[i]) for i in members]
        self._parts = ends if len(members) > 1 else []
        self._lane: Arrays = ()

    def borrow(self, lane: Arrays) -> None:
        """Work from now on in the arrays of ``lane``, which are the calling thread's."""
        if self._lane is not lane:
            self._lane = lane
            *scratch, gathered = [array[: self.values.size] for array in lane]
            self.scratch = tuple(scratch)
            self._gathered = gathered  # for several gradients, which are brought together
            self._places = [(i, gathered[first:last].reshape(shape)) for i, first, last, shape in self._parts]

    def gradient(self, grads: Sequence[Any], factor: np.ndarray | None) -> np.ndarray:
        """The gradient of these elements times ``factor``, flat, to be read only: (elements)."""
        if not self._parts:
            whole: np.ndarray = grads[self._first].reshape(-1)
            part = whole[self._span]
            return part if factor is None else np.multiply(part, factor, self._gathered)
        if factor is None:
            for member, place in self._places:
                place[...] = grads[member]
        else:  # in the pass that brings them together
            for member, place in self._places:
                np.multiply(grads[member], factor, place)
        return self._gathered


class Run:
    """Consecutive parameters that have gradients and share the optimizer's numbers, such as ``step``."""

    __slots__ = ("homes", "members", "numbers", "pieces", "size")

    def __init__(self, storage: FlatStorage, members: range) -> None:
        self.members = members
        self.homes = [storage.homes[member] for member in members]
        self.numbers = dict(storage.numbers[members[0]])
        self.pieces = [Piece(storage, *bounds) for bounds in _cut(storage.offsets, members, storage.most)]
        self.size = storage.offsets[members.stop] - storage.offsets[members.start]


class FlatStorage:
    """Parameters of one dtype, and the optimizer's arrays and numbers for them; each array is a flat one for all.

    Parameters
    ----------
    parameters: of one dtype; `settle` makes them views of ``values``.
    arrays: names of the optimizer's arrays, and what they are filled with at first.
    numbers: names of the numbers that the optimizer keeps for each parameter, and what they are at first.
    """

    def __init__(
        self, parameters: Sequence[ag.Tensor], arrays: Mapping[str, float], numbers: Mapping[str, float]
    ) -> None:
        self.parameters = list(parameters)
        self.arrays = arrays
        self.names = tuple(arrays)
        self.dtype = parameters[0].dtype
        self.offsets = [0, *np.cumsum([p.size for p in parameters]).tolist()]
        self.shapes = [p.shape for p in parameters]
        self.values = aligned(self.offsets[-1], self.dtype)
        self.state = tuple([aligned(self.offsets[-1], self.dtype) for _ in arrays])
        for array, value in zip(self.state, arrays.values(), strict=True):
            array[...] = value
        self.most = max(1, PIECE // self.dtype.itemsize)  # elements of a piece
        self.lanes: dict[int, Arrays] = {}
        self.homes = [self._home(i) for i in range(len(parameters))]
        self.numbers = [dict(numbers) for _ in parameters]  # of those that are in no run
        self._runs: list[Run] = []
        self._active: list[bool] = []

    def part(self, array: np.ndarray, member: int, start: int = 0) -> np.ndarray:
        """The view of a flat array, whose first element is number ``start``, that belongs to one parameter."""
        first, last = self.offsets[member] - start, self.offsets[member + 1] - start
        return array[first:last].reshape(self.shapes[member])

    def _home(self, member: int) -> np.ndarray:
        """A parameter's part of ``values``, as an array that owns it: a write there is no write to its neighbours."""
        part: Any = self.part(self.values, member)
        return np.frombuffer(memoryview(part.reshape(-1)), self.dtype).reshape(part.shape) if part.size else part

    def settle(self) -> bool:
        """Take in parameters that something else has given other memory; False where one no longer fits."""
        for parameter, home in zip(self.parameters, self.homes, strict=True):
            if ag.value_of(parameter) is not home:
                data = parameter.data
                if data.shape != home.shape or data.dtype != home.dtype:
                    return False
                home[...] = data
                ag.mark_written(home)  # a graph may still keep what the parameter was when it lived here before
                parameter.data = home
        return True

    def gradients(self) -> list[Any]:
        """Each parameter's gradient, an array or None; raises ShapeError for one that is not of its shape."""
        grads = [ag.value_of(parameter.grad) for parameter in self.parameters]
        for grad, shape in zip(grads, self.shapes, strict=True):
            if grad is not None and grad.shape != shape:
                raise ag.errors.ShapeError(f"a parameter of shape {shape} was given a .grad of shape {grad.shape}.")
        return grads

    def runs(self, grads: Sequence[Any]) -> list[Run]:
        """The parameters whose gradient is not None, in runs that one update serves."""
        active = [g is not None for g in grads]
        if active != self._active:
            self.release()
            self._active = active
            for (is_active, _), group in groupby(range(len(grads)), lambda i: (active[i], self.numbers[i])):
                if is_active:
                    members = list(group)
                    self._runs.append(Run(self, range(members[0], members[-1] + 1)))
        return self._runs

    def update(
        self, run: Run, change: Callable[[np.ndarray, np.ndarray, Arrays, Arrays], None], *gradient: Any
    ) -> None:
        """Call ``change`` for each piece of a run, in several threads if it is large.

        ``gradient`` is what `Piece.gradient` is given.
        """

        def work(start: int, stop: int) -> None:
            lane = self._lane(start)
            for piece in run.pieces[start:stop]:
                piece.borrow(lane)
                change(piece.values, piece.gradient(*gradient), piece.state, piece.scratch)

        if run.size < WORTH_THREADS:
            work(0, len(run.pieces))
        else:
            in_pieces(work, len(run.pieces))

    def _lane(self, start: int) -> Arrays:
        """Scratch arrays for the thread whose share of the pieces begins with number ``start``."""
        if start not in self.lanes:
            size = min(self.most, self.offsets[-1])
            self.lanes[start] = tuple([aligned(size, self.dtype) for _ in range(SCRATCH + 1)])
        return self.lanes[start]

    def release(self) -> None:
        """Bring ``numbers`` up to date, and forget the runs."""
        for run in self._runs:
            for member in run.members:
                self.numbers[member] = dict(run.numbers)
        self._runs, self._active = [], []


def _cut(offsets: Sequence[int], members: range, most: int) -> list[tuple[int, int, range]]:
    """Bounds of pieces of at most ``most`` elements, and their parameters: small ones together, large ones in parts."""
    cuts: list[tuple[int, int, range]] = []
    waiting = members.start
    for member in members:
        start, stop = offsets[member], offsets[member + 1]
        if stop - offsets[waiting] > most:
            if waiting < member:
                cuts.append((offsets[waiting], start, range(waiting, member)))
            waiting = member
        if stop - start > most:
            cuts += [(a, min(a + most, stop), range(member, member + 1)) for a in range(start, stop, most)]
            waiting = member + 1
    if waiting < members.stop:
        cuts.append((offsets[waiting], offsets[members.stop], range(waiting, members.stop)))
    return cuts


def with_decay(p: np.ndarray, g: np.ndarray, decay: np.ndarray | None, out: np.ndarray) -> np.ndarray:
    """The gradient and ``decay`` times the parameters in ``out``; the gradient itself where ``decay`` is None."""
    if decay is None:
        return g
    np.multiply(p, decay, out)
    np.add(g, out, out)
    return out


def drop_denormals(mean: np.ndarray, scratch: np.ndarray, step: int) -> None:
    """Every 16 steps, make 0 of numbers within a factor of 1e8 of the smallest normal one, 1e-38 in float32.

    A running mean that nothing feeds any more, as those of a dead unit's weights, decays into denormal numbers and
    stays there for good: with a tenth of the weights dead, Adam takes twice as long.
    """
    if step % 16 == 0:
        np.abs(mean, scratch)
        np.multiply(mean, scratch >= np.finfo(mean.dtype).tiny * 1e8, mean)


def constants(dtype: np.dtype[Any], *numbers: float) -> list[np.ndarray]:
    """Numbers as arrays of shape (): NumPy takes them in half the time that a Python number costs it."""
    return [np.array(number, dtype) for number in numbers]


def aligned(count: int, dtype: np.dtype[Any]) -> np.ndarray:
    """Zeros that start at a multiple of 64 bytes: vector instructions then never straddle two cache lines."""
    raw = np.zeros(count * dtype.itemsize + 64, np.uint8)
    skip = -raw.__array_interface__["data"][0] % 64
    return raw[skip : skip + count * dtype.itemsize].view(dtype)

"""Random numbers for the samples of a batch, which depend on each sample's number and not on its batch."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

import autograd as ag
from nn.data.datasets import check_indices
from nn.kernels.checks import check_whole, is_whole

Words = NDArray[np.uint64]

_STEP = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio, odd
_FACTORS = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Draws:
    """Random numbers for each sample of a batch: they follow from (seed, epoch, number of the sample) alone.

    So it does not matter how large batches are, in what order they come, and which thread makes them. Each sample has a
    stream of its own, SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the
    words are ``mix(state + k * c)`` for k = 1, 2, ..., and the state is itself such a word, of a stream that belongs to
    the seed and the epoch. A call goes on in the streams where the last one ended, so calls must not depend on values
    in the batch. Its period is 2**64; it is not for cryptography.

    Parameters
    ----------
    seed, epoch: 0 or more.
    indices: the numbers of the samples, integers (batch,) from 0.

    Raises ArgumentError for a seed, an epoch or a number below 0, DtypeError for numbers that are no integers,
    ShapeError for other than one axis.

    >>> draws = Draws(seed=0, epoch=0, indices=[0, 1, 2, 3])
    >>> draws.uniform()
    array([0.963..., 0.284..., 0.638..., 0.584...], dtype=float32)
    >>> Draws(seed=0, epoch=0, indices=[3, 1]).uniform()
    array([0.584..., 0.284...], dtype=float32)
    """

    __slots__ = ("_key", "_offsets", "_states", "_used")

    def __init__(self, seed: int, epoch: int, indices: ArrayLike) -> None:
        check_whole("Draws", 0, seed=seed, epoch=epoch)
        self._key = np.array([_key(seed, epoch)], np.uint64)
        self._offsets = (check_indices("Draws", indices).astype(np.uint64) + 1) * _STEP
        self._states: Words | None = None
        self._used = 0

    def __len__(self) -> int:
        """Samples in the batch."""
        return len(self._offsets)

    def fork(self, place: int) -> Draws:
        """Other numbers for the same samples: those of the part number ``place``, 0 or more, of a transform.

        They do not depend on what was drawn before.

        >>> draws = Draws(0, 0, [0, 1])
        >>> draws.fork(0).integers(0, 100), draws.fork(1).integers(0, 100)
        (array([57,  2]), array([87, 27]))
        """
        other = object.__new__(Draws)
        other._key = _mixed(~self._key + np.uint64((place + 1) * _STEP % 2**64))
        other._offsets, other._states, other._used = self._offsets, None, 0
        return other

    def uniform(self, low: float = 0.0, high: float = 1.0, size: int | tuple[int, ...] = ()) -> NDArray[np.float32]:
        """Numbers evenly distributed from ``low`` to ``high``: (batch, *size), float32, with 24 random bits."""
        shape, count = _shape(size)
        numbers = _fractions(self._bits(count))
        if (low, high) != (0.0, 1.0):
            numbers *= np.float32(high - low)
            numbers += np.float32(low)
        return numbers.reshape(len(self), *shape)

    def integers(self, low: int, high: int, size: int | tuple[int, ...] = ()) -> NDArray[np.int64]:
        """Whole numbers from ``low`` up to, and without, ``high``, all equally likely: (batch, *size), int64.

        Raises ArgumentError unless ``high - low`` is from 1 to 2**32. Odds differ by less than a part in
        ``2**32 / (high - low)``.
        """
        if not 1 <= high - low <= 2**32:
            raise ag.errors.ArgumentError(f"Draws.integers: low={low}, high={high}; want 1 to 2**32 numbers.")
        shape, count = _shape(size)
        products = self._bits(count).astype(np.uint64) * (high - low)
        return ((products >> 32).astype(np.int64) + low).reshape(len(self), *shape)

    def normal(self, size: int | tuple[int, ...] = ()) -> NDArray[np.float32]:
        """Numbers with the standard normal distribution, up to 5.8 from 0: (batch, *size), float32.

        Box and Muller, "A note on the generation of random normal deviates", 1958.
        """
        shape, count = _shape(size)
        half = -(-count // 2)
        fractions = _fractions(self._bits(2 * half)).reshape(len(self), 2, half)
        radius = 1 - fractions[:, 0]  # never 0
        np.log(radius, radius)
        radius *= -2
        np.sqrt(radius, radius)
        angle = fractions[:, 1] * np.float32(2 * math.pi)
        numbers = np.empty((len(self), 2, half), np.float32)
        np.multiply(radius, np.cos(angle), numbers[:, 0])
        np.multiply(radius, np.sin(angle, angle), numbers[:, 1])
        return numbers.reshape(len(self), -1)[:, :count].reshape(len(self), *shape)

    def _bits(self, count: int) -> NDArray[np.uint32]:
        """The next numbers of 32 bits, (batch, count), two from each word."""
        if self._states is None:
            self._states = _mixed(self._key + self._offsets)
        words = -(-count // 2)
        steps = np.arange(self._used + 1, self._used + 1 + words, dtype=np.uint64) * _STEP
        self._used += words
        return _mixed(self._states[:, None] + steps).view(np.uint32)[:, :count]


@lru_cache(maxsize=8)
def _key(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint64)[0])


def _mixed(words: Words) -> Words:
    """Each word with its bits mixed, in place: Stafford's variant 13, one to one."""
    words ^= words >> 30
    words *= np.uint64(_FACTORS[0])
    words ^= words >> 27
    words *= np.uint64(_FACTORS[1])
    words ^= words >> 31
    return words


def _fractions(bits: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Numbers from 0 up to, and without, 1."""
    fractions = (bits >> 8).astype(np.float32)
    fractions *= np.float32(2**-24)
    return fractions


def _shape(size: int | tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    shape = (int(size),) if is_whole(size) else tuple(size)  # type: ignore[arg-type]
    return shape, math.prod(shape)

"""Tasks that are made, not found: as much data as one likes, on which recurrent networks show what they can keep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.kernels.checks import check_whole


def adding_problem(samples: int, length: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The adding problem: inputs of shape (samples, length, 2) and targets of shape (samples,), float32.

    At each step there are a number, uniform in [0, 1), and a mark: 1 at one step of each half (of an odd length, the
    second half is the longer one), 0 elsewhere. The target is the sum of the two numbers that are marked. Always to
    answer 1 has a mean squared error of 1/6 = 0.167; a network that does better has kept something from one half to the
    other. Hochreiter and Schmidhuber, "Long short-term memory", 1997, section 5.4; in this form Arjovsky, Shah and
    Bengio, "Unitary evolution recurrent neural networks", 2016.

    Parameters
    ----------
    samples: how many, 0 or more.
    length: steps of each, 2 or more.
    seed: from which they follow, 0 or more.

    Raises ArgumentError for arguments out of range.

    >>> inputs, targets = adding_problem(1000, length=20)
    >>> inputs.shape, targets.shape
    ((1000, 20, 2), (1000,))
    >>> bool(np.allclose(inputs.prod(axis=2).sum(axis=1), targets))
    True
    >>> float(((targets - 1) ** 2).mean()) < 0.2
    True
    """
    check_whole("adding_problem", 0, samples=samples, seed=seed)
    check_whole("adding_problem", 2, length=length)
    rng = np.random.default_rng(seed)
    numbers = rng.random((samples, length), np.float32)
    half, row = length // 2, np.arange(samples)
    first, second = rng.integers(half, size=samples), rng.integers(half, length, size=samples)
    inputs = np.zeros((samples, length, 2), np.float32)
    inputs[:, :, 0] = numbers
    inputs[row, first, 1] = inputs[row, second, 1] = 1
    return inputs, numbers[row, first] + numbers[row, second]


def reversal(
    samples: int, lengths: tuple[int, int] = (1, 10), symbols: int = 20, seed: int = 0, *, first: int = 3
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """Sequences of random symbols, and the same backwards: lists of integers, shape (n,), for an encoder and a decoder.

    An encoder-decoder can learn it only by keeping the whole of the source, or by looking back at it. On what the order
    of a source means: Sutskever, Vinyals and Le, "Sequence to sequence learning with neural networks", 2014.

    Parameters
    ----------
    samples: how many, 0 or more.
    lengths: least and greatest length, 1 or more, between which all are equally likely.
    symbols: how many different ones there are, 1 or more: ``first`` to ``first + symbols - 1``.
    seed: from which they follow, 0 or more.
    first: the smallest symbol. Below it there is room for padding, 0, and tokens of a decoder's for start and end.

    Raises ArgumentError for arguments out of range.

    >>> source, target = reversal(100, lengths=(2, 5), symbols=4)
    >>> source[0], target[0]
    (array([4, 6, 4, 3, 6]), array([6, 3, 4, 6, 4]))
    """
    check_whole("reversal", 0, samples=samples, seed=seed, first=first)
    check_whole("reversal", 1, symbols=symbols)
    low, high = lengths
    check_whole("reversal", 1, **{"lengths[0]": low, "lengths[1]": high})
    if low > high:
        raise ag.errors.ArgumentError(f"reversal: lengths={lengths}; want the least length first.")
    rng = np.random.default_rng(seed)
    ends = np.cumsum(rng.integers(low, high, size=samples, endpoint=True))
    stream = rng.integers(first, first + symbols, size=int(ends[-1]) if samples else 0)
    source = np.split(stream, ends)[:-1]
    return source, [sequence[::-1] for sequence in source]


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FORMATS = (
    "{d} {month} {y}",
    "{d} {mon} {y}",
    "{month} {d}, {y}",
    "{mon} {d}, {y}",
    "{weekday}, {d} {month} {y}",
    "{weekday}, {month} {d}, {y}",
    "{day} {d} {mon} {y}",
    "{d:02}.{m:02}.{yy:02}",
    "{d}.{m}.{y}",
    "{m}/{d}/{y}",
    "{m:02}/{d:02}/{yy:02}",
    "{y} {month} {d}",
)
_SINCE, _UNTIL = np.datetime64("1969-01-01"), np.datetime64("2069-01-01")  # two digits name one year of these


def dates(samples: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Dates as people write them, and in ISO 8601: two lists of str, for an encoder and a decoder.

    Twelve formats, such as ``"Sunday, 3 May 1998"``, ``"May 3, 1998"``, ``"03.05.98"`` and ``"5/3/1998"``, all equally
    likely; none can be read in two ways, since dots go with the day first and strokes with the month first. Days are
    from 1969 to 2068, all equally likely, so that two digits name one year, as in POSIX. Dates may occur more than
    once, and another seed gives others, a few of them the same: test on those that were not trained on.

    Parameters
    ----------
    samples: how many, 0 or more.
    seed: from which they follow, 0 or more.

    Raises ArgumentError for arguments out of range.

    >>> written, iso = dates(4, seed=3)
    >>> for pair in zip(written, iso):
    ...     print(*pair, sep=" -> ")
    February 25, 2050 -> 2050-02-25
    7/26/1977 -> 1977-07-26
    12/12/86 -> 1986-12-12
    Sun 6 Sep 1992 -> 1992-09-06
    """
    check_whole("dates", 0, samples=samples, seed=seed)
    rng = np.random.default_rng(seed)
    day = _SINCE + rng.integers(int((_UNTIL - _SINCE).astype(int)), size=samples)
    year, month = day.astype("M8[Y]"), day.astype("M8[M]")
    columns = (
        rng.integers(len(_FORMATS), size=samples),
        year.astype(int) + 1970,
        (month - year).astype(int),
        (day - month).astype(int) + 1,
        (day.astype(int) + 3) % 7,  # day 0, in 1970, was a Thursday
    )
    written = [_write(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    return written, day.astype(str).tolist()


def _write(kind: int, year: int, month: int, day: int, weekday: int) -> str:
    return _FORMATS[kind].format(
        d=day, m=month + 1, y=year, yy=year % 100, month=_MONTHS[month], mon=_MONTHS[month][:3],
        weekday=_DAYS[weekday], day=_DAYS[weekday][:3],
    )  # fmt: skip

"""Facts about arrays that pictures show: elements of small ones, the distribution of large ones, bytes kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.graphs.data import Facts
from autograd.nodes import RELEASED, Node, arrays_in, owner
from autograd.notes import Summary, is_plain, summarize
from autograd.recording import is_operand

SMALL = 8  # elements that are listed
BINS = 12
SAMPLED = 1 << 16  # elements of which a histogram is made


def facts_of(array: Any, summary: Summary | None = None, **more: Any) -> Facts:
    """What is known of a value that is at hand, and may have been summarized.

    >>> facts_of(np.array([1.0, 2.0])).numbers
    (1.0, 2.0)
    >>> sum(facts_of(np.arange(100.0)).histogram)
    100
    """
    if array.dtype.kind not in "fiub":
        return Facts(**more)
    summary = summarize(array) if summary is None else summary
    if array.size <= SMALL:
        return Facts(summary, numbers=tuple(map(float, np.ravel(array))), **more)
    return Facts(summary, histogram=_histogram(array, summary), **more)


def _histogram(array: np.ndarray, summary: Summary) -> tuple[int, ...]:
    """How many finite elements lie in each of equal parts of the range; of a very large array, of a sample."""
    width = summary.high - summary.low
    if not 0 < width < np.inf:
        return ()
    flat = _sampled(array)
    flat = flat[np.isfinite(flat)].astype(np.float64, copy=False)
    places = ((flat - summary.low) * (BINS / width)).astype(np.intp)
    return tuple(np.bincount(np.clip(places, 0, BINS - 1), minlength=BINS).tolist())


def _sampled(array: np.ndarray) -> np.ndarray:
    """Elements that are spread evenly over an array, without a copy of a large one."""
    if array.size <= SAMPLED:
        return array.reshape(-1)
    sample: np.ndarray = array.flat[:: 1 + array.size // SAMPLED]
    return sample


def kept_bytes(node: Node, seen: set[int]) -> int:
    """Bytes of memory that ``node`` keeps for the backward pass and that is not in ``seen``, which grows.

    What a view is of counts whole, since it is that which stays alive.
    """
    if node.kept is RELEASED:
        return 0
    total = 0
    for array in arrays_in(node.kept):
        whole = owner(array)
        if id(whole) not in seen:
            seen.add(id(whole))
            total += whole.nbytes
    return total


def memory_id(array: np.ndarray | np.generic) -> int:
    """The id of what holds an array's memory."""
    return id(owner(array)) if isinstance(array, np.ndarray) else id(array)


def number_in(value: Any) -> float | None:
    """The number that a Tensor, an array or a NumPy scalar of one element holds; None for others."""
    return float(value.item()) if value is not None and value.size == 1 and value.dtype.kind in "fiub" else None


def only_number(facts: Summary | None) -> float | None:
    """The number of which these are the facts; None where there are several, or where it is not finite."""
    return facts.low if facts is not None and facts.size == 1 and facts.is_finite and facts.is_measured else None


def options_of(primitive: Any, arguments: Iterable[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    """What an operation was called with beside its operands, as text: ``(("axis", "0"),)``; without defaults."""
    return tuple(
        [
            (name, _shown(value))
            for name, value in arguments
            if name in primitive.parameters
            and is_plain(value)
            and not is_operand(primitive, name)
            and not _is_default(value, primitive.defaults.get(name))
        ]
    )


def _is_default(value: Any, default: Any) -> bool:
    return type(value) is type(default) and value == default


def _shown(value: Any) -> str:
    """An option as one would write it; of indices the brackets too.

    >>> _shown((slice(None), slice(1, None), 0)), _shown((2, 3))
    ('[:, 1:, 0]', '(2, 3)')
    """
    parts = value if isinstance(value, tuple) else (value,)
    if any(isinstance(part, slice) or part is ... for part in parts):
        return f"[{', '.join(map(_index, parts))}]"
    return repr(value)


def _index(part: Any) -> str:
    if not isinstance(part, slice):
        return "..." if part is ... else repr(part)
    limits = ["" if limit is None else repr(limit) for limit in (part.start, part.stop, part.step)]
    return ":".join(limits if limits[2] else limits[:2])

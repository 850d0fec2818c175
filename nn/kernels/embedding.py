"""Rows of a table, and rotations of pairs of features by their position."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import place
from nn.kernels.constants import read_only

PAIRS = {np.dtype(np.float32): np.complex64, np.dtype(np.float64): np.complex128}  # two elements as one

# --- rows of a table ------------------------------------------------------------------------------------


def check_indices(operation: str, indices: Any, count: int | None = None) -> None:
    """Raise DtypeError unless these are integers, ArgumentError unless they are 0 to ``count - 1``."""
    dtype = getattr(indices, "dtype", None)
    if dtype is None or dtype.kind not in "iu":
        got = ag.errors.describe(indices) if dtype is not None else f"of type {type(indices).__name__}"
        remedy = "Convert it: input.astype(int)." if dtype is not None else "Make it one: ag.tensor(input)."
        raise ag.errors.DtypeError(f"{place(operation)}: the input is {got}; want integers, indices of rows. {remedy}")
    low, high = (int(indices.min()), int(indices.max())) if indices.size else (0, 0)
    if low < 0 or (count is not None and indices.size and high >= count):
        raise ag.errors.ArgumentError(
            f"{place(operation)}: the input, of shape {indices.shape}, has the index {low if low < 0 else high}, want "
            + ("at least 0." if count is None else f"at least 0 and less than {count}, the number of rows.")
        )


def _weighted(weight: Any, indices: Any, padding_idx: int | None = None, scale_grad_by_freq: bool = False) -> Any:
    """Rows, each times the share of its gradient that counts: what has the derivative that `embedding` says."""
    shares = _shares(indices, weight.shape[0], weight.dtype, padding_idx, scale_grad_by_freq)
    return weight[indices] if shares is None else weight[indices] * shares


def _shares(indices: Any, rows: int, dtype: Any, padding_idx: int | None, scale_grad_by_freq: bool) -> Any:
    """What the gradient at each index is multiplied by, (..., 1); None where that is 1 everywhere."""
    shares = None
    if scale_grad_by_freq:
        counts = np.bincount(indices.reshape(-1), minlength=rows)
        shares = (1 / np.maximum(counts, 1)).astype(dtype)[indices]
    if padding_idx is not None:
        kept = (indices != padding_idx).astype(dtype)
        shares = kept if shares is None else shares * kept
    return None if shares is None else shares[..., None]


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    rows, width = (int(n) for n in rng.integers(1, 5, 2))
    indices = rng.integers(0, rows, tuple(rng.integers(0, 4, rng.integers(0, 3))))
    padding_idx = int(rng.integers(rows)) if rng.random() < 0.3 else None
    return rng.normal(size=(rows, width)), indices, padding_idx, bool(rng.random() < 0.3)


@ag.primitive(view=False, samples=_samples, surrogate=_weighted)
def embedding(weight: Any, indices: Any, padding_idx: int | None = None, scale_grad_by_freq: bool = False) -> Any:
    """Rows of a table: (rows, features), (...) -> (..., features).

    The row ``padding_idx`` gets no gradient; with ``scale_grad_by_freq`` each row's is divided by how often it occurs.

    >>> import numpy as np
    >>> embedding(np.array([[1.0], [2.0]]), np.array([1, 1, 0])).tolist()
    [[2.0], [2.0], [1.0]]
    """
    check_indices("embedding", indices, weight.shape[0])
    return weight.take(indices, axis=0)


def _add_rows_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    weight, indices, *_ = _samples(rng)
    return rng.normal(size=(*indices.shape, weight.shape[1])), indices, weight.shape[0]


@ag.primitive(view=False, samples=_add_rows_samples)
def add_rows(x: Any, indices: Any, count: int) -> Any:
    """A table of ``count`` rows with each of x added at its index: (..., features), (...) -> (count, features).

    >>> import numpy as np
    >>> add_rows(np.array([[1.0], [2.0], [3.0]]), np.array([1, 1, 0]), 2).tolist()
    [[3.0], [3.0]]
    """
    width = x.shape[-1]
    out = np.zeros((count, width), x.dtype)
    # Element by element: on flat arrays np.add.at is quicker than sorting the rows for np.add.reduceat. It is quicker
    # still if two elements are added as one complex number, since what it takes is a place at a time.
    pair = None if width % 2 else PAIRS.get(x.dtype)
    flat_out, flat_x = out.reshape(-1), np.ascontiguousarray(x).reshape(-1)
    step = width
    if pair is not None:
        flat_out, flat_x, step = flat_out.view(pair), flat_x.view(pair), width // 2
    places = (indices.reshape(-1, 1).astype(np.intp, copy=False) * step + np.arange(step)).reshape(-1)
    np.add.at(flat_out, places, flat_x)
    return out


def _embedding_back(g: Any, indices: Any, weight_shape: Any, padding_idx: int | None, scale_grad_by_freq: bool) -> Any:
    shares = _shares(indices, weight_shape[0], g.dtype, padding_idx, scale_grad_by_freq)
    return add_rows(g if shares is None else g * shares, indices, weight_shape[0])


embedding.vjp(weight=_embedding_back, indices=None, padding_idx=None, scale_grad_by_freq=None)
add_rows.vjp(x=lambda g, indices: embedding(g, indices), indices=None, count=None)


# --- positions ------------------------------------------------------------------------------------------


def angles(positions: np.ndarray, features: int, base: float) -> np.ndarray:
    """``position / base ** (2 i / features)``: (...) -> (..., ceil(features / 2)), in float64."""
    return positions[..., None] * base ** (-np.arange(0, features, 2) / features)


@lru_cache(maxsize=16)
def sinusoids(start: int, length: int, features: int, base: float, dtype: np.dtype[Any]) -> np.ndarray:
    """Sines at even and cosines at odd features of the positions from ``start`` on: (length, features), read-only.

    >>> import numpy as np
    >>> sinusoids(0, 2, 2, 10000.0, np.dtype("f4"))
    array([[0.        , 1.        ],
           [0.84147096, 0.5403023 ]], dtype=float32)
    """
    table = np.empty((length, features), dtype)
    turns = angles(np.arange(start, start + length), features, base)
    table[:, 0::2] = np.sin(turns)
    table[:, 1::2] = np.cos(turns[:, : features // 2])
    return read_only(table)


def _rotate_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    time, half = (int(n) for n in rng.integers(0, 4, 2))
    turns = rng.uniform(-3, 3, (time, half))
    shape = (*rng.integers(0, 3, rng.integers(0, 2)), time, 2 * half)
    return rng.normal(size=shape), np.cos(turns), np.sin(turns), bool(rng.random() < 0.5)


@ag.primitive(view=False, samples=_rotate_samples)
def rotate_pairs(x: Any, cos: Any, sin: Any, interleaved: bool = True) -> Any:
    """Turn pairs of features, (a, b) -> (a cos - b sin, a sin + b cos): (..., time, features) of the same shape.

    cos and sin, (..., time, features / 2), are constants; pairs are neighbours, or else one of each half. The rule
    turns back.

    >>> import numpy as np
    >>> rotate_pairs(np.array([1.0, 2.0]), np.array([0.0]), np.array([1.0]))
    array([-2.,  1.])
    """
    half = x.shape[-1] // 2
    first, second = (slice(0, None, 2), slice(1, None, 2)) if interleaved else (slice(0, half), slice(half, None))
    out = np.empty_like(x)
    a, b = x[..., first], x[..., second]
    scratch = np.empty_like(a)
    np.subtract(a * cos, np.multiply(b, sin, out=scratch), out=out[..., first])
    np.add(a * sin, np.multiply(b, cos, out=scratch), out=out[..., second])
    return out


rotate_pairs.vjp(
    x=lambda g, cos, sin, interleaved: rotate_pairs(g, cos, -sin, interleaved), cos=None, sin=None, interleaved=None
)

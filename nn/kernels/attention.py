"""Scaled dot product attention that does not hold the scores of all heads at once, and the twin that defines it.

Scores are computed in blocks that fit the second-level cache: some heads together, or some rows of one. What is kept
is the logarithm of each row's sum of exponentials; from it the backward pass computes the probabilities once more
(Dao et al., "FlashAttention: Fast and Memory-Efficient Exact Attention", 2022).

Blocks lie transposed, (columns, rows), and in memory a column holds the rows of all heads of the block, so that what
belongs to rows (largest score, sum, mean) meets it in long lines. BLAS multiplies two small matrices that are both read
along their rows in half the time that it takes with the second transposed: hence a copy of the queries, `_across`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from autograd.parallel import in_pieces
from nn.kernels.constants import ones, read_only

BLOCK = 1 << 18  # scores of a block
FEWEST_ROWS = 128  # of a block that holds less than a head: products of fewer rows are slow
WORTH_THREADS = 1 << 21  # multiplications of one product

Shape = tuple[int, ...]


# --- the definition -------------------------------------------------------------------------------------


def probabilities(query: Any, key: Any, mask: Any = None, is_causal: bool = False, scale: float = 1.0) -> Any:
    """``softmax(scale * query @ key.T + mask)``, with the arguments of `attention`; 0 in a row that may see nothing."""
    scores = (query * scale) @ np.swapaxes(key, -1, -2)
    if mask is not None:
        scores = np.where(mask, scores, -math.inf) if mask.dtype.kind == "b" else scores + mask
    if is_causal:
        scores = np.where(np.tri(scores.shape[-2], scores.shape[-1], dtype=bool), scores, -math.inf)
    if not scores.size:
        return scores
    sees_any = np.any(ag.value_of(scores) > -math.inf, axis=-1, keepdims=True)
    return np.where(sees_any, ag.softmax(np.where(sees_any, scores, 0.0), -1), 0.0)


def attention_by_definition(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    kept: Any = None,
    is_causal: bool = False,
    scale: float = 1.0,
    gain: float = 1.0,
) -> Any:
    """``(gain * kept * probabilities) @ value``."""
    p = probabilities(query, key, mask, is_causal, scale)
    return ((p if kept is None else p * kept) * gain) @ value


def _samples(rng: np.random.Generator) -> tuple[Any, ...]:
    batch, heads, rows, columns, width, out_width = (int(n) for n in rng.integers(1, 4, 6))
    query = rng.normal(size=(batch, heads, rows, width))
    key, value = (rng.normal(size=(batch, heads, columns, n)) for n in (width, out_width))
    mask_shape = [n if rng.random() < 0.5 else 1 for n in (batch, heads, rows, columns)]
    kind = rng.integers(3)
    mask = None if kind == 0 else rng.random(mask_shape) < 0.7 if kind == 1 else rng.normal(size=mask_shape)
    kept = rng.random((batch, heads, rows, columns)) < 0.7 if rng.random() < 0.5 else None
    scale, gain = (float(number) for number in rng.choice([0.5, 1.0], 2))
    return query, key, value, mask, kept, bool(rng.integers(2)), scale, gain


# --- the kernel -----------------------------------------------------------------------------------------


def _multiply_adds(key_shape: Shape, value_shape: Shape, out_shape: Shape) -> int:
    """Of all scores and of their products with the values; what a mask hides is counted as well."""
    return math.prod(out_shape[:-1]) * key_shape[-2] * (key_shape[-1] + value_shape[-1])


@ag.primitive(view=False, reference=attention_by_definition, samples=_samples, multiply_adds=_multiply_adds)
def attention(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    kept: Any = None,
    is_causal: bool = False,
    scale: float = 1.0,
    gain: float = 1.0,
) -> Any:
    """Attention: (batch, heads, rows, width), (.., columns, width), (.., columns, out) -> (batch, heads, rows, out).

    Parameters
    ----------
    mask: None, or of four axes, each of full length or 1: booleans, True where a row may see a column, or numbers
        that are added to the scores.
    kept: booleans, (batch, heads, rows, columns), False where a probability is dropped, or None.
    is_causal: whether row i sees the columns up to i alone.
    scale: factor of the products of queries and keys.
    gain: factor of the probabilities, after those that are dropped.

    >>> import numpy as np
    >>> one = np.ones((1, 1, 2, 1))
    >>> attention(one, one, np.array([[[[1.0], [3.0]]]]))[0, 0]
    array([[2.],
           [2.]])
    """
    key, value = _for_blas(key), _for_blas(value)
    bias = _bias(mask, query.dtype)
    out = np.empty_like(query, shape=(*query.shape[:3], value.shape[3]))
    logs = np.empty((*query.shape[:2], 1, query.shape[2]), query.dtype)
    plan = _Plan.of(query, key, is_causal)

    def work(start: int, stop: int) -> None:
        buffer = np.empty(plan.size, query.dtype)
        for heads, rows, columns in plan.blocks(start, stop):
            s = _scores(key[heads][:, :, columns], _across(query[heads][:, :, rows], scale), buffer)
            _hide(s, bias, is_causal, heads, rows, columns)
            top = s.max(axis=2, keepdims=True, initial=-math.inf)
            top[np.isneginf(top)] = 0  # a row that sees nothing
            s -= top  # so that no exponential overflows
            np.exp(s, out=s)
            total = ones(s.shape[2], s.dtype)[None] @ s
            total[total == 0] = 1  # a row that sees nothing
            if kept is not None:
                s *= kept[heads][:, :, rows, columns].swapaxes(2, 3)
            o = np.matmul(s.swapaxes(2, 3), value[heads][:, :, columns], out=out[heads][:, :, rows])
            o *= (gain / total).swapaxes(2, 3)
            np.log(total, out=total)
            np.add(total, top, out=logs[heads][..., rows])

    in_pieces(work, len(plan.groups), is_worth_it=plan.is_worth_threads)
    return out, (bias, logs)


@attention.joint_vjp("query", "key", "value", "mask")
def _attention(
    g: Any,
    query: Any,
    key: Any,
    value: Any,
    mask: Any,
    kept: Any,
    is_causal: bool,
    scale: float,
    gain: float,
    out: Any,
    saved: Any,
    wanted: tuple[bool, ...],
) -> Any:
    """With p the probabilities: of the values p.T @ g, of the scores p * (g @ value.T - rowsum(g * out))."""
    bias, logs = saved
    key, value, g = _for_blas(key), _for_blas(value), _for_blas(g)
    plan = _Plan.of(query, key, is_causal)
    to_query = np.empty_like(query) if wanted[0] else None
    fresh = np.empty_like if plan.is_whole else np.zeros_like
    to_key, to_value = (fresh(x) if want else None for x, want in zip((key, value), wanted[1:3], strict=True))

    def work(start: int, stop: int) -> Any:
        p_buffer, s_buffer = np.empty((2, plan.size), query.dtype)
        to_mask = np.zeros_like(mask) if wanted[3] else None
        for heads, rows, columns in plan.blocks(start, stop):
            q, k, v = query[heads][:, :, rows], key[heads][:, :, columns], value[heads][:, :, columns]
            g_rows = g[heads][:, :, rows] if gain == 1 else g[heads][:, :, rows] * gain
            mean = np.einsum("bhre,bhre->bhr", g[heads][:, :, rows], out[heads][:, :, rows])[:, :, None]
            is_kept = None if kept is None else kept[heads][:, :, rows, columns].swapaxes(2, 3)
            p = _scores(k, _across(q, scale), p_buffer)
            _hide(p, bias, is_causal, heads, rows, columns)
            p -= logs[heads][..., rows]
            np.exp(p, out=p)
            if to_value is not None:
                used = p if is_kept is None else np.multiply(p, is_kept, out=_block(s_buffer, p.shape))
                _add_product(to_value[heads][:, :, columns], used, g_rows, plan)
            s = _scores(v, _across(g_rows, 1), s_buffer)
            if is_kept is not None:
                s *= is_kept
            s -= mean
            s *= p
            if to_mask is not None:
                _add_to_mask(to_mask, s, heads, rows, columns)
            s *= scale
            if to_query is not None:
                np.matmul(s.swapaxes(2, 3), k, out=to_query[heads][:, :, rows])
            if to_key is not None:
                _add_product(to_key[heads][:, :, columns], s, q, plan)
        return to_mask

    to_masks = in_pieces(work, len(plan.groups), is_worth_it=plan.is_worth_threads)
    return to_query, to_key, to_value, sum(to_masks[1:], to_masks[0]) if wanted[3] else None


attention.vjp(kept=None, is_causal=None, scale=None, gain=None)


# --- blocks ---------------------------------------------------------------------------------------------


class _Plan(NamedTuple):
    """How the scores are cut: into groups of heads, each an index of the first two axes, and these into rows."""

    groups: list[Any]
    rows: int
    columns: int
    step: int  # rows of a block
    size: int  # scores of a block, at most
    is_causal: bool
    is_worth_threads: bool

    @classmethod
    def of(cls, query: np.ndarray, key: np.ndarray, is_causal: bool) -> _Plan:
        batch, heads, rows, width = query.shape
        columns = key.shape[2]
        each = max(1, rows * columns)
        is_worth_threads = batch * heads * each * width >= WORTH_THREADS
        step = rows if each <= BLOCK else min(rows, max(FEWEST_ROWS, BLOCK // columns))
        if is_causal:  # what a block of fewer rows leaves out is worth more than they cost
            step = min(step, FEWEST_ROWS)
        share = -(-batch * heads // 2) if is_worth_threads else batch * heads
        together = max(1, min(BLOCK // max(1, step * columns), share))
        if together < heads:
            starts = [(b, h) for b in range(batch) for h in range(0, heads, together)]
            groups = [(slice(b, b + 1), slice(h, h + together)) for b, h in starts]
        else:
            samples = together // max(1, heads)
            groups = [(slice(b, b + samples), slice(0, heads)) for b in range(0, batch, samples)]
        return cls(groups, rows, columns, step, together * step * columns, is_causal, is_worth_threads)

    @property
    def is_whole(self) -> bool:
        """Whether each group is one block of all rows and columns."""
        return 0 < self.rows <= self.step and not self.is_causal

    def blocks(self, start: int, stop: int) -> Iterator[tuple[Any, slice, slice]]:
        """Heads, rows and columns of each block in some of the groups; a causal block ends at the diagonal."""
        for heads in self.groups[start:stop]:
            for first in range(0, self.rows, self.step or 1):
                last = min(first + self.step, self.rows)
                yield heads, slice(first, last), slice(0, min(last, self.columns) if self.is_causal else self.columns)


def _scores(k: np.ndarray, q_across: np.ndarray, buffer: np.ndarray) -> np.ndarray:
    """The products of all columns with all rows, in the memory of ``buffer``."""
    s = _block(buffer, (*k.shape[:3], q_across.shape[3]))
    np.matmul(k, q_across, out=s)
    return s


def _block(buffer: np.ndarray, shape: Shape) -> np.ndarray:
    """(batch, heads, columns, rows), of which the columns lie outermost in memory."""
    batch, heads, columns, rows = shape
    return buffer[: math.prod(shape)].reshape(columns, batch, heads, rows).transpose(1, 2, 0, 3)


def _across(x: np.ndarray, factor: float) -> np.ndarray:
    """(.., rows, width) -> (.., width, rows), times a factor, without gaps in memory."""
    out = np.empty_like(x, shape=(*x.shape[:2], x.shape[3], x.shape[2]), order="C")
    np.multiply(x.swapaxes(2, 3), factor, out=out)
    return out


def _hide(s: np.ndarray, bias: Any, is_causal: bool, heads: Any, rows: slice, columns: slice) -> None:
    """Add a block of the mask, and minus infinity above the diagonal."""
    if bias is not None:
        s += _part(bias, heads, columns, rows)
    if is_causal and columns.stop > rows.start:
        on_diagonal = s[:, :, rows.start :]
        on_diagonal += _later(s.shape[3], s.dtype)[: on_diagonal.shape[2]]


def _add_to_mask(to_mask: np.ndarray, s: np.ndarray, heads: Any, rows: slice, columns: slice) -> None:
    """Add the gradient of a block of scores to that of the mask, which may be broadcast."""
    part = _part(to_mask, heads, rows, columns).swapaxes(2, 3)
    axes = tuple(axis for axis in range(4) if part.shape[axis] < s.shape[axis])
    part += s.sum(axis=axes, keepdims=True)


def _part(x: np.ndarray, heads: Any, *places: slice) -> np.ndarray:
    """A block of an array whose axes may have length 1, which stands for all."""
    index = zip(x.shape, (*heads, *places), strict=True)
    return x[tuple([slice(None) if length == 1 else place for length, place in index])]


def _add_product(total: np.ndarray, a: np.ndarray, b: np.ndarray, plan: _Plan) -> None:
    """Add ``a @ b``; where there is one block of rows, write it."""
    if plan.is_whole:
        np.matmul(a, b, out=total)
    else:
        total += a @ b


def _bias(mask: Any, dtype: np.dtype[Any]) -> Any:
    """What is added to the scores for a mask, transposed as they are."""
    if mask is None:
        return None
    bias = mask if mask.dtype.kind == "f" else np.where(mask, dtype.type(0), dtype.type(-math.inf))
    return np.ascontiguousarray(bias.swapaxes(2, 3))


@lru_cache(maxsize=8)
def _later(count: int, dtype: np.dtype[Any]) -> np.ndarray:
    """Minus infinity for a column that comes later than the row, 0 elsewhere: (columns, rows), both ``count``."""
    return read_only(np.where(np.tri(count, k=-1, dtype=bool), dtype.type(-math.inf), dtype.type(0)))


def _for_blas(x: np.ndarray) -> np.ndarray:
    """Matrices whose rows, or columns, lie in memory as BLAS takes them; a copy where they do not."""
    rows, columns = x.shape[2:]
    to_row, to_column = (stride // x.itemsize for stride in x.strides[2:])
    fits = (to_column == 1 and to_row >= columns) or (to_row == 1 and to_column >= rows)
    return x if fits else np.ascontiguousarray(x)

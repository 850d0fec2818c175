"""Attention as functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.attention import attention
from nn.kernels.checks import check_floats, check_probability, place, wrong_shape

__all__ = ["scaled_dot_product_attention"]

_NAME = "scaled_dot_product_attention"


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    rng: np.random.Generator | None = None,
) -> Any:
    """Means of values, weighted by ``softmax(scale * query @ key.T + attn_mask)``.

    (..., rows, width), (..., columns, width), (..., columns, out) -> (..., rows, out); the leading axes, usually
    (batch, heads), broadcast. Vaswani et al., "Attention Is All You Need", 2017. The scores of all heads are never held
    at once, except that dropout keeps a boolean for each.

    Parameters
    ----------
    query, key, value: floats of one width.
    attn_mask: broadcasts to (..., rows, columns). Booleans, True where a row may see a column; or numbers of the
        query's dtype that are added to the scores and may be learned. A row that may see nothing gives 0, and its
        gradients are 0.
    dropout_p: probability with which each weight is dropped, 0 to 1; the others are divided by ``1 - dropout_p``.
        It applies whether or not a model is in training.
    is_causal: whether row i sees the columns up to i alone, also of those that the mask lets it see.
    scale: factor of the scores; ``1 / sqrt(width)`` if None.
    enable_gqa: whether several heads of the query may share one of key and value (Ainslie et al., 2023): the number
        of the former, axis -3, is a multiple of the latter.
    rng: generator of what is dropped; the default one if None.

    Raises ShapeError, DtypeError and ArgumentError where these do not fit.

    >>> import autograd as ag, nn
    >>> x = ag.ones(1, 3, 2)
    >>> values = ag.tensor([[[0.0], [2.0], [7.0]]])
    >>> nn.functional.scaled_dot_product_attention(x, x, values, is_causal=True)
    Tensor([[[0.],
             [1.],
             [3.]]], dtype=float32)
    """
    check_floats(_NAME, key=key, query=query)
    check_floats(_NAME, value=value, query=query)
    check_probability(_NAME, dropout_p=dropout_p)
    _check_shapes(query, key, value)
    if enable_gqa:
        key, value = (_shared(query, x, name) for x, name in ((key, "key"), (value, "value")))
    leading = _leading(query, key, value)
    shape = (*leading, query.shape[-2], value.shape[-1])
    rows, columns = query.shape[-2], key.shape[-2]
    mask = None if attn_mask is None else _four_axes_of_mask(attn_mask, query, (*leading, rows, columns))
    query, key, value = (_four_axes(x, leading) for x in (query, key, value))
    kept = _drawn((*query.shape[:2], rows, columns), dropout_p, rng) if dropout_p else None
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1] or 1)
    gain = 1 / (1 - dropout_p) if dropout_p < 1 else 0.0
    out = attention(query, key, value, mask, kept, bool(is_causal), float(scale), gain)
    return out if len(shape) == 4 else np.reshape(out, shape)


def _drawn(shape: tuple[int, ...], p: float, rng: np.random.Generator | None) -> np.ndarray:
    """Booleans, False with probability ``p``: sample by sample, since the draws take four times their memory."""
    batch, heads, rows, columns = shape
    kept = np.empty((batch, heads, columns, rows), bool)  # the order in memory that the kernel takes quickest
    generator = ag.default_generator(rng)
    for sample in kept:
        np.greater_equal(generator.random(sample.shape, np.float32), p, out=sample)
    return kept.swapaxes(2, 3)


# --- shapes ---------------------------------------------------------------------------------------------


def _check_shapes(query: Any, key: Any, value: Any) -> None:
    for name, x in (("query", query), ("key", key), ("value", value)):
        if x.ndim < 2:
            raise wrong_shape(_NAME, f"a {name} of shape (..., length, width)", x, "Add the axes that it lacks.")
    if query.shape[-1] != key.shape[-1]:
        raise ag.errors.ShapeError(
            f"{place(_NAME)}: want queries and keys of one width, got a query of shape {query.shape} and a key of "
            f"shape {key.shape}. Project one of them, by nn.Linear({key.shape[-1]}, {query.shape[-1]})(key)."
        )
    if key.shape[-2] != value.shape[-2]:
        raise ag.errors.ShapeError(
            f"{place(_NAME)}: want a value for each key, got a key of shape {key.shape} and a value of shape "
            f"{value.shape} for a query of shape {query.shape}. Axis -2 of both is the length of the sequence."
        )


def _shared(query: Any, x: Any, name: str) -> Any:
    """Keys or values of fewer heads, each repeated for the heads of the query that share it."""
    if query.ndim < 3 or x.ndim < 3 or query.shape[-3] % (x.shape[-3] or 1):
        raise wrong_shape(_NAME, f"a {name} whose heads, axis -3, divide those of the query of shape {query.shape}", x)
    return np.repeat(x, query.shape[-3] // (x.shape[-3] or 1), axis=-3)


def _leading(query: Any, key: Any, value: Any) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    except ValueError:
        raise ag.errors.ShapeError(
            f"{place(_NAME)}: the leading axes of query {query.shape}, key {key.shape} and value {value.shape} do not "
            "broadcast. Where several heads of the query share one of the keys, give enable_gqa=True."
        ) from None


def _four_axes(x: Any, leading: tuple[int, ...]) -> Any:
    """(..., length, width) -> (batch, heads, length, width)."""
    if x.shape[:-2] != leading:
        x = np.broadcast_to(x, (*leading, *x.shape[-2:]))
    return x if x.ndim == 4 else np.reshape(x, (*_batch_and_heads(leading), *x.shape[-2:]))


def _batch_and_heads(leading: tuple[int, ...]) -> tuple[int, int]:
    return math.prod(leading[:-1]), leading[-1] if leading else 1


def _four_axes_of_mask(mask: Any, query: Any, shape: tuple[int, ...]) -> Any:
    """A mask that broadcasts to ``shape``, (..., rows, columns), with four axes; those of length 1 stay so."""
    if getattr(mask, "dtype", None) is None or mask.dtype.kind != "b":
        if getattr(mask, "dtype", None) is not None and mask.dtype.kind in "iu":
            raise ag.errors.DtypeError(
                f"{place(_NAME)}: attn_mask is {ag.errors.describe(mask)}; want booleans, True where a row may see a "
                "column: attn_mask.astype(bool), or numbers that are added to the scores: "
                f"attn_mask.astype({str(query.dtype)!r})."
            )
        check_floats(_NAME, attn_mask=mask, query=query)
    lengths = (1,) * (len(shape) - mask.ndim) + mask.shape
    if len(lengths) != len(shape) or any(n not in (1, m) for n, m in zip(lengths, shape, strict=True)):
        raise wrong_shape(
            _NAME,
            f"an attn_mask that broadcasts to (..., rows, columns), {shape}",
            mask,
            "Its last axes are the lengths of the query and of the key."
            + (" It looks transposed." if mask.shape[-2:] == shape[:-3:-1] else ""),
        )
    mask = ag.value_of(mask) if mask.dtype.kind == "b" else mask
    if len(shape) <= 4:
        return np.reshape(mask, (1,) * (4 - len(lengths)) + lengths)
    mask = np.broadcast_to(np.reshape(mask, lengths), (*shape[:-3], *lengths[-3:]))
    return np.reshape(mask, (math.prod(shape[:-3]), *lengths[-3:]))

"""Multi-head attention."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.kernels.attention import probabilities
from nn.kernels.checks import check_floats, check_probability, check_whole, place
from nn.layers.linear import Linear
from nn.module import Example, Module, Parameter, initialize

__all__ = ["MultiheadAttention"]

_NAME = "multihead_attention"


class MultiheadAttention(Module):
    """Attention by several heads side by side, each with projections of its own.

    (length, batch, embed_dim), (source, batch, kdim), (source, batch, vdim) -> (length, batch, embed_dim) and the
    weights, (batch, length, source), or None. With ``batch_first`` the first two axes are (batch, length) and (batch,
    source); without a batch, they are (length,) and (source,). Vaswani et al., "Attention Is All You Need", 2017.

    Parameters
    ----------
    embed_dim: width of queries and results, a multiple of ``num_heads``.
    num_heads: number of heads, each of width ``embed_dim / num_heads``.
    dropout: probability with which each attention weight is dropped in training, 0 to 1.
    bias: whether the projections have biases.
    add_bias_kv: whether a learned key and value are appended to the sequence, which no mask hides.
    add_zero_attn: whether a key and value of zeros are appended, which no mask hides.
    kdim, vdim: widths of keys and values; ``embed_dim`` if None.
    batch_first: whether the batch is axis 0, and not axis 1.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values, as in PyTorch; the default generator if None.

    Attributes
    ----------
    in_proj_weight: (3 * embed_dim, embed_dim), the projections of queries, keys and values; None where widths differ.
    q_proj_weight, k_proj_weight, v_proj_weight: the same apart, where widths differ; else None.
    in_proj_bias: (3 * embed_dim), or None.
    bias_k, bias_v: (1, 1, embed_dim), or None.
    out_proj: the `Linear` layer that mixes the heads' results.

    Raises ArgumentError for sizes that do not fit; when called, ShapeError and DtypeError.

    >>> import autograd as ag, nn
    >>> attention = nn.MultiheadAttention(8, 2, batch_first=True)
    >>> x = ag.zeros(5, 3, 8)
    >>> out, weights = attention(x, x, x)
    >>> out.shape, weights.shape
    ((5, 3, 8), (5, 3, 3))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        _check_sizes(embed_dim, num_heads, dropout)
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.dropout, self.add_zero_attn, self.batch_first = dropout, add_zero_attn, batch_first
        dtype = dtype or ag.get_default_dtype()

        def parameter(*shape: int) -> Parameter:
            return Parameter(np.empty(shape, dtype))

        self.in_proj_weight = self.q_proj_weight = self.k_proj_weight = self.v_proj_weight = None
        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = parameter(3 * embed_dim, embed_dim)
        else:
            self.q_proj_weight = parameter(embed_dim, embed_dim)
            self.k_proj_weight = parameter(embed_dim, self.kdim)
            self.v_proj_weight = parameter(embed_dim, self.vdim)
        self.in_proj_bias = parameter(3 * embed_dim) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype=dtype, rng=rng)
        self.bias_k, self.bias_v = (parameter(1, 1, embed_dim) if add_bias_kv else None for _ in range(2))
        initialize(self, rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values: Glorot's for the projections in, `Linear`'s for the one out; zeros for biases.

        >>> import nn
        >>> nn.MultiheadAttention(4, 2).reset_parameters()
        """
        self.out_proj.reset_parameters(rng)
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight, rng=rng)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra, rng=rng)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """The results, and the attention weights, or None if they are not needed, which is faster.

        Parameters
        ----------
        key_padding_mask: (batch, source), or (source,) without a batch: booleans, True for a key that is ignored, or
            numbers that are added to the scores.
        need_weights: whether the weights are returned, as they are after dropout.
        attn_mask: (length, source) or (batch * num_heads, length, source): booleans, True where a query must not see
            a key (the opposite of `scaled_dot_product_attention`), or numbers that are added to the scores.
        average_attn_weights: whether the weights are the mean over the heads, or (batch, num_heads, length, source).
        is_causal: whether query i sees the keys up to i alone. It holds besides ``attn_mask``, which it does not need;
            in PyTorch it is a hint about that mask.

        A query that sees no key gets zeros, and so does its row of weights, which is nan in PyTorch.
        """
        query, key, value, batch_first, is_batched = self._checked(query, key, value)
        if key_padding_mask is not None:
            _check_mask_dtype("key_padding_mask", key_padding_mask, query.dtype)
            key_padding_mask = key_padding_mask if is_batched else key_padding_mask[None]
        masks = self._masks(attn_mask, key_padding_mask, query, key, batch_first)
        q, k, v = self._projected(query, key, value)
        k, v, extra = self._extended(k, v, int(batch_first))
        if extra and is_causal:  # what is appended comes last, and is seen all the same
            length, source = (x.shape[int(batch_first)] for x in (query, key))
            masks.append(np.logical_not(np.tri(length, source, dtype=bool))[None, None])
            is_causal = False
        mask = _merged(masks, extra, query.dtype)
        q, k, v = (self._heads(x, batch_first) for x in (q, k, v))
        p = self.dropout if self.training else 0.0
        weights = None
        if need_weights:
            weights = F.dropout(probabilities(q, k, mask, is_causal, 1 / math.sqrt(self.head_dim)), p)
            out = weights @ v
            weights = np.mean(weights, axis=1) if average_attn_weights else weights
        else:
            out = F.scaled_dot_product_attention(q, k, v, mask, p, is_causal)
        out = np.reshape(np.transpose(out, (0, 2, 1, 3) if batch_first else (2, 0, 1, 3)), query.shape)
        out = self.out_proj(out)
        if is_batched:
            return out, weights
        return out[0], None if weights is None else weights[0]

    # --- projections ----------------------------------------------------------------------------------

    def _projected(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
        """Queries, keys and values, by as few products as can be: what is given twice is projected at once."""
        weight, bias, width = self.in_proj_weight, self.in_proj_bias, self.embed_dim
        if weight is not None and query is key and key is value:
            q, k, v = np.split(F.linear(query, weight, bias), 3, axis=-1)
            return q, k, v
        biases = [None] * 3 if bias is None else np.split(bias, 3)
        if weight is not None and key is value:
            q_weight, kv_weight = np.split(weight, [width])
            kv_bias = None if bias is None else bias[width:]
            k, v = np.split(F.linear(key, kv_weight, kv_bias), 2, axis=-1)
            return F.linear(query, q_weight, biases[0]), k, v
        apart = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        weights: Any = apart if weight is None else np.split(weight, 3)
        q, k, v = (F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
        return q, k, v

    def _extended(self, k: Any, v: Any, axis: int) -> tuple[Any, Any, int]:
        """Keys and values with what is appended to the sequence, and how many that are."""
        shape = tuple(1 if i == axis else n for i, n in enumerate(k.shape))
        extras: list[tuple[Any, Any]] = []
        if self.bias_k is not None and self.bias_v is not None:
            extras.append((np.broadcast_to(self.bias_k, shape), np.broadcast_to(self.bias_v, shape)))
        if self.add_zero_attn:
            extras.append((np.zeros(shape, k.dtype),) * 2)
        if extras:
            k, v = (
                np.concatenate([x, *parts], axis) for x, parts in zip((k, v), zip(*extras, strict=True), strict=True)
            )
        return k, v, len(extras)

    def _heads(self, x: Any, batch_first: bool) -> Any:
        """A view of the heads: (batch, num_heads, length, head_dim)."""
        heads = np.reshape(x, (*x.shape[:2], self.num_heads, self.head_dim))
        return np.transpose(heads, (0, 2, 1, 3) if batch_first else (1, 2, 0, 3))

    # --- checks ---------------------------------------------------------------------------------------

    def _checked(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any, bool, bool]:
        """Inputs with a batch, whether it is their first axis, and whether they came with it.

        Raises ShapeError or DtypeError where they do not fit.
        """
        widths = {"query": self.embed_dim, "key": self.kdim, "value": self.vdim}
        for (name, width), x in zip(widths.items(), (query, key, value), strict=True):
            check_floats(_NAME, **{name: x, "weight": self.out_proj.weight})
            if x.ndim != query.ndim or x.ndim not in (2, 3) or x.shape[-1] != width:
                self._refuse_input(name, width, x, query)
        is_batched = query.ndim == 3
        if not is_batched:
            with_batch = {id(x): x[None] for x in (query, key, value)}  # what is one input stays one
            query, key, value = (with_batch[id(x)] for x in (query, key, value))
        batch_first = self.batch_first or not is_batched
        batch = 1 - int(batch_first)
        if not query.shape[batch] == key.shape[batch] == value.shape[batch] or key.shape[:2] != value.shape[:2]:
            others_fit = query.shape[1 - batch] == key.shape[1 - batch] and key.shape[:2] == value.shape[:2]
            remedy = f" They fit with the other order: batch_first={not self.batch_first}." if others_fit else ""
            raise ag.errors.ShapeError(
                f"{place(_NAME)}: the batch is axis {batch} (batch_first={self.batch_first}), and must be as long in "
                f"all, and there must be a value for each key; got query {query.shape}, key {key.shape}, value "
                f"{value.shape}.{remedy}"
            )
        return query, key, value, batch_first, is_batched

    def _refuse_input(self, name: str, width: int, x: Any, query: Any) -> None:
        axes = "batch, length" if self.batch_first else "length, batch"
        if x.ndim in (2, 3) and x.ndim != query.ndim:
            remedy = f"The query has {query.ndim} axes, {query.shape}: give both a batch, or neither."
        elif x.ndim in (2, 3):
            argument = {"query": "embed_dim", "key": "kdim", "value": "vdim"}[name]
            remedy = f"Make the layer for this width, {argument}={x.shape[-1]}, or project the {name} by nn.Linear."
        else:
            remedy = "Reshape it."
        raise ag.errors.ShapeError(
            f"{place(_NAME)}: want a {name} of shape ({axes}, {width}) or (length, {width}), got {x.shape}. {remedy}"
        )

    def _masks(self, attn_mask: Any, key_padding_mask: Any, query: Any, key: Any, batch_first: bool) -> list[Any]:
        """The masks that there are, each with axes for batch, heads, queries and keys.

        Raises ShapeError where they do not fit, DtypeError for an ``attn_mask`` of another dtype.
        """
        batch, length, source = query.shape[1 - int(batch_first)], *(x.shape[int(batch_first)] for x in (query, key))
        given = f"for a query of shape {query.shape} and a key of shape {key.shape}"
        masks = []
        if attn_mask is not None:
            _check_mask_dtype("attn_mask", attn_mask, query.dtype)
            each = (batch * self.num_heads, length, source)
            if attn_mask.shape not in (each[1:], each):
                raise ag.errors.ShapeError(
                    f"{place(_NAME)}: {given} want an attn_mask of shape (length, source) = {each[1:]} or (batch * "
                    f"num_heads, length, source) = {each}, got {attn_mask.shape}."
                    f"{self._order_remedy(attn_mask.shape == (batch, key.shape[1 - int(batch_first)]))}"
                )
            masks.append(np.reshape(attn_mask, (*((batch, -1) if attn_mask.ndim == 3 else (1, 1)), length, source)))
        if key_padding_mask is not None:
            if key_padding_mask.shape != (batch, source):
                raise ag.errors.ShapeError(
                    f"{place(_NAME)}: {given} want a key_padding_mask of shape (batch, source) = {(batch, source)}, "
                    f"got {key_padding_mask.shape}; it has the batch first in any case."
                    f"{self._order_remedy(key_padding_mask.shape == (source, batch))}"
                )
            masks.append(key_padding_mask[:, None, None, :])
        return masks

    def _order_remedy(self, fits_other_order: bool) -> str:
        if not fits_other_order:
            return ""
        axes = "(length, batch, width)" if self.batch_first else "(batch, length, width)"
        return f" If the inputs are {axes}, make the layer with batch_first={not self.batch_first}."

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Self-attention, causal; widths that differ, with masks; all that may be appended, without a batch."""
        x = rng.normal(size=(3, 2, 4))
        causal = np.triu(np.ones((3, 3), bool), 1)
        yield Example(MultiheadAttention(4, 2, rng=rng), (x, x, x, None, False, causal, True, True), 1)
        source = [rng.normal(size=(3, 2, width)) for width in (3, 5)]
        hidden = np.array([[False, True], [False, False], [True, False]])
        options: dict[str, Any] = {"dropout": 0.3, "bias": False, "kdim": 3, "vdim": 5, "batch_first": True}
        yield Example(MultiheadAttention(4, 2, **options, rng=rng), (rng.normal(size=(3, 1, 4)), *source, hidden))
        extended = MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True, rng=rng)
        yield Example(extended, (rng.normal(size=(3, 4)), *rng.normal(size=(2, 2, 4))), None)


def _check_sizes(embed_dim: int, num_heads: int, dropout: float) -> None:
    check_whole("MultiheadAttention", 1, embed_dim=embed_dim, num_heads=num_heads)
    check_probability("MultiheadAttention", dropout=dropout)
    if embed_dim % num_heads:
        fitting = [n for n in range(1, embed_dim + 1) if embed_dim % n == 0]
        raise ag.errors.ArgumentError(
            f"{place('MultiheadAttention')}: num_heads={num_heads}; want a divisor of embed_dim={embed_dim}: "
            f"{', '.join(map(str, fitting))}."
        )


def _check_mask_dtype(name: str, mask: Any, dtype: Any) -> None:
    given = getattr(mask, "dtype", None)
    if given is None or (given.kind != "b" and given != dtype):
        remedy = "" if given is None else f": {name}.astype(bool), or {name}.astype({str(dtype)!r})"
        raise ag.errors.DtypeError(
            f"{place(_NAME)}: {name} is {ag.errors.describe(mask)}; want booleans, True where a key is hidden, or "
            f"{dtype} numbers that are added to the scores{remedy}."
        )


def _merged(masks: list[Any], extra: int, dtype: Any) -> Any:
    """One mask, as `scaled_dot_product_attention` takes it, of several of four axes that hide keys where True."""
    if not masks:
        return None
    merged: Any = None
    is_boolean = all(mask.dtype.kind == "b" for mask in masks)
    for mask in masks:
        if extra:
            mask = np.concatenate([mask, np.zeros((*mask.shape[:-1], extra), mask.dtype)], axis=-1)
        if not is_boolean and mask.dtype.kind == "b":
            mask = np.where(ag.value_of(mask), dtype.type(-math.inf), dtype.type(0))
        merged = mask if merged is None else np.logical_or(merged, mask) if is_boolean else merged + mask
    return np.logical_not(merged) if is_boolean else merged

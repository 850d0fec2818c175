"""Embeddings and positions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.functional.embeddings import check_features, check_sequence, refuse_sparse, row_number
from nn.kernels.checks import check_whole
from nn.kernels.embedding import sinusoids
from nn.module import Example, Module, Parameter, initialize

__all__ = ["Embedding", "RotaryPositions", "SinusoidalPositions"]


class Embedding(Module):
    """A table whose rows are learned, taken by their numbers: (...) -> (..., embedding_dim).

    Bengio, Ducharme, Vincent and Jauvin, 2003.

    Parameters
    ----------
    num_embeddings: rows of the table, at least 0.
    embedding_dim: length of a row, at least 0.
    padding_idx: a row that is zero at first and is not learned, from -num_embeddings to num_embeddings - 1.
    max_norm: if given, rows that are taken and whose norm is larger are first scaled down to it, in place.
    norm_type: the p of that norm, above 0.
    scale_grad_by_freq: if True, each row's gradient is divided by how often the row is taken in a call.
    sparse: False; there are no sparse gradients here.
    dtype: of the weight, a float; the default dtype if None.
    rng: generator of the initial values, normal with mean 0 and deviation 1; the default generator if None.

    Attributes
    ----------
    weight: (num_embeddings, embedding_dim).

    Raises ArgumentError for other arguments, and, when called, for an index that is out of range; DtypeError for an
    input that is not of integers.

    >>> import autograd as ag, nn
    >>> nn.Embedding(65, 16)(ag.tensor([[3, 1, 4], [1, 5, 9]])).shape
    (2, 3, 16)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        check_whole("Embedding", 0, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        refuse_sparse("Embedding", sparse)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = row_number("Embedding", padding_idx, num_embeddings)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), dtype or ag.get_default_dtype()))
        initialize(self, rng)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """An embedding whose table is given; an array is shared, not copied.

        Parameters
        ----------
        embeddings: floats, (num_embeddings, embedding_dim).
        freeze: whether the table is not learned.

        Raises ShapeError and DtypeError for what is no table.

        >>> import nn, numpy as np
        >>> nn.Embedding.from_pretrained(np.array([[1.0, 2.0], [3.0, 4.0]]))(np.array([1]))
        Tensor([[3., 4.]], dtype=float64)
        """
        table = embeddings if isinstance(embeddings, ag.Tensor) else ag.tensor(embeddings)
        if table.ndim != 2 or table.dtype.kind != "f":
            raise ag.errors.ShapeError(
                f"Embedding.from_pretrained: the embeddings are {ag.errors.describe(table)}; want floats of shape "
                "(num_embeddings, embedding_dim)."
            )
        rows, width = table.shape
        layer = cls(rows, width, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, dtype=table.dtype)
        data = embeddings if isinstance(embeddings, np.ndarray) else table.data
        layer.weight = Parameter(data, requires_grad=not freeze)
        return layer

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values.

        >>> import nn
        >>> nn.Embedding(3, 2).reset_parameters()
        """
        init.normal_(self.weight, rng=rng)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0
            ag.mark_written(self.weight.data)

    def forward(self, input: Any) -> Any:
        """(...) -> (..., embedding_dim)."""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Indices that repeat, and some of a table with a row for padding."""
        yield Example(Embedding(5, 3, rng=rng), (np.array([[0, 4, 1], [4, 4, 2]]),))
        yield Example(Embedding(4, 2, padding_idx=-1, max_norm=9.0, norm_type=1.0, rng=rng), (np.array([1, 0, 1, 2]),))

    def extra_repr(self) -> str:
        """Sizes, and what differs from the defaults."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        defaults = {"padding_idx": None, "max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False}
        for name, default in defaults.items():
            value = getattr(self, name)
            text += "" if value == default else f", {name}={value}"
        return text


class SinusoidalPositions(Module):
    """Add a wave pattern that says where each element stands: (..., time, features) of the same shape.

    ``input[..., t, 2 i]`` gets ``sin(t / base ** (2 i / features))`` and ``input[..., t, 2 i + 1]`` the cosine of the
    same, in a call with an input and an output of (batch, time, features) -> (batch, time, features). Nothing is
    learned, and the time may be of any length; dropout, where it is wanted, is a layer behind it. Vaswani et al., 2017.
    PyTorch has no such layer.

    Parameters
    ----------
    features: length of the last axis, at least 1.
    base: above 0; the longest wave is 2 pi times as long.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input of another length.

    >>> import autograd as ag, nn
    >>> nn.SinusoidalPositions(2)(ag.zeros(1, 2, 2))
    Tensor([[[0.        , 1.        ],
             [0.84147096, 0.5403023 ]]], dtype=float32)
    """

    def __init__(self, features: int, base: float = 10000.0) -> None:
        check_features("SinusoidalPositions", features, base)
        self.features = features
        self.base = base

    def forward(self, input: Any, offset: int = 0) -> Any:
        """(..., time, features) of the same shape; ``offset`` is the position of the first element in time."""
        check_sequence("sinusoidal_positions", input, self.features)
        return input + sinusoids(offset, input.shape[-2], self.features, self.base, input.dtype)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Batches, with an odd number of features, and a single sequence further on."""
        yield Example(SinusoidalPositions(3), (rng.normal(size=(2, 4, 3)),))
        yield Example(SinusoidalPositions(4, base=100.0), (rng.normal(size=(3, 4)), 5), None)

    def extra_repr(self) -> str:
        """The number of features and the base."""
        return f"{self.features}, base={self.base}"


class RotaryPositions(Module):
    """Turn pairs of features by angles that grow with the position: (..., time, features) of the same shape.

    The pair i at position t is turned by the angle ``t / base ** (2 i / features)``. Given to both queries and keys,
    (batch, heads, time, features) -> (batch, heads, time, features), their scalar products depend on how far apart the
    two are alone. Nothing is learned. Su et al., 2021. PyTorch has no such layer.

    Parameters
    ----------
    features: of each head, an even number.
    base: above 0.
    interleaved: whether the pairs are neighbours, features 2 i and 2 i + 1, as in the paper; if False, features i and
        i + features / 2, as in GPT-NeoX.

    Raises ArgumentError for other numbers; ShapeError, when called, for an input of another length.

    >>> import autograd as ag, nn
    >>> nn.RotaryPositions(2)(ag.tensor([[[1.0, 0.0], [1.0, 0.0]]]))
    Tensor([[[1.        , 0.        ],
             [0.5403023 , 0.84147096]]], dtype=float32)
    """

    def __init__(self, features: int, base: float = 10000.0, interleaved: bool = True) -> None:
        check_features("RotaryPositions", features, base, multiple=2)
        self.features = features
        self.base = base
        self.interleaved = interleaved

    def forward(self, input: Any, offset: int = 0, positions: Any = None) -> Any:
        """(..., time, features) of the same shape, at ``positions`` or from ``offset`` on."""
        check_sequence("rotary_positions", input, self.features)
        return F.rotary_positions(input, offset, positions, self.base, self.interleaved)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Heads of a batch, and a single sequence further on, with the other pairs."""
        yield Example(RotaryPositions(4), (rng.normal(size=(2, 2, 3, 4)),))
        yield Example(RotaryPositions(6, base=100.0, interleaved=False), (rng.normal(size=(3, 6)), 2), None)

    def extra_repr(self) -> str:
        """The number of features, the base, and which pairs if not neighbours."""
        return f"{self.features}, base={self.base}" + ("" if self.interleaved else ", interleaved=False")

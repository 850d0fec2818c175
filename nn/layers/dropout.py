"""Dropout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

import autograd as ag
from nn import functional as F
from nn.kernels.checks import check_probability, refuse_inplace
from nn.module import Example, Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _Dropout(Module):
    _function: ClassVar[Callable[..., Any]]

    def __init__(self, p: float = 0.5, inplace: bool = False, *, rng: np.random.Generator | None = None) -> None:
        name = type(self).__name__
        refuse_inplace(name, inplace)
        check_probability(name, p=p)
        self.p = p
        self.rng = None if rng is None else ag.default_generator(rng)

    def forward(self, input: Any) -> Any:
        """The same shape."""
        return type(self)._function(input, self.p, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"


class Dropout(_Dropout):
    """In training, zero each element with probability ``p`` and divide the others by ``1 - p``: (...) -> (...).

    The mean of every element stays the same, so that nothing is done in use (``model.eval()``). Srivastava et
    al., 2014.

    Parameters
    ----------
    p: from 0 to 1; draws have 16 bits, so that it is kept to within 1e-5.
    inplace: False; nothing is computed in place.
    rng: generator of the draws; the default one, each time, if None.

    Raises ArgumentError for another p and for ``inplace``; when called in training, DtypeError for integers.

    >>> import autograd as ag, nn, numpy as np
    >>> drop = nn.Dropout(0.5, rng=np.random.default_rng(1))
    >>> drop(ag.ones(4))
    Tensor([2., 0., 2., 2.], dtype=float32)
    >>> drop.eval()(ag.ones(4))
    Tensor([1., 1., 1., 1.], dtype=float32)
    """

    _function = F.dropout

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Dropping nothing, something, and all."""
        for p in (0.0, 0.3, 1.0):
            yield Example(Dropout(p), (rng.normal(size=(4, 3)),))


class Dropout1d(_Dropout):
    """In training, zero each channel of each sample with probability ``p`` and divide the others by ``1 - p``.

    (batch, channels, length) or (channels, length) -> the same. Tompson et al., 2015. Parameters and errors are those
    of `Dropout`; ShapeError for another number of axes.

    >>> import autograd as ag, nn, numpy as np
    >>> nn.Dropout1d(rng=np.random.default_rng(1))(ag.ones(4, 2)).sum(1)
    Tensor([4., 0., 4., 4.], dtype=float32)
    """

    _function = F.dropout1d

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With and without a batch."""
        yield Example(Dropout1d(0.3), (rng.normal(size=(2, 3, 4)),))
        yield Example(Dropout1d(0.4), (rng.normal(size=(3, 4)),), None)


class Dropout2d(_Dropout):
    """In training, zero each channel of each sample with probability ``p`` and divide the others by ``1 - p``.

    (batch, channels, height, width) -> the same; three axes are taken as (batch, channels, length), as in PyTorch.
    Tompson et al., 2015. Parameters and errors are those of `Dropout`; ShapeError for another number of axes.

    >>> import autograd as ag, nn, numpy as np
    >>> nn.Dropout2d(rng=np.random.default_rng(1))(ag.ones(1, 4, 2, 2)).sum((0, 2, 3))
    Tensor([8., 0., 8., 8.], dtype=float32)
    """

    _function = F.dropout2d

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Of images and of sequences."""
        yield Example(Dropout2d(0.3), (rng.normal(size=(2, 3, 2, 2)),))
        yield Example(Dropout2d(0.5), (rng.normal(size=(2, 3, 2)),))


class Dropout3d(_Dropout):
    """In training, zero each channel of each sample with probability ``p`` and divide the others by ``1 - p``.

    (batch, channels, depth, height, width) or (channels, depth, height, width) -> the same. Tompson et al., 2015.
    Parameters and errors are those of `Dropout`; ShapeError for another number of axes.

    >>> import autograd as ag, nn, numpy as np
    >>> nn.Dropout3d(rng=np.random.default_rng(1))(ag.ones(4, 1, 2, 2)).sum((1, 2, 3))
    Tensor([8., 0., 8., 8.], dtype=float32)
    """

    _function = F.dropout3d

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """With and without a batch."""
        yield Example(Dropout3d(0.3), (rng.normal(size=(2, 3, 2, 1, 2)),))
        yield Example(Dropout3d(0.5), (rng.normal(size=(3, 2, 2, 1)),), None)


class AlphaDropout(_Dropout):
    """Dropout for networks of SELUs, which keeps mean 0 and variance 1: (...) -> (...).

    In training each element is set with probability ``p`` to the value that SELU has far below 0, -1.758; then an
    affine map gives mean and variance back. Klambauer et al., 2017. Parameters and errors are those of `Dropout`.

    >>> import autograd as ag, nn
    >>> nn.AlphaDropout(1.0)(ag.ones(3))
    Tensor([0., 0., 0.], dtype=float32)
    """

    _function = F.alpha_dropout

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Dropping something, and all."""
        yield Example(AlphaDropout(0.3), (rng.normal(size=(4, 3)),))
        yield Example(AlphaDropout(1.0), (rng.normal(size=(2, 3)),))


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels: (batch, channels, ...) -> (batch, channels, ...).

    Parameters and errors are those of `Dropout`; ShapeError for an input without channels.

    >>> import autograd as ag, nn
    >>> nn.FeatureAlphaDropout(0.4)(ag.ones(2, 3, 4)).shape
    (2, 3, 4)
    """

    _function = F.feature_alpha_dropout

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Of images."""
        yield Example(FeatureAlphaDropout(0.4), (rng.normal(size=(2, 3, 2, 1)),))

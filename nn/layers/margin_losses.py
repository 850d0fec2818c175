"""Losses with a margin, for labels, rankings and embeddings, as modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.layers.losses import Loss
from nn.module import Example

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "HingeLoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
]


# --- labels 1 and -1 ------------------------------------------------------------------------------------


class HingeLoss(Loss):
    """Loss of a support vector machine, ``max(0, 1 - target * input)``: (...), (...) -> ().

    The target holds labels 1 and -1. PyTorch has none of this kind. Cortes and Vapnik, 1995.

    Parameters
    ----------
    squared: whether each loss is squared.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input and
    target do not fit.

    >>> import autograd as ag, nn
    >>> nn.HingeLoss(reduction="none")(ag.tensor([0.5, 2.0]), ag.tensor([1, -1]))
    Tensor([0.5, 3. ], dtype=float32)
    """

    def __init__(self, squared: bool = False, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.squared = squared

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.hinge_loss(input, target, self.squared, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Of the first order, and squared."""
        yield Example(HingeLoss(), (rng.normal(size=(4, 3)), rng.choice([-1, 1], (4, 3))))
        yield Example(HingeLoss(squared=True, reduction="none"), (rng.normal(size=5), rng.choice([-1, 1], 5)))


class HingeEmbeddingLoss(Loss):
    """``input`` where the label is 1, ``max(0, margin - input)`` where it is -1: (...), (...) -> ().

    For distances of pairs that are alike or not.

    Parameters
    ----------
    margin: the distance from which pairs that are not alike cost nothing.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input and
    target do not fit.

    >>> import autograd as ag, nn
    >>> nn.HingeEmbeddingLoss(reduction="none")(ag.tensor([0.25, 0.25]), ag.tensor([1, -1]))
    Tensor([0.25, 0.75], dtype=float32)
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.hinge_embedding_loss(input, target, self.margin, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two margins."""
        yield Example(HingeEmbeddingLoss(), (rng.uniform(0, 2, (4, 3)), rng.choice([-1, 1], (4, 3))))
        yield Example(HingeEmbeddingLoss(0.5, "none"), (rng.uniform(0, 1, 5), rng.choice([-1, 1], 5)))


class SoftMarginLoss(Loss):
    """``log(1 + exp(-target * input))`` of scores and labels 1 and -1: (...), (...) -> ().

    Parameters
    ----------
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input and
    target do not fit.

    >>> import autograd as ag, nn
    >>> nn.SoftMarginLoss()(ag.tensor([1000.0]), ag.tensor([-1]))
    Tensor(1000., dtype=float32)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.soft_margin_loss(input, target, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A mean, and the loss of each element."""
        yield Example(SoftMarginLoss(), (rng.normal(size=(4, 3)), rng.choice([-1, 1], (4, 3))))
        yield Example(SoftMarginLoss("none"), (rng.normal(size=5), rng.choice([-1, 1], 5)))


# --- classes --------------------------------------------------------------------------------------------


class MultiMarginLoss(Loss):
    """Hinge loss of several classes: (batch, classes), (batch) -> (), or (classes), () -> ().

    See `nn.functional.multi_margin_loss`. Weston and Watkins, 1999.

    Parameters
    ----------
    p: the power of each difference, 1 or 2.
    margin: how much above the others the label's score shall be.
    weight: factor of each class, (classes), a buffer. The mean is not weighted by it.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ArgumentError for another reduction; when called, for numbers out of range, too, and ShapeError, DtypeError
    and ArgumentError where input, target and weight do not fit.

    >>> import autograd as ag, nn
    >>> nn.MultiMarginLoss()(ag.tensor([[1.0, 0.5, 3.0, 0.0]]), ag.tensor([0]))
    Tensor(0.875, dtype=float32)
    """

    weight: ag.Tensor | None

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.p = p
        self.margin = margin
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Any:
        """(batch, classes), (batch) -> ()."""
        return F.multi_margin_loss(input, target, self.p, self.margin, self.weight, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Of the first order, and of the second with weights."""
        yield Example(MultiMarginLoss(), (rng.normal(size=(4, 3)), rng.integers(0, 3, 4)))
        weighted = MultiMarginLoss(2, 0.5, rng.uniform(0.5, 2, 3), "none")
        yield Example(weighted, (rng.normal(size=(2, 3)), rng.integers(0, 3, 2)))


class MultiLabelMarginLoss(Loss):
    """Hinge loss of rows with several labels: (batch, classes), (batch, classes) -> (), or (classes), (classes) -> ().

    The target's rows hold labels, then -1, after which nothing counts. See `nn.functional.multilabel_margin_loss`.

    Parameters
    ----------
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input and
    target do not fit.

    >>> import autograd as ag, nn
    >>> nn.MultiLabelMarginLoss()(ag.tensor([[0.5, 0.25, 0.5, 1.0]]), ag.tensor([[3, 0, -1, 1]]))
    Tensor(0.625, dtype=float32)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """(batch, classes), (batch, classes) -> ()."""
        return F.multilabel_margin_loss(input, target, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Rows of two labels, one and none."""
        labels = np.array([[2, 0, -1], [1, -1, 0], [-1, 0, 1]])
        yield Example(MultiLabelMarginLoss(), (rng.normal(size=(3, 3)), labels))
        yield Example(MultiLabelMarginLoss("none"), (rng.normal(size=(2, 3)), labels[:2]))


class MultiLabelSoftMarginLoss(Loss):
    """Binary cross entropy of each class by its logit, averaged over the classes: (..., classes) twice -> ().

    The mean over the classes of ``-target * log(p) - (1 - target) * log(1 - p)``, p being the sigmoid of the logit.

    Parameters
    ----------
    weight: factor of each class, (classes), or of a shape that broadcasts to the input's, a buffer.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ArgumentError for another reduction; when called, ShapeError and DtypeError where input, target and weight do
    not fit.

    >>> import autograd as ag, nn
    >>> nn.MultiLabelSoftMarginLoss()(ag.zeros(1, 2), ag.tensor([[1, 0]]))
    Tensor(0.6931472, dtype=float32)
    """

    weight: ag.Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Any:
        """(..., classes), (..., classes) -> ()."""
        return F.multilabel_soft_margin_loss(input, target, self.weight, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Probabilities, and weighted labels."""
        yield Example(MultiLabelSoftMarginLoss(), (rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))))
        weighted = MultiLabelSoftMarginLoss(rng.uniform(0.5, 2, 3), "none")
        yield Example(weighted, (rng.normal(size=(2, 3)), rng.integers(0, 2, (2, 3))))


# --- rankings and embeddings ----------------------------------------------------------------------------


class MarginRankingLoss(Loss):
    """``max(0, margin - target * (input1 - input2))``: (...), (...), (...) -> ().

    The target is 1 where input1 shall be the larger, -1 where input2 shall.

    Parameters
    ----------
    margin: by how much.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each pair. A mean of no pairs is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where inputs and
    target do not fit.

    >>> import autograd as ag, nn
    >>> nn.MarginRankingLoss(margin=0.5)(ag.tensor([1.0]), ag.tensor([3.0]), ag.tensor([1]))
    Tensor(2.5, dtype=float32)
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        """(...), (...), (...) -> ()."""
        return F.margin_ranking_loss(input1, input2, target, self.margin, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Without a margin, and with one."""
        yield Example(MarginRankingLoss(), (rng.normal(size=5), rng.normal(size=5), rng.choice([-1, 1], 5)))
        pair = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
        yield Example(MarginRankingLoss(0.5, "none"), (*pair, rng.choice([-1, 1], (2, 3))))


class CosineEmbeddingLoss(Loss):
    """``1 - cos`` where the label is 1, ``max(0, cos - margin)`` where it is -1: (batch, length) twice, (batch) -> ().

    cos is the cosine of the angle between two rows. Also (length), (length), () -> ().

    Parameters
    ----------
    margin: the cosine, -1 to 1, up to which vectors that are not alike cost nothing.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where inputs and
    target do not fit.

    >>> import autograd as ag, nn
    >>> nn.CosineEmbeddingLoss()(ag.tensor([[3.0, 0.0]]), ag.tensor([[0.0, 2.0]]), ag.tensor([1]))
    Tensor(1., dtype=float32)
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        """(batch, length), (batch, length), (batch) -> ()."""
        return F.cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Without a margin, and with one."""
        pair = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
        yield Example(CosineEmbeddingLoss(), (*pair, np.array([1, -1, 1, -1])))
        yield Example(CosineEmbeddingLoss(-0.5, "none"), (*pair, np.array([-1, -1, 1, -1])))


class TripletMarginLoss(Loss):
    """``max(0, margin + d(anchor, positive) - d(anchor, negative))``: (batch, length) three times -> ().

    d is `nn.functional.pairwise_distance`. Also (length) three times -> (). Balntas et al., 2016.

    Parameters
    ----------
    margin: how much farther the negative shall be than the positive, above 0.
    p, eps: of the distance.
    swap: whether d(positive, negative) takes the place of d(anchor, negative) where it is smaller.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ArgumentError for another reduction; when called, for numbers out of range, too, and ShapeError and
    DtypeError for inputs that do not fit each other.

    >>> import autograd as ag, nn
    >>> anchor, near, far = ag.zeros(1, 2), ag.tensor([[3.0, 4.0]]), ag.tensor([[0.0, 5.5]])
    >>> nn.TripletMarginLoss(eps=0.0)(anchor, near, far)
    Tensor(0.5, dtype=float32)
    """

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """(batch, length) three times -> ()."""
        return F.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction
        )

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """As it is, and with a swap and another norm."""
        yield Example(TripletMarginLoss(), tuple(rng.normal(size=(4, 3)) for _ in range(3)))
        swapped = TripletMarginLoss(margin=2.0, p=3.0, swap=True, reduction="none")
        yield Example(swapped, tuple(rng.normal(size=(2, 3)) for _ in range(3)))

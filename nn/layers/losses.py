"""Losses of distances and of likelihoods as modules."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.kernels.reductions import REDUCTIONS, check_reduction
from nn.module import Example, Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "FocalLoss",
    "GaussianNLLLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
]


class Loss(Module):
    """What losses share: a reduction, and a repr of all that differs from the defaults."""

    _reductions: tuple[str, ...] = REDUCTIONS

    def __init__(self, reduction: str = "mean") -> None:
        check_reduction(type(self).__name__, reduction, self._reductions)
        self.reduction = reduction

    def extra_repr(self) -> str:
        """Arguments that are not the defaults, weights with all their numbers."""
        parts = []
        for name, parameter in inspect.signature(type(self)).parameters.items():
            value = getattr(self, name)
            if isinstance(value, ag.Tensor):
                parts.append(f"{name}={_as_code(value.data)}")
            elif value != parameter.default:
                parts.append(f"{name}={value!r}")
        return ", ".join(parts)


def _as_code(array: np.ndarray) -> str:
    """Code that makes a tensor with these numbers, in the fewest digits that tell them from others."""
    return f'ag.tensor({array.astype(str).astype(float).tolist()}, dtype="{array.dtype}")'


# --- distances ------------------------------------------------------------------------------------------


class L1Loss(Loss):
    """Absolute error, ``abs(input - target)``: (...), (...) -> (); its derivative where they are equal is 0.

    Parameters
    ----------
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element. A mean of no elements is nan.

    Raises ArgumentError for another reduction; when called, ShapeError and DtypeError for a target that is not of the
    input's shape and dtype.

    >>> import autograd as ag, nn
    >>> nn.L1Loss()(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    Tensor(1., dtype=float32)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.l1_loss(input, target, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A mean, and the error of each element."""
        yield Example(L1Loss(), (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))
        yield Example(L1Loss("none"), (rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 2))))


class MSELoss(Loss):
    """Squared error, ``(input - target) ** 2``: (...), (...) -> ().

    Parameters
    ----------
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element. A mean of no elements is nan.

    Raises ArgumentError for another reduction; when called, ShapeError and DtypeError for a target that is not of the
    input's shape and dtype.

    >>> import autograd as ag, nn
    >>> nn.MSELoss()(ag.tensor([1.0, 2.0]), ag.tensor([1.0, 4.0]))
    Tensor(2., dtype=float32)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.mse_loss(input, target, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A mean, and the error of each element."""
        yield Example(MSELoss(), (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))
        yield Example(MSELoss("none"), (rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 2))))


class SmoothL1Loss(Loss):
    """``d ** 2 / (2 * beta)`` for a difference d of less than ``beta``, else ``abs(d) - beta / 2``: (...), (...) -> ().

    Girshick, 2015.

    Parameters
    ----------
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element. A mean of no elements is nan.
    beta: where the parabola becomes a line, at least 0; with 0 it is L1Loss.

    Raises ArgumentError for another reduction; when called, for numbers out of range, too, and ShapeError and
    DtypeError for a target that is not of the input's shape and dtype.

    >>> import autograd as ag, nn
    >>> nn.SmoothL1Loss("none")(ag.tensor([0.5, 2.0]), ag.zeros(2))
    Tensor([0.125, 1.5  ], dtype=float32)
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.smooth_l1_loss(input, target, self.reduction, self.beta)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A mean, and another bend."""
        yield Example(SmoothL1Loss(), (2 * rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))
        yield Example(SmoothL1Loss("sum", beta=0.5), (rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 2))))


class HuberLoss(Loss):
    """``d ** 2 / 2`` for a difference d of up to ``delta``, else ``delta * (abs(d) - delta / 2)``: (...), (...) -> ().

    Huber, 1964.

    Parameters
    ----------
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the error of each element. A mean of no elements is nan.
    delta: where the parabola becomes a line, more than 0.

    Raises ArgumentError for another reduction; when called, for numbers out of range, too, and ShapeError and
    DtypeError for a target that is not of the input's shape and dtype.

    >>> import autograd as ag, nn
    >>> nn.HuberLoss("none", delta=2.0)(ag.tensor([0.5, 4.0]), ag.zeros(2))
    Tensor([0.125, 6.   ], dtype=float32)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.huber_loss(input, target, self.reduction, self.delta)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A mean, and another bend."""
        yield Example(HuberLoss(), (2 * rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))
        yield Example(HuberLoss("none", delta=0.5), (rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 2))))


# --- classes --------------------------------------------------------------------------------------------


class CrossEntropyLoss(Loss):
    """Cross entropy between the softmax of logits and a target: (batch, classes), (batch) -> ().

    Also (classes), () and (batch, classes, ...), (batch, ...); or a target of probabilities, of the input's shape. See
    `nn.functional.cross_entropy`.

    Parameters
    ----------
    weight: factor of each class, (classes), a buffer; the mean of losses of labels is weighted by it.
    ignore_index: a label whose rows do not count.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.
    label_smoothing: the share of the target, 0 to 1, that is spread evenly over the classes (Szegedy et al., 2016).

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input,
    target and weight do not fit, a label out of range included.

    >>> import autograd as ag, nn
    >>> nn.CrossEntropyLoss()(ag.zeros(2, 10), ag.tensor([3, 7]))
    Tensor(2.3025851, dtype=float32)
    """

    weight: ag.Tensor | None

    def __init__(
        self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """(batch, classes), (batch) -> ()."""
        return F.cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Labels, weighted and smoothed ones of pixels, and probabilities."""
        yield Example(CrossEntropyLoss(), (rng.normal(size=(4, 3)), rng.integers(0, 3, 4)))
        weighted = CrossEntropyLoss(rng.uniform(0.5, 2, 3), ignore_index=1, label_smoothing=0.1)
        yield Example(weighted, (rng.normal(size=(2, 3, 2)), np.array([[0, 1], [2, 0]])))
        yield Example(CrossEntropyLoss(reduction="none"), (rng.normal(size=(2, 3)), rng.uniform(size=(2, 3))))


class NLLLoss(Loss):
    """Negative log likelihood of labels, ``-weight[label] * input[label]``: (batch, classes), (batch) -> ().

    Also (classes), () -> () and (batch, classes, ...), (batch, ...) -> (). After LogSoftmax it is cross entropy.

    Parameters
    ----------
    weight: factor of each class, (classes), a buffer; the mean is weighted by it.
    ignore_index: a label whose rows do not count.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each row. A mean of no rows is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input,
    target and weight do not fit, a label out of range included.

    >>> import autograd as ag, nn
    >>> nn.NLLLoss()(ag.tensor([[-1.0, -2.0], [-3.0, -4.0]]), ag.tensor([1, 0]))
    Tensor(2.5, dtype=float32)
    """

    weight: ag.Tensor | None

    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """(batch, classes), (batch) -> ()."""
        return F.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Labels, and weighted ones of pixels."""
        yield Example(NLLLoss(), (rng.normal(size=(4, 3)), rng.integers(0, 3, 4)))
        weighted = NLLLoss(rng.uniform(0.5, 2, 3), ignore_index=1, reduction="none")
        yield Example(weighted, (rng.normal(size=(2, 3, 2)), np.array([[0, 1], [2, 0]])))


class BCELoss(Loss):
    """``-weight * (target * log(input) + (1 - target) * log(1 - input))``: (...), (...) -> ().

    The input holds probabilities, the target 0 or 1 or probabilities. Logarithms below -100 count as -100.

    Parameters
    ----------
    weight: factor of each element, of a shape that broadcasts to the input's, a buffer.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input,
    target and weight do not fit, an input outside of 0 to 1 included.

    >>> import autograd as ag, nn
    >>> nn.BCELoss(reduction="none")(ag.tensor([0.5, 1.0]), ag.tensor([1.0, 0.0]))
    Tensor([  0.6931472, 100.       ], dtype=float32)
    """

    weight: ag.Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.binary_cross_entropy(input, target, self.weight, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A mean, and weighted losses."""
        yield Example(BCELoss(), (rng.uniform(0.1, 0.9, (4, 3)), rng.uniform(size=(4, 3))))
        weighted = BCELoss(rng.uniform(0.5, 2, 3), "none")
        yield Example(weighted, (rng.uniform(0.1, 0.9, (2, 3)), rng.uniform(size=(2, 3))))


class BCEWithLogitsLoss(Loss):
    """Cross entropy between sigmoid(input) and a target, of each element: (...), (...) -> ().

    See `nn.functional.binary_cross_entropy_with_logits`.

    Parameters
    ----------
    weight: factor of each element, of a shape that broadcasts to the input's, a buffer.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.
    pos_weight: factor of positive targets, of a shape that broadcasts to the input's, a buffer.

    Raises ArgumentError for another reduction; when called, ShapeError and DtypeError where input, target and
    weights do not fit.

    >>> import autograd as ag, nn
    >>> nn.BCEWithLogitsLoss(pos_weight=[1.0, 2.0])(ag.tensor([[-50.0, -50.0]]), ag.ones(1, 2))
    Tensor(75., dtype=float32)
    """

    weight: ag.Tensor | None
    pos_weight: ag.Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A mean, and losses with both weights."""
        yield Example(BCEWithLogitsLoss(), (rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))))
        weighted = BCEWithLogitsLoss(rng.uniform(0.5, 2, (3, 1)), "none", rng.uniform(0.5, 2, 2))
        yield Example(weighted, (rng.normal(size=(2, 3, 2)), rng.uniform(size=(2, 3, 2))))


class FocalLoss(Loss):
    """Cross entropy times ``(1 - p) ** gamma``, p the probability given to the truth: what is easy counts less.

    Lin et al., 2017; not in PyTorch. By sigmoid for a target of floats, 0 or 1 for each element, (...), (...) -> ();
    by softmax for integer labels, (batch, classes), (batch) -> (). See `nn.functional.focal_loss`.

    Parameters
    ----------
    alpha: the weight of positive elements, 0 to 1, negative ones get 1 - alpha; for labels a weight of each class,
        (classes), a buffer. None for equal weights.
    gamma: how much less, at least 0; with 0 it is cross entropy.
    reduction: ``"mean"``, over all elements or rows, ``"sum"``, or ``"none"``. A mean of none is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input,
    target and alpha do not fit.

    >>> import autograd as ag, nn
    >>> round(nn.FocalLoss(alpha=0.25)(ag.tensor([-3.0]), ag.tensor([1.0])).item(), 4)
    0.6916
    """

    def __init__(self, alpha: Any = None, gamma: float = 2.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        if alpha is None or isinstance(alpha, (int, float)):
            self.alpha = alpha
        else:
            self.register_buffer("alpha", alpha)
        self.gamma = gamma

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.focal_loss(input, target, self.alpha, self.gamma, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Two classes, and labels."""
        yield Example(FocalLoss(0.25), (rng.normal(size=(4, 3)), rng.uniform(0.1, 0.9, (4, 3))))
        yield Example(FocalLoss(gamma=1.5, reduction="none"), (rng.normal(size=(4, 3)), rng.integers(0, 3, 4)))
        weighted = FocalLoss(rng.uniform(0.5, 2, 3), reduction="sum")
        yield Example(weighted, (rng.normal(size=(2, 3, 2)), rng.integers(0, 3, (2, 2))))


# --- distributions --------------------------------------------------------------------------------------


class KLDivLoss(Loss):
    """Divergence of Kullback and Leibler, of each element ``target * (log(target) - input)``: (...), (...) -> ().

    The input holds logarithms of probabilities, the target probabilities.

    Parameters
    ----------
    reduction: ``"batchmean"``, the sum over the length of the first axis, which is the divergence as it is defined;
        ``"mean"`` over all elements, ``"sum"``, or ``"none"``. A mean of no elements is nan.
    log_target: whether the target holds logarithms too.

    Raises ArgumentError for another reduction; when called, ShapeError and DtypeError for a target that is not of the
    input's shape and dtype.

    >>> import autograd as ag, nn
    >>> p, q = ag.tensor([[0.5, 0.5]]), ag.tensor([[0.25, 0.75]])
    >>> round(nn.KLDivLoss("batchmean")(ag.log(q), p).item(), 4)
    0.1438
    """

    _reductions = ("batchmean", *REDUCTIONS)

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        """(...), (...) -> ()."""
        return F.kl_div(input, target, self.reduction, self.log_target)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Probabilities, and their logarithms."""
        yield Example(KLDivLoss("batchmean"), (-rng.uniform(0.1, 3, (4, 3)), rng.uniform(0.1, 0.9, (4, 3))))
        yield Example(KLDivLoss("none", log_target=True), (rng.normal(size=(2, 3)), -rng.uniform(0.1, 3, (2, 3))))


class PoissonNLLLoss(Loss):
    """Negative log likelihood of counts under Poisson's distribution: (...), (...) -> ().

    See `nn.functional.poisson_nll_loss`.

    Parameters
    ----------
    log_input: whether the input holds logarithms of rates, and not the rates.
    full: whether log(target!) is added, by Stirling's approximation, to the losses of counts above 1.
    eps: added to rates whose logarithm is taken.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ArgumentError for another reduction; when called, ShapeError and DtypeError for a target that does not fit.

    >>> import autograd as ag, nn
    >>> nn.PoissonNLLLoss()(ag.tensor([0.0, 0.0]), ag.tensor([2, 3]))
    Tensor(1., dtype=float32)
    """

    def __init__(self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Any, target: Any) -> Any:
        """(...), (...) -> (); the input is called ``log_input``, as in PyTorch, also where it holds the rates."""
        return F.poisson_nll_loss(log_input, target, self.log_input, self.full, self.eps, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """Logarithms of rates for counts, and rates for real numbers."""
        yield Example(PoissonNLLLoss(), (rng.normal(size=(4, 3)), rng.integers(0, 5, (4, 3))))
        full = PoissonNLLLoss(log_input=False, full=True, eps=1e-3, reduction="none")
        target = np.array([[0.5, 2.0, 3.5], [1.5, 0.25, 4.0]])
        yield Example(full, (rng.uniform(0.5, 2, (2, 3)), target))


class GaussianNLLLoss(Loss):
    """Negative log likelihood under normal distributions: (...), (...), (...) -> ().

    An element's loss is ``(log(var) + (input - target) ** 2 / var) / 2``; var may also have a shape that broadcasts to
    the input's, or that shape without the last axis, or be a number. Nix and Weigend, 1994.

    Parameters
    ----------
    full: whether the constant log(2 pi) / 2 is added.
    eps: smaller variances count as this one, above 0; their gradient is that at eps, as in PyTorch.
    reduction: ``"mean"``, ``"sum"``, or ``"none"`` for the loss of each element. A mean of no elements is nan.

    Raises ArgumentError for another reduction; when called, ShapeError, DtypeError and ArgumentError where input,
    target and var do not fit.

    >>> import autograd as ag, nn
    >>> nn.GaussianNLLLoss()(ag.tensor([0.0, 1.0]), ag.tensor([2.0, 1.0]), ag.ones(2))
    Tensor(1., dtype=float32)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any, var: Any) -> Any:
        """(...), (...), (...) -> ()."""
        return F.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A variance of each element, and of each row."""
        pair = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
        yield Example(GaussianNLLLoss(), (*pair, rng.uniform(0.5, 2, (4, 3))))
        yield Example(GaussianNLLLoss(full=True, reduction="none"), (*pair, rng.uniform(0.5, 2, 4)))

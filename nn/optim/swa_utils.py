"""PyTorch's names for averages of weights, so that code that uses them runs here; `nn.optim.EMA` is simpler."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn.layers import BatchNorm1d, BatchNorm2d, BatchNorm3d
from nn.module import Module
from nn.optim.averaging import blend
from nn.optim.lr_scheduler.base import LRScheduler
from nn.optim.optimizer import Optimizer

Average = Callable[[Any, Any, int], Any]
Averages = Callable[[Sequence[ag.Tensor], Sequence[ag.Tensor], int], None]


class AveragedModel(Module):
    """A copy of a model whose weights are an average over the original's: called, it computes with them.

    Parameters
    ----------
    model: is copied.
    device: None or ``"cpu"``.
    avg_fn: ``(average, weight, number averaged so far) -> average``, of Tensors; or else
    multi_avg_fn: the same of lists of Tensors, changed in place. The mean of all if neither is given.
    use_buffers: whether buffers of floats are averaged too; others are copied (PyTorch averages integers and cuts
        their fractions off).

    Attributes
    ----------
    module: the copy.
    n_averaged: buffer, how often `update_parameters` was called. The first call copies.

    Raises ArgumentError for both functions, and for a device that there is not.

    >>> import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.75))
    >>> for weight in [1.0, 2.0]:
    ...     model.weight.data[...] = weight
    ...     average.update_parameters(model)
    >>> average.module.weight.item()
    1.25
    """

    n_averaged: ag.Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ) -> None:
        if avg_fn is not None and multi_avg_fn is not None:
            raise ag.errors.ArgumentError("AveragedModel: give avg_fn or multi_avg_fn, not both.")
        self.module = copy.deepcopy(model).to(device=device)
        self.register_buffer("n_averaged", np.zeros((), np.int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn or get_swa_multi_avg_fn()
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the model computes, with the averaged weights."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's present weights into the average; its buffers are copied, if they are not averaged.

        Raises ArgumentError for a model of other parameters or buffers.

        >>> import nn
        >>> model = nn.Linear(2, 1)
        >>> AveragedModel(model).update_parameters(model)
        """
        ours: list[ag.Tensor] = list(self.module.parameters())
        theirs: list[ag.Tensor] = list(model.parameters())
        kept, given = list(self.module.buffers()), list(model.buffers())
        if [t.shape for t in (*ours, *kept)] != [t.shape for t in (*theirs, *given)]:
            raise ag.errors.ArgumentError("AveragedModel.update_parameters: the model has other parameters or buffers.")
        if self.use_buffers:
            is_averaged = [tensor.dtype.kind == "f" for tensor in kept]
            ours += [tensor for tensor, flag in zip(kept, is_averaged, strict=True) if flag]
            theirs += [tensor for tensor, flag in zip(given, is_averaged, strict=True) if flag]
            kept = [tensor for tensor, flag in zip(kept, is_averaged, strict=True) if not flag]
            given = [tensor for tensor, flag in zip(given, is_averaged, strict=True) if not flag]
        number = int(self.n_averaged.data)
        with ag.no_grad():
            if number == 0:
                _copy(ours, theirs)
            elif self.avg_fn is not None:
                _copy(ours, [self.avg_fn(a, p, number) for a, p in zip(ours, theirs, strict=True)])
            else:
                self.multi_avg_fn(ours, theirs, number)
            _copy(kept, given)
        for tensor in (*ours, *kept):
            ag.mark_written(tensor.data)
        self.n_averaged.data[...] = number + 1


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The rule of an exponential moving average, for ``AveragedModel(avg_fn=...)``.

    ``decay`` is from 0 to 1; ArgumentError if it is not.

    >>> get_ema_avg_fn(0.75)(1.0, 2.0, 1)
    1.25
    """
    _check_decay(decay)
    return lambda average, weight, number: decay * average + (1 - decay) * weight


def get_swa_avg_fn() -> Average:
    """The rule of the mean of all, for ``AveragedModel(avg_fn=...)``.

    >>> get_swa_avg_fn()(1.0, 2.0, 1)
    1.5
    """
    return lambda average, weight, number: average + (weight - average) / (number + 1)


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """The rule of an exponential moving average, for ``AveragedModel(multi_avg_fn=...)``: the fast one.

    ``decay`` is from 0 to 1; ArgumentError if it is not.

    >>> import autograd as ag
    >>> average = ag.tensor([1.0])
    >>> get_ema_multi_avg_fn(0.75)([average], [ag.tensor([2.0])], 1); average
    Tensor([1.25], dtype=float32)
    """
    _check_decay(decay)
    return lambda averages, weights, number: _blend(averages, weights, 1 - decay)


def get_swa_multi_avg_fn() -> Averages:
    """The rule of the mean of all, for ``AveragedModel(multi_avg_fn=...)``: the fast one.

    >>> import autograd as ag
    >>> average = ag.tensor([1.0])
    >>> get_swa_multi_avg_fn()([average], [ag.tensor([2.0])], 1); average
    Tensor([1.5], dtype=float32)
    """
    return lambda averages, weights, number: _blend(averages, weights, 1 / (number + 1))


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the statistics of a model's batch normalizations anew, as means over the batches of a loader.

    Averaged weights have never seen data: the statistics that their layers need are those of no model that was
    trained. A model without such layers is left as it is.

    Parameters
    ----------
    loader: of batches; of a tuple or list the first array is the model's input.
    model: whose statistics are written; every part of it is in training or not as before, in the end.
    device: None or ``"cpu"``.

    Raises ArgumentError for a loader without batches, and then leaves the statistics.

    >>> import numpy as np, nn
    >>> model = nn.Sequential(nn.BatchNorm1d(1))
    >>> update_bn([np.float32([[1], [2], [3]])], model)
    >>> model[0].running_mean
    Tensor([2.], dtype=float32)
    """
    model.to(device=device)
    norms = [part for part in model.modules() if isinstance(part, (BatchNorm1d, BatchNorm2d, BatchNorm3d))]
    if not norms:
        return
    modes = [(part, part.training) for part in model.modules()]
    momenta = [(norm, norm.momentum) for norm in norms]
    is_first = True
    try:
        model.train()
        with ag.no_grad():
            for batch in loader:
                if is_first:
                    for norm in norms:
                        norm.reset_running_stats()
                        norm.momentum = None  # the mean of all batches
                    is_first = False
                model(batch[0] if isinstance(batch, (tuple, list)) else batch)
    finally:
        for norm, momentum in momenta:
            norm.momentum = momentum
        for part, training in modes:
            part.training = training
    if is_first:
        raise ag.errors.ArgumentError("update_bn: the loader has no batches: a generator is used up after one pass.")


class SWALR(LRScheduler):
    """Rates that go to ``swa_lr`` and stay there: for the weights that are averaged.

    Parameters
    ----------
    optimizer, last_epoch: see `nn.optim.lr_scheduler.LRScheduler`.
    swa_lr: the rate, at least 0; one number, or a list with one for each group.
    anneal_epochs: in how many steps, at least 0.
    anneal_strategy: "cos" for half a cosine, or "linear".

    Raises ArgumentError for arguments out of range, and as `LRScheduler` does.

    In a `SequentialLR` it goes on from the rates that the schedule before it left.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
    >>> SWALR(optimizer, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear").rates(4)[:, 0].tolist()
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = self._check_optimizer(optimizer)
        self.swa_lrs = self._per_group("swa_lr", swa_lr)
        self.anneal_epochs = self._whole("anneal_epochs", anneal_epochs, least=0)
        self.anneal_strategy = self._one_of("anneal_strategy", anneal_strategy, ("cos", "linear"))
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates on the way, from those one step before."""
        step = max(self._step_count - 1, 0 if self.anneal_epochs else 1)
        before, now = self._share(step - 1), self._share(step)
        if before == 1:
            return list(self.swa_lrs)
        # what the rate would be without its share of swa_lr is the same at both steps
        starts = [
            (rate - before * end) / (1 - before) for rate, end in zip(self._present(), self.swa_lrs, strict=False)
        ]
        return [end * now + start * (1 - now) for start, end in zip(starts, self.swa_lrs, strict=False)]

    def _share(self, step: int) -> float:
        """How far the rates have come after so many steps, from 0 to 1."""
        share = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return share if self.anneal_strategy == "linear" else (1 - math.cos(math.pi * share)) / 2

    def _restart(self) -> None:
        self._rewind()
        self._begin()


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ag.errors.ArgumentError(f"an average's decay={decay!r}; want a number from 0 to 1.")


def _copy(targets: Iterable[ag.Tensor], values: Iterable[Any]) -> None:
    for target, value in zip(targets, values, strict=True):
        target.data[...] = ag.value_of(value)


def _blend(averages: Sequence[ag.Tensor], weights: Sequence[ag.Tensor], share: float) -> None:
    blend([tensor.data for tensor in averages], [tensor.data for tensor in weights], share)

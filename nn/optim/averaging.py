"""Averages of weights over the steps of training, which often do better than the last weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole
from nn.module import Module, Parameter
from nn.optim.flat import PIECE, aligned


class WeightAverage(ABC):
    """An average of a model's weights, kept beside them: the base of `EMA` and `SWA`.

    The parameters are those that the model has when the average is made. Each is moved by
    ``average += share * (weight - average)``, in place, without a graph.

    Parameters
    ----------
    model: a Module with parameters.
    use_buffers: whether buffers of floats, such as a batch normalization's statistics, are averaged too, and others
        copied; if not, the model's own are used (see also `nn.optim.swa_utils.update_bn`).

    Attributes
    ----------
    updates: how often `update` was called.
    averaged: how many of the calls went into the average.

    Raises TypeError for what is no Module, ArgumentError for one without parameters.

    >>> import nn
    >>> average = nn.optim.EMA(nn.Linear(2, 1))
    >>> average.update()
    >>> isinstance(average, nn.optim.WeightAverage), average.updates, average.averaged
    (True, 1, 1)
    """

    def __init__(self, model: Module, use_buffers: bool = False) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"{self._name}: want a model, a Module, not a {type(model).__name__}.")
        self.model = model
        self.use_buffers = use_buffers
        self.updates = self.averaged = 0
        self._sources: dict[str, ag.Tensor] = dict(model.named_parameters())
        if not self._sources:
            raise ag.errors.ArgumentError(f"{self._name}: the model has no parameters to average.")
        if use_buffers:
            self._sources.update(model.named_buffers())
        self._averages, self._flat = _places(self._sources)
        self._arrays = [tensor.data for tensor in self._averages.values()]

    @abstractmethod
    def _share(self) -> float:
        """How much of the present weights goes into the average, from 0 to 1; 0 for a call that is left out."""

    def update(self) -> None:
        """Take the model's present weights into the average: call it after the optimizer's step.

        Raises ArgumentError where the model has another dtype than when the average was made.

        >>> import nn
        >>> average = nn.optim.EMA(nn.Linear(2, 1))
        >>> average.update()
        >>> average.averaged
        1
        """
        share = self._share()
        if share:
            values = [tensor.data for tensor in self._sources.values()]
            for average, value in zip(self._arrays, values, strict=True):
                if average.dtype != value.dtype:
                    raise ag.errors.ArgumentError(
                        f"{self._name}: the model is {value.dtype} now, its average {average.dtype}: make the average "
                        "after model.double() and the like."
                    )
            blend(self._arrays, values, share)
            ag.mark_written(*self._flat)
            self.averaged += 1
        self.updates += 1

    @contextmanager
    def applied(self) -> Iterator[Module]:
        """A block in which the model, which it gives, holds the average in the places of its own weights.

        Nothing is copied but buffers: the model's own tensors are put back at the end of the block, however that is
        left, and are what they were. What a forward pass in training does to buffers is forgotten with the block.
        Before the first weights are averaged the model keeps its own.

        >>> import nn
        >>> model = nn.Linear(2, 1)
        >>> average = nn.optim.EMA(model)
        >>> average.update()
        >>> with average.applied():
        ...     model.weight.requires_grad
        False
        """
        averages = self._averages if self.averaged else {}
        held = dict(averages)
        for path, buffer in self.model.named_buffers():
            held[path] = ag.Tensor(averages.get(path, buffer).data.copy())
        with self.model.holding(held):
            yield self.model

    def copy_to(self, model: Module) -> None:
        """Write the average into a model, in place: the one that it is of, for good, or another of the same make.

        Raises ArgumentError where paths or shapes differ, and for an average of nothing yet; then nothing is changed.

        >>> import nn
        >>> model = nn.Linear(2, 1)
        >>> average = nn.optim.EMA(model)
        >>> average.update()
        >>> average.copy_to(model)
        """
        if not self.averaged:
            raise ag.errors.ArgumentError(f"{self._name}.copy_to: nothing is averaged yet: call update() first.")
        targets = {**dict(model.named_parameters()), **(dict(model.named_buffers()) if self.use_buffers else {})}
        self._check_fit("copy_to", "the model", {path: tensor.shape for path, tensor in targets.items()})
        for path, average in self._averages.items():
            target = targets[path].data
            target[...] = average.data
            ag.mark_written(target)

    def state_dict(self) -> dict[str, Any]:
        """A copy of the average: ``"updates"``, ``"averaged"``, and the arrays by path in ``"average"``.

        >>> import nn
        >>> average = nn.optim.EMA(nn.Linear(2, 1))
        >>> average.update()
        >>> list(average.state_dict()["average"])
        ['weight', 'bias']
        """
        arrays = {path: tensor.data.copy() for path, tensor in self._averages.items()} if self.averaged else {}
        return {"updates": self.updates, "averaged": self.averaged, "average": arrays}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave: an average made in the same way then goes on identically.

        Raises ArgumentError where paths or shapes do not fit, and then changes nothing.

        >>> import nn
        >>> average = nn.optim.EMA(nn.Linear(2, 1))
        >>> average.load_state_dict(average.state_dict())
        """
        if state_dict["averaged"]:
            arrays = {path: np.asarray(ag.value_of(array)) for path, array in state_dict["average"].items()}
            self._check_fit("load_state_dict", "the state dict", {path: array.shape for path, array in arrays.items()})
            for path, average in self._averages.items():
                average.data[...] = arrays[path]
                ag.mark_written(average.data)
        self.updates, self.averaged = int(state_dict["updates"]), int(state_dict["averaged"])

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _check_fit(self, method: str, whose: str, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Raise ArgumentError unless these are the average's paths and shapes."""
        own = {path: tensor.shape for path, tensor in self._averages.items()}
        for path in (*own, *shapes):
            if own.get(path) != shapes.get(path):
                raise ag.errors.ArgumentError(
                    f"{self._name}.{method}: {path} is {own.get(path, 'not')} in the average, "
                    f"{shapes.get(path, 'not')} in {whose}."
                )


class EMA(WeightAverage):
    """An exponential moving average of a model's weights: the last ``1 / (1 - decay)`` steps count most.

    ``average = decay * average + (1 - decay) * weights``. The first call takes the weights as they are, so that the
    initial ones leave no trace. Polyak and Juditsky, 1992.

    Parameters
    ----------
    model, use_buffers: see `WeightAverage`.
    decay: from 0 up to 1, exclusive.
    warmup: whether call number n, from 0, uses ``min(decay, (1 + n) / (10 + n))``, which lets the average follow
        early weights, still far from good, more closely.

    Raises ArgumentError for a decay out of range, and as `WeightAverage` does.

    >>> import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = nn.optim.EMA(model, decay=0.75)
    >>> for weight in [1.0, 2.0]:
    ...     model.weight.data[...] = weight                 # in the place of an optimizer's step
    ...     average.update()
    >>> with average.applied():
    ...     model.weight.item()
    1.25
    >>> model.weight.item()
    2.0
    """

    def __init__(self, model: Module, decay: float = 0.999, *, warmup: bool = False, use_buffers: bool = False) -> None:
        if not 0 <= decay < 1:
            raise ag.errors.ArgumentError(f"EMA: decay={decay!r}; want at least 0 and below 1, such as 0.999.")
        self.decay = decay
        self.warmup = warmup
        super().__init__(model, use_buffers)

    def _share(self) -> float:
        if not self.averaged:
            return 1.0
        if self.warmup:
            return 1 - min(self.decay, (1 + self.averaged) / (10 + self.averaged))
        return 1 - self.decay


class SWA(WeightAverage):
    """The mean of a model's weights at many steps, all alike: stochastic weight averaging.

    It does well with a rate that stays high, such as `nn.optim.swa_utils.SWALR` sets, and with one call of `update` an
    epoch. Izmailov et al., 2018.

    Parameters
    ----------
    model, use_buffers: see `WeightAverage`.
    start: how many calls of `update` are left out first, at least 0.
    every: then the first of every so many is averaged, at least 1.

    Raises ArgumentError for numbers out of range, and as `WeightAverage` does.

    >>> import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = nn.optim.SWA(model, start=1)
    >>> for weight in [9.0, 1.0, 2.0]:
    ...     model.weight.data[...] = weight                 # in the place of an epoch
    ...     average.update()
    >>> average.copy_to(model); model.weight.item()
    1.5
    """

    def __init__(self, model: Module, start: int = 0, every: int = 1, *, use_buffers: bool = False) -> None:
        check_whole("SWA", 0, start=start)
        check_whole("SWA", 1, every=every)
        self.start = start
        self.every = every
        super().__init__(model, use_buffers)

    def _share(self) -> float:
        past = self.updates - self.start
        return 1 / (self.averaged + 1) if past >= 0 and past % self.every == 0 else 0.0


def blend(averages: Sequence[np.ndarray], values: Sequence[np.ndarray], share: float) -> None:
    """Move arrays towards others, ``average += share * (value - average)``; integers and ``share=1`` are copied.

    In pieces that stay in the cache, so that an average is read and written once.

    >>> import numpy as np
    >>> average = np.array([1.0, 2.0])
    >>> blend([average], [np.array([3.0, 2.0])], 0.25); average
    array([1.5, 2. ])
    """
    for average, value in zip(averages, values, strict=True):
        if share == 1 or average.dtype.kind != "f":
            average[...] = value
        elif average.nbytes <= PIECE or not (average.flags.c_contiguous and value.flags.c_contiguous):
            difference = value - average
            difference *= share
            average += difference
        else:
            flat, towards, length = average.reshape(-1), value.reshape(-1), PIECE // average.itemsize
            scratch = np.empty(length, flat.dtype)
            for start in range(0, flat.size, length):
                part = flat[start : start + length]
                difference = np.subtract(towards[start : start + length], part, scratch[: part.size])
                np.multiply(difference, share, difference)
                np.add(part, difference, part)


def _places(sources: Mapping[str, ag.Tensor]) -> tuple[dict[str, ag.Tensor], list[np.ndarray]]:
    """A tensor for the average of each of the sources, and the flat arrays, one a dtype, that they lie in."""
    by_dtype: dict[Any, list[str]] = {}
    for path, tensor in sources.items():
        by_dtype.setdefault(tensor.dtype, []).append(path)
    averages, flats = {}, []
    for dtype, paths in by_dtype.items():
        bounds = np.cumsum([0, *(sources[path].size for path in paths)]).tolist()
        flats.append(aligned(bounds[-1], dtype))
        for path, first, last in zip(paths, bounds, bounds[1:], strict=False):
            array = flats[-1][first:last].reshape(sources[path].shape)
            is_parameter = isinstance(sources[path], Parameter)
            averages[path] = Parameter(array, requires_grad=False) if is_parameter else ag.Tensor(array)
    return {path: averages[path] for path in sources}, flats

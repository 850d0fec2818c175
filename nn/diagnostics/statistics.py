"""What is seen of a network in one step of training, as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["LayerStatistics", "OutputStatistics", "ParameterStatistics", "StepStatistics"]

Array = np.ndarray
NAN = float("nan")

MOST = 16_384  # elements of an activation that are looked at: 20 microseconds, and 1% of a spread
SAMPLES = 64  # of a batch that are looked at first of all, before places of an image are left out

# |tanh| above 0.97 is saturated: the slope is below 6% of the greatest. The bound is Karpathy's, in his lectures on
# activations ("makemore, part 3", 2022); sigmoid(2 x) = (1 + tanh x) / 2 has the same slope at 0.015 and 0.985.
SATURATED_TANH = 0.97
SATURATED_SIGMOID = (1 - SATURATED_TANH) / 2

RECTIFIERS = ("ReLU", "ReLU6", "relu")
TANHS = ("Tanh", "RNN", "tanh")
SIGMOIDS = ("Sigmoid", "sigmoid", "expit")


@dataclass(frozen=True, slots=True)
class LayerStatistics:
    """One result of one layer, in one step.

    Attributes
    ----------
    path: of the layer in the model; of a function between layers, such as ``F.relu``, that of the layer which it feeds.
    kind: the layer's class, or the function's name.
    call: which call of the layer in the forward pass it was, from 0.
    is_weighted: whether the layer multiplies by weights, as linear, convolutional and recurrent ones do.
    mean, spread: of the elements, and their standard deviation.
    saturated: share of elements where a sigmoid or tanh has less than 6% of its greatest slope; nan for other layers.
    silent: (units,), which units of a rectifier are 0 for all samples; None for other layers.
    samples: how many were looked at.
    gradient: norm of the loss's gradient at the result; nan for layers without weights, and where none came.

    >>> import autograd as ag, nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with nn.diagnostics.Diagnose(model) as d:
    ...     model(ag.ones(4, 2)).sum().backward()
    >>> [(layer.path, layer.kind, layer.samples) for layer in d.course.steps[0].layers]
    [('0', 'Linear', 4), ('1', 'ReLU', 4)]
    """

    path: str
    kind: str
    call: int
    is_weighted: bool
    mean: float
    spread: float
    saturated: float
    silent: Any
    samples: int
    gradient: float = NAN

    @property
    def dead(self) -> float:
        """Share of units that are 0 for all samples of the batch; nan for layers that do not rectify.

        >>> import numpy as np
        >>> LayerStatistics("1", "ReLU", 0, False, 0.5, 1.0, NAN, np.array([True, False]), 32).dead
        0.5
        """
        return NAN if self.silent is None or not self.silent.size else float(self.silent.mean())

    @property
    def source(self) -> str:
        """What made the result: ``ReLU``, ``ReLU, call 2``, or ``relu before it`` for a function, which has no path.

        >>> LayerStatistics("1", "ReLU", 1, False, 0.5, 1.0, NAN, None, 32).source
        'ReLU, call 2'
        """
        before = " before it" if self.kind.islower() else ""
        return f"{self.kind}{before}{f', call {self.call + 1}' if self.call else ''}"


@dataclass(frozen=True, slots=True)
class ParameterStatistics:
    """One parameter in one step.

    Attributes
    ----------
    path: in the model.
    axes: how many it has; one with two or more is a matrix of weights.
    size: its elements.
    weight: norm, before the step.
    gradient: norm of its gradient, before it is clipped; None where none came.
    update: norm of what the step changed it by; nan where the step changed no parameter at all.
    is_symmetric: whether all its rows, the weights of each unit, are equal after the step.

    >>> import autograd as ag, nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with nn.diagnostics.Diagnose(model) as d:
    ...     model(ag.ones(4, 2)).sum().backward()
    >>> [(parameter.path, parameter.axes, parameter.size) for parameter in d.course.steps[0].parameters]
    [('0.weight', 2, 6), ('0.bias', 1, 3)]
    """

    path: str
    axes: int
    size: int
    weight: float
    gradient: float | None
    update: float
    is_symmetric: bool = False

    @property
    def ratio(self) -> float:
        """The update's norm by the weight's; nan for weights of 0.

        >>> ParameterStatistics("weight", 2, 6, 2.0, 1.0, 0.002).ratio
        0.001
        """
        return self.update / self.weight if self.weight > 0 else NAN


@dataclass(frozen=True, slots=True)
class OutputStatistics:
    """What a classifier said in one step.

    Attributes
    ----------
    samples: how many were scored.
    classes: how many scores a sample has.
    is_distribution: whether those of every sample are at least 0 and have the sum 1.
    favourite: share of samples whose greatest score is that of one class, the commonest.
    commonest: share of samples whose target is one class, the commonest.

    >>> import autograd as ag, nn, numpy as np
    >>> model, loss = nn.Linear(2, 3), nn.CrossEntropyLoss()
    >>> with nn.diagnostics.Diagnose(model, loss=loss) as d:
    ...     loss(model(ag.ones(4, 2)), np.array([0, 1, 1, 1])).backward()
    >>> d.course.steps[0].output
    OutputStatistics(samples=4, classes=3, is_distribution=False, favourite=1.0, commonest=0.75)
    """

    samples: int
    classes: int
    is_distribution: bool
    favourite: float
    commonest: float


@dataclass(frozen=True, slots=True)
class StepStatistics:
    """All that is seen in one step.

    Attributes
    ----------
    step: its number, from 0.
    layers: in the order of their calls.
    parameters: all that the model has.
    input: mean and spread of what the first layer with weights is given; None where these are no floats of the data's.
    output: of a classifier whose targets are known, or None.

    >>> import autograd as ag, nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with nn.diagnostics.Diagnose(model) as d:
    ...     model(ag.ones(4, 2)).sum().backward()
    >>> step = d.course.steps[0]
    >>> step.step, len(step.layers), len(step.parameters), step.input
    (0, 2, 2, (1.0, 0.0))
    """

    step: int
    layers: tuple[LayerStatistics, ...]
    parameters: tuple[ParameterStatistics, ...]
    input: tuple[float, float] | None = None
    output: OutputStatistics | None = None


def by_layer(steps: Iterable[StepStatistics]) -> dict[tuple[str, str, int], list[LayerStatistics]]:
    """The statistics of each layer over some steps, by its path, its kind and the call, in the order of the calls."""
    found: dict[tuple[str, str, int], list[LayerStatistics]] = {}
    for step in steps:
        for layer in step.layers:
            found.setdefault((layer.path, layer.kind, layer.call), []).append(layer)
    return found


def median(values: Iterable[float]) -> float:
    """The median of those that are finite; nan where none is.

    >>> median([3.0, math.inf, 1.0]), median([NAN])
    (2.0, nan)
    """
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else NAN


def norm(array: Array) -> float:
    """Square root of the sum of squares, in the array's own dtype where that neither overflows nor underflows."""
    flat = array.ravel(order="K")
    square = float(np.dot(flat, flat))
    if math.isfinite(square) and square > 1e-30:
        return math.sqrt(square)
    return float(np.linalg.norm(flat.astype(np.float64)))


def sample_of(array: Array, channels_first: bool) -> Array:
    """At most about `MOST` elements, evenly: samples are left out first, then places of an image or a sequence."""
    if array.size <= MOST or array.ndim < 2:
        return array[:: -(-array.size // MOST)] if array.ndim == 1 and array.size else array
    keep = max(min(len(array), SAMPLES), len(array) * MOST // array.size)
    index: list[Any] = [slice(None, None, -(-len(array) // keep))] + [slice(None)] * (array.ndim - 1)
    excess = array[tuple(index)].size / MOST
    places = range(2, array.ndim) if channels_first else range(1, array.ndim - 1)
    for axis in places:
        stride = min(array.shape[axis], math.ceil(excess ** (1 / len(places))))
        index[axis] = slice(None, None, max(1, stride))
    part: Array = array[tuple(index)]
    return part


def layer_statistics(
    path: str, kind: str, call: int, array: Array, *, is_weighted: bool = False, channels_first: bool = False
) -> LayerStatistics:
    """The statistics of a result: (batch, channels, ...) if ``channels_first``, else (batch, ..., features)."""
    part = sample_of(array, channels_first and array.ndim > 2)
    mean, spread = moments(part)
    silent = None
    if kind in RECTIFIERS and part.ndim > 1:
        unit = 1 if channels_first or part.ndim == 2 else part.ndim - 1
        silent = ~part.any(axis=tuple(axis for axis in range(part.ndim) if axis != unit))
    return LayerStatistics(
        path, kind, call, is_weighted, mean, spread, _saturated(kind, part), silent, len(part) if part.ndim else 1
    )


def moments(array: Array) -> tuple[float, float]:
    """Mean and standard deviation of all elements; nan for none, and where some are not finite."""
    if not array.size:
        return NAN, NAN
    with np.errstate(all="ignore"):
        mean = float(array.mean())
        return mean, norm(array - array.dtype.type(mean)) / math.sqrt(array.size) if math.isfinite(mean) else NAN


def _saturated(kind: str, part: Array) -> float:
    if not part.size:
        return NAN
    if kind in TANHS:
        return float((np.abs(part) > SATURATED_TANH).mean())
    if kind in SIGMOIDS:
        return float((np.abs(part - 0.5) > 0.5 - SATURATED_SIGMOID).mean())
    return NAN


def output_statistics(scores: Array, targets: Array) -> OutputStatistics | None:
    """Of scores (batch, classes) and targets (batch,); further axes as cross entropy has them, or classes last.

    None for what is no classifier: targets that are no integers, or shapes that do not fit together.
    """
    if targets.dtype.kind not in "iu" or scores.ndim < 2 or not scores.size or scores.dtype.kind != "f":
        return None
    if targets.shape == scores.shape[:1] + scores.shape[2:]:
        axis = 1
    elif targets.shape == scores.shape[:-1] or targets.size * scores.shape[-1] == scores.size:
        axis = scores.ndim - 1
    else:
        return None
    classes = scores.shape[axis]
    best = scores.argmax(axis)
    with np.errstate(all="ignore"):
        is_distribution = bool(scores.min() >= 0 and np.abs(scores.sum(axis) - 1).max() < 1e-4)
    return OutputStatistics(best.size, classes, is_distribution, _share(best), _share(targets[targets >= 0]))


def _share(labels: Array) -> float:
    return float(np.unique(labels, return_counts=True)[1].max() / labels.size) if labels.size else NAN

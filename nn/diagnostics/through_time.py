"""What goes wrong in networks, made visible: gradients that vanish or explode on their way back through the time."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import autograd as ag
from nn import functional as F
from nn.layers.recurrent_base import Recurrent, watched_states
from nn.layers.recurrent_cells import Cell
from nn.module import Module, Parameter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GradientThroughTime", "StateGradients", "gradient_through_time"]

BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 50  # of a line of bars
FAR = 1e3  # the factor over a whole walk from which on a gradient is said to vanish or explode


class StateGradients(NamedTuple):
    """How large the loss's gradient is at the states of one walk of a recurrent layer, or of a cell.

    Attributes
    ----------
    label: the layer's path in the model; of several walks also which one, as in names of weights: ``"rnn.l1_reverse"``.
    norms: (time,), in the order of time, the reverse direction too.
    is_reversed: whether the walk goes from the last step to the first, so that gradients go the other way.

    >>> import nn
    >>> rnn = nn.RNN(2, 8, batch_first=True)
    >>> found = gradient_through_time(rnn, loss=lambda rnn: rnn(ag.ones(1, 5, 2))[0][:, -1].sum())
    >>> found.walks[0].label, found.walks[0].norms.shape
    ('RNN', (5,))
    """

    label: str
    norms: np.ndarray
    is_reversed: bool = False

    @property
    def per_step(self) -> float:
        """The factor that the norm has with each step back along the walk: below 1 it vanishes, above it explodes.

        It is the slope of the straight line through the logarithms; norms of 0 and infinite ones are left out, and nan
        is the result where fewer than two others are left.

        >>> import numpy as np
        >>> round(StateGradients("rnn", np.array([0.01, 0.1, 1.0])).per_step, 6)
        0.1
        """
        steps = self._steps()
        if len(steps) < 2:
            return float("nan")
        slope = float(np.polyfit(steps, np.log10(self.norms[steps]), 1)[0])
        return float(10 ** (slope if self.is_reversed else -slope))

    @property
    def verdict(self) -> str:
        """What becomes of it over the whole walk: "vanishes" or "explodes", by 1000 and more, or "lasts".

        Norms that are infinite or nan have exploded.

        >>> import numpy as np
        >>> StateGradients("rnn", np.array([1e-4, 1e-2, 1.0])).verdict
        'vanishes'
        """
        steps = self._steps()
        total = self.per_step ** float(steps[-1] - steps[0]) if len(steps) > 1 else 1.0
        if not np.isfinite(self.norms).all():
            return "explodes"
        return "vanishes" if total <= 1 / FAR else "explodes" if total >= FAR else "lasts"

    def _steps(self) -> np.ndarray:
        return np.flatnonzero((self.norms > 0) & np.isfinite(self.norms))


@dataclass(frozen=True)
class GradientThroughTime:
    """What `gradient_through_time` found; ``print`` shows it as a table with bars, `plot` draws it.

    Attributes
    ----------
    loss: the loss.
    walks: one for each recurrent layer, its layers and directions, and each cell, in the order in which they were run.

    >>> import numpy as np
    >>> found = GradientThroughTime(0.5, (StateGradients("rnn", np.array([1e-4, 1e-3, 1e-2, 1e-1])),))
    >>> print(found)
    loss 0.5; norm of its gradient at the state of each step, first to last (a bar lower is ten times less)
    rnn  |▅▆▇█|  4 steps, 1.0e-04 to 1.0e-01, x 0.100 with each step back: vanishes
    """

    loss: float
    walks: tuple[StateGradients, ...]

    @property
    def norms(self) -> dict[str, np.ndarray]:
        """The norms by label, (time,) each.

        >>> import numpy as np
        >>> GradientThroughTime(0.5, (StateGradients("rnn", np.ones(2)),)).norms
        {'rnn': array([1., 1.])}
        """
        return {walk.label: walk.norms for walk in self.walks}

    def plot(self, path: str | os.PathLike[str] | None = None) -> Axes:
        """Draw the norms over the time, on a logarithmic scale; see `nn.plots.plot_gradient_through_time`.

        >>> import numpy as np
        >>> axes = GradientThroughTime(0.5, (StateGradients("rnn", np.ones(2)),)).plot()
        >>> axes.get_xlabel()
        'step'
        """
        from nn.plots import plot_gradient_through_time

        return plot_gradient_through_time(self, path)[0]

    def __str__(self) -> str:
        top = max(np.max(walk.norms, where=np.isfinite(walk.norms), initial=0.0) for walk in self.walks)
        width = max(len(walk.label) for walk in self.walks)
        lines = [
            f"loss {self.loss:.4g}; norm of its gradient at the state of each step, first to last (a bar lower is ten "
            "times less)"
        ]
        for walk in self.walks:
            norms = walk.norms
            lines.append(
                f"{walk.label:{width}}  |{_bars(norms, top)}|  {len(norms)} steps, {norms[0]:.1e} to {norms[-1]:.1e}, "
                f"x {walk.per_step:.3f} with each step back: {walk.verdict}"
            )
        return "\n".join(lines)


def gradient_through_time(
    model: Module, batch: tuple[Any, Any] | None = None, loss: Callable[..., Any] | None = None
) -> GradientThroughTime:
    """The norm of the loss's gradient at the hidden state of each step, for all recurrent layers and cells of a model.

    A state's gradient is that of all ways on which the loss depends on it: the steps after it, the layer above. Where
    it shrinks by a factor with each step back, what happened many steps ago is not learnt from: it vanishes, as that of
    a plain recurrent network does. Hochreiter, 1991; Bengio, Simard and Frasconi, 1994; Pascanu, Mikolov and Bengio,
    2013. Of an LSTM the state h is looked at, not the cell c.

    The norm is that of the states of the whole batch together, the square root of the sum of squares. What the loss is
    divided by (such as the size of the batch, for a mean) divides all norms, and changes no ratio of two.

    The model runs as it is, in training or not, step by step, and is left as it was: its parameters' gradients, those
    that are frozen, its running statistics. A layer that is called several times, as in a loop of a decoder, has the
    steps of all its calls, one call after the other; so has a cell, such as `LSTMCell`, in a loop of one's own.

    Parameters
    ----------
    model: a module with recurrent layers or cells anywhere in it.
    batch: ``(inputs, targets)``; inputs that are a tuple are several arguments of the model. None if ``loss`` makes its
        own.
    loss: ``loss(model(inputs), targets)``, a scalar; if None, cross entropy for targets that are integers, and else the
        mean squared error. Without a batch, ``loss(model)``.

    Raises ArgumentError for a model without recurrent layers, and where the loss does not depend on their states.

    >>> import numpy as np, nn
    >>> _ = ag.manual_seed(0)
    >>> rnn, (x, y) = nn.RNN(2, 8, batch_first=True), nn.data.adding_problem(16, length=30)
    >>> found = gradient_through_time(rnn, loss=lambda rnn: ((rnn(x)[0][:, -1].sum(axis=1) - y) ** 2).mean())
    >>> found.norms["RNN"].shape, found.walks[0].verdict
    ((30,), 'vanishes')
    """
    if not isinstance(model, Module):
        raise ag.errors.ArgumentError(
            f"gradient_through_time: the model is a {type(model).__name__}; want an nn.Module with recurrent layers."
        )
    states: dict[tuple[str, bool], list[list[Any]]] = {}
    with ag.enable_grad(), _isolated(model), _recorded(model, states):
        value = _loss_of(model, batch, loss)
    _check(model, states, value)
    found = [state for calls in states.values() for call in calls for state in call if state.requires_grad]
    gradients = ag.gradients(value, found, allow_unused=True) if value.requires_grad and found else [None] * len(found)
    norms = {id(state): _norm(g) for state, g in zip(found, gradients, strict=True) if g is not None}
    if not norms:
        raise ag.errors.ArgumentError(
            f"gradient_through_time: the loss does not depend on any state of {', '.join(label for label, _ in states)}"
            ". Is it computed from the model's results, without detach(), item() or no_grad on the way?"
        )
    walks = [
        StateGradients(label, np.array([norms.get(id(s), 0.0) for s in _in_time(calls, is_reversed)]), is_reversed)
        for (label, is_reversed), calls in states.items()
    ]
    return GradientThroughTime(value.item(), tuple(walks))


# --- the run --------------------------------------------------------------------------------------------


def _loss_of(model: Module, batch: tuple[Any, Any] | None, loss: Callable[..., Any] | None) -> Any:
    if batch is None:
        if loss is None:
            raise ag.errors.ArgumentError(
                "gradient_through_time: want a batch, (inputs, targets), or loss=, a function of the model."
            )
        return loss(model)
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise ag.errors.ArgumentError(
            f"gradient_through_time: batch is a {type(batch).__name__}; want (inputs, targets), or None and loss=, a "
            "function of the model."
        )
    inputs, targets = batch
    scores = model(*inputs) if type(inputs) is tuple else model(inputs)
    if loss is None:
        loss = F.cross_entropy if np.asarray(ag.value_of(targets)).dtype.kind in "iu" else F.mse_loss
    return loss(scores, targets)


@contextmanager
def _isolated(model: Module) -> Iterator[None]:
    """A block in which the model has other parameters, that share their values, and copies of its buffers."""
    others: dict[str, Any] = {path: Parameter(p.data) for path, p in model.named_parameters()}
    others |= {path: ag.Tensor(np.array(buffer.data)) for path, buffer in model.named_buffers()}
    with model.holding(others):
        yield


@contextmanager
def _recorded(model: Module, states: dict[tuple[str, bool], list[list[Any]]]) -> Iterator[None]:
    """A block in which all states are entered by walk: a list for each call, in the order of computation."""
    paths = {id(module): path or type(module).__name__ for path, module in model.named_modules()}

    def on_state(layer: Recurrent, number: int, step: int, state: Any) -> None:
        directions = 2 if layer.bidirectional else 1
        level, direction = divmod(number, directions)
        label = paths.get(id(layer), type(layer).__name__)
        if layer.num_layers * directions > 1:
            label += f".l{level}" + ("_reverse" if direction else "")
        calls = states.setdefault((label, bool(direction)), [])
        if step == 0:
            calls.append([])
        calls[-1].append(state)

    def on_cell(cell: Module, args: tuple[Any, ...], output: Any) -> None:
        state = output[0] if isinstance(output, tuple) else output
        states.setdefault((paths[id(cell)], False), []).append([state])

    with ExitStack() as stack, watched_states(on_state):
        for cell in _all(model, Cell):
            stack.enter_context(cell.register_forward_hook(on_cell))
        yield


def _check(model: Module, states: dict[tuple[str, bool], list[list[Any]]], value: Any) -> None:
    name = type(model).__name__
    if not states and not _all(model, (Recurrent, Cell)):
        raise ag.errors.ArgumentError(
            f"gradient_through_time: {name} has no recurrent layer and no cell, such as nn.LSTM or nn.GRUCell, so "
            "there are no states to look at. For gradients of other layers see ag.explain."
        )
    if not states:
        raise ag.errors.ArgumentError(
            f"gradient_through_time: no recurrent layer of {name} was called while the loss was computed, or none on a "
            "sequence with steps."
        )
    if not isinstance(value, ag.Tensor) or value.size != 1:
        raise ag.errors.ArgumentError(
            f"gradient_through_time: the loss is {ag.errors.describe(value)}; want a Tensor with one number, such as "
            "the mean."
        )


def _all(model: Module, kind: Any) -> list[Module]:
    return [module for module in model.modules() if isinstance(module, kind)]


def _in_time(calls: list[list[Any]], is_reversed: bool) -> list[Any]:
    return [state for call in calls for state in (reversed(call) if is_reversed else call)]


def _norm(gradient: Any) -> float:
    """In float64, where squares of small numbers do not become 0."""
    return float(np.linalg.norm(gradient.data.astype(np.float64)))


# --- in a terminal --------------------------------------------------------------------------------------


def _bars(norms: np.ndarray, top: float) -> str:
    """A bar for each norm, or for the largest of several: full for ``top``, one lower for each power of ten below."""
    pieces = np.array_split(norms, min(WIDTH, len(norms)))
    return "".join(_bar(float(piece.max()), top) for piece in pieces)


def _bar(norm: float, top: float) -> str:
    if not math.isfinite(norm):
        return "!"
    return BARS[max(1, 8 + math.ceil(math.log10(norm / top) - 0.01))] if norm else BARS[0]

"""Recurrent layers: whole sequences at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole
from nn.kernels.gru import gru
from nn.kernels.lstm import lstm
from nn.kernels.rnn import rnn
from nn.layers.recurrent_base import Recurrent, States
from nn.module import Example

__all__ = ["GRU", "LSTM", "RNN"]


ARGUMENTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")  # of all kernels, in their order


class RNN(Recurrent):
    """Simple recurrent network: (time, batch, input_size) -> (time, batch, directions * hidden_size), and last states.

    ``h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)``. Elman, 1990. Its gradients over many steps vanish or explode;
    `LSTM` and `GRU` are made against that.

    Parameters
    ----------
    input_size: length of the input's last axis, at least 1.
    hidden_size: width of the state, at least 1.
    num_layers: layers on layers, at least 1.
    nonlinearity: "tanh" or "relu".
    bias: whether biases are added.
    batch_first: whether inputs and results are (batch, time, ...); the states are (layers, batch, ...) always.
    dropout: share of the results of each layer but the last that is dropped in training, 0 to 1.
    bidirectional: whether each layer also walks from the end to the beginning; results stand side by side.
    orthogonal: whether the initial recurrent weights are orthogonal (Saxe et al., 2014), and not uniform.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values, uniform in (-1 / sqrt(hidden_size), 1 / sqrt(hidden_size)) as in PyTorch; the
        default generator if None.

    Attributes
    ----------
    weight_ih_l0, ...: (hidden_size, input_size), of layers above (hidden_size, directions * hidden_size).
    weight_hh_l0, ...: (hidden_size, hidden_size).
    bias_ih_l0, bias_hh_l0, ...: (hidden_size); all of the other direction end in ``_reverse``.

    A call takes ``hx``, the initial states, and ``lengths`` of the sequences: see `forward`. Raises ArgumentError for
    other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    For the backward pass each element of a sequence keeps ``hidden_size`` numbers a layer and direction, its result,
    besides what it was computed from.

    >>> import autograd as ag, nn
    >>> out, h = nn.RNN(3, 5)(ag.zeros(7, 2, 3))
    >>> out.shape, h.shape
    ((7, 2, 5), (1, 2, 5))
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        orthogonal: bool = False,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._settle(input_size, hidden_size, num_layers, batch_first, dropout, bidirectional)
        self.nonlinearity = check_nonlinearity("RNN", nonlinearity)
        self.orthogonal = orthogonal
        self._make(bias, dtype, rng)

    def _walk(self, number: int, rows: Any, states: States, sizes: Any) -> States:
        weights = map(self._weights(number).get, ARGUMENTS)
        found: States = rnn(rows, *states, *weights, sizes, self._is_reversed(number), self.nonlinearity)
        return found

    def _defaults(self) -> dict[str, Any]:
        own = super()._defaults()
        return {"num_layers": own.pop("num_layers"), "nonlinearity": "tanh", **own}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch with an initial state; both directions on sequences of several lengths; a single sequence."""
        yield Example(RNN(2, 3, rng=rng), (rng.normal(size=(3, 2, 2)), rng.normal(size=(1, 2, 3))), 1)
        two = RNN(2, 1, 2, "relu", batch_first=True, bidirectional=True, rng=rng)
        yield Example(two, (rng.normal(size=(3, 2, 2)), None, np.array([1, 2, 0])), None)
        yield Example(RNN(1, 2, bias=False, orthogonal=True, rng=rng), (rng.normal(size=(3, 1)),), None)


class LSTM(Recurrent):
    """Long short-term memory: (time, batch, input_size) -> (time, batch, directions * out), and the last (h, c).

    ``i, f, o = sigmoid(...)`` and ``g = tanh(...)`` of ``W_ih x_t + b_ih + W_hh h_(t-1) + b_hh``; then
    ``c_t = f * c_(t-1) + i * g`` and ``h_t = o * tanh(c_t)``. Hochreiter and Schmidhuber, 1997; Gers et al., 2000. With
    a projection ``h_t = W_hr (o * tanh(c_t))`` (Sak et al., 2014).

    Parameters
    ----------
    input_size: length of the input's last axis, at least 1.
    hidden_size: width of the cell's state, at least 1.
    num_layers: layers on layers, at least 1.
    bias: whether biases are added.
    batch_first: whether inputs and results are (batch, time, ...); the states are (layers, batch, ...) always.
    dropout: share of the results of each layer but the last that is dropped in training, 0 to 1.
    bidirectional: whether each layer also walks from the end to the beginning; results stand side by side.
    proj_size: width of the projected result, less than hidden_size; 0 for none, and a result as wide as the state.
    orthogonal: whether the initial recurrent weights are orthogonal, each gate's for itself (Saxe et al., 2014).
    forget_bias: if given, the initial bias of the forget gates, such as 1.0, so that the cell remembers at first
        (Jozefowicz et al., 2015): ``bias_ih`` has it, and ``bias_hh`` 0.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values, uniform in (-1 / sqrt(hidden_size), 1 / sqrt(hidden_size)) as in PyTorch; the
        default generator if None.

    Attributes
    ----------
    weight_ih_l0, ...: (4 * hidden_size, input_size), gates input, forget, cell, output.
    weight_hh_l0, ...: (4 * hidden_size, out).
    bias_ih_l0, bias_hh_l0, ...: (4 * hidden_size).
    weight_hr_l0, ...: (proj_size, hidden_size), with a projection. All of the other direction end in ``_reverse``.

    A call takes ``hx``, a tuple ``(h, c)``, and ``lengths`` of the sequences: see `forward`. Raises ArgumentError for
    other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    For the backward pass each element of a sequence keeps ``6 * hidden_size`` numbers a layer and direction, four
    gates, c and h, besides what it was computed from; and ``proj_size`` more with a projection.

    >>> import autograd as ag, nn
    >>> out, (h, c) = nn.LSTM(3, 5, batch_first=True)(ag.zeros(2, 7, 3), lengths=[7, 4])
    >>> out.shape, h.shape, c.shape
    ((2, 7, 5), (1, 2, 5), (1, 2, 5))
    """

    gates = 4

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *,
        orthogonal: bool = False,
        forget_bias: float | None = None,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._settle(input_size, hidden_size, num_layers, batch_first, dropout, bidirectional)
        check_whole("LSTM", 0, proj_size=proj_size)
        if proj_size >= hidden_size:
            raise ag.errors.ArgumentError(
                f"LSTM: proj_size={proj_size}, hidden_size={hidden_size}; a projection makes the result narrower; "
                "0 means none."
            )
        self.proj_size = proj_size
        self.orthogonal = orthogonal
        self.forget_bias = check_forget_bias("LSTM", forget_bias, bias)
        self._make(bias, dtype, rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values.

        >>> import nn
        >>> nn.LSTM(2, 1, forget_bias=1.0).bias_ih_l0.numpy()[1].item()
        1.0
        """
        super().reset_parameters(rng)
        set_forget_bias(self, self.forget_bias)

    def _shapes(self, inside: int) -> dict[str, tuple[int, ...]]:
        projection = {"weight_hr": (self.proj_size, self.hidden_size)} if self.proj_size else {}
        return super()._shapes(inside) | projection

    def _widths(self) -> tuple[int, ...]:
        return self.proj_size or self.hidden_size, self.hidden_size

    def _walk(self, number: int, rows: Any, states: States, sizes: Any) -> States:
        weights = map(self._weights(number).get, (*ARGUMENTS, "weight_hr"))
        found: States = lstm(rows, *states, *weights, sizes, self._is_reversed(number))
        return found

    def _defaults(self) -> dict[str, Any]:
        own = super()._defaults()
        return {"proj_size": 0} | own | {"forget_bias": None}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch with initial states; both directions and a projection on sequences of several lengths."""
        states = (rng.normal(size=(1, 2, 2)), rng.normal(size=(1, 2, 2)))
        yield Example(LSTM(2, 2, forget_bias=1.0, rng=rng), (rng.normal(size=(3, 2, 2)), states), None)
        two = LSTM(1, 2, 2, batch_first=True, bidirectional=True, proj_size=1, rng=rng)
        yield Example(two, (rng.normal(size=(3, 2, 1)), None, np.array([1, 2, 0])), None)
        yield Example(LSTM(1, 2, bias=False, orthogonal=True, rng=rng), (rng.normal(size=(3, 1)),), None)


class GRU(Recurrent):
    """Gated recurrent units: (time, batch, input_size) -> (time, batch, directions * hidden_size), and last states.

    ``r, z = sigmoid(...)`` of ``W_ih x_t + b_ih + W_hh h_(t-1) + b_hh``, ``n = tanh(W_in x_t + b_in + r * (W_hn h_(t-1)
    + b_hn))`` and ``h_t = (1 - z) * n + z * h_(t-1)``. Cho et al., 2014; r multiplies behind the product, as in cuDNN
    and PyTorch.

    Parameters
    ----------
    input_size: length of the input's last axis, at least 1.
    hidden_size: width of the state, at least 1.
    num_layers: layers on layers, at least 1.
    bias: whether biases are added.
    batch_first: whether inputs and results are (batch, time, ...); the states are (layers, batch, ...) always.
    dropout: share of the results of each layer but the last that is dropped in training, 0 to 1.
    bidirectional: whether each layer also walks from the end to the beginning; results stand side by side.
    orthogonal: whether the initial recurrent weights are orthogonal, each gate's for itself (Saxe et al., 2014).
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values, uniform in (-1 / sqrt(hidden_size), 1 / sqrt(hidden_size)) as in PyTorch; the
        default generator if None.

    Attributes
    ----------
    weight_ih_l0, ...: (3 * hidden_size, input_size), gates reset, update, new.
    weight_hh_l0, ...: (3 * hidden_size, hidden_size).
    bias_ih_l0, bias_hh_l0, ...: (3 * hidden_size); all of the other direction end in ``_reverse``.

    A call takes ``hx``, the initial states, and ``lengths`` of the sequences: see `forward`. Raises ArgumentError for
    other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    For the backward pass each element of a sequence keeps ``5 * hidden_size`` numbers a layer and direction, three
    gates, h and its part of n, besides what it was computed from.

    >>> import autograd as ag, nn
    >>> out, h = nn.GRU(3, 5, num_layers=2, bidirectional=True)(ag.zeros(7, 2, 3))
    >>> out.shape, h.shape
    ((7, 2, 10), (4, 2, 5))
    """

    gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        orthogonal: bool = False,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._settle(input_size, hidden_size, num_layers, batch_first, dropout, bidirectional)
        self.orthogonal = orthogonal
        self._make(bias, dtype, rng)

    def _walk(self, number: int, rows: Any, states: States, sizes: Any) -> States:
        weights = map(self._weights(number).get, ARGUMENTS)
        found: States = gru(rows, *states, *weights, sizes, self._is_reversed(number))
        return found

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch with an initial state; both directions on sequences of several lengths; a single sequence."""
        yield Example(GRU(2, 2, rng=rng), (rng.normal(size=(3, 2, 2)), rng.normal(size=(1, 2, 2))), 1)
        two = GRU(2, 1, 2, batch_first=True, bidirectional=True, rng=rng)
        yield Example(two, (rng.normal(size=(3, 2, 2)), None, np.array([1, 2, 0])), None)
        yield Example(GRU(1, 2, bias=False, orthogonal=True, rng=rng), (rng.normal(size=(3, 1)),), None)


def check_nonlinearity(operation: str, nonlinearity: str) -> str:
    """The name itself; raises ArgumentError for another one than "tanh" and "relu"."""
    if nonlinearity not in ("tanh", "relu"):
        raise ag.errors.ArgumentError(f"{operation}: nonlinearity={nonlinearity!r}; want 'tanh' or 'relu'.")
    return nonlinearity


def check_forget_bias(operation: str, forget_bias: Any, bias: bool) -> float | None:
    """The number itself, or None; raises ArgumentError for what is no number, and for one without biases."""
    if forget_bias is not None and not (bias and isinstance(forget_bias, (int, float, np.number))):
        raise ag.errors.ArgumentError(
            f"{operation}: forget_bias={forget_bias!r}, bias={bias}; want a number, or None, and bias=True."
        )
    return None if forget_bias is None else float(forget_bias)


def set_forget_bias(layer: Recurrent, forget_bias: float | None) -> None:
    """Let the biases of the forget gates, the second of four, be the one that was asked for, if any."""
    if forget_bias is None:
        return
    for name, parameter in layer.named_parameters():
        if name.startswith(("bias_ih", "bias_hh")):
            forget = parameter.data[layer.hidden_size : 2 * layer.hidden_size]
            forget[...] = forget_bias if name.startswith("bias_ih") else 0.0
            ag.mark_written(parameter.data)

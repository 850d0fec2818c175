"""Recurrent cells: one step at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd as ag
from nn import init
from nn.kernels.checks import check_arrays, check_floats, check_whole, wrong_shape
from nn.kernels.gru import gru
from nn.kernels.lstm import lstm
from nn.kernels.rnn import rnn
from nn.layers.recurrent import check_nonlinearity
from nn.layers.recurrent_base import as_states
from nn.module import Example, Module, Parameter, initialize

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class Cell(Module):
    """A step of a recurrent network: (batch, input_size), states (batch, hidden_size) -> the next states."""

    gates: int
    states: int = 1
    bias_ih: Parameter | None = None
    bias_hh: Parameter | None = None
    weight_ih: Parameter
    weight_hh: Parameter

    def _make(self, input_size: int, hidden_size: int, bias: bool, dtype: Any, rng: np.random.Generator | None) -> None:
        check_whole(type(self).__name__, 1, input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        for name, shape in self._shapes(input_size).items():
            setattr(self, name, Parameter(np.empty(shape, dtype or ag.get_default_dtype())))
        initialize(self, rng)

    def _shapes(self, inside: int) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the parameters."""
        rows = self.gates * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inside), "weight_hh": (rows, self.hidden_size)}
        return shapes | ({"bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else {})

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values, uniform in (-1 / sqrt(hidden_size), 1 / sqrt(hidden_size)).

        >>> import nn
        >>> nn.GRUCell(2, 3).reset_parameters()
        """
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, rng)

    def _step(self, input: Any, *states: Any) -> Any:
        """The next states of a batch."""
        raise NotImplementedError

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(batch, input_size), and the state (batch, hidden_size) -> the next state; or all of them without a batch.

        Parameters
        ----------
        hx: the state, a tuple if there are several; zeros if None.

        Raises ShapeError, DtypeError and ArgumentError for what does not fit.
        """
        name = type(self).__name__
        check_arrays(name, input=input)
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            raise wrong_shape(name, f"an input of shape (batch, {self.input_size}), or ({self.input_size},)", input)
        if input.dtype != self.weight_ih.dtype:
            check_floats(name, input=input, weight_ih=self.weight_ih)
        states = self._states(input, hx)
        if input.ndim == 2:
            news = self._step(input, *states)
        else:
            news = tuple(new[0] for new in self._step(input[None], *(state[None] for state in states)))
        return news if self.states > 1 else news[0]

    def _states(self, input: Any, hx: Any) -> tuple[Any, ...]:
        shape = (*input.shape[:-1], self.hidden_size)
        if hx is None:
            return (np.zeros(shape, input.dtype),) * self.states
        name = type(self).__name__
        states = as_states(name, hx, ("h", "c")[: self.states])
        for title, state in zip(("h", "c"), states, strict=False):
            check_floats(name, **{title: state, "input": input})
            if state.shape != shape:
                raise wrong_shape(name, f"{title} of shape {shape} for an input of shape {input.shape}", state)
        return states

    def extra_repr(self) -> str:
        """Sizes, and what differs from the defaults."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(Cell):
    """A step of a simple recurrent network: (batch, input_size), (batch, hidden_size) -> (batch, hidden_size).

    ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``, as `RNN`.

    Parameters
    ----------
    input_size, hidden_size: widths of the input and of the state, at least 1.
    bias: whether biases are added.
    nonlinearity: "tanh" or "relu".
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values; the default generator if None.

    Attributes
    ----------
    weight_ih, weight_hh: (hidden_size, input_size), (hidden_size, hidden_size).
    bias_ih, bias_hh: (hidden_size), or None.

    Raises ArgumentError for other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    >>> import autograd as ag, nn
    >>> nn.RNNCell(3, 5)(ag.zeros(2, 3)).shape
    (2, 5)
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.nonlinearity = check_nonlinearity("RNNCell", nonlinearity)
        self._make(input_size, hidden_size, bias, dtype, rng)

    def _step(self, input: Any, *states: Any) -> Any:
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        return rnn(input, *states, *weights, nonlinearity=self.nonlinearity)[1:]

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch and its state, and a single input without one."""
        yield Example(RNNCell(2, 3, rng=rng), (rng.normal(size=(4, 2)), rng.normal(size=(4, 3))))
        yield Example(RNNCell(3, 2, False, "relu", rng=rng), (rng.normal(size=3),), None)

    def extra_repr(self) -> str:
        """Sizes, and what differs from the defaults."""
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity!r}")


class LSTMCell(Cell):
    """A step of a long short-term memory: (batch, input_size), states (h, c) -> the next (h, c), (batch, hidden_size).

    The equations are those of `LSTM`.

    Parameters
    ----------
    input_size, hidden_size: widths of the input and of the states, at least 1.
    bias: whether biases are added.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values; the default generator if None.

    Attributes
    ----------
    weight_ih, weight_hh: (4 * hidden_size, input_size), (4 * hidden_size, hidden_size); gates input, forget, cell,
        output.
    bias_ih, bias_hh: (4 * hidden_size), or None.

    Raises ArgumentError for other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    >>> import autograd as ag, nn
    >>> h, c = nn.LSTMCell(3, 5)(ag.zeros(2, 3))
    >>> h.shape, c.shape
    ((2, 5), (2, 5))
    """

    gates = 4
    states = 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._make(input_size, hidden_size, bias, dtype, rng)

    def _step(self, input: Any, *states: Any) -> Any:
        return lstm(input, *states, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)[1:]

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch and its states, and a single input without any."""
        yield Example(LSTMCell(2, 2, rng=rng), (rng.normal(size=(3, 2)), tuple(rng.normal(size=(2, 3, 2)))), None)
        yield Example(LSTMCell(2, 1, bias=False, rng=rng), (rng.normal(size=(3, 2)),))
        yield Example(LSTMCell(3, 2, rng=rng), (rng.normal(size=3),), None)


class GRUCell(Cell):
    """A step of gated recurrent units: (batch, input_size), (batch, hidden_size) -> (batch, hidden_size).

    The equations are those of `GRU`.

    Parameters
    ----------
    input_size, hidden_size: widths of the input and of the state, at least 1.
    bias: whether biases are added.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values; the default generator if None.

    Attributes
    ----------
    weight_ih, weight_hh: (3 * hidden_size, input_size), (3 * hidden_size, hidden_size); gates reset, update, new.
    bias_ih, bias_hh: (3 * hidden_size), or None.

    Raises ArgumentError for other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    >>> import autograd as ag, nn
    >>> nn.GRUCell(3, 5)(ag.zeros(2, 3)).shape
    (2, 5)
    """

    gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._make(input_size, hidden_size, bias, dtype, rng)

    def _step(self, input: Any, *states: Any) -> Any:
        return gru(input, *states, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)[1:]

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch and its state, and a single input without one."""
        yield Example(GRUCell(2, 3, rng=rng), (rng.normal(size=(4, 2)), rng.normal(size=(4, 3))))
        yield Example(GRUCell(3, 2, bias=False, rng=rng), (rng.normal(size=3),), None)

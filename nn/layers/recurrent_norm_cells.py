"""Cells whose summed inputs are normalized at every step (Ba, Kiros and Hinton, 2016), and their equations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

import autograd as ag
from nn import init
from nn.kernels.linear import linear
from nn.kernels.norm_rows import layer_norm
from nn.layers.recurrent import check_nonlinearity
from nn.layers.recurrent_base import States
from nn.layers.recurrent_cells import Cell
from nn.module import Example, Module

__all__ = ["LayerNormGRUCell", "LayerNormLSTMCell", "LayerNormRNNCell"]

Weights = Mapping[str, Any]  # the parameters of one cell


# --- the equations, which a cell and its layer share ----------------------------------------------------


class Equations(Module):
    """What a step computes, in two parts: what can be done for all inputs at once, and what follows on a state."""

    gates: int
    normalized: Mapping[str, int]  # name of what is normalized -> its width, in hidden sizes
    hidden_size: int
    bias: bool
    eps: float

    def _shapes(self, inside: int) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the parameters of one cell."""
        rows = self.gates * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inside), "weight_hh": (rows, self.hidden_size)}
        for name, width in self.normalized.items():
            shapes[f"gain_{name}"] = (width * self.hidden_size,)
            if self.bias:
                shapes[f"bias_{name}"] = (width * self.hidden_size,)
        return shapes

    def _make_standard(self) -> None:
        """Make gains 1 and biases 0."""
        for name, parameter in self.named_parameters():
            if not name.startswith("weight"):
                init.constant_(parameter, 1.0 if name.startswith("gain") else 0.0)

    def _norm(self, x: Any, weights: Weights, name: str) -> Any:
        return layer_norm(x, 1, weights[f"gain_{name}"], weights.get(f"bias_{name}"), self.eps)

    def _of_inputs(self, x: Any, weights: Weights) -> Any:
        """The inputs' share of the gates, for any number of steps: (n, in) -> (n, gates * hidden)."""
        raise NotImplementedError

    def _step_with(self, weights: Weights) -> Callable[..., States]:
        """The function of that share and of the states before that gives the next states."""
        raise NotImplementedError


class RNNEquations(Equations):
    """Those of `LayerNormRNN`."""

    gates = 1
    normalized: Mapping[str, int] = {"sum": 1}
    nonlinearity: str

    def _of_inputs(self, x: Any, weights: Weights) -> Any:
        return linear(x, weights["weight_ih"])

    def _step_with(self, weights: Weights) -> Callable[..., States]:
        def step(share: Any, h: Any) -> States:
            total = self._norm(share + linear(h, weights["weight_hh"]), weights, "sum")
            return (np.tanh(total) if self.nonlinearity == "tanh" else ag.relu(total),)

        return step


class LSTMEquations(Equations):
    """Those of `LayerNormLSTM`."""

    gates = 4
    normalized: Mapping[str, int] = {"ih": 4, "hh": 4, "c": 1}

    def _of_inputs(self, x: Any, weights: Weights) -> Any:
        return self._norm(linear(x, weights["weight_ih"]), weights, "ih")

    def _step_with(self, weights: Weights) -> Callable[..., States]:
        def step(share: Any, h: Any, c: Any) -> States:
            i, f, g, o = np.split(share + self._norm(linear(h, weights["weight_hh"]), weights, "hh"), 4, axis=1)
            c = ag.sigmoid(f) * c + ag.sigmoid(i) * np.tanh(g)
            return ag.sigmoid(o) * np.tanh(self._norm(c, weights, "c")), c

        return step


class GRUEquations(Equations):
    """Those of `LayerNormGRU`."""

    gates = 3
    normalized: Mapping[str, int] = {"ih": 3, "hh": 3}

    def _parts_norm(self, weights: Weights, name: str) -> Callable[[Any], tuple[Any, Any]]:
        """The function that normalizes r and z together, and n for itself."""
        first = [2 * self.hidden_size]
        gains = np.split(weights[f"gain_{name}"], first)
        biases = np.split(weights[f"bias_{name}"], first) if self.bias else (None, None)

        def norm(x: Any) -> tuple[Any, Any]:
            both, new = np.split(x, first, axis=1)
            new = layer_norm(new, 1, gains[1], biases[1], self.eps)
            return layer_norm(both, 1, gains[0], biases[0], self.eps), new

        return norm

    def _of_inputs(self, x: Any, weights: Weights) -> Any:
        return np.concatenate(self._parts_norm(weights, "ih")(linear(x, weights["weight_ih"])), axis=1)

    def _step_with(self, weights: Weights) -> Callable[..., States]:
        norm = self._parts_norm(weights, "hh")

        def step(share: Any, h: Any) -> States:
            share, of_new = np.split(share, [2 * self.hidden_size], axis=1)
            gates, new = norm(linear(h, weights["weight_hh"]))
            r, z = np.split(ag.sigmoid(share + gates), 2, axis=1)
            new = np.tanh(of_new + r * new)
            return (new + z * (h - new),)

        return step


# --- cells ----------------------------------------------------------------------------------------------


class _NormCell(Equations, Cell):
    """A cell whose step is that of the equations."""

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new weights, uniform in (-1 / sqrt(hidden_size), 1 / sqrt(hidden_size)); gains become 1, biases 0.

        >>> import nn
        >>> nn.LayerNormGRUCell(2, 3).reset_parameters()
        """
        super().reset_parameters(rng)
        self._make_standard()

    def _step(self, input: Any, *states: Any) -> States:
        weights = {name: getattr(self, name) for name in self._shapes(self.input_size)}
        return self._step_with(weights)(self._of_inputs(input, weights), *states)

    def extra_repr(self) -> str:
        """Sizes, and what differs from the defaults."""
        return super().extra_repr() + ("" if self.eps == 1e-5 else f", eps={self.eps}")


class LayerNormRNNCell(RNNEquations, _NormCell):
    """A step of a layer-normalized RNN: (batch, input_size), (batch, hidden_size) -> (batch, hidden_size).

    ``h' = tanh(LN(W_ih x + W_hh h))``, as `LayerNormRNN`.

    Parameters
    ----------
    input_size, hidden_size: widths of the input and of the state, at least 1.
    bias: whether the normalization has a bias.
    nonlinearity: "tanh" or "relu".
    eps: at least 0; keeps the deviation away from 0.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values; the default generator if None.

    Attributes
    ----------
    weight_ih, weight_hh: (hidden_size, input_size), (hidden_size, hidden_size).
    gain_sum, bias_sum: (hidden_size), of the normalized sum.

    Raises ArgumentError for other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    >>> import autograd as ag, nn
    >>> nn.LayerNormRNNCell(3, 5)(ag.zeros(2, 3)).shape
    (2, 5)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        eps: float = 1e-5,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.nonlinearity = check_nonlinearity("LayerNormRNNCell", nonlinearity)
        self.eps = eps
        self._make(input_size, hidden_size, bias, dtype, rng)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch and its state, and a single input without a bias."""
        inputs = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
        yield Example(LayerNormRNNCell(2, 3, eps=0.1, rng=rng), inputs)
        yield Example(LayerNormRNNCell(2, 3, False, "relu", rng=rng), (rng.normal(size=2), rng.normal(size=3)), None)

    def extra_repr(self) -> str:
        """Sizes, and what differs from the defaults."""
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity!r}")


class LayerNormLSTMCell(LSTMEquations, _NormCell):
    """A step of a layer-normalized LSTM: (batch, input_size), states (h, c) -> the next (h, c), (batch, hidden_size).

    The equations are those of `LayerNormLSTM`.

    Parameters
    ----------
    input_size, hidden_size: widths of the input and of the states, at least 1.
    bias: whether the normalizations have biases.
    eps: at least 0; keeps the deviations away from 0.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values; the default generator if None.

    Attributes
    ----------
    weight_ih, weight_hh: (4 * hidden_size, input_size), (4 * hidden_size, hidden_size); gates input, forget, cell,
        output.
    gain_ih, bias_ih, gain_hh, bias_hh: (4 * hidden_size), of the normalized products.
    gain_c, bias_c: (hidden_size), of the normalized cell.

    Raises ArgumentError for other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    >>> import autograd as ag, nn
    >>> h, c = nn.LayerNormLSTMCell(3, 5)(ag.zeros(2, 3))
    >>> h.shape, c.shape
    ((2, 5), (2, 5))
    """

    states = 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        eps: float = 1e-5,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.eps = eps
        self._make(input_size, hidden_size, bias, dtype, rng)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch and its states; a single input without biases."""
        states = tuple(rng.normal(size=(2, 3, 2)))
        yield Example(LayerNormLSTMCell(2, 2, eps=0.1, rng=rng), (rng.normal(size=(3, 2)), states), None)
        one = LayerNormLSTMCell(3, 3, bias=False, rng=rng)
        yield Example(one, (rng.normal(size=3), tuple(rng.normal(size=(2, 3)))), None)


class LayerNormGRUCell(GRUEquations, _NormCell):
    """A step of layer-normalized gated recurrent units: (batch, input_size), (batch, hidden_size) -> the next state.

    The equations are those of `LayerNormGRU`.

    Parameters
    ----------
    input_size, hidden_size: widths of the input and of the state, at least 1.
    bias: whether the normalizations have biases.
    eps: at least 0; keeps the deviations away from 0.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial values; the default generator if None.

    Attributes
    ----------
    weight_ih, weight_hh: (3 * hidden_size, input_size), (3 * hidden_size, hidden_size); gates reset, update, new.
    gain_ih, bias_ih, gain_hh, bias_hh: (3 * hidden_size), of the normalized products.

    Raises ArgumentError for other arguments; when called, ShapeError and DtypeError for inputs that do not fit.

    >>> import autograd as ag, nn
    >>> nn.LayerNormGRUCell(3, 5)(ag.zeros(2, 3)).shape
    (2, 5)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        eps: float = 1e-5,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.eps = eps
        self._make(input_size, hidden_size, bias, dtype, rng)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch and its state, and a single input without biases."""
        inputs = rng.normal(size=(4, 2)), rng.normal(size=(4, 3))
        yield Example(LayerNormGRUCell(2, 3, eps=0.1, rng=rng), inputs)
        yield Example(LayerNormGRUCell(2, 3, bias=False, rng=rng), (rng.normal(size=2), rng.normal(size=3)), None)

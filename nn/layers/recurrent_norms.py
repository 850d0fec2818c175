"""Recurrent layers whose summed inputs are normalized at every step (Ba, Kiros and Hinton, 2016)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nn.kernels.walks import walked
from nn.layers.recurrent import check_forget_bias, check_nonlinearity, set_forget_bias
from nn.layers.recurrent_base import Recurrent, States
from nn.layers.recurrent_norm_cells import Equations, GRUEquations, LSTMEquations, RNNEquations
from nn.module import Example

__all__ = ["LayerNormGRU", "LayerNormLSTM", "LayerNormRNN"]


class _NormLayer(Equations, Recurrent):
    """A recurrent layer whose walks are steps by the equations of its cell."""

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new weights; gains become 1, biases 0.

        >>> import nn
        >>> nn.LayerNormGRU(2, 3).reset_parameters()
        """
        super().reset_parameters(rng)
        self._make_standard()

    def _walk(self, number: int, rows: Any, states: States, sizes: Any) -> States:
        weights = self._weights(number)
        share = self._of_inputs(rows, weights)
        return walked(self._step_with(weights), share, states, sizes, self._is_reversed(number))

    def _defaults(self) -> dict[str, Any]:
        return super()._defaults() | {"eps": 1e-5}


class LayerNormRNN(RNNEquations, _NormLayer):
    """Layer-normalized recurrent network: (time, batch, input_size) -> (time, batch, directions * hidden_size), and
    the last states.

    ``h_t = tanh(LN(W_ih x_t + W_hh h_(t-1)))`` with ``LN(a) = gain * (a - mean(a)) / sqrt(var(a) + eps) + bias``: each
    sample's sum, less its mean over the units, by its deviation, so that states keep their scale over many steps. Ba,
    Kiros and Hinton, 2016, equation 4.

    Parameters
    ----------
    input_size: length of the input's last axis, at least 1.
    hidden_size: width of the state, at least 1; of a single unit only the bias is left.
    num_layers: layers on layers, at least 1.
    nonlinearity: "tanh" or "relu".
    bias: whether the normalization has a bias.
    batch_first: whether inputs and results are (batch, time, ...); the states are (layers, batch, ...) always.
    dropout: share of the results of each layer but the last that is dropped in training, 0 to 1.
    bidirectional: whether each layer also walks from the end to the beginning; results stand side by side.
    orthogonal: whether the initial recurrent weights are orthogonal, and not uniform.
    eps: at least 0; keeps the deviation away from 0.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial weights, uniform in (-1 / sqrt(hidden_size), 1 / sqrt(hidden_size)); the default
        generator if None. Gains are 1 at first, biases 0.

    Attributes
    ----------
    weight_ih_l0, ...: (hidden_size, input_size), of layers above (hidden_size, directions * hidden_size).
    weight_hh_l0, ...: (hidden_size, hidden_size).
    gain_sum_l0, bias_sum_l0, ...: (hidden_size); all of the other direction end in ``_reverse``.

    A call takes ``hx`` and ``lengths``, as `RNN` does. Raises ArgumentError for other arguments; when called,
    ShapeError and DtypeError for inputs that do not fit. Not in PyTorch.

    >>> import autograd as ag, nn
    >>> out, h = nn.LayerNormRNN(3, 5)(ag.zeros(7, 2, 3))
    >>> out.shape, h.shape
    ((7, 2, 5), (1, 2, 5))
    """

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
        eps: float = 1e-5,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._settle(input_size, hidden_size, num_layers, batch_first, dropout, bidirectional)
        self.nonlinearity = check_nonlinearity("LayerNormRNN", nonlinearity)
        self.orthogonal = orthogonal
        self.eps = eps
        self._make(bias, dtype, rng)

    def _defaults(self) -> dict[str, Any]:
        own = super()._defaults()
        return {"num_layers": own.pop("num_layers"), "nonlinearity": "tanh", **own}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch with an initial state; both directions on sequences of several lengths; a single sequence."""
        inputs = rng.normal(size=(3, 2, 2)), rng.normal(size=(1, 2, 3))
        yield Example(LayerNormRNN(2, 3, eps=0.1, rng=rng), inputs, 1)
        two = LayerNormRNN(2, 2, 1, "relu", batch_first=True, bidirectional=True, eps=0.1, rng=rng)
        yield Example(two, (rng.normal(size=(3, 2, 2)), None, np.array([1, 2, 0])), None)
        yield Example(LayerNormRNN(2, 3, bias=False, orthogonal=True, rng=rng), (rng.normal(size=(2, 2)),), None)


class LayerNormLSTM(LSTMEquations, _NormLayer):
    """Layer-normalized LSTM: (time, batch, input_size) -> (time, batch, directions * hidden_size), and the last (h, c).

    ``i, f, o = sigmoid(...)`` and ``g = tanh(...)`` of ``LN(W_ih x_t) + LN(W_hh h_(t-1))``, each product normalized
    over the units of all four gates together, with a gain and a bias of its own; ``c_t = f * c_(t-1) + i * g`` and
    ``h_t = o * tanh(LN(c_t))``. The cell that is carried on is not normalized. Ba, Kiros and Hinton, 2016, equations 20
    to 22, whose further bias b is left out: it would be added to that of ``LN(W_ih x_t)``.

    Parameters
    ----------
    input_size: length of the input's last axis, at least 1.
    hidden_size: width of the states, at least 1.
    num_layers: layers on layers, at least 1.
    bias: whether the normalizations have biases.
    batch_first: whether inputs and results are (batch, time, ...); the states are (layers, batch, ...) always.
    dropout: share of the results of each layer but the last that is dropped in training, 0 to 1.
    bidirectional: whether each layer also walks from the end to the beginning; results stand side by side.
    orthogonal: whether the initial recurrent weights are orthogonal, each gate's for itself.
    forget_bias: if given, the initial value of the forget gates' part of ``bias_ih``, such as 1.0, so that the cell
        remembers at first.
    eps: at least 0; keeps the deviations away from 0.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial weights, uniform in (-1 / sqrt(hidden_size), 1 / sqrt(hidden_size)); the default
        generator if None. Gains are 1 at first, biases 0.

    Attributes
    ----------
    weight_ih_l0, ...: (4 * hidden_size, input_size), gates input, forget, cell, output.
    weight_hh_l0, ...: (4 * hidden_size, hidden_size).
    gain_ih_l0, bias_ih_l0, gain_hh_l0, bias_hh_l0, ...: (4 * hidden_size).
    gain_c_l0, bias_c_l0, ...: (hidden_size); all of the other direction end in ``_reverse``.

    A call takes ``hx``, a tuple ``(h, c)``, and ``lengths``, as `LSTM` does. Raises ArgumentError for other arguments;
    when called, ShapeError and DtypeError for inputs that do not fit. Not in PyTorch.

    >>> import autograd as ag, nn
    >>> out, (h, c) = nn.LayerNormLSTM(3, 5, batch_first=True)(ag.zeros(2, 7, 3), lengths=[7, 4])
    >>> out.shape, h.shape, c.shape
    ((2, 7, 5), (1, 2, 5), (1, 2, 5))
    """

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
        forget_bias: float | None = None,
        eps: float = 1e-5,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._settle(input_size, hidden_size, num_layers, batch_first, dropout, bidirectional)
        self.orthogonal = orthogonal
        self.forget_bias = check_forget_bias("LayerNormLSTM", forget_bias, bias)
        self.eps = eps
        self._make(bias, dtype, rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new weights; gains become 1, biases 0, those of the forget gates ``forget_bias``.

        >>> import nn
        >>> nn.LayerNormLSTM(2, 1, forget_bias=1.0).bias_ih_l0.numpy()
        array([0., 1., 0., 0.], dtype=float32)
        """
        super().reset_parameters(rng)
        set_forget_bias(self, self.forget_bias)

    def _widths(self) -> tuple[int, ...]:
        return self.hidden_size, self.hidden_size

    def _defaults(self) -> dict[str, Any]:
        return super()._defaults() | {"forget_bias": None}

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch with initial states; both directions on sequences of several lengths; a single sequence."""
        inputs = rng.normal(size=(2, 2, 2)), tuple(rng.normal(size=(2, 1, 2, 2)))
        yield Example(LayerNormLSTM(2, 2, forget_bias=1.0, eps=0.1, rng=rng), inputs, None)
        two = LayerNormLSTM(2, 2, batch_first=True, bidirectional=True, eps=0.1, rng=rng)
        yield Example(two, (rng.normal(size=(3, 2, 2)), None, np.array([1, 2, 0])), None)
        yield Example(LayerNormLSTM(2, 3, bias=False, orthogonal=True, rng=rng), (rng.normal(size=(2, 2)),), None)


class LayerNormGRU(GRUEquations, _NormLayer):
    """Layer-normalized gated recurrent units: (time, batch, input_size) -> (time, batch, directions * hidden_size), and
    the last states.

    ``r, z = sigmoid(LN(W_ih x_t) + LN(W_hh h_(t-1)))``, each product normalized over the units of both gates together;
    ``n = tanh(LN(W_in x_t) + r * LN(W_hn h_(t-1)))``, normalized for itself; every normalization has a gain and a bias
    of its own. ``h_t = (1 - z) * n + z * h_(t-1)``, as in `GRU`; in Ba, Kiros and Hinton, 2016, z and 1 - z have
    changed places.

    Parameters
    ----------
    input_size: length of the input's last axis, at least 1.
    hidden_size: width of the state, at least 1.
    num_layers: layers on layers, at least 1.
    bias: whether the normalizations have biases.
    batch_first: whether inputs and results are (batch, time, ...); the states are (layers, batch, ...) always.
    dropout: share of the results of each layer but the last that is dropped in training, 0 to 1.
    bidirectional: whether each layer also walks from the end to the beginning; results stand side by side.
    orthogonal: whether the initial recurrent weights are orthogonal, each gate's for itself.
    eps: at least 0; keeps the deviations away from 0.
    dtype: of the parameters, a float; the default dtype if None. Inputs must have it too.
    rng: generator of the initial weights, uniform in (-1 / sqrt(hidden_size), 1 / sqrt(hidden_size)); the default
        generator if None. Gains are 1 at first, biases 0.

    Attributes
    ----------
    weight_ih_l0, ...: (3 * hidden_size, input_size), gates reset, update, new.
    weight_hh_l0, ...: (3 * hidden_size, hidden_size).
    gain_ih_l0, bias_ih_l0, gain_hh_l0, bias_hh_l0, ...: (3 * hidden_size), of reset and update, which are normalized
        together, and of new; all of the other direction end in ``_reverse``.

    A call takes ``hx`` and ``lengths``, as `GRU` does. Raises ArgumentError for other arguments; when called,
    ShapeError and DtypeError for inputs that do not fit. Not in PyTorch.

    >>> import autograd as ag, nn
    >>> out, h = nn.LayerNormGRU(3, 5, num_layers=2, bidirectional=True)(ag.zeros(7, 2, 3))
    >>> out.shape, h.shape
    ((7, 2, 10), (4, 2, 5))
    """

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
        eps: float = 1e-5,
        dtype: Any = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._settle(input_size, hidden_size, num_layers, batch_first, dropout, bidirectional)
        self.orthogonal = orthogonal
        self.eps = eps
        self._make(bias, dtype, rng)

    @staticmethod
    def examples(rng: np.random.Generator) -> Iterator[Example]:
        """A batch with an initial state; both directions on sequences of several lengths; a single sequence."""
        inputs = rng.normal(size=(2, 2, 2)), rng.normal(size=(1, 2, 3))
        yield Example(LayerNormGRU(2, 3, eps=0.1, rng=rng), inputs, None)
        two = LayerNormGRU(2, 2, batch_first=True, bidirectional=True, eps=0.1, rng=rng)
        yield Example(two, (rng.normal(size=(2, 2, 2)), None, np.array([1, 2])), None)
        yield Example(LayerNormGRU(2, 3, bias=False, orthogonal=True, rng=rng), (rng.normal(size=(2, 2)),), None)

"""What all recurrent layers do alike: batches of any form, layers on layers, both directions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn import init
from nn.kernels.checks import (
    check_arrays,
    check_floats,
    check_probability,
    check_whole,
    is_whole,
    place,
    wrong_shape,
)
from nn.kernels.walks import walked
from nn.module import Module, Parameter, initialize
from nn.packing import PackedSequence, Packing, packed_batch, packing_of, padded_batch

__all__: list[str] = []

States = tuple[Any, ...]
OnState = Callable[["Recurrent", int, int, Any], None]

_on_state: ContextVar[OnState | None] = ContextVar("on_state", default=None)


@contextmanager
def watched_states(on_state: OnState) -> Iterator[None]:
    """A block in which recurrent layers go step by step, and call ``on_state(layer, number, step, state)`` at each.

    ``number`` counts a layer's walks, layer * directions + direction; ``state`` is the Tensor (batch, hidden) that the
    next step of the walk and the layer above are computed from, so that its gradient is that of both.
    """
    token = _on_state.set(on_state)
    try:
        yield
    finally:
        _on_state.reset(token)


class Recurrent(Module):
    """A recurrent layer: (time, batch, input_size) -> (time, batch, directions * out), and the last states.

    A subclass says what one walk through the time computes, `_walk`; and, where they differ, the widths of its states,
    `_widths`, of which the first is that of the result, and its parameters, `_shapes`.
    """

    gates: int
    orthogonal: bool
    bias: bool
    input_size: int
    hidden_size: int
    num_layers: int
    batch_first: bool
    dropout: float
    bidirectional: bool
    weight_ih_l0: Any

    def _settle(
        self, input_size: int, hidden_size: int, num_layers: int, batch_first: bool, dropout: float, bidirectional: bool
    ) -> None:
        """Check and keep what all recurrent layers are told."""
        name = type(self).__name__
        check_whole(name, 1, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        check_probability(name, dropout=dropout)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional

    # --- parameters -----------------------------------------------------------------------------------

    def _make(self, bias: bool, dtype: Any, rng: np.random.Generator | None) -> None:
        """Make the parameters: ``weight_ih_l0``, ``weight_hh_l0``, ..., ``_reverse`` for the other direction."""
        self.bias = bias
        for number in range(self.num_layers * self._directions):
            for kind, shape in self._shapes(self._inside(number)).items():
                parameter = Parameter(np.empty(shape, dtype or ag.get_default_dtype()))
                setattr(self, f"{kind}_{self._suffix(number)}", parameter)
        initialize(self, rng)

    def _shapes(self, inside: int) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the parameters of a walk over an input of this width."""
        rows = self.gates * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inside), "weight_hh": (rows, self._widths()[0])}
        return shapes | ({"bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else {})

    def _weights(self, number: int) -> dict[str, Any]:
        """The parameters of a walk, by the names of `_shapes`."""
        suffix = self._suffix(number)
        return {kind: getattr(self, f"{kind}_{suffix}") for kind in self._shapes(self._inside(number))}

    def _inside(self, number: int) -> int:
        return self.input_size if number < self._directions else self._widths()[0] * self._directions

    def _suffix(self, number: int) -> str:
        layer, direction = divmod(number, self._directions)
        return f"l{layer}_reverse" if direction else f"l{layer}"

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters, a list for each layer and direction.

        >>> import nn
        >>> [[p.shape for p in weights] for weights in nn.RNN(2, 3).all_weights]
        [[(3, 2), (3, 3), (3,), (3,)]]
        """
        return [list(self._weights(number).values()) for number in range(self.num_layers * self._directions)]

    def flatten_parameters(self) -> None:
        """Do nothing: PyTorch code calls it for GPUs.

        >>> import nn
        >>> nn.RNN(2, 3).flatten_parameters()
        """

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw new initial values.

        >>> import nn
        >>> nn.GRU(2, 3).reset_parameters()
        """
        bound = 1 / math.sqrt(self.hidden_size)
        for name, parameter in self.named_parameters():
            if self.orthogonal and name.startswith("weight_hh"):
                for gate in range(self.gates):
                    block = parameter.data[gate * self.hidden_size : (gate + 1) * self.hidden_size]
                    block[...] = init.orthogonal_(ag.Tensor(np.empty_like(block)), rng=rng).data
                ag.mark_written(parameter.data)
            else:
                init.uniform_(parameter, -bound, bound, rng)

    # --- walks ----------------------------------------------------------------------------------------

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _widths(self) -> tuple[int, ...]:
        """The widths of the states."""
        return (self.hidden_size,)

    def _walk(self, number: int, rows: Any, states: States, sizes: Any) -> States:
        """Rows (n, in) and states before, each (batch, width) -> rows (n, out) and the last states."""
        raise NotImplementedError

    def forward(self, input: Any, hx: Any = None, lengths: Any = None) -> Any:
        """(time, batch, input_size) -> (time, batch, directions * out), and the last states of all layers.

        Parameters
        ----------
        input: (batch, time, input_size) if ``batch_first``; (time, input_size) for a single sequence; or packed.
        hx: the initial states, (layers * directions, batch, width) each, a tuple if there are several; zeros if None.
        lengths: elements of each sequence, (batch,), in any order; results are 0 behind them, and the last states are
            those of each sequence's own last element.

        Raises ShapeError, DtypeError and ArgumentError for what does not fit.
        """
        if isinstance(input, PackedSequence):
            return self._of_packed(input, hx, lengths)
        self._check_input(input)
        is_single = input.ndim == 2
        batches = () if is_single else (input.shape[0 if self.batch_first else 1],)
        initial = self._initial(hx, batches, input)
        if is_single:
            input = np.expand_dims(input, 0 if self.batch_first else 1)
            initial = tuple(np.expand_dims(state, 1) for state in initial)
            lengths = None if lengths is None else np.atleast_1d(ag.value_of(lengths))
        batch, time = input.shape[:2] if self.batch_first else input.shape[1::-1]
        if lengths is None:
            in_time = np.swapaxes(input, 0, 1) if self.batch_first else input
            rows = np.reshape(in_time, (time * batch, self.input_size))
            out, states = self._all_layers(rows, initial, None, None)
            out = np.reshape(out, (time, batch, out.shape[1]))
            out = np.swapaxes(out, 0, 1) if self.batch_first else out
        else:
            rows, packing = packed_batch(type(self).__name__, input, lengths, self.batch_first)
            out, states = self._all_layers(rows, initial, packing.sizes, packing)
            out = padded_batch(out, packing, batch, time, self.batch_first)
        if is_single:
            out, states = np.squeeze(out, 0 if self.batch_first else 1), tuple(np.squeeze(s, 1) for s in states)
        return out, states if len(states) > 1 else states[0]

    def _of_packed(self, input: PackedSequence, hx: Any, lengths: Any) -> Any:
        """The same for a packed batch, whose result is one."""
        if lengths is not None:
            raise ag.errors.ArgumentError(
                f"{place(type(self).__name__)}: lengths= beside a PackedSequence, which has its own: leave them out."
            )
        self._check_input(input.data, f"packed rows of shape (n, {self.input_size})", (2,))
        _, packing = packing_of(type(self).__name__, input)
        initial = self._initial(hx, (len(packing.order),), input.data)
        out, states = self._all_layers(input.data, initial, packing.sizes, packing)
        return input._replace(data=out), states if len(states) > 1 else states[0]

    def _all_layers(self, rows: Any, initial: States, sizes: Any, packing: Packing | None) -> tuple[Any, States]:
        """Rows (n, input_size) -> rows (n, directions * out), and the last states, (layers * directions, batch, ..)."""
        if packing is not None:
            initial = tuple(state[:, packing.order] for state in initial)
        lasts = []
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                rows = F.dropout(rows, self.dropout)
            outs = []
            for direction in range(self._directions):
                number = layer * self._directions + direction
                out, *last = self._one_walk(number, rows, tuple(state[number] for state in initial), sizes)
                outs.append(out)
                lasts.append(last)
            rows = outs[0] if len(outs) == 1 else np.concatenate(outs, axis=1)
        states = tuple(np.stack(last) for last in zip(*lasts, strict=True))
        if packing is not None:
            states = tuple(state[:, packing.back] for state in states)
        return rows, states

    def _one_walk(self, number: int, rows: Any, states: States, sizes: Any) -> States:
        """`_walk`, or, where somebody watches the states, the same step by step."""
        on_state = _on_state.get()
        if on_state is None:
            return self._walk(number, rows, states, sizes)
        taken = 0

        def step(x: Any, *states: Any) -> States:
            nonlocal taken
            _, *news = self._walk(number, x, states, None)
            on_state(self, number, taken, news[0])
            taken += 1
            return tuple(news)

        return walked(step, rows, states, sizes, self._is_reversed(number))

    def _is_reversed(self, number: int) -> bool:
        return self.bidirectional and number % 2 == 1

    # --- what is given --------------------------------------------------------------------------------

    def _check_input(self, input: Any, want: str = "", axes: tuple[int, ...] = (2, 3)) -> None:
        name, width = type(self).__name__, self.input_size
        check_arrays(name, input=input)
        if input.ndim not in axes or input.shape[-1] != width:
            order = "batch, time" if self.batch_first else "time, batch"
            want = want or f"an input of shape ({order}, {width}), or (time, {width}) for a single sequence"
            raise wrong_shape(name, want, input, f"input_size={width} is the length of the last axis.")
        weight = self.weight_ih_l0
        if input.dtype != weight.dtype:
            check_floats(name, input=input, weight=weight)

    def _initial(self, hx: Any, batches: tuple[int, ...], input: Any) -> States:
        """The initial states, each (layers * directions, *batches, width)."""
        shapes = [(self.num_layers * self._directions, *batches, width) for width in self._widths()]
        if hx is None:
            return tuple(np.zeros(shape, input.dtype) for shape in shapes)
        name = type(self).__name__
        if are_lengths(hx):
            raise ag.errors.ArgumentError(
                f"{place(name)}: hx, the states, are whole numbers; want floats. Lengths go by their name: lengths=."
            )
        states = as_states(name, hx, ("h_0", "c_0")[: len(shapes)])
        axes = "(layers * directions, batch, width)" if batches else "(layers * directions, width)"
        remedy = f"By batch_first={self.batch_first} these are {batches[0]} sequences." if input.ndim == 3 else ""
        for title, state, shape in zip(("h_0", "c_0"), states, shapes, strict=False):
            check_floats(name, **{title: state, "input": input})
            if state.shape != shape:
                raise wrong_shape(
                    name, f"{title} of shape {shape}, {axes}, for an input of {input.shape}", state, remedy
                )
        return states

    # --- looks ----------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Sizes, and what differs from the defaults."""
        text = f"{self.input_size}, {self.hidden_size}"
        defaults = self._defaults()
        for name, default in defaults.items():
            value = getattr(self, name)
            text += "" if value == default else f", {name}={value!r}"
        return text

    def _defaults(self) -> dict[str, Any]:
        """The settings and their defaults, in the order in which they are shown."""
        own = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        return own | {"orthogonal": False}


def are_lengths(hx: Any) -> bool:
    """Whether what was given as states is a row of whole numbers, so that it must be something else."""
    if isinstance(hx, (tuple, list)):
        return bool(hx) and all(map(is_whole, hx))
    return getattr(hx, "ndim", 0) == 1 and hx.dtype.kind in "iu"


def as_states(operation: str, hx: Any, titles: Sequence[str]) -> States:
    """A state, or several of them in a tuple, as a tuple; raises ArgumentError for another number."""
    if len(titles) == 1:
        if isinstance(hx, (tuple, list)):
            raise ag.errors.ArgumentError(
                f"{place(operation)}: hx is a {type(hx).__name__}; there is one state here: give {titles[0]} itself."
            )
        return (hx,)
    if not isinstance(hx, (tuple, list)) or len(hx) != len(titles):
        got = f"{type(hx).__name__} of {len(hx)}" if isinstance(hx, (tuple, list)) else type(hx).__name__
        raise ag.errors.ArgumentError(
            f"{place(operation)}: hx is a {got}; want a tuple of {len(titles)} states, ({', '.join(titles)})."
        )
    return tuple(hx)

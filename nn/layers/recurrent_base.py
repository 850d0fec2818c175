"""What all recurrent layers do alike: batches of any form, layers on layers, both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

import autograd as ag
from nn import functional as F
from nn.kernels.checks import check_arrays, check_floats, check_probability, check_whole, place, wrong_shape
from nn.kernels.walks import walked
from nn.module import Module
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

    A subclass says what one walk through the time computes, `_walk`, and the widths of its states, `_widths`; the
    first is that of the result.
    """

    input_size: int
    hidden_size: int
    num_layers: int
    batch_first: bool
    dropout: float
    bidirectional: bool

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
        self._check_input(input.data, "packed rows of shape (n, {0})", (2,))
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
        name = type(self).__name__
        check_arrays(name, input=input)
        if input.ndim not in axes or input.shape[-1] != self.input_size:
            order = "(batch, time, {0})" if self.batch_first else "(time, batch, {0})"
            want = want or f"an input of shape {order}, or (time, {{0}}) for a single sequence"
            remedy = f"input_size={self.input_size} is the length of the last axis."
            raise wrong_shape(name, want.format(self.input_size), input, remedy)
        weight = self._a_weight()
        if input.dtype != weight.dtype:
            check_floats(name, input=input, weight=weight)

    def _a_weight(self) -> Any:
        """One of the parameters, or what `holding` has put in its place."""
        values = (value for module in self.modules() for value in vars(module).values())
        return next(value for value in values if hasattr(value, "dtype"))

    def _initial(self, hx: Any, batches: tuple[int, ...], input: Any) -> States:
        """The initial states, each (layers * directions, *batches, width)."""
        shapes = [(self.num_layers * self._directions, *batches, width) for width in self._widths()]
        if hx is None:
            return tuple(np.zeros(shape, input.dtype) for shape in shapes)
        name = type(self).__name__
        states = as_states(name, hx, ("h_0", "c_0")[: len(shapes)])
        axes = "(layers * directions, batch, width)" if batches else "(layers * directions, width)"
        for title, state, shape in zip(("h_0", "c_0"), states, shapes, strict=False):
            check_floats(name, **{title: state, "input": input})
            if state.shape != shape:
                raise wrong_shape(name, f"{title} of shape {shape}, {axes}, for an input of {input.shape}", state)
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
        return {"num_layers": 1, "batch_first": False, "dropout": 0.0, "bidirectional": False}


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

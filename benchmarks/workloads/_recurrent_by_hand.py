"""The training step of `_recurrent.py` in bare NumPy, derivatives and Adam worked out by hand: the floor.

A row of `table` is what a step of one sequence multiplies by all weights at once: its state, a one for each of the two
biases, and its input. So weights and biases are one array, (gates, columns of the table, hidden), the share of the
input needs no pass of its own, and the gradients of all of them are one product after the loop. A gate is a block of
memory of its own. In the loop BLAS is held to one thread, which is sooner done with products of this size.
"""

from __future__ import annotations

import numpy as np
from cases import Case

from workloads import _blas
from workloads._adam_by_hand import Adam, checked

PADDED = 16  # floats: rows of the table begin on boundaries of the cache's lines


class Layer:
    """The arrays of a layer; each kind says what its steps do. `order` is that of its gates, by PyTorch's numbers."""

    order: tuple[int, ...]
    blocks: int  # of memory for what is kept of each step

    def __init__(self, x: np.ndarray, target: np.ndarray, state: dict[str, np.ndarray], rate: float) -> None:
        steps, batch, inside = x.shape
        hidden = target.shape[-1]
        rows = hidden + 2 + inside
        self.x, self.target, self.hidden = x, target, hidden
        self.adam = Adam({"all": self.joined(state)}, rate)
        self.weight, self.to_weight = self.adam.parameters["all"], self.adam.gradients["all"]
        table = np.zeros((steps + 1, batch, -(-rows // PADDED) * PADDED), np.float32)
        table[:, :, hidden : hidden + 2] = 1
        self.inputs, self.rows = table[:-1, :, hidden + 2 : rows], table[:-1].reshape(steps * batch, -1)[:, :rows]
        self.met, self.states = list(table[:-1, :, :rows]), list(table[:, :, :hidden])
        self.gates = np.empty((self.blocks, steps, batch, hidden), np.float32)
        self.by_step = [self.gates[:, step] for step in range(steps)]
        self.out, self.error = table[1:, :, :hidden], np.empty_like(target)
        self.back = np.empty((len(self.order), hidden, hidden), np.float32)  # the weights of the state, transposed
        self.to_states = np.empty((len(self.order), batch, hidden), np.float32)
        self.scratch = np.empty((self.blocks + 2, batch, hidden), np.float32)

    def joined(self, state: dict[str, np.ndarray]) -> np.ndarray:
        """PyTorch's four parameters as one array (gates, columns of the table, hidden)."""
        given = [state[f"{name}_l0"] for name in ("weight_hh", "bias_hh", "bias_ih", "weight_ih")]
        given = [a if a.ndim == 2 else a[:, None] for a in given]
        return np.stack([np.concatenate([np.split(a, len(self.order))[i].T for a in given]) for i in self.order])

    def apart(self, joined: np.ndarray) -> dict[str, np.ndarray]:
        """The way back."""
        whole = np.concatenate([joined[self.order.index(i)].T for i in range(len(self.order))])
        return {
            "weight_ih_l0": whole[:, self.hidden + 2 :],
            "weight_hh_l0": whole[:, : self.hidden],
            "bias_ih_l0": whole[:, self.hidden + 1],
            "bias_hh_l0": whole[:, self.hidden],
        }

    def forward(self) -> None:
        """Fill in the states and the gates."""
        raise NotImplementedError

    def backward(self) -> None:
        """Turn the gates into their gradients, from `error`."""
        raise NotImplementedError

    def weight_gradients(self) -> None:
        """All at once, from the gradients of the gates."""
        np.matmul(self.rows.T, self.gates.reshape(self.blocks, -1, self.hidden), out=self.to_weight)

    def step(self) -> float:
        """A training step, with the mean of the squared error."""
        _blas.hold()
        np.copyto(self.inputs, self.x)
        self.forward()
        np.subtract(self.out, self.target, out=self.error)
        loss = float(np.vdot(self.error, self.error)) / self.error.size
        np.copyto(self.back, self.weight[:, : self.hidden].transpose(0, 2, 1))
        self.backward()
        _blas.let_go()
        self.weight_gradients()
        np.multiply(self.to_weight, 2 / self.error.size, out=self.to_weight)  # the rest of the error's derivative
        self.adam.step()
        return loss


class RNN(Layer):
    """state = tanh(row @ weight)."""

    order, blocks = (0,), 1

    def forward(self) -> None:
        weight = self.weight[0]
        for row, gate, state in zip(self.met, self.gates[0], self.states[1:], strict=True):
            np.dot(row, weight, gate)
            np.tanh(gate, out=state)

    def backward(self) -> None:
        back, d_state, slope = self.back[0], self.to_states[0], self.scratch[0]
        d_state[:] = 0
        for error, gate, state in zip(self.error[::-1], self.gates[0, ::-1], self.out[::-1], strict=True):
            np.add(d_state, error, out=d_state)
            np.multiply(state, state, out=slope)
            np.subtract(1, slope, out=slope)
            np.multiply(slope, d_state, out=gate)
            np.dot(gate, back, d_state)


class LSTM(Layer):
    """Gates g, i, f, o; cell = f cell + i g; state = o tanh(cell). Sigmoids are (tanh(x / 2) + 1) / 2, by one tanh."""

    order, blocks = (2, 0, 1, 3), 4

    def __init__(self, x: np.ndarray, target: np.ndarray, state: dict[str, np.ndarray], rate: float) -> None:
        super().__init__(x, target, state, rate)
        self.cells = np.zeros((len(x) + 1, *target.shape[1:]), np.float32)
        self.squashed = np.empty_like(target)  # tanh of the cells
        self.halved = np.empty_like(self.weight)
        self.half = np.array([1, 0.5, 0.5, 0.5], np.float32)[:, None, None]

    def forward(self) -> None:
        np.multiply(self.weight, self.half, out=self.halved)
        product = self.scratch[0]
        cells = zip(self.cells, self.cells[1:], self.squashed, strict=False)
        for row, gates, state, (before, cell, squashed) in zip(
            self.met, self.by_step, self.states[1:], cells, strict=True
        ):
            np.matmul(row, self.halved, out=gates)
            np.tanh(gates, out=gates)
            sigmoids = gates[1:]
            np.multiply(sigmoids, 0.5, out=sigmoids)
            np.add(sigmoids, 0.5, out=sigmoids)
            g, i, f, o = gates
            np.multiply(f, before, out=cell)
            np.multiply(i, g, out=product)
            np.add(cell, product, out=cell)
            np.tanh(cell, out=squashed)
            np.multiply(o, squashed, out=state)

    def backward(self) -> None:
        slopes, d_cell, through = self.scratch[:4], self.scratch[4], self.scratch[5]
        d_state, to_states = np.zeros_like(d_cell), self.to_states
        d_cell[:] = 0
        of_cells, of_gates = slopes[:3], slopes[1:]
        for step in reversed(range(len(self.x))):
            gates, squashed = self.by_step[step], self.squashed[step]
            g, i, f, o = gates
            np.multiply(gates, gates, out=slopes)
            np.subtract(1, slopes[0], out=slopes[0])  # of tanh: 1 - g g
            np.subtract(gates[1:], of_gates, out=of_gates)  # of sigmoids: i - i i
            for slope, factor in zip(slopes, (i, g, self.cells[step], squashed), strict=True):
                np.multiply(slope, factor, out=slope)
            np.multiply(squashed, squashed, out=through)
            np.subtract(1, through, out=through)
            np.multiply(through, o, out=through)
            np.add(d_state, self.error[step], out=d_state)
            np.multiply(through, d_state, out=through)
            np.add(d_cell, through, out=d_cell)
            np.multiply(d_cell, f, out=through)
            np.multiply(of_cells, d_cell, out=gates[:3])
            np.multiply(slopes[3], d_state, out=o)
            d_cell, through = through, d_cell
            np.matmul(gates, self.back, out=to_states)
            np.add.reduce(to_states, 0, None, d_state)


class GRU(Layer):
    """Gates r, z; new = tanh(n + r m), n of the input and m of the state; state = new + z (state before - new)."""

    order, blocks = (0, 1, 2), 4  # r, z, m, and n, which becomes new

    def __init__(self, x: np.ndarray, target: np.ndarray, state: dict[str, np.ndarray], rate: float) -> None:
        super().__init__(x, target, state, rate)
        self.of_state, self.of_input = np.split(self.weight[2], [self.hidden + 1])
        self.to_of_state, self.to_of_input = np.split(self.to_weight[2], [self.hidden + 1])
        self.states_and_one, self.inputs_and_one = np.split(self.rows, [self.hidden + 1], axis=1)
        self.halved = np.empty_like(self.weight[:2])

    def forward(self) -> None:
        np.multiply(self.weight[:2], 0.5, out=self.halved)
        np.dot(self.inputs_and_one, self.of_input, self.gates[3].reshape(-1, self.hidden))
        product, width = self.scratch[0], self.hidden + 1
        for row, gates, before, state in zip(self.met, self.by_step, self.states, self.states[1:], strict=False):
            sigmoids, (_, z, m, new) = gates[:2], gates
            np.matmul(row, self.halved, out=sigmoids)
            np.tanh(sigmoids, out=sigmoids)
            np.multiply(sigmoids, 0.5, out=sigmoids)
            np.add(sigmoids, 0.5, out=sigmoids)
            np.dot(row[:, :width], self.of_state, m)
            np.multiply(sigmoids[0], m, out=product)
            np.add(new, product, out=new)
            np.tanh(new, out=new)
            np.subtract(before, new, out=product)
            np.multiply(product, z, out=product)
            np.add(new, product, out=state)

    def backward(self) -> None:
        slopes, d_new, through = self.scratch[:2], self.scratch[2], self.scratch[3]
        d_state, to_states = np.zeros_like(d_new), self.to_states
        for step in reversed(range(len(self.x))):
            gates = self.by_step[step]
            r, z, m, new = gates
            np.add(d_state, self.error[step], out=d_state)
            np.multiply(gates[:2], gates[:2], out=slopes)
            np.subtract(gates[:2], slopes, out=slopes)
            np.multiply(d_state, z, out=through)  # what goes past the gates
            np.subtract(d_state, through, out=d_new)
            np.subtract(self.states[step], new, out=z)
            np.multiply(z, d_state, out=z)
            np.multiply(z, slopes[1], out=z)
            np.multiply(new, new, out=new)
            np.subtract(1, new, out=new)
            np.multiply(new, d_new, out=new)  # to n
            np.multiply(slopes[0], m, out=slopes[0])
            np.multiply(new, r, out=m)
            np.multiply(new, slopes[0], out=r)
            np.matmul(gates[:3], self.back, out=to_states)
            np.add.reduce(to_states, 0, None, d_state)
            np.add(d_state, through, out=d_state)

    def weight_gradients(self) -> None:
        """The last gate's are apart: its input and its state have gradients of their own."""
        gates = self.gates.reshape(self.blocks, -1, self.hidden)
        np.matmul(self.rows.T, gates[:2], out=self.to_weight[:2])
        np.dot(self.states_and_one.T, gates[2], self.to_of_state)
        np.dot(self.inputs_and_one.T, gates[3], self.to_of_input)


KINDS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}


def by_hand(kind: str, data: tuple[np.ndarray, np.ndarray], state: dict[str, np.ndarray], rate: float) -> Case:
    """A layer begun from PyTorch's parameters."""
    layer = KINDS[kind](*data, state, rate)
    return checked(layer.step, lambda: layer.apart(layer.to_weight))

"""LBFGS: steps from a model of the curvature that the last gradients show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autograd as ag
from nn.optim.line_searches import Point, strong_wolfe
from nn.optim.optimizer import Entry, Optimizer, Options

LEAST_CURVATURE = 1e-10  # pairs below are not kept, or else directions might lead uphill


class LBFGS(Optimizer):
    """Quasi-Newton steps: a model of the curvature is made from the last steps and what they did to the gradient.

    A step of it is up to ``max_iter`` iterations, for each of which ``closure`` computes loss and gradients at least
    once. It suits losses of a whole data set, without noise. Liu and Nocedal, 1989. A gradient of None counts as
    zeros.

    Parameters
    ----------
    params: Tensors, of one group; all of them make one vector.
    lr: the length of steps along the direction, at least 0; the first one looked at, for a line search.
    max_iter: iterations in a step, at least 1.
    max_eval: evaluations of ``closure`` in a step, at least 1; ``max_iter * 5 // 4`` if None.
    tolerance_grad: at least 0; a step ends where no gradient is larger.
    tolerance_change: at least 0; a step ends where neither loss nor parameters change more.
    history_size: how many past steps the model is made from, at least 1; each takes the memory of two gradients.
    line_search_fn: None, or "strong_wolfe" for steps that meet the strong Wolfe conditions.

    Raises ArgumentError for options out of range and several groups, and as `Optimizer` does.

    >>> import autograd as ag, nn
    >>> p = nn.Parameter([1.0, 1.0])
    >>> optimizer = nn.optim.LBFGS([p], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((p - ag.tensor([2.0, 3.0])) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    5.0
    >>> [round(x, 4) for x in p.tolist()]
    [2.0, 3.0]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, options)

    def check(self, options: Options) -> None:
        """Tolerances of at least 0, counts of at least 1, a search that there is."""
        for name in ("lr", "tolerance_grad", "tolerance_change"):
            self.check_range(options, name)
        for name in ("max_iter", "max_eval", "history_size"):
            if options[name] < 1:
                raise ag.errors.ArgumentError(f"LBFGS: {name}={options[name]!r}; want at least 1.")
        if options["line_search_fn"] not in (None, "strong_wolfe"):
            raise ag.errors.ArgumentError(
                f"LBFGS: line_search_fn={options['line_search_fn']!r}; want None or 'strong_wolfe'."
            )

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Only the first group can be added: the parameters make one vector, with one set of options."""
        if self.param_groups:
            raise ag.errors.ArgumentError("LBFGS: all parameters make one group; give a list of Tensors.")
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to ``max_iter`` iterations; returns what ``closure`` does, from its first call.

        Parameters
        ----------
        closure: clears the gradients, computes the loss anew, calls ``backward()`` and returns the loss.

        Raises ArgumentError without a closure.

        >>> import nn
        >>> p = nn.Parameter([1.0])
        >>> optimizer = nn.optim.LBFGS([p], lr=0.1)
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (p * p).sum()
        ...     loss.backward()
        ...     return loss
        >>> optimizer.step(closure).item()
        1.0
        """
        if closure is None:
            raise ag.errors.ArgumentError(
                "LBFGS.step: no closure; give a function that clears the gradients, computes the loss, calls "
                "backward() and returns the loss: LBFGS evaluates it several times a step."
            )
        options = self.param_groups[0]
        self.check(options)
        problem = _Problem(options["params"], closure)
        result = problem.evaluate()
        if problem.is_flat(options["tolerance_grad"]):
            self._memory()["func_evals"] += problem.evaluations
            return result
        memory = self._memory()
        for count in range(1, options["max_iter"] + 1):
            if not _iterate(memory, problem, options, is_last=count == options["max_iter"]):
                break
        memory["func_evals"] += problem.evaluations
        return result

    # --- state ----------------------------------------------------------------------------------------

    def _memory(self) -> dict[str, Any]:
        if self._state[0] is None:
            self._state[0] = {"func_evals": 0, "n_iter": 0}
        memory: dict[str, Any] = self._state[0]
        return memory

    def _entries(self, place: int) -> list[Entry]:
        """What is known of all parameters, as if it were the first one's: so PyTorch's state dicts have it."""
        return [(self.param_groups[0]["params"][0], self._state[0])] if self._state[0] else []

    def _build(self, options: Options, entries: Sequence[tuple[ag.Tensor, Any]]) -> dict[str, Any] | None:
        """The memory out of a state dict, copied."""
        given = next((entry for _, entry in entries if entry), None)
        if given is None:
            return None
        size = sum(parameter.size for parameter in options["params"])
        memory: dict[str, Any] = {name: int(given.get(name, 0)) for name in ("func_evals", "n_iter")}
        if given.get("d") is None:
            return memory
        for name in ("t", "H_diag", "prev_loss"):
            memory[name] = float(given[name])
        for name in ("d", "prev_flat_grad"):
            memory[name] = _vector(given[name], name, size)
        for name in ("old_dirs", "old_stps"):
            memory[name] = [_vector(value, name, size) for value in given[name]]
        memory["ro"] = [float(value) for value in given["ro"]]
        return memory


def _vector(value: Any, name: str, size: int) -> np.ndarray:
    vector = np.asarray(ag.value_of(value)).copy()
    if vector.shape != (size,):
        raise ag.errors.ArgumentError(
            f"LBFGS: {name} in the state dict has shape {vector.shape}; want {(size,)}, all parameters' elements."
        )
    return vector


class _Problem:
    """All parameters as one vector, with the loss and the gradient at the point where they are."""

    def __init__(self, parameters: Sequence[ag.Tensor], closure: Callable[[], Any]) -> None:
        self.parameters = parameters
        self.closure = closure
        self.evaluations = 0
        self.loss = 0.0
        self.gradient = np.zeros(0)

    def evaluate(self) -> Any:
        """Call the closure, and keep loss and gradient; returns what it does."""
        with ag.enable_grad():
            result = self.closure()
        self.evaluations += 1
        self.loss = float(result)
        self.gradient = np.concatenate([self._gradient(parameter) for parameter in self.parameters])
        return result

    @staticmethod
    def _gradient(parameter: ag.Tensor) -> np.ndarray:
        if parameter.grad is None:
            return np.zeros(parameter.size, parameter.dtype)
        gradient: np.ndarray = ag.value_of(parameter.grad)
        if gradient.shape != parameter.shape:
            raise ag.errors.ShapeError(
                f"a parameter of shape {parameter.shape} was given a .grad of shape {gradient.shape}."
            )
        return gradient.reshape(-1)

    def is_flat(self, tolerance: float) -> bool:
        """Whether no entry of the gradient is larger."""
        return bool(np.abs(self.gradient).max(initial=0.0) <= tolerance)

    def values(self) -> list[np.ndarray]:
        """Copies of the parameters."""
        return [parameter.data.copy() for parameter in self.parameters]

    def move(self, origin: Sequence[np.ndarray], t: float, direction: np.ndarray) -> None:
        """Put the parameters at ``origin + t * direction``."""
        ends = np.cumsum([0, *[value.size for value in origin]]).tolist()
        for parameter, value, (start, stop) in zip(self.parameters, origin, pairwise(ends), strict=True):
            data = parameter.data
            data[...] = value + t * direction[start:stop].reshape(value.shape)
            ag.mark_written(data)


def _iterate(memory: dict[str, Any], problem: _Problem, options: Options, is_last: bool) -> bool:
    """One iteration; whether another is to follow."""
    least_change = options["tolerance_change"]
    gradient, loss = problem.gradient, problem.loss
    memory["n_iter"] += 1
    if memory["n_iter"] == 1:
        memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
    else:
        _remember(memory, gradient, options["history_size"])
    direction = memory["d"] = _direction(memory, gradient)
    memory["prev_flat_grad"], memory["prev_loss"] = gradient, loss
    t = float(options["lr"])
    if memory["n_iter"] == 1:
        t *= min(1.0, 1.0 / float(np.abs(gradient).sum()))
    memory["t"] = t
    slope = float(gradient @ direction)
    if slope > -least_change:
        return False
    origin = problem.values()
    if options["line_search_fn"] is None:
        problem.move(origin, t, direction)
        if is_last:  # the next step begins with an evaluation here
            return False
        problem.evaluate()
    else:
        point = _search(problem, origin, direction, Point(0.0, loss, gradient, slope), t, options)
        t = memory["t"] = point.t
        problem.loss, problem.gradient = point.loss, point.gradient
        problem.move(origin, t, direction)
    return not (
        is_last
        or problem.evaluations >= options["max_eval"]
        or problem.is_flat(options["tolerance_grad"])
        or np.abs(t * direction).max() <= least_change
        or abs(problem.loss - loss) < least_change
    )


def _search(
    problem: _Problem, origin: list[np.ndarray], direction: np.ndarray, start: Point, t: float, options: Options
) -> Point:
    """The point that the line search ends at; the parameters are left anywhere."""

    def evaluate(t: float) -> Point:
        problem.move(origin, t, direction)
        problem.evaluate()
        return Point(t, problem.loss, problem.gradient, float(problem.gradient @ direction))

    scale = float(np.abs(direction).max())
    most = options["max_eval"] - problem.evaluations
    return strong_wolfe(evaluate, start, t, scale, options["tolerance_change"], most)


def _remember(memory: dict[str, Any], gradient: np.ndarray, most: int) -> None:
    """Keep the last step and what it did to the gradient, unless the loss hardly curved along it."""
    change = gradient - memory["prev_flat_grad"]
    step = memory["d"] * memory["t"]
    curvature = float(change @ step)
    if curvature <= LEAST_CURVATURE:
        return
    memory["old_dirs"].append(change)
    memory["old_stps"].append(step)
    memory["ro"].append(1.0 / curvature)
    for name in ("old_dirs", "old_stps", "ro"):
        del memory[name][:-most]
    memory["H_diag"] = curvature / float(change @ change)


def _direction(memory: dict[str, Any], gradient: np.ndarray) -> np.ndarray:
    """Minus the gradient times the modelled inverse of the Hessian, by the recursion in two loops."""
    direction: np.ndarray = -gradient
    pairs = list(zip(memory["old_stps"], memory["old_dirs"], memory["ro"], strict=True))
    shares = []
    for step, change, inverse in reversed(pairs):
        shares.append(float(step @ direction) * inverse)
        direction -= shares[-1] * change
    direction *= memory["H_diag"]
    for step, change, inverse in pairs:
        direction += (shares.pop() - float(change @ direction) * inverse) * step
    return direction

"""Elementwise: the base of optimizers whose step treats every element alike, on flat arrays."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

import autograd as ag
from nn.optim.flat import FlatStorage, constants
from nn.optim.optimizer import Entry, Optimizer, Options

Arrays = tuple[np.ndarray, ...]
Numbers = dict[str, float]
Change = Callable[[np.ndarray, np.ndarray, Arrays, Arrays], None]


class Elementwise(Optimizer):
    """The base of optimizers whose step treats every element alike.

    The parameters of a group become views of one array per dtype at the first step. Other memory that a parameter is
    given later (``p.data = ...``, ``model.double()``, another optimizer) is noticed at the next step, and its
    values are taken over. A parameter whose ``.grad`` is None is left alone, its state and its weight decay too.

    A subclass names what it keeps in `arrays` and `numbers`, and writes `rule` and `check`.

    Parameters
    ----------
    params, defaults: as of `Optimizer`; the defaults have ``"lr"`` and ``"weight_decay"``, unless `check` is rewritten.

    Raises as `Optimizer` does.

    >>> import autograd as ag, nn, numpy as np
    >>> class SignDescent(nn.optim.Elementwise):
    ...     def __init__(self, params, lr):
    ...         super().__init__(params, {"lr": lr, "weight_decay": 0.0})
    ...     def rule(self, options, numbers, dtype):
    ...         def change(p, g, state, scratch):
    ...             p -= options["lr"] * np.sign(g)
    ...         return 1.0, change
    >>> p = nn.Parameter([1.0, 2.0])
    >>> (p * ag.tensor([3.0, -4.0])).sum().backward()
    >>> SignDescent([p], lr=0.5).step(); p
    Parameter([0.5, 2.5], dtype=float32, requires_grad=True)
    """

    numbers: ClassVar[Numbers] = {"step": 0}  # kept for each parameter, with their first values

    def arrays(self, options: Options) -> Mapping[str, float]:
        """Names of the arrays that are kept for each parameter, such as its momentum, and what fills them at first."""
        return {}

    @abstractmethod
    def rule(self, options: Options, numbers: Numbers, dtype: np.dtype[Any]) -> tuple[float, Change]:
        """What one step does to parameters that share their numbers.

        Parameters
        ----------
        options: of the group.
        numbers: what `numbers` names, to be brought up to date; ``"step"`` has been: it is 1 in the first step.
        dtype: of the parameters.

        Returns a factor, by which gradients are multiplied as they are read, and a function that changes parameters in
        place. That is called once for each piece of them, of many in several threads at once, as
        ``change(p, g, state, scratch)``, all flat and of one length: the parameters, their gradient times the factor
        (only to be read), the arrays in the order of `arrays`, and two more of any content to write in.
        """

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        ``closure``, if given, is called first, to compute the loss anew; its result is returned.

        >>> import autograd as ag, nn
        >>> p = nn.Parameter([1.0])
        >>> optimizer = nn.optim.SGD([p], lr=0.5)
        >>> (p * p).sum().backward()
        >>> optimizer.step()
        >>> p
        Parameter([0.], dtype=float32, requires_grad=True)
        """
        loss = None
        if closure is not None:
            with ag.enable_grad():
                loss = closure()
        for place, options in enumerate(self.param_groups):
            for storage in self._settled(place):
                grads = storage.gradients()
                for run in storage.runs(grads):
                    run.numbers["step"] += 1
                    number, change = self.rule(options, run.numbers, storage.dtype)
                    factor = None if number == 1 else np.array(number, storage.dtype)
                    storage.update(run, change, grads, factor)
                    ag.mark_written(*run.homes)
        return loss

    # --- storage ----------------------------------------------------------------------------------------

    def _settled(self, place: int) -> list[FlatStorage]:
        """The storages of a group, all its parameters in their places."""
        storages = self._state[place] or []
        settled = [storage.settle() for storage in storages]
        options = self.param_groups[place]
        if not storages or not all(settled) or storages[0].arrays != self.arrays(options):
            storages = self._state[place] = self._build(options, self._entries(place))
        return storages

    def _entries(self, place: int) -> list[Entry]:
        """What is known of each parameter of a group: numbers, views of the arrays; nothing before its first step."""
        known = {}
        for storage in self._state[place] or []:
            storage.release()
            for member, (parameter, numbers) in enumerate(zip(storage.parameters, storage.numbers, strict=True)):
                if numbers["step"]:
                    arrays = [storage.part(array, member) for array in storage.state]
                    known[id(parameter)] = {**numbers, **dict(zip(storage.names, arrays, strict=True))}
        return [(p, known[id(p)]) for p in self.param_groups[place]["params"] if id(p) in known]

    def _build(self, options: Options, entries: Sequence[tuple[ag.Tensor, Any]]) -> list[FlatStorage]:
        """Storages of a group, one a dtype, with what is known of its parameters."""
        known = {id(parameter): entry for parameter, entry in entries if entry}
        by_dtype: dict[Any, list[ag.Tensor]] = {}
        for parameter in options["params"]:
            by_dtype.setdefault(parameter.dtype, []).append(parameter)
        arrays = self.arrays(options)
        storages = [FlatStorage(parameters, arrays, self.numbers) for parameters in by_dtype.values()]
        for storage in storages:
            for member, parameter in enumerate(storage.parameters):
                self._enter(storage, member, known.get(id(parameter)) or {})
            storage.settle()
        return storages

    def _enter(self, storage: FlatStorage, member: int, entry: Mapping[str, Any]) -> None:
        """Copy what is known of one parameter into a storage."""
        filled = False
        for name, array in zip(storage.names, storage.state, strict=True):
            value = entry.get(name)
            if value is None:
                continue
            target, value = storage.part(array, member), np.asarray(ag.value_of(value))
            if target.shape != value.shape:
                raise ag.errors.ArgumentError(
                    f"{self._name}: {name} of a parameter has shape {value.shape}, but the parameter has shape "
                    f"{target.shape}; an optimizer keeps to the shapes that it has seen, make a new one."
                )
            target[...] = value
            filled = True
        numbers = storage.numbers[member]
        for name in numbers:
            numbers[name] = float(entry.get(name, numbers[name]))
        numbers["step"] = int(entry.get("step", filled))


def decay_of(options: Options, dtype: np.dtype[Any]) -> np.ndarray | None:
    """The group's weight decay for `with_decay`."""
    return constants(dtype, options["weight_decay"])[0] if options["weight_decay"] else None


def sign_of(options: Options) -> float:
    """The factor that turns gradients round where the loss is to be raised."""
    return -1.0 if options["maximize"] else 1.0

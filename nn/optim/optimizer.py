"""Optimizer: parameter groups, flat storage, state dicts; what all optimizers share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn.module import forget_gradient
from nn.optim.flat import FlatStorage

Options = dict[str, Any]
Arrays = tuple[np.ndarray, ...]


class Optimizer(ABC):
    """Updates parameters by their gradients: the base of all optimizers.

    The parameters of a group become views of one array per dtype at the first step. Other memory that a parameter is
    given later (``p.data = ...``, ``model.double()``, another optimizer) is noticed at the next step, and its
    values are taken over. A parameter whose ``.grad`` is None is left alone, its state and its weight decay too.

    Parameters
    ----------
    params: Tensors, or dicts that have them under ``"params"`` beside options of their own.
    defaults: options of groups that do not set them.

    Attributes
    ----------
    param_groups: for each group its options and ``"params"``; options may be changed at any time.

    Raises ArgumentError for no parameters, options out of range, tensors that were computed or are given twice;
    TypeError for what is no Tensor.

    A subclass names its arrays in `arrays` and writes `update` and `check`.
    """

    def __init__(self, params: Iterable[Any], defaults: Options) -> None:
        if isinstance(params, (ag.Tensor, Mapping)) or callable(params):  # a model, or its method not called
            raise TypeError(
                f"{self._name}: want a list of parameters, such as model.parameters(); a single one is [p]."
            )
        groups = list(params)
        if not groups:
            raise ag.errors.ArgumentError(
                f"{self._name}: no parameters. model.parameters() is used up after one pass: call it again; a model "
                "that keeps layers in a list hides them: use nn.ModuleList."
            )
        self.defaults = defaults
        self.param_groups: list[Options] = []
        self._storages: list[list[FlatStorage]] = []
        for group in groups if isinstance(groups[0], Mapping) else [{"params": groups}]:
            self.add_param_group(group)

    # --- what a subclass says -------------------------------------------------------------------------

    def arrays(self, options: Options) -> tuple[str, ...]:
        """Names of the arrays that the optimizer keeps for each parameter, such as its momentum."""
        return ()

    def check(self, options: Options) -> None:
        """Raise ArgumentError for options out of range."""
        self.check_range(options, "lr")
        self.check_range(options, "weight_decay")

    @abstractmethod
    def update(self, p: np.ndarray, g: np.ndarray, state: Arrays, scratch: Arrays, step: int, options: Options) -> None:
        """Change parameters in place, by their gradient.

        Parameters
        ----------
        p, g: some of the parameters and their gradient, flat; the gradient is only read.
        state: for the same elements, the optimizer's arrays in the order of `arrays`, to be updated too.
        scratch: two arrays as long, of any content.
        step: which update of these parameters it is, from 1.
        options: of the group.
        """

    # --- for users ------------------------------------------------------------------------------------

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
        update = self.update
        for place, options in enumerate(self.param_groups):
            for storage in self._settled(place):
                grads = storage.gradients()
                runs = storage.runs(grads)
                for run in runs:
                    run.step += 1
                    for piece in run.pieces:
                        update(piece.values, piece.gradient(grads), piece.state, piece.scratch, run.step, options)
                if runs:
                    ag.mark_written(storage.values)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: they become None, or zeros if not ``set_to_none``.

        >>> import nn
        >>> nn.optim.SGD([nn.Parameter([1.0])], lr=0.5).zero_grad()
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                if set_to_none:
                    parameter.grad = None
                else:
                    forget_gradient(parameter, set_to_none)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add parameters, with options of their own, to those that are updated.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.5)
        >>> optimizer.add_param_group({"params": [nn.Parameter([2.0])], "lr": 0.1})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.5, 0.1]
        """
        unknown = [key for key in param_group if key != "params" and key not in self.defaults]
        if unknown or "params" not in param_group:
            raise ag.errors.ArgumentError(
                f"{self._name}: a group has 'params' and may have {', '.join(self.defaults)}; got "
                f"{', '.join(param_group)}."
            )
        params = param_group["params"]
        params = [params] if isinstance(params, ag.Tensor) else list(params)
        seen = {id(p) for group in self.param_groups for p in group["params"]}
        for number, parameter in enumerate(params):
            self._check_parameter(number, parameter, seen)
            seen.add(id(parameter))
        group = {**self.defaults, **param_group, "params": params}
        self.check(group)
        self.param_groups.append(group)
        self._storages.append([])

    # --- state ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A copy of what the optimizer knows beside the parameters, in PyTorch's form.

        ``"state"`` has for each parameter that was updated, by its number, the ``step`` and the arrays of its shape;
        ``"param_groups"`` the options, with numbers in place of parameters.

        >>> import nn
        >>> nn.optim.SGD([nn.Parameter([1.0])], lr=0.5).state_dict()["param_groups"][0]["params"]
        [0]
        """
        numbers = self._numbers()
        groups = [{**group, "params": [numbers[id(p)] for p in group["params"]]} for group in self.param_groups]
        state = {}
        for place in range(len(self.param_groups)):
            for parameter, entry in self._entries(place):
                state[numbers[id(parameter)]] = {
                    key: np.array(value) if key != "step" else value for key, value in entry.items()
                }
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave: an optimizer of the same parameters then goes on identically.

        PyTorch's state dicts of the same optimizer fit too.

        Raises ArgumentError where groups, parameters, options or shapes do not fit, and then changes nothing.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.5)
        >>> optimizer.load_state_dict(optimizer.state_dict())
        """
        groups = state_dict["param_groups"]
        have = [len(group["params"]) for group in self.param_groups]
        given = [len(group["params"]) for group in groups]
        if have != given:
            raise ag.errors.ArgumentError(
                f"{self._name}.load_state_dict: groups of {given} parameters in the state dict, of {have} in the "
                "optimizer."
            )
        options = [
            {**ours, **{key: group[key] for key in self.defaults if key in group}}
            for ours, group in zip(self.param_groups, groups, strict=True)
        ]
        storages = []
        for ours, group in zip(options, groups, strict=True):
            self.check(ours)
            entries = [state_dict["state"].get(number) for number in group["params"]]
            storages.append(self._build(ours, list(zip(ours["params"], entries, strict=True))))
        for ours, new in zip(self.param_groups, options, strict=True):
            ours.update(new)
        self._storages = storages

    def __repr__(self) -> str:
        lines = []
        for group in self.param_groups:
            facts = [f"{key}={value!r}" for key, value in group.items() if key != "params"]
            count = sum(p.size for p in group["params"])
            lines.append(f"  {', '.join(facts)}: {count} numbers in {len(group['params'])} parameters")
        return "\n".join([f"{self._name}(", *lines, ")"])

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: what is known of each parameter, in place of views, which a copy would tear apart."""
        return {**vars(self), "_storages": [list(self._entries(place)) for place in range(len(self.param_groups))]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._storages = [self._build(*pair) for pair in zip(self.param_groups, state["_storages"], strict=True)]

    # --- storage --------------------------------------------------------------------------------------

    def _settled(self, place: int) -> list[FlatStorage]:
        """The storages of a group, all its parameters in their places."""
        storages = self._storages[place]
        settled = [storage.settle() for storage in storages]
        options = self.param_groups[place]
        if not storages or not all(settled) or storages[0].names != self.arrays(options):
            storages = self._storages[place] = self._build(options, list(self._entries(place)))
        return storages

    def _entries(self, place: int) -> Iterable[tuple[ag.Tensor, dict[str, Any]]]:
        """What is known of each parameter of a group: its step and a view of each array; nothing before the first."""
        known = {}
        for storage in self._storages[place]:
            storage.release()
            for member, (parameter, step) in enumerate(zip(storage.parameters, storage.steps, strict=True)):
                if step:
                    arrays = [storage.part(array, member) for array in storage.state]
                    known[id(parameter)] = {"step": step, **dict(zip(storage.names, arrays, strict=True))}
        return [(p, known[id(p)]) for p in self.param_groups[place]["params"] if id(p) in known]

    def _build(self, options: Options, entries: Sequence[tuple[ag.Tensor, Any]]) -> list[FlatStorage]:
        """Storages of a group, one a dtype, with what is known of its parameters."""
        known = {id(parameter): entry for parameter, entry in entries if entry}
        by_dtype: dict[Any, list[ag.Tensor]] = {}
        for parameter in options["params"]:
            by_dtype.setdefault(parameter.dtype, []).append(parameter)
        names = self.arrays(options)
        storages = [FlatStorage(parameters, names) for parameters in by_dtype.values()]
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
        storage.steps[member] = int(entry.get("step", filled))

    def _numbers(self) -> dict[int, int]:
        return {id(p): number for number, p in enumerate(p for group in self.param_groups for p in group["params"])}

    # --- checks ---------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return type(self).__name__

    def check_range(self, options: Options, name: str, below: float = math.inf) -> None:
        """Raise ArgumentError unless an option is a number from 0 to ``below``, exclusive."""
        value = options[name]
        for number in value if isinstance(value, (tuple, list)) else [value]:
            if not 0.0 <= number < below:
                want = "at least 0" if below == math.inf else f"at least 0 and below {below:g}"
                raise ag.errors.ArgumentError(f"{self._name}: {name}={value!r}; want {want}.")

    def _check_parameter(self, number: int, parameter: Any, seen: set[int]) -> None:
        if not isinstance(parameter, ag.Tensor):
            raise TypeError(f"{self._name}: parameter {number} is a {type(parameter).__name__}; want Tensors.")
        if parameter.grad_fn is not None:
            raise ag.errors.ArgumentError(
                f"{self._name}: parameter {number} was computed (by {parameter.grad_fn.name}), so changing it would "
                "change nothing; give the tensors that it was computed from, or x.detach().requires_grad_()."
            )
        if parameter.dtype.kind != "f":
            raise ag.errors.ArgumentError(
                f"{self._name}: parameter {number} is {parameter.dtype}; only floats have gradients."
            )
        if id(parameter) in seen:
            raise ag.errors.ArgumentError(
                f"{self._name}: parameter {number} is there twice; it would be updated twice a step."
            )

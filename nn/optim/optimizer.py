"""Optimizer: parameter groups and state dicts; what all optimizers share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import autograd as ag
from nn.module import forget_gradient

Options = dict[str, Any]
only_one_form = ag.errors.without(  # what PyTorch's optimizers have beside these, to choose how they compute
    foreach="there is one form of the step, leave it out",
    fused="there is one form of the step, leave it out",
    capturable="it is for GPUs, leave it out",
    differentiable="steps are not recorded, leave it out",
)
Entry = tuple[ag.Tensor, dict[str, Any]]


class Optimizer(ABC):
    """Updates parameters by their gradients: the base of all optimizers.

    Parameters
    ----------
    params: Tensors, or dicts that have them under ``"params"`` beside options of their own.
    defaults: options of groups that do not set them.

    Attributes
    ----------
    param_groups: for each group its options and ``"params"``; options may be changed at any time.

    Raises ArgumentError for no parameters, options out of range, tensors that were computed or are given twice;
    TypeError for what is no Tensor.

    A new optimizer whose step treats every element alike is a subclass of `Elementwise`.

    >>> import nn
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.5)
    >>> isinstance(optimizer, nn.optim.Optimizer), optimizer.param_groups[0]["lr"]
    (True, 0.5)
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
        self._state: list[Any] = []  # of each group, None before its first step
        for group in groups if isinstance(groups[0], Mapping) else [{"params": groups}]:
            self.add_param_group(group)

    # --- what a subclass says -------------------------------------------------------------------------

    def check(self, options: Options) -> None:
        """Raise ArgumentError for options out of range."""
        self.check_range(options, "lr")
        self.check_range(options, "weight_decay")

    @abstractmethod
    def _entries(self, place: int) -> Sequence[Entry]:
        """What is known of the parameters of a group, of each by the names of the state dict."""

    @abstractmethod
    def _build(self, options: Options, entries: Sequence[tuple[ag.Tensor, Any]]) -> Any:
        """The state of a group from what is known of its parameters; None stands for nothing."""

    # --- for users ------------------------------------------------------------------------------------

    @abstractmethod
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; returns what ``closure`` does, which is called first if given."""

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
        self._state.append(None)

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
                state[numbers[id(parameter)]] = {key: _copy(value) for key, value in entry.items()}
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
            {**ours, **{key: group[key] for key in (*self.defaults, "initial_lr") if key in group}}
            for ours, group in zip(self.param_groups, groups, strict=True)
        ]
        known = {int(number): entry for number, entry in state_dict["state"].items()}  # in JSON numbers become text
        built = []
        for ours, group in zip(options, groups, strict=True):
            self.check(ours)
            entries = [known.get(number) for number in group["params"]]
            built.append(self._build(ours, list(zip(ours["params"], entries, strict=True))))
        for ours, new in zip(self.param_groups, options, strict=True):
            ours.update(new)
        self._state = built

    def __repr__(self) -> str:
        lines = []
        for group in self.param_groups:
            facts = [f"{key}={value!r}" for key, value in group.items() if key != "params"]
            count = sum(p.size for p in group["params"])
            lines.append(f"  {', '.join(facts)}: {count} numbers in {len(group['params'])} parameters")
        return "\n".join([f"{self._name}(", *lines, ")"])

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: what is known of each parameter, in place of views, which a copy would tear apart."""
        return {**vars(self), "_state": [self._entries(place) for place in range(len(self.param_groups))]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._state = [self._build(*pair) for pair in zip(self.param_groups, state["_state"], strict=True)]

    def _numbers(self) -> dict[int, int]:
        return {id(p): number for number, p in enumerate(p for group in self.param_groups for p in group["params"])}

    # --- checks ---------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return type(self).__name__

    def check_range(self, options: Options, name: str, below: float = math.inf, most: float = math.inf) -> None:
        """Raise ArgumentError unless an option is a number from 0 to ``below``, exclusive, and ``most``, inclusive."""
        value = options[name]
        for number in value if isinstance(value, (tuple, list)) else [value]:
            if not 0.0 <= number < below or number > most:
                limits = [f" and below {below:g}"] * (below < math.inf) + [f" and at most {most:g}"] * (most < math.inf)
                want = "at least 0" + "".join(limits)
                raise ag.errors.ArgumentError(f"{self._name}: {name}={value!r}; want {want}.")

    def _check_parameter(self, number: int, parameter: Any, seen: set[int]) -> None:
        if not isinstance(parameter, ag.Tensor):
            is_named = isinstance(parameter, tuple) and len(parameter) == 2
            remedy = " Write model.parameters() in place of named_parameters()." if is_named else ""
            raise TypeError(f"{self._name}: parameter {number} is a {type(parameter).__name__}; want Tensors.{remedy}")
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


def _copy(value: Any) -> Any:
    """A copy of an array, and of those in a list; a number is its own."""
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return np.array(value) if isinstance(value, np.ndarray) else value

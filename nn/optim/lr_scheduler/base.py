"""What all schedules share: steps, state dicts, rates told in advance, and checks of arguments."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, Self

import numpy as np

import autograd as ag
from nn.optim.optimizer import Optimizer

ROUNDING = 1e-12  # so far below 0 a rate that is computed from the one before may come to lie, and is made 0


class LRScheduler:
    """Sets the rates of an optimizer's groups anew at each `step`: the base of all schedules.

    A schedule sets the rates of its first step when it is made. ``step()`` is called after the optimizer's, once for
    each of its steps or once an epoch: what "epoch" means in the names below is up to the caller.

    Parameters
    ----------
    optimizer: whose ``param_groups`` have the rates, under ``"lr"``.
    last_epoch: number of the last step that was done, or -1 to begin. To go on with a run, `load_state_dict` is
        simpler; this way asks for groups that know their ``"initial_lr"``.

    Attributes
    ----------
    last_epoch: number of the present step, from 0.
    base_lrs: the groups' first rates, ``"initial_lr"``: what they had when the first of their schedules was made.

    Raises TypeError for what is no optimizer, ArgumentError for a ``last_epoch`` whose rates are not known.

    A subclass writes `get_lr`; rates below 0 are refused (in PyTorch they climb). PyTorch's ``epoch`` argument of
    ``step`` and ``verbose``, which it deprecates, are not there, and its warnings neither.

    >>> import nn
    >>> class Halves(nn.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr / 2**self.last_epoch for lr in self.base_lrs]
    >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.4)
    >>> schedule = Halves(optimizer)
    >>> schedule.step()
    >>> optimizer.param_groups[0]["lr"]
    0.2
    """

    _not_saved: ClassVar[frozenset[str]] = frozenset({"optimizer", "_is_initial"})

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self._attach(optimizer, last_epoch)
        self._begin()

    # --- what a subclass says -------------------------------------------------------------------------

    def get_lr(self) -> list[float]:
        """The rates of step number ``last_epoch``, one a group; `step` asks for them once."""
        raise NotImplementedError(f"{self._name} has no get_lr method: define get_lr(self), which returns the rates.")

    # --- for users ------------------------------------------------------------------------------------

    def step(self) -> None:
        """Set the rates of the next step.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.5)
        >>> schedule = nn.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> schedule.step()
        >>> optimizer.param_groups[0]["lr"]
        0.25
        """
        self._step_count += 1
        self.last_epoch += 1
        self._set_rates(self.get_lr())

    def get_last_lr(self) -> list[float]:
        """The rates that the schedule set last, one a group.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.5)
        >>> nn.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5).get_last_lr()
        [0.25]
        """
        return list(self._last_lr)

    def rates(self, steps: int) -> np.ndarray:
        """The rates of this and the next steps, (steps, groups), without a change to schedule or optimizer.

        Parameters
        ----------
        steps: how many, at least 1; the first row is the present rates.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=1.0)
        >>> nn.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5).rates(5)[:, 0].tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25]
        """
        return self._told([()] * (self._whole("steps", steps) - 1))

    def state_dict(self) -> dict[str, Any]:
        """A copy of what the schedule knows, as numbers, text and lists: JSON holds it.

        Functions that it was given are left out, and so is the optimizer.

        >>> import json, nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.5)
        >>> state = nn.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5).state_dict()
        >>> json.loads(json.dumps(state)) == state
        True
        """
        return {key: copy.deepcopy(getattr(self, key)) for key in self._saved()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave: a schedule of the same class then goes on identically.

        The rates are put into the optimizer too (in PyTorch only the optimizer's own state dict has them).

        Raises ArgumentError where it does not fit, and then changes nothing.

        >>> import nn
        >>> optimizer = nn.optim.SGD([nn.Parameter([1.0])], lr=0.5)
        >>> schedule = nn.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> schedule.load_state_dict(schedule.state_dict())
        """
        self._check_state(state_dict)
        self._take_state(state_dict)
        self._put_again()

    # --- beginning ------------------------------------------------------------------------------------

    def _attach(self, optimizer: Optimizer, last_epoch: int) -> None:
        """Take the optimizer and the groups' first rates; `_begin` follows."""
        groups = self._check_optimizer(optimizer).param_groups
        last_epoch = self._whole("last_epoch", last_epoch, least=-1)
        for place, group in enumerate(groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ag.errors.ArgumentError(
                    f"{self._name}: last_epoch={last_epoch}, but group {place} of the optimizer has no 'initial_lr', "
                    "the rate that the run began with. Make the schedule with last_epoch=-1 and go on with "
                    "schedule.load_state_dict(state), or set group['initial_lr']."
                )
        self.optimizer = optimizer
        self.base_lrs = [float(group["initial_lr"]) for group in groups]
        self.last_epoch = last_epoch

    def _begin(self) -> None:
        """Do the first step, from the rates that the groups have."""
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def _rewind(self) -> None:
        """Go back before the first step: what a `SequentialLR` does to the schedules that are to come later."""
        self.last_epoch = -1

    def _restart(self) -> None:
        """Begin in the middle of a sequence, at the groups' first rates."""
        self._put(self.base_lrs)
        self._rewind()
        self._begin()

    # --- rates and state ------------------------------------------------------------------------------

    def _set_rates(self, rates: Sequence[float]) -> None:
        self._put(rates)
        self._last_lr = self._present()

    def _put(self, rates: Sequence[float]) -> None:
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise ag.errors.ArgumentError(
                f"{self._name}: the optimizer has {len(groups)} groups, the schedule rates for {len(rates)}: make the "
                "schedule after the last add_param_group."
            )
        if min(rates) < -ROUNDING:
            raise ag.errors.ArgumentError(
                f"{self._name}: the rates of step {self.last_epoch} are {[float(rate) for rate in rates]}; want at "
                "least 0. A function of one's own may end in max(0.0, ...); a cosine's eta_min is no floor where other "
                "schedules act too."
            )
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = max(0.0, float(rate))

    def _present(self) -> list[float]:
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def _told(self, turns: Iterable[tuple[Any, ...]]) -> np.ndarray:
        """The present rates, and those after each step, given what `step` is called with."""
        groups = self.optimizer.param_groups
        options = [{key: value for key, value in group.items() if key != "params"} for group in groups]
        twin = self._twin(SimpleNamespace(param_groups=options))
        rows = [twin._present()]
        for turn in turns:
            twin.step(*turn)
            rows.append(twin._present())
        return np.array(rows)

    def _twin(self, optimizer: Any) -> Self:
        """The same schedule for another optimizer; the functions that it was given are shared."""
        twin = copy.copy(self)
        for key in self._saved():
            setattr(twin, key, copy.deepcopy(getattr(self, key)))
        twin.optimizer = optimizer
        return twin

    def _saved(self) -> list[str]:
        return [key for key in vars(self) if key not in self._not_saved]

    def _check_state(self, state_dict: Mapping[str, Any]) -> None:
        """Raise ArgumentError for the state of another schedule."""
        known = self.state_dict()
        missing = [key for key in known if key not in state_dict]
        others = {
            *self._not_saved,
            *vars(type(self)),
        }  # functions, and what is derived, such as T_cur: PyTorch has them
        unknown = [key for key in state_dict if key not in known and key not in others and not key.startswith("_")]
        if missing or unknown:
            raise ag.errors.ArgumentError(
                f"{self._name}.load_state_dict: this is the state of another kind of schedule: it has "
                f"{', '.join(unknown) or 'nothing else'}, and misses {', '.join(missing) or 'nothing'}. Some of "
                "PyTorch's have another form too: make the schedule anew, with last_epoch=state['last_epoch'] - 1."
            )
        groups = len(self.optimizer.param_groups)
        if len(state_dict["_last_lr"]) != groups:
            raise ag.errors.ArgumentError(
                f"{self._name}.load_state_dict: rates of {len(state_dict['_last_lr'])} groups in the state dict, "
                f"{groups} in the optimizer."
            )

    def _take_state(self, state_dict: Mapping[str, Any]) -> None:
        for key in self._saved():
            setattr(self, key, copy.deepcopy(state_dict[key]))

    def _put_again(self) -> None:
        """Put what was set last into the optimizer: a state was loaded."""
        self._put(self._last_lr)

    # --- checks ---------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _check_optimizer(self, optimizer: Any) -> Optimizer:
        if not isinstance(optimizer, Optimizer):
            what = f"the class {optimizer.__name__}" if isinstance(optimizer, type) else f"a {type(optimizer).__name__}"
            raise TypeError(
                f"{self._name}: want an optimizer, such as nn.optim.SGD(model.parameters(), lr=0.1), not {what}."
            )
        return optimizer

    def _number(self, name: str, value: Any, below: float = math.inf, most: float = math.inf) -> float:
        """``value`` as a float; ArgumentError unless it is from 0 to ``most``, or to ``below``, exclusive."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not (0 <= number < below and number <= most):
            want = f"below {below:g}" if below < math.inf else f"at most {most:g}" if most < math.inf else ""
            raise ag.errors.ArgumentError(
                f"{self._name}: {name}={value!r}; want a number of at least 0{' and ' * bool(want)}{want}."
            )
        return number

    def _whole(self, name: str, value: Any, least: int = 1) -> int:
        """``value`` as an int; ArgumentError unless it is a whole number of at least ``least``."""
        try:
            number = int(value)
            fits = number == value and number >= least
        except (TypeError, ValueError, OverflowError):
            fits = False
        if not fits:
            raise ag.errors.ArgumentError(
                f"{self._name}: {name}={value!r}; want a whole number of at least {least}, such as int(0.3 * steps)."
            )
        return number

    def _per_group(self, name: str, value: Any) -> list[float]:
        """One number for each group of the optimizer, from one for all or a list."""
        groups = len(self.optimizer.param_groups)
        values = list(value) if isinstance(value, (list, tuple)) else [value] * groups
        if len(values) != groups:
            raise ag.errors.ArgumentError(
                f"{self._name}: {name} has {len(values)} values; the optimizer has {groups} groups: give one for each, "
                "or one number for all."
            )
        return [self._number(name, each) for each in values]

    def _one_of(self, name: str, value: Any, choices: Sequence[str]) -> str:
        if value not in choices:
            raise ag.errors.ArgumentError(f"{self._name}: {name}={value!r}; want {' or '.join(map(repr, choices))}.")
        return str(value)

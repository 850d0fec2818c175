"""A run: the parts that it is made of, where it stands, and how it goes on from a checkpoint."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from numbers import Real
from typing import Any

import autograd as ag
from nn.effects import random_states, set_random_states
from nn.kernels.checks import check_whole
from nn.metrics import Metric, get
from nn.module import Module
from nn.optim.lr_scheduler import CyclicLR, OneCycleLR
from nn.train.callbacks import Callback
from nn.train.checkpoints import Checkpoints, newest_whole
from nn.train.checks import check_arguments, check_beside, check_parts, kinds, known_arguments, listed, made_as_here
from nn.train.history import History
from nn.train.interrupts import Stop

Loss = Callable[[Any, Any], Any]
EACH_STEP = (OneCycleLR, CyclicLR)  # schedules that count steps rather than epochs


class Run:
    """The parts of a `Trainer`, which says what they are, and where it stands."""

    @made_as_here
    @known_arguments
    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimizer: Any,
        metrics: Iterable[Metric | str] = (),
        callbacks: Iterable[Callback] = (),
        *,
        schedule: Any = None,
        schedule_every: str | None = None,
        average: Any = None,
        accumulate: int = 1,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        penalty: Callable[[Module], Any] | None = None,
    ) -> None:
        check_arguments(model, loss, optimizer, schedule, schedule_every)
        check_whole("Trainer", 1, accumulate=accumulate)
        for name, value in (("clip_norm", clip_norm), ("clip_value", clip_value)):
            if value is not None and not (isinstance(value, Real) and value > 0):
                raise ag.errors.ArgumentError(f"Trainer: {name}={value!r}; want a number above 0, or None.")
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = [get(metric) for metric in listed("metrics", metrics, (str, Metric))]
        self.callbacks = listed("callbacks", callbacks, (Callback,))
        self.callbacks.sort(key=lambda callback: isinstance(callback, Checkpoints))
        self.schedule = schedule
        self.schedule_every = schedule_every or ("step" if isinstance(schedule, EACH_STEP) else "epoch")
        self.average = average
        check_beside(self.callbacks, self.metrics, schedule, self.schedule_every, average, penalty)
        self.accumulate = accumulate
        self.clip_norm, self.clip_value = clip_norm, clip_value
        self.penalty = penalty
        self.history = History()
        self.epoch = self.batch = self.step = self.epochs = 0
        self.stopped: str | None = None
        self.last_inputs: tuple[Any, ...] = ()
        self.last_targets: Any = None
        self.last_outputs: Any = None
        self.last_loss = self.last_rate = math.nan
        self.carried: Any = None  # what a batch hands on to the next one of its pass, such as states: for subclasses
        self._parameters = list(model.parameters())
        self._total = self._samples = self._seconds = 0.0
        self.signal = 0
        self._asked = Stop()

    def stop(self, reason: str) -> None:
        """End training after the present step; called by callbacks. `resume` and `fit` can go on from there."""
        self.stopped = self.stopped or reason

    def resume(self, folder: str | os.PathLike[str]) -> bool:
        """Go back to where a run stopped: to the newest checkpoint in its folder that is whole.

        The trainer has to be built as it was for that run. `fit`, called with the same data, then goes on as if the run
        had never stopped, to the bit.

        Parameters
        ----------
        folder: that `Checkpoints` wrote to.

        Returns whether there was a checkpoint: False leaves all as it is, so that a script may begin with this line.
        Raises ArgumentError where all that there are are damaged, or the newest is of another model.
        """
        found = newest_whole(folder)
        if found is None:
            return False
        try:
            self.load_state_dict(found.state, found.weights)
        except ag.errors.GlassgradError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise ag.errors.ArgumentError(
                f"Trainer.resume: {found.path} holds a state that this trainer cannot take ({type(error).__name__}: "
                f"{error}). Was it written by another version, or changed by hand? Remove it to go on from the one "
                "before."
            ) from error
        return True

    def averaged(self) -> Any:
        """A block in which the model holds the weights that are evaluated: those of the average, if there is one."""
        return nullcontext() if self.average is None else self.average.applied()

    def state_dict(self) -> dict[str, Any]:
        """All that a run has to know to go on identically, beside the weights: numbers, text and arrays."""
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "step": self.step,
            "epochs": self.epochs,
            "seconds": self._seconds,
            "total": self._total,
            "samples": self._samples,
            "rate": self.last_rate,
            "metrics": [metric.state_dict() for metric in self.metrics],
            "carried": self.carried,
            "history": self.history.rows,
            "random": random_states(self.model),
            "optimizer": self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "kinds": kinds(self),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave, and the weights, ``model.state_dict()``.

        Raises ArgumentError where the trainer is built of other parts.
        """
        check_parts(self, state_dict)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(state_dict["optimizer"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state_dict["schedule"])
        if self.average is not None:
            self.average.load_state_dict(state_dict["average"])
        for metric, state in zip(self.metrics, state_dict["metrics"], strict=True):
            metric.load_state_dict(state)
        for callback, state in zip(self.callbacks, state_dict["callbacks"], strict=True):
            callback.load_state_dict(state)
        self.epoch, self.batch, self.step = (int(state_dict[name]) for name in ("epoch", "batch", "step"))
        self.epochs = int(state_dict["epochs"])
        self._seconds, self._total, self._samples = (
            float(state_dict[name]) for name in ("seconds", "total", "samples")
        )
        self.last_rate = float(state_dict["rate"])
        self.carried = state_dict["carried"]
        self.history = History(state_dict["history"])
        set_random_states(self.model, state_dict["random"])

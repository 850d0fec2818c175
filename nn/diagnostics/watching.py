"""`Diagnose`: watches a network while it is trained, by hooks, and says what is wrong with it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np

import autograd as ag
from nn import functional as F
from nn import layers
from nn.diagnostics.course import Course
from nn.diagnostics.culprits import origin_of_not_finite
from nn.diagnostics.looks import Look
from nn.diagnostics.report import Report, examine
from nn.diagnostics.statistics import output_statistics
from nn.kernels.checks import check_whole
from nn.module import Module

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Diagnose"]

NORMALIZATIONS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm", "GroupNorm", "InstanceNorm2d")


class Diagnose:
    """Watch a model while it is trained, and say what is wrong with it.

    A block around any training loop. It sees the forward passes, the gradients and the updates by itself, and changes
    nothing of them: weights, gradients and random draws are what they would be without it.

    A step begins with a call of the model in training, while a graph is recorded, and lasts until the next one; what
    the parameters have changed by in between is its update. This holds for every optimizer, or none, and needs no word
    from the loop; of calls whose gradients are gathered for one update, the last shows it. The first two steps and each
    ``every``-th are looked at, which takes a copy of the weights for as long as the step lasts; others cost two calls.
    Measured with ``every=10``: 1% of a step of a small VGG, 7% of one of LeNet-5 (batch 64), 11% of one of an MLP
    784-256-128-10 (batch 128); 65 microseconds of the 160 that a step of an MLP 64-128-10 takes.

    What depends on the loss (whether it falls, where chance is, whether labels fit) is found where the loss is known:
    ``loss=`` a module such as ``nn.CrossEntropyLoss()`` that the loop calls, or `record` in the loop.

    Parameters
    ----------
    model: a module with parameters.
    optimizer: that updates them; then parameters that it was not given are named.
    loss: the loss module that the loop calls, which is then watched too; or the function, of which the name is used,
        and which is called again to find where a number that is not finite came from.
    every: how many steps lie between two that are looked at, 1 or more. From 200 looks on it doubles as often as needed
        to keep no more than these.

    Attributes
    ----------
    course: what was seen, as plain data.

    Raises TypeError for what is no module or no optimizer, ArgumentError for a model without parameters, for ``every``
    below 1, and when the block is entered twice.

    >>> import autograd as ag, nn
    >>> _ = ag.manual_seed(0)
    >>> model, loss = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)), nn.CrossEntropyLoss()
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> x = ag.randn(64, 4)
    >>> labels = (x.numpy()[:, 0] > 0).astype(int)
    >>> with nn.diagnostics.Diagnose(model, optimizer, loss=loss) as d:
    ...     for _ in range(50):
    ...         optimizer.zero_grad()
    ...         loss(model(x), labels).backward()
    ...         optimizer.step()
    >>> print(d.report())
    Nothing is wrong ...
    """

    def __init__(
        self, model: Module, optimizer: Any = None, *, loss: Callable[..., Any] | None = None, every: int = 10
    ) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"Diagnose: the model is a {type(model).__name__}; want an nn.Module.")
        if not any(True for _ in model.parameters()):
            raise ag.errors.ArgumentError(
                f"Diagnose: {type(model).__name__} has no parameters, so there is nothing to train. A model that keeps "
                "its layers in a list hides them: use nn.ModuleList."
            )
        check_whole("Diagnose", 1, every=every)
        if optimizer is not None and not hasattr(optimizer, "param_groups"):
            raise TypeError(f"Diagnose: the optimizer is a {type(optimizer).__name__}; want one of nn.optim.")
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self.course = Course(every=int(every), loss_name=_name(loss))
        self._handles: list[Any] = []
        self._look: Look | None = None
        self._call: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})  # the model's arguments in this step
        self._output: Any = None  # an array
        self._targets: Any = None
        self._is_busy = False  # calling the model itself

    def __enter__(self) -> Self:
        if self._handles:
            raise ag.errors.ArgumentError(
                "Diagnose: the block is entered already. For a block inside of it make a Diagnose of its own."
            )
        self._handles = [
            self.model.register_forward_pre_hook(self._before, with_kwargs=True, prepend=True),
            self.model.register_forward_hook(self._after),
        ]
        if isinstance(self.loss, Module):
            self._handles.append(self.loss.register_forward_hook(self._after_loss))
        return self

    def __exit__(self, *exception: Any) -> None:
        self._finish()
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._call, self._output, self._targets = ((), {}), None, None

    # --- for users ------------------------------------------------------------------------------------

    def record(
        self, *, loss: Any = None, targets: Any = None, val_loss: float | None = None, val_accuracy: float | None = None
    ) -> None:
        """Say what the hooks cannot see; each is left out at will.

        Parameters
        ----------
        loss: of the present step, a number or a Tensor with one (the operation that computed it is then known too).
        targets: of the present step; integers are classes.
        val_loss, val_accuracy: on data that is not learnt from, once an epoch or so. Accuracies are from 0 to 1.

        Raises ArgumentError outside of the block, and for a loss or targets before the model was called.

        >>> import nn
        >>> with nn.diagnostics.Diagnose(nn.Linear(2, 3)) as d:
        ...     d.record(val_loss=1.2, val_accuracy=0.4)
        """
        if not self._handles:
            raise ag.errors.ArgumentError("Diagnose.record: outside of the block nothing is watched; call it inside.")
        if not self.course.count and (loss is not None or targets is not None):
            raise ag.errors.ArgumentError(
                "Diagnose.record: a loss or targets before the model was called in training; call it after the model."
            )
        if isinstance(loss, ag.Tensor) and loss.grad_fn is not None and hasattr(F, loss.grad_fn.name):
            self.course.loss_name = self.course.loss_name or loss.grad_fn.name
        if targets is not None:
            self._see_targets(np.asarray(ag.value_of(targets)))
        if loss is not None:
            self._see_loss(_number(loss))
        if val_loss is not None or val_accuracy is not None:
            self.course.validate(*(math.nan if v is None else float(v) for v in (val_loss, val_accuracy)))

    def report(self) -> Report:
        """What is wrong, in words with remedies: a list of `Finding`, the gravest first; print it to read it.

        It may be asked for inside of the block and after it.

        Raises ArgumentError where the model was not called in training.

        >>> import autograd as ag, nn
        >>> model = nn.Linear(2, 3)
        >>> with nn.diagnostics.Diagnose(model) as d:
        ...     model(ag.randn(8, 2)).sum().backward()
        >>> len(d.report())
        0
        """
        self._check_seen("report")
        named = list(self.model.named_parameters())
        self.course.frozen = tuple(path for path, p in named if not p.requires_grad)
        if self.optimizer is not None:
            trained = _ids(self.optimizer)
            self.course.not_given = tuple(path for path, p in named if id(p) not in trained)
        return examine(self.course)

    def plot(self, path: str | os.PathLike[str] | None = None) -> tuple[Axes, ...]:
        """Draw what was seen, layer by layer and over the time; see `nn.plots.plot_diagnosis`.

        Raises ArgumentError where the model was not called in training.

        >>> import autograd as ag, nn
        >>> model = nn.Linear(2, 3)
        >>> with nn.diagnostics.Diagnose(model) as d:
        ...     model(ag.randn(8, 2)).sum().backward()
        >>> len(d.plot())
        4
        """
        from nn.plots import plot_diagnosis

        self._check_seen("plot")
        return plot_diagnosis(self.course, path)

    def state_dict(self) -> dict[str, Any]:
        """What was seen so far, to go on with after a break: numbers, text, lists and dicts of them, and arrays.

        Of the steps that were looked at, the first one and the last 19 are kept.

        >>> import nn
        >>> nn.diagnostics.Diagnose(nn.Linear(2, 3)).state_dict()["count"]
        0
        """
        return self.course.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave.

        >>> import nn
        >>> d = nn.diagnostics.Diagnose(nn.Linear(2, 3))
        >>> d.load_state_dict(d.state_dict())
        """
        self._drop()
        self.course = Course.from_state(state_dict)

    def step_done(self) -> None:
        """Say that the update of the present step is done, for a loop that knows; else the next call shows it.

        >>> import autograd as ag, nn
        >>> model = nn.Linear(2, 3)
        >>> with nn.diagnostics.Diagnose(model) as d:
        ...     model(ag.randn(8, 2)).sum().backward()
        ...     d.step_done()
        ...     len(d.course.steps)
        1
        """
        self._finish()

    def _check_seen(self, method: str) -> None:
        if not self.course.count:
            raise ag.errors.ArgumentError(
                f"Diagnose.{method}: no forward pass was seen. Call the model itself, not model.forward, in training "
                "(model.train(), not under no_grad), inside of the block."
            )

    # --- hooks of the model ---------------------------------------------------------------------------

    def _is_training(self, module: Module) -> bool:
        is_it = module is self.model or module is self.loss  # and not a copy of it, which has copies of the hooks
        return is_it and not self._is_busy and self.model.training and ag.is_grad_enabled()

    def __deepcopy__(self, memo: Any) -> Diagnose:
        """Itself: a copy of the model is another one, which is not watched."""
        return self

    def _before(self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not self._is_training(module):
            return
        self._call, self._targets = (args, kwargs), None
        number = self.course.count
        self.course.count += 1
        if self._look is not None and (self.course.is_due(number) or self._look.was_updated()):
            self._finish()  # else the gradients of several passes are gathered, and the update is still to come
        if self.course.is_due(number):
            self._look = Look(self.model, number)

    def _after(self, module: Module, args: tuple[Any, ...], output: Any) -> None:
        if not self._is_training(module):
            return
        if self._look is not None:
            self._look.forward_done()
        self._output = ag.value_of(output[0] if isinstance(output, (tuple, list)) and output else output)
        if self.course.broken is None and not self.course.losses:  # else the loss shows it
            array = self._output
            if isinstance(array, np.ndarray) and array.dtype.kind == "f" and not np.isfinite(array).all():
                self._see_not_finite(with_loss=False)

    def _after_loss(self, module: Module, args: tuple[Any, ...], output: Any) -> None:
        if self._is_training(module) and self.course.count:
            if len(args) > 1:
                self._see_targets(np.asarray(ag.value_of(args[1])))
            self._see_loss(_number(output))

    # --- one step -------------------------------------------------------------------------------------

    def _see_targets(self, targets: np.ndarray) -> None:
        self._targets = targets
        if self._look is not None and isinstance(self._output, np.ndarray):
            self._look.output = output_statistics(self._output, targets)

    def _see_loss(self, value: float) -> None:
        self.course.losses.append((self.course.count - 1, value))
        if not math.isfinite(value) and self.course.broken is None:
            self._see_not_finite(with_loss=True)

    def _see_not_finite(self, with_loss: bool) -> None:
        self._is_busy = True
        try:
            loss, targets = (self.loss, self._targets) if with_loss else (None, None)
            origin = origin_of_not_finite(self.model, *self._call, loss, targets)
        finally:
            self._is_busy = False
        self.course.broken = (self.course.count - 1, origin)

    def _finish(self) -> None:
        """End the present step, whose update is done."""
        if self._look is not None:
            step, self._look = self._look.finish(), None
            self.course.is_normalized = _begins_with_normalization(self.model)
            self.course.add(step)

    def _drop(self) -> None:
        if self._look is not None:
            self._look.remove()
            self._look = None


def _number(loss: Any) -> float:
    """A loss as a number; the mean of several."""
    value = ag.value_of(loss)
    if isinstance(value, np.ndarray):
        return float(value.item() if value.size == 1 else value.mean())
    return float(value)


def _name(loss: Any) -> str:
    """Of a loss of `nn`; functions and modules of one's own may compute anything, so that their names say nothing."""
    name = type(loss).__name__ if isinstance(loss, Module) else str(getattr(loss, "__name__", ""))
    return name if getattr(layers if isinstance(loss, Module) else F, name or "?", None) is not None else ""


def _ids(optimizer: Any) -> set[int]:
    return {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}


def _begins_with_normalization(model: Module) -> bool:
    layers = [module for module in model.modules() if any(True for _ in module.named_parameters(recurse=False))]
    return bool(layers) and type(layers[0]).__name__ in NORMALIZATIONS

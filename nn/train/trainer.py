"""The trainer: a model, its loss and its optimizer, taken through the data epoch by epoch."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from typing import Any

import numpy as np

import autograd as ag
from nn.kernels.checks import check_whole
from nn.module import in_use
from nn.optim.lr_scheduler import ReduceLROnPlateau
from nn.train.batches import Batch, Loader, as_loader, groups, inputs_of, split_batch, steps_of
from nn.train.checks import fitted_as_here
from nn.train.history import History, Row
from nn.train.interrupts import INTERRUPTED, stop_on_interrupt
from nn.train.losses import check_graph, number_of
from nn.train.nonfinite import NOT_FINITE, why_not_finite
from nn.train.progress import progress_bar, say, shown
from nn.train.range_test import RangeTest, lr_find
from nn.train.sanity import OverfitTest, overfit_one_batch
from nn.train.state import Run
from nn.vectors import clip_grad_norm_, clip_grad_value_


class Trainer(Run):
    """Trains a model, looks at how good it is on data that it does not learn from, and can be stopped and resumed.

    A batch is a tuple of arrays of which the last is the target: ``loss(model(*inputs), target)``. A subclass may
    write `compute` for models that are called in another way.

    Parameters
    ----------
    model: what is trained.
    loss: a function, or module, of the model's output and the target: a Tensor (), a mean over the batch.
    optimizer: over the model's parameters.
    metrics: of `nn.metrics`, objects or their names, such as ``"accuracy"``.
    callbacks: what is done beside the steps; `Checkpoints` among them come last, whatever their place.
    schedule: of `nn.optim.lr_scheduler`, over the same optimizer. A `ReduceLROnPlateau` is given ``"val_loss"``, or
        ``"loss"`` where there is no validation.
    schedule_every: "epoch" or "step", when the schedule goes on; if None, the step for OneCycleLR and CyclicLR, and the
        epoch for all others.
    average: an `nn.optim.EMA` or the like over the model: updated after each step, and what is evaluated.
    accumulate: batches that a step learns from together, as from one of their samples: 1 or more.
    clip_norm, clip_value: the largest norm of a step's gradient, and the largest of its elements; above 0 (see
        ``nn.utils.clip_grad_norm_``). None for any.
    penalty: a function of the model whose value, a Tensor (), is added to what is differentiated; the history has the
        loss without it.

    Attributes
    ----------
    history: a row for each epoch, see `History`.
    epoch, batch: epochs that are complete, and batches of the present one that are done.
    step: updates of the optimizer so far.
    epochs: how many epochs there are to be.
    stopped: why training ended before that: the reason that `stop` was given, ``"interrupted"`` after Ctrl-C, ``"not
        finite"`` after such a loss, or None.
    signal: the number of the signal that interrupted it, or 0.
    last_inputs, last_targets, last_outputs, last_loss: of the last batch.
    last_rate: the learning rate of the last step, of the optimizer's first group.

    Raises ArgumentError and TypeError for arguments that do not fit together.

    >>> import nn
    >>> from nn.data import load_digits
    >>> ag.manual_seed(0)
    Generator(PCG64) at ...
    >>> images, labels = load_digits()
    >>> model = nn.models.mlp(64, [32], 10)
    >>> trainer = Trainer(model, nn.functional.cross_entropy, nn.optim.Adam(model.parameters(), lr=3e-3), ["accuracy"])
    >>> history = trainer.fit((images[:1500], labels[:1500]), (images[1500:], labels[1500:]), epochs=3, progress=False)
    >>> history["val_accuracy"][-1] > 0.8
    True
    >>> trainer.predict(images[:2]).argmax(1), labels[:2]
    (array([0, 1]), array([0, 1]))
    """

    # --- for users ------------------------------------------------------------------------------------

    @fitted_as_here
    def fit(
        self, train: Any, val: Any = None, epochs: int = 1, *, batch_size: int = 32, progress: bool = True
    ) -> History:
        """Train until ``epochs`` epochs are complete, those before this call counted, and return the history.

        Ctrl-C, and the signal SIGTERM, let the step that is under way end and then stop; a second Ctrl-C does not wait.
        Called again, or after `resume`, it goes on from where training stopped.

        Parameters
        ----------
        train: a `DataLoader`; or a data set or a tuple of arrays, which are shuffled; or a list of batches.
        val: data that is looked at after each epoch and never learnt from, in any of these forms; None for none.
        epochs: how many there are to be in all, 1 or more.
        batch_size: for data that is not in batches yet.
        progress: whether to draw a bar for each epoch on stderr.

        Raises NonFiniteError, which names the operation, where the loss becomes infinite or NaN; the weights are then
        those before that step.
        """
        check_whole("Trainer.fit", 1, epochs=epochs, batch_size=batch_size)
        learnt = as_loader("Trainer.fit", train, batch_size, shuffle=True)
        held_out = None if val is None else as_loader("Trainer.fit", val, batch_size, shuffle=False)
        self.epochs, self.stopped = epochs, None
        if self.epoch >= epochs and progress:
            say(f"{self.epoch} epochs are complete; epochs={epochs} counts them all, so nothing is left to do")
            # but callbacks have their turns: a run that was killed in the last ones restores its best weights now
        with stop_on_interrupt() as self._asked:
            try:
                self._call("on_fit_start")
                while self.epoch < epochs and self.stopped is None:
                    self._epoch(learnt, held_out, progress)
                if self.stopped is not None and progress:
                    where = f"in epoch {self.epoch + 1}" if self.batch else f"after {self.epoch} of {epochs} epochs"
                    say(f"{self.stopped} {where}, at step {self.step}")
            finally:
                self._end()
        return self.history

    def evaluate(self, data: Any, *, batch_size: int = 256) -> dict[str, Any]:
        """The mean loss, and the metrics, on data: by name.

        The model is in use (no dropout), nothing is recorded, and nothing is changed.

        Parameters
        ----------
        data: in any of the forms that `fit` takes.
        batch_size: for data that is not in batches yet.
        """
        loader = as_loader("Trainer.evaluate", data, batch_size, shuffle=False)
        metrics = copy.deepcopy(self.metrics)
        for metric in metrics:
            metric.reset()
        total = samples = 0.0
        with ag.no_grad(), in_use(self.model), self.averaged(), self._pass_of_its_own():
            for batch in loader.batches(0):
                inputs, target = split_batch("Trainer.evaluate", batch)
                outputs, loss = self.compute(inputs, target)
                for metric in metrics:
                    metric.update(outputs, target)
                total += number_of("Trainer.evaluate", loss) * self.weight(batch[-1])
                samples += self.weight(batch[-1])
        if not samples:
            raise ag.errors.ArgumentError("Trainer.evaluate: the data has no batches.")
        row = {"loss": total / samples} | {m.name: m.compute() for m in metrics}
        return self.summarize(row)

    def predict(self, inputs: Any, *, batch_size: int = 256) -> np.ndarray:
        """The model's outputs for inputs, as one array: (samples, ...) -> (samples, ...).

        Parameters
        ----------
        inputs: an array, or a tuple of them for a model of several inputs; or a loader, a data set or a list of
            batches, whose last part, the target, is left out unless it is the only one.
        batch_size: for inputs that are not in batches yet.

        Raises TypeError where the model returns something else than an array, such as a tuple.
        """
        are_arrays = isinstance(inputs, (np.ndarray, ag.Tensor, tuple))
        loader = as_loader("Trainer.predict", inputs, batch_size, shuffle=False, inputs_only=True)
        outputs = []
        with ag.no_grad(), in_use(self.model), self.averaged():
            for batch in loader.batches(0):
                given = batch if are_arrays else inputs_of("Trainer.predict", batch)
                output = self.model(*given)
                if not isinstance(output, (ag.Tensor, np.ndarray)):
                    raise TypeError(
                        f"Trainer.predict: the model returned a {type(output).__name__}; want an array. Call the model "
                        "itself, or derive a Module that returns the part you want."
                    )
                outputs.append(np.asarray(ag.value_of(output)))
        if not outputs:
            raise ag.errors.ArgumentError("Trainer.predict: there are no inputs.")
        return np.concatenate(outputs)

    def lr_find(
        self, train: Any, *, start: float = 1e-7, end: float = 10.0, steps: int = 100, batch_size: int = 32
    ) -> RangeTest:
        """Try rates from small to large, to see which one trains; then all is as it was. See `nn.train.lr_find`.

        >>> import nn
        >>> from nn.data import load_digits
        >>> model = nn.models.mlp(64, [32], 10)
        >>> trainer = Trainer(model, nn.functional.cross_entropy, nn.optim.SGD(model.parameters()))
        >>> 0.01 < trainer.lr_find(load_digits()).suggestion < 1.0
        True
        """
        with self._pass_of_its_own():
            return lr_find(
                self.model,
                self.optimizer,
                as_loader("Trainer.lr_find", train, batch_size, shuffle=True),
                self._loss_of,
                start=start,
                end=end,
                steps=steps,
                on_gradients=self._clip,
            )

    def overfit_one_batch(
        self, train: Any, *, steps: int = 300, goal: float | None = None, batch_size: int = 32
    ) -> OverfitTest:
        """Try whether one batch can be learnt by heart; then all is as it was. See `nn.train.overfit_one_batch`.

        >>> import nn
        >>> from nn.data import load_digits
        >>> model = nn.models.mlp(64, [32], 10)
        >>> trainer = Trainer(model, nn.functional.cross_entropy, nn.optim.Adam(model.parameters(), lr=0.01))
        >>> print(trainer.overfit_one_batch(load_digits()))
        one batch, learnt in ... steps: the loss went from 2... to 0.1...
        """
        batches = as_loader("Trainer.overfit_one_batch", train, batch_size, shuffle=True).batches(0)
        batch = next(iter(batches), None)
        with self._pass_of_its_own():
            return overfit_one_batch(
                self.model, self.optimizer, batch, self._loss_of, steps=steps, goal=goal, on_gradients=self._clip
            )

    # --- for subclasses -------------------------------------------------------------------------------

    def compute(self, inputs: Batch, target: Any) -> tuple[Any, ag.Tensor]:
        """The model's outputs, and the loss, of a batch."""
        outputs = self.model(*inputs)
        return outputs, self.loss(outputs, target)

    def weight(self, target: Any) -> int:
        """By how much a batch counts in means: its samples."""
        return len(target)

    def summarize(self, row: Row) -> Row:
        """What is to be known of a pass over data, given the mean loss and the metrics."""
        return row

    # --- one epoch ------------------------------------------------------------------------------------

    def _epoch(self, learnt: Loader, held_out: Loader | None, progress: bool) -> None:
        """The rest of the present epoch, and its row in the history; or as much of it as there is time for."""
        self.model.train()
        if self.batch == 0:
            self._total = self._samples = self._seconds = 0.0
            self.carried = None
            for metric in self.metrics:
                metric.reset()
            self._call("on_epoch_start")
        title = f"epoch {self.epoch + 1:{len(str(self.epochs))}}/{self.epochs}"
        with progress_bar(title, steps_of(learnt), progress, self.batch) as bar:
            if not self._steps(learnt, bar):
                return
            row = self._row(held_out)
            if bar is not None:
                bar.set_postfix_str(shown(row), refresh=False)
        self.history.rows.append(row)
        self.epoch, self.batch = self.epoch + 1, 0
        if self.schedule is not None and self.schedule_every == "epoch":
            self._next_rate(row)
        self._look_for_interrupt()
        self._call("on_epoch_end")

    def _steps(self, learnt: Loader, bar: Any) -> bool:
        """The steps of the rest of the epoch; False where it was stopped before its end."""
        before = self._seconds
        start = time.perf_counter()
        batches: Any = learnt.batches(self.epoch, self.batch)
        with closing(batches) if hasattr(batches, "close") else nullcontext():
            for group in groups(batches, self.accumulate):
                self.optimizer.step(self._closure(group))
                self.last_rate = float(self.optimizer.param_groups[0]["lr"])
                if self.schedule is not None and self.schedule_every == "step":
                    self._next_rate({})
                if self.average is not None:
                    self.average.update()
                self.step += 1
                self.batch += len(group)
                self._seconds = before + time.perf_counter() - start
                if bar is not None:
                    bar.set_postfix_str(f"loss {self._total / self._samples:.4f}", refresh=False)
                    bar.update(len(group))
                self._look_for_interrupt()
                self._call("on_step_end")
                if self.stopped is not None:
                    return False
        if not self._samples:
            raise ag.errors.ArgumentError("Trainer.fit: the training data has no batches.")
        return True

    def _closure(self, group: list[Batch]) -> Callable[[], float]:
        """What computes the loss of some batches, and its gradients; an optimizer may call it more than once a step."""
        samples = sum(self.weight(split_batch("Trainer.fit", batch)[1]) for batch in group)
        is_first = True

        def closure() -> float:
            nonlocal is_first
            self.optimizer.zero_grad()
            value = 0.0
            for batch in group:
                share = self.weight(batch[-1]) / samples if len(group) > 1 else 1.0
                value += share * self._differentiate(batch, share, is_first)
            is_first = False
            self._call("on_backward_end")
            self._clip()
            return value

        return closure

    def _loss_of(self, batch: Batch) -> Any:
        """What is differentiated of a batch that stands alone."""
        inputs, target = split_batch("Trainer", batch)
        self.carried = None
        return self._penalized(self.compute(inputs, target)[1])

    def _penalized(self, loss: Any) -> Any:
        return loss if self.penalty is None else loss + self.penalty(self.model)

    def _differentiate(self, batch: Batch, share: float, is_first: bool) -> float:
        """The loss of a batch, with the penalty; its gradients, times the share, are added to what is there."""
        inputs, target = split_batch("Trainer.fit", batch)
        draws, carried = ag.default_generator().bit_generator.state, self.carried
        outputs, loss = self.compute(inputs, target)
        whole = self._penalized(loss)
        value = number_of("Trainer.fit", whole)
        if not math.isfinite(value):
            ag.default_generator().bit_generator.state, self.carried = draws, carried
            self.last_inputs, self.last_targets, self.last_outputs, self.last_loss = inputs, target, outputs, value
            self.stop(NOT_FINITE)
            raise why_not_finite(self, batch, value, lambda: self._penalized(self.compute(inputs, target)[1]))
        check_graph("Trainer.fit", whole)
        (whole if share == 1.0 else whole * share).backward()
        if is_first:
            self.last_loss = value if self.penalty is None else float(loss.item())
            self._total += self.last_loss * self.weight(batch[-1])
            self._samples += self.weight(batch[-1])
            for metric in self.metrics:
                metric.update(outputs, target)
            self.last_inputs, self.last_targets, self.last_outputs = inputs, target, outputs
        return value

    def _clip(self) -> None:
        if self.clip_norm is not None:
            clip_grad_norm_(self._parameters, self.clip_norm, error_if_nonfinite=True)
        if self.clip_value is not None:
            clip_grad_value_(self._parameters, self.clip_value)

    def _next_rate(self, row: Row) -> None:
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(row.get("val_loss", row["loss"]))
        else:
            self.schedule.step()

    def _row(self, held_out: Loader | None) -> Row:
        """What the epoch came to."""
        found = self.summarize({"loss": self._total / self._samples} | {m.name: m.compute() for m in self.metrics})
        row = {"epoch": self.epoch + 1, **found}
        if held_out is not None:
            row |= {f"val_{name}": value for name, value in self.evaluate(held_out).items()}
        return row | {"lr": self.last_rate, "seconds": self._seconds}

    def _look_for_interrupt(self) -> None:
        if self._asked.asked:
            self.signal = self._asked.number
            self.stop(INTERRUPTED)

    def _call(self, turn: str) -> None:
        for callback in self.callbacks:
            getattr(callback, turn)(self)

    def _end(self) -> None:
        """The last turn of all callbacks, also where one of them raises an error."""
        with ExitStack() as stack:
            for callback in reversed(self.callbacks):
                stack.callback(callback.on_fit_end, self)

    @contextmanager
    def _pass_of_its_own(self) -> Iterator[None]:
        """A block with nothing carried into it, after which there is what there was."""
        before, self.carried = self.carried, None
        try:
            yield
        finally:
            self.carried = before

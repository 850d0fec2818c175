"""The first artificial neurons, for teaching: small, slow and readable.

Neither has gradients: McCulloch and Pitts' unit does not learn, Rosenblatt's learns from its mistakes.
"""

from __future__ import annotations

import itertools
import operator
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import autograd as ag

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["McCullochPitts", "Perceptron"]

Inhibition = Literal["absolute", "relative"]
MOST_INPUTS = 8  # that `McCullochPitts.fit` searches: 3 ** 8 = 6561 ways to connect them


class Perceptron:
    """Rosenblatt's perceptron, a linear unit that learns from its mistakes: (..., features) -> (...), of two labels.

    It answers with the upper label where ``x @ weight + bias > 0``, and elsewhere with the lower one. After a wrong
    answer `fit` moves towards the sample or away from it: ``weight += x; bias += 1`` if the upper label was right,
    ``weight -= x; bias -= 1`` if the lower one was. If any hyperplane separates the two classes, the mistakes come to
    an end (Novikoff, "On convergence proofs on perceptrons", 1962). Learning starts at zero, where a rate would scale
    weight and bias and change no answer; so there is none.

    Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain", 1958.

    Attributes
    ----------
    weight, bias: (features,) and a number; None before `fit`.
    classes: the two labels, the lower one first; None before `fit`.
    mistakes: how many there were in each epoch.

    >>> import nn
    >>> inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> unit = nn.Perceptron()
    >>> unit.fit(inputs, [0, 1, 1, 1])
    [1, 2, 1, 0]
    >>> unit.predict(inputs)
    array([0, 1, 1, 1])
    >>> unit.weight, unit.bias
    (array([1., 1.]), 0.0)
    """

    def __init__(self) -> None:
        self.weight: NDArray[np.float64] | None = None
        self.bias: float | None = None
        self.classes: NDArray[Any] | None = None
        self.mistakes: list[int] = []

    def fit(self, x: Any, y: Any, epochs: int = 100) -> list[int]:
        """Learn from the samples in their order, again and again, until an epoch has no mistake.

        Parameters
        ----------
        x: (samples, features), finite numbers.
        y: (samples), the label of each: two different numbers, truth values or texts.
        epochs: how often to go through the samples at most, 1 or more.

        Returns the number of mistakes in each epoch, which ``mistakes`` keeps too. What an earlier call learnt is
        forgotten. Where mistakes are left in the end there is a UserWarning, which says so if the weights have come
        back to an earlier value: then no hyperplane separates the classes, and there is no use in going on.

        Raises ShapeError, DtypeError and ArgumentError for samples or labels that do not fit.

        >>> import nn
        >>> nn.Perceptron().fit([[1.0], [2.0], [4.0]], ["low", "low", "high"])
        [2, 3, 2, 0]
        """
        x = _numbers("Perceptron.fit", x)
        if x.ndim != 2 or x.size == 0:
            raise ag.errors.ShapeError(
                f"Perceptron.fit: want samples of shape (samples, features), got {x.shape}. "
                "A single feature is a column: x[:, np.newaxis]."
            )
        self.classes, is_upper = _two_classes(y, len(x))
        if (epochs := _whole("Perceptron.fit", "epochs", epochs)) < 1:
            raise ag.errors.ArgumentError(f"Perceptron.fit: epochs is 1 or more; got {epochs}.")
        self.weight, self.bias, self.mistakes = np.zeros(x.shape[1]), 0.0, []
        reason = "no hyperplane separates the two classes, or it takes more epochs to find one"
        for epoch in range(epochs):
            if epoch & (epoch - 1) == 0:  # 0 or a power of two: Brent's way to find a cycle, which keeps one value
                known_weight, known_bias, known_epoch = self.weight.copy(), self.bias, epoch
            self.mistakes.append(self._correct(x, is_upper))
            if self.mistakes[-1] == 0:
                return self.mistakes
            if self.bias == known_bias and np.array_equal(self.weight, known_weight):
                reason = (
                    f"the weights after epoch {epoch + 1} are those after epoch {known_epoch}, and so on for ever: "
                    "no hyperplane separates the two classes"
                )
                break
        warnings.warn(f"Perceptron.fit: mistakes in the last epoch: {self.mistakes[-1]}; {reason}.", stacklevel=2)
        return self.mistakes

    def _correct(self, x: NDArray[np.float64], is_upper: NDArray[np.bool]) -> int:
        """Rosenblatt's rule on each sample in turn; returns the number of mistakes."""
        assert self.weight is not None and self.bias is not None
        mistakes = 0
        for sample, wanted in zip(x, is_upper, strict=True):
            if (sample @ self.weight + self.bias > 0) != wanted:
                step = 1.0 if wanted else -1.0
                self.weight += step * sample
                self.bias += step
                mistakes += 1
        return mistakes

    def predict(self, x: Any) -> NDArray[Any]:
        """The label of each sample: (..., features) -> (...), as those that were given to `fit`.

        Raises ArgumentError before `fit`, ShapeError for another number of features.

        >>> import nn
        >>> unit = nn.Perceptron()
        >>> history = unit.fit([[1.0, 0.0], [0.0, 1.0]], ["cat", "dog"])
        >>> unit.predict([[0.2, 3.0], [5.0, 1.0]]).tolist()
        ['dog', 'cat']
        """
        if self.weight is None or self.bias is None or self.classes is None:
            raise ag.errors.ArgumentError("Perceptron.predict: nothing was learnt yet; call fit(x, y) first.")
        x = _numbers("Perceptron.predict", x)
        _want_last_axis("Perceptron.predict", x, len(self.weight), "features")
        return np.asarray(self.classes[(x @ self.weight + self.bias > 0).astype(int)])


class McCullochPitts:
    """McCulloch and Pitts' threshold unit: (..., inputs) -> (...), of zeros and ones.

    It fires, which is 1, where at least ``threshold`` of its excitatory inputs are 1 and no inhibitory input is. Nets
    of such units compute every boolean function. McCulloch and Pitts, "A logical calculus of the ideas immanent in
    nervous activity", 1943.

    Parameters
    ----------
    weights: of each input 1 if it excites, -1 if it inhibits, 0 if it is not connected.
    threshold: an integer.
    inhibition: ``"absolute"``, where one inhibitory input is enough to silence the unit, or ``"relative"``, where each
        takes one from the sum: it fires if ``x @ weights >= threshold``. The paper has both, and shows that nets of the
        one kind can do what nets of the other can.

    Raises ArgumentError for other weights, thresholds and kinds of inhibition.

    >>> from nn import McCullochPitts
    >>> inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> McCullochPitts([1, 1], threshold=2).predict(inputs)              # and
    array([0, 0, 0, 1])
    >>> McCullochPitts([1, 1], threshold=1).predict(inputs)              # or
    array([0, 1, 1, 1])
    >>> McCullochPitts([-1], threshold=0).predict([[0], [1]])            # not
    array([1, 0])
    >>> McCullochPitts([-1, -1], -1, "relative").predict(inputs)         # not and
    array([1, 1, 1, 0])
    """

    def __init__(self, weights: Sequence[int], threshold: int, inhibition: Inhibition = "absolute") -> None:
        self.weights = tuple(_whole("McCullochPitts", "a weight", weight) for weight in weights)
        if not set(self.weights) <= {-1, 0, 1}:
            raise ag.errors.ArgumentError(
                f"McCullochPitts(weights={self.weights}): want 1 for an input that excites, -1 for one that inhibits, "
                "0 for one that is not connected. The unit with any numbers for weights is the Perceptron."
            )
        if inhibition not in ("absolute", "relative"):
            raise ag.errors.ArgumentError(f"McCullochPitts(inhibition={inhibition!r}): want 'absolute' or 'relative'.")
        self.threshold = _whole("McCullochPitts", "threshold", threshold)
        self.inhibition: Inhibition = inhibition

    def predict(self, x: Any) -> NDArray[np.int64]:
        """1 where the unit fires, 0 elsewhere: (..., inputs) -> (...).

        Raises ShapeError for another number of inputs, ArgumentError for other than zeros and ones.

        >>> import nn
        >>> int(nn.McCullochPitts([1, 1, -1], threshold=2).predict([1, 1, 0]))
        1
        """
        x = _bits("McCullochPitts.predict", x)
        _want_last_axis("McCullochPitts.predict", x, len(self.weights), "inputs")
        return np.asarray(self._excitation(x) >= self.threshold).astype(np.int64)

    def _excitation(self, x: NDArray[np.int64]) -> NDArray[Any]:
        """What the threshold is compared with; minus infinity where the unit is silenced."""
        weights = np.array(self.weights, np.int64)
        if self.inhibition == "relative":
            return np.asarray(x @ weights, np.float64)
        return np.where(x @ (weights == -1) > 0, -np.inf, x @ (weights == 1))

    @classmethod
    def fit(cls, x: Any, y: Any, inhibition: Inhibition = "absolute") -> McCullochPitts:
        """The simplest unit that computes a truth table, found by trying them all.

        Parameters
        ----------
        x: (rows, inputs), zeros and ones; at most 8 inputs. Rows that are missing may come out either way.
        y: (rows), the value of each row, 0 or 1.
        inhibition: of the unit, as for the class.

        Returns the unit with the fewest connections, and of these one with the fewest that inhibit.

        Raises ArgumentError where there is none, as for the exclusive or; for a table that contradicts itself; and
        for other than zeros and ones.

        >>> import nn
        >>> inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
        >>> nn.McCullochPitts.fit(inputs, [0, 0, 1, 0])
        McCullochPitts(weights=(1, -1), threshold=1)
        >>> nn.McCullochPitts.fit(inputs, [0, 1, 1, 0])
        Traceback (most recent call last):
            ...
        autograd.errors.ArgumentError: McCullochPitts.fit: no unit with absolute inhibition computes this table. ...
        """
        x, y = _truth_table(x, y)
        found = cls._search(x, y, inhibition)
        if found is not None:
            return found
        other = cls._search(x, y, "relative") if inhibition == "absolute" else None
        remedy = (
            "Connections of equal strength cannot do it, of which the exclusive or is the famous case: build a net, "
            "units whose outputs are the inputs of another."
        )
        if other is not None:
            remedy = f"With relative inhibition there is one: {other}."
        raise ag.errors.ArgumentError(
            f"McCullochPitts.fit: no unit with {inhibition} inhibition computes this table. {remedy}"
        )

    @classmethod
    def _search(cls, x: NDArray[np.int64], y: NDArray[np.int64], inhibition: Inhibition) -> McCullochPitts | None:
        connections = itertools.product((0, 1, -1), repeat=x.shape[1])
        for weights in sorted(connections, key=lambda weights: (sum(map(abs, weights)), weights.count(-1))):
            excitation = cls(weights, 0, inhibition)._excitation(x)
            least = excitation[y == 1].min(initial=np.inf)
            if excitation[y == 0].max(initial=-np.inf) < least:
                return cls(weights, 1 if least == np.inf else int(least), inhibition)
        return None

    def __repr__(self) -> str:
        kind = "" if self.inhibition == "absolute" else f", inhibition={self.inhibition!r}"
        return f"McCullochPitts(weights={self.weights}, threshold={self.threshold}{kind})"


# --- what is accepted -----------------------------------------------------------------------------------


def _whole(operation: str, name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise ag.errors.ArgumentError(f"{operation}: {name} is an integer; got {value!r}.") from None


def _numbers(operation: str, given: Any) -> NDArray[np.float64]:
    x: NDArray[Any] = np.asarray(ag.value_of(given))
    if x.dtype.kind not in "biuf":
        raise ag.errors.DtypeError(f"{operation}: want numbers in x, got dtype {x.dtype}.")
    if not np.isfinite(x).all():
        raise ag.errors.ArgumentError(
            f"{operation}: NaN or infinite numbers in x: {np.count_nonzero(~np.isfinite(x))}. "
            "Leave these samples out: x[np.isfinite(x).all(axis=1)]."
        )
    return x.astype(np.float64)


def _two_classes(y: Any, samples: int) -> tuple[NDArray[Any], NDArray[np.bool]]:
    """The two labels, and for each sample whether it has the upper one."""
    y = np.asarray(ag.value_of(y))
    if y.shape != (samples,):
        raise ag.errors.ShapeError(
            f"Perceptron.fit: want one label for each sample, shape ({samples},), got {y.shape}."
        )
    if y.dtype.kind not in "biufSU" or (y.dtype.kind == "f" and np.isnan(y).any()):
        raise ag.errors.ArgumentError(
            f"Perceptron.fit: want labels that are numbers (none of them NaN), truth values or texts, got {y.dtype}."
        )
    classes = np.unique(y)
    if len(classes) != 2:
        remedy = "Of a single class there is nothing to learn: give samples of the other one too."
        if len(classes) > 2:
            remedy = "For more of them train one perceptron for each class against the rest, with y == label."
        shown = ", ".join(map(repr, classes[:5].tolist())) + (", ..." if len(classes) > 5 else "")
        raise ag.errors.ArgumentError(
            f"Perceptron.fit: want labels of two classes, got {len(classes)}: {shown}. {remedy}"
        )
    return classes, y == classes[1]


def _bits(operation: str, given: Any) -> NDArray[np.int64]:
    x: NDArray[Any] = np.asarray(ag.value_of(given))
    if x.dtype.kind not in "biuf" or not np.isin(x, (0, 1)).all():
        raise ag.errors.ArgumentError(
            f"{operation}: want zeros and ones (or truth values): a line is active or it is not. "
            "Compare numbers with a threshold first, as in x > 0.5."
        )
    return x.astype(np.int64)


def _want_last_axis(operation: str, x: NDArray[Any], length: int, name: str) -> None:
    if x.ndim == 0 or x.shape[-1] != length:
        raise ag.errors.ShapeError(f"{operation}: want shape (..., {length}), the last axis the {name}; got {x.shape}.")


def _truth_table(x: Any, y: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    x, y = _bits("McCullochPitts.fit", x), _bits("McCullochPitts.fit", y)
    if x.ndim != 2 or y.shape != x.shape[:1] or len(x) == 0:
        raise ag.errors.ShapeError(
            f"McCullochPitts.fit: want x of shape (rows, inputs) and y of shape (rows,), got {x.shape} and {y.shape}."
        )
    if x.shape[1] > MOST_INPUTS:
        raise ag.errors.ArgumentError(
            f"McCullochPitts.fit: want at most {MOST_INPUTS} inputs, got {x.shape[1]}: all 3 ** inputs ways to connect "
            "them are tried. A Perceptron learns from samples of any width."
        )
    values: dict[tuple[int, ...], int] = {}
    for row, value in zip(map(tuple, x.tolist()), y.tolist(), strict=True):
        if values.setdefault(row, value) != value:
            raise ag.errors.ArgumentError(
                f"McCullochPitts.fit: the table contradicts itself: inputs {row} have both values."
            )
    return x, y

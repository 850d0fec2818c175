"""The next token, drawn from the scores that a model gives to all of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd as ag
from nn.kernels.checks import check_floats, is_whole, wrong_shape

__all__ = ["sample_tokens"]


def sample_tokens(
    scores: Any,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    rng: np.random.Generator | None = None,
) -> NDArray[np.int64]:
    """Draw a token for each row of scores: (batch, vocabulary) -> (batch,), int64.

    The probabilities are ``softmax(scores / temperature)``, of the tokens that ``top_k`` and ``top_p`` leave. Each row
    takes one number of the generator, whatever the arguments.

    Parameters
    ----------
    scores: logits; -inf for tokens that are not to be drawn. The model's, not their softmax.
    temperature: at least 0; less than 1 keeps to what is likely, more makes it bolder, and 0 takes the most likely
        token (of equal ones the first).
    top_k: if given, only the k most likely tokens are drawn, at least 1 (Fan et al., 2018).
    top_p: if given, only the fewest tokens that together have this probability, above 0 and up to 1: the nucleus
        (Holtzman et al., 2020). Of both, it looks at what ``top_k`` has left.
    rng: generator; the default generator if None.

    Raises ShapeError and DtypeError for other scores, ArgumentError for arguments out of range and for scores of which
    no token can be drawn: NaN, inf, or -inf for all.

    >>> import numpy as np
    >>> sample_tokens(np.array([[0.0, 2.0, 1.0], [5.0, 0.0, 0.0]]), temperature=0)
    array([1, 0])
    >>> scores = np.log([[0.5, 0.3, 0.15, 0.05]] * 1000)
    >>> np.unique(sample_tokens(scores, top_k=3)), np.unique(sample_tokens(scores, top_p=0.75))
    (array([0, 1, 2]), array([0, 1]))
    """
    scores = np.asarray(ag.value_of(scores))
    check_sampling("sample_tokens", temperature, top_k, top_p)
    _check_scores(scores)
    draws = ag.default_generator(rng).random(len(scores))
    if temperature == 0:
        best: NDArray[np.int64] = scores.argmax(axis=1)
        return best
    # In float64: the sums of many small probabilities are compared.
    relative = scores.astype(np.float64)
    relative -= relative.max(axis=1, keepdims=True)
    with np.errstate(over="ignore"):  # at a tiny temperature what is not the best is -inf: impossible, as it should be
        p = np.exp(relative / temperature)
    order = None
    if top_k is not None or top_p is not None:
        order = np.argsort(-p, axis=1, kind="stable")
        p = np.take_along_axis(p, order, axis=1)
        if top_k is not None:
            p = p[:, :top_k]
        if top_p is not None:
            before = np.cumsum(p, axis=1) - p
            p = np.where(before < top_p * p.sum(axis=1, keepdims=True), p, 0.0)
    upto = np.cumsum(p, axis=1)
    # How many tokens end at or before the draw: never one of probability 0, whose end is that of the token before.
    places: NDArray[np.int64] = (upto <= draws[:, None] * upto[:, -1:]).sum(axis=1)
    return places if order is None else np.take_along_axis(order, places[:, None], axis=1)[:, 0]


def check_sampling(operation: str, temperature: Any, top_k: Any, top_p: Any) -> None:
    """Raise ArgumentError for what is no temperature, number of tokens, or probability of the nucleus.

    >>> check_sampling("generate", 0.8, None, 0.9)
    """
    if not is_number(temperature) or not 0 <= temperature < math.inf:
        raise ag.errors.ArgumentError(
            f"{operation}: temperature={temperature!r}; want a number of at least 0: 1 draws by the model's "
            "probabilities, less keeps to what is likely, 0 takes the most likely token."
        )
    if top_k is not None and not (is_whole(top_k) and top_k >= 1):
        raise ag.errors.ArgumentError(
            f"{operation}: top_k={top_k!r}; want how many of the most likely tokens are drawn from, at least 1, or "
            "None for all."
        )
    if top_p is not None and not (is_number(top_p) and 0 < top_p <= 1):
        raise ag.errors.ArgumentError(
            f"{operation}: top_p={top_p!r}; want the probability that the tokens drawn from have together, above 0 and "
            "up to 1, or None for all."
        )


def is_number(value: Any) -> bool:
    """Whether it is a number, of Python or NumPy.

    >>> is_number(1), is_number("1")
    (True, False)
    """
    return isinstance(value, (float, np.floating)) or is_whole(value)


def _check_scores(scores: NDArray[Any]) -> None:
    if scores.ndim != 2 or scores.shape[1] == 0:
        remedy = "Of a single row write scores[None]; of a model's (batch, time, vocabulary) the last step, [:, -1]."
        raise wrong_shape("sample_tokens", "scores of shape (batch, vocabulary)", scores, remedy)
    check_floats("sample_tokens", scores=scores)
    best = scores.max(axis=1)  # NaN where there is one
    if not np.isfinite(best).all():
        row = int(np.isfinite(best).argmin())
        raise ag.errors.ArgumentError(
            f"sample_tokens: the best score of row {row} is {best[row]}, so that no token can be drawn; want finite "
            "scores, or -inf for some. Were the model's weights NaN already? ag.debug() finds the operation."
        )

"""All parameters as one vector, and all their gradients as one: what is done to them as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import autograd as ag


def parameters_to_vector(parameters: Iterable[ag.Tensor]) -> ag.Tensor:
    """The elements of all parameters in one Tensor: shapes (...), (...), ... -> (their sizes' sum).

    It belongs to the graph: a function of the vector has gradients with respect to the parameters.

    Parameters
    ----------
    parameters: Tensors, such as ``model.parameters()``; at least one.

    Raises ArgumentError where there is none.

    >>> import nn
    >>> nn.parameters_to_vector(nn.Linear(2, 3).parameters()).shape
    (9,)
    """
    tensors = _some_tensors("parameters_to_vector", parameters)
    vector: ag.Tensor = ag.concatenate([tensor.reshape(-1) for tensor in tensors])
    return vector


def vector_to_parameters(vec: Any, parameters: Iterable[ag.Tensor]) -> None:
    """Copy the elements of a vector into parameters, in place: the inverse of `parameters_to_vector`.

    Optimizers and views see the new values (in PyTorch the parameters become views of the vector).

    Parameters
    ----------
    vec: Tensor or array of shape (n,).
    parameters: Tensors of n elements in all, in the order in which the vector has them.

    Raises ShapeError where the lengths differ; then nothing is changed.

    >>> import autograd as ag, nn
    >>> layer = nn.Linear(2, 1)
    >>> nn.vector_to_parameters(ag.tensor([1.0, 2.0, 3.0]), layer.parameters())
    >>> layer.weight.tolist(), layer.bias.tolist()
    ([[1.0, 2.0]], [3.0])
    """
    tensors = _tensors("vector_to_parameters", parameters)
    values = np.asarray(ag.value_of(vec))
    total = sum(tensor.size for tensor in tensors)
    if values.shape != (total,):
        raise ag.errors.ShapeError(
            f"vector_to_parameters: the vector is {ag.errors.describe(vec)}; the {len(tensors)} parameters take a "
            f"vector of shape ({total},)."
        )
    values = values.copy()  # the vector may lie in the memory of the parameters
    start = 0
    for tensor in tensors:
        target = tensor.data
        target[...] = values[start : start + tensor.size].reshape(tensor.shape)
        ag.mark_written(target)
        start += tensor.size


@ag.errors.without(foreach="there is one form of it, leave it out")
def clip_grad_norm_(
    parameters: Iterable[ag.Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> ag.Tensor:
    """Scale all gradients, in place, so that their norm as one vector is at most ``max_norm``: any shapes -> ().

    They are multiplied by ``max_norm / (norm + 1e-6)`` where that is less than 1 (Pascanu et al., 2013).

    Parameters
    ----------
    parameters: Tensors; those without a gradient are left out.
    max_norm: at least 0.
    norm_type: the norm's exponent, above 0, such as 2.0 or infinity.
    error_if_nonfinite: raise NonFiniteError, in place of scaling, where the norm is infinite or NaN.

    Returns the norm before. Raises ArgumentError for arguments out of range.

    >>> import autograd as ag, nn
    >>> p = nn.Parameter([3.0, 4.0])
    >>> (p * p).sum().backward()
    >>> nn.utils.clip_grad_norm_([p], max_norm=1.0)
    Tensor(10., dtype=float32)
    >>> [round(x, 3) for x in p.grad.tolist()]
    [0.6, 0.8]
    """
    if not max_norm >= 0 or not norm_type > 0:
        raise ag.errors.ArgumentError(
            f"clip_grad_norm_: max_norm={max_norm!r}, norm_type={norm_type!r}; want at least 0, and more than 0."
        )
    grads = _gradients("clip_grad_norm_", parameters)
    norms = [np.linalg.norm(grad.reshape(-1), norm_type) for grad in grads]
    total: Any = np.linalg.norm(np.stack(norms), norm_type) if norms else np.zeros((), ag.get_default_dtype())[()]
    if error_if_nonfinite and not np.isfinite(total):
        raise ag.errors.NonFiniteError(
            f"clip_grad_norm_: the norm of the gradients is {total}; ag.debug() finds the operation that it came from."
        )
    factor = max_norm / (float(total) + 1e-6)
    if not factor >= 1:  # NaN scales too, so that it is seen
        for grad in grads:
            grad *= factor
            ag.mark_written(grad)
    return ag.Tensor(total)


@ag.errors.without(foreach="there is one form of it, leave it out")
def clip_grad_value_(parameters: Iterable[ag.Tensor], clip_value: float) -> None:
    """Clip every element of all gradients, in place, to the range from ``-clip_value`` to ``clip_value``.

    Gradients may have any shape.

    Parameters
    ----------
    parameters: Tensors; those without a gradient are left out.
    clip_value: at least 0.

    Raises ArgumentError for a value out of range.

    >>> import autograd as ag, nn
    >>> p = nn.Parameter([3.0, 0.25])
    >>> (p * p).sum().backward()
    >>> nn.utils.clip_grad_value_([p], 1.0)
    >>> p.grad
    Tensor([1. , 0.5], dtype=float32)
    """
    if not clip_value >= 0:
        raise ag.errors.ArgumentError(f"clip_grad_value_: clip_value={clip_value!r}; want a number of at least 0.")
    for grad in _gradients("clip_grad_value_", parameters):
        np.clip(grad, -clip_value, clip_value, out=grad)
        ag.mark_written(grad)


def l1_penalty(parameters: Iterable[ag.Tensor]) -> ag.Tensor:
    """The sum of the absolute values of all elements, a term for a loss: shapes (...), (...), ... -> ().

    It pulls each element towards 0 with the same force, so that many end near 0 (Tibshirani, 1996). An element that is
    exactly 0 is not pulled.

    Parameters
    ----------
    parameters: Tensors, such as ``model.parameters()``; at least one.

    Raises ArgumentError where there is none.

    >>> import nn
    >>> p = nn.Parameter([3.0, -4.0])
    >>> (0.5 * nn.utils.l1_penalty([p])).backward()
    >>> p.grad
    Tensor([ 0.5, -0.5], dtype=float32)
    """
    return _total("l1_penalty", parameters, lambda tensor: abs(tensor).sum())


def l2_penalty(parameters: Iterable[ag.Tensor]) -> ag.Tensor:
    """The sum of the squares of all elements, a term for a loss: shapes (...), (...), ... -> ().

    ``weight_decay`` of `nn.optim.SGD` adds the gradient of half of it: ``loss + decay / 2 * l2_penalty(parameters)``
    without weight decay is ``loss`` with it. So it is in all optimizers that add the decay to the gradient, Adam
    among them; but there the penalty's gradient is then divided, as all of it is, by the root of v. `AdamW`
    shrinks the parameters past that, and is not the same as any penalty (Loshchilov and Hutter, 2019).

    Parameters
    ----------
    parameters: Tensors, such as ``model.parameters()``; at least one.

    Raises ArgumentError where there is none.

    >>> import nn
    >>> p = nn.Parameter([3.0, -4.0])
    >>> (0.5 * nn.utils.l2_penalty([p])).backward()
    >>> p.grad
    Tensor([ 3., -4.], dtype=float32)
    """

    def squares(tensor: ag.Tensor) -> ag.Tensor:
        vector = tensor.reshape(-1)
        return vector @ vector

    return _total("l2_penalty", parameters, squares)


def _total(function: str, parameters: Any, term: Callable[[ag.Tensor], ag.Tensor]) -> ag.Tensor:
    first, *rest = [term(tensor) for tensor in _some_tensors(function, parameters)]
    return sum(rest, first)


def _gradients(function: str, parameters: Any) -> list[np.ndarray]:
    """The gradients that there are, to be written into; one that is shared, once."""
    grads = {id(tensor): tensor.grad for tensor in _tensors(function, parameters)}
    return [grad.data for grad in grads.values() if grad is not None]


def _some_tensors(function: str, parameters: Any) -> list[ag.Tensor]:
    tensors = _tensors(function, parameters)
    if not tensors:
        raise ag.errors.ArgumentError(
            f"{function}: no parameters. model.parameters() is used up after one pass: call it again."
        )
    return tensors


def _tensors(function: str, parameters: Any) -> list[ag.Tensor]:
    tensors = [parameters] if isinstance(parameters, ag.Tensor) else list(parameters)
    for tensor in tensors:
        if not isinstance(tensor, ag.Tensor):
            raise TypeError(f"{function}: want Tensors, such as model.parameters(), not a {type(tensor).__name__}.")
    return tensors
